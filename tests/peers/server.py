"""A PositionService that is not ours: a point that steps round the listener, or wrong answers.

Prints `listening on PORT`, then serves until it is killed.
"""

import argparse
import concurrent.futures
import math
import threading
import time

import grpc

import stubs

STEP_SECONDS = 0.1


class Point:
    """Stands, or steps round a circle of radius 1 in the horizontal plane, from the front."""

    def __init__(self, coordinates, degrees, log):
        self.degrees = degrees
        self.log = log
        self.angle = 0.0
        self.coordinates = coordinates

    def run(self):
        """Steps at a steady rate for ever, by absolute times so that it does not drift."""
        due = time.monotonic()
        while True:
            due += STEP_SECONDS
            time.sleep(max(0.0, due - time.monotonic()))
            self.angle = (self.angle + self.degrees) % 360.0
            radians = math.radians(self.angle)
            self.coordinates = (math.cos(radians), math.sin(radians), 0.0)
            if self.log:
                print("step", time.monotonic(), self.angle, flush=True)


def make_service(messages, services, name, point, modes, delay):
    def good():
        x, y, z = point.coordinates
        return messages.Position(position=messages.Pos(x=x, y=y, z=z), status=0, msg="here")

    def at(x):
        return messages.Position(position=messages.Pos(x=x, y=0.0, z=0.0), status=0)

    answers = {
        "good": good,
        "status": lambda: messages.Position(
            position=messages.Pos(x=9.0, y=9.0, z=9.0), status=-1, msg="no tracker"
        ),
        "missing": lambda: messages.Position(status=0, msg="nothing"),
        "nan": lambda: at(math.nan),
        "far": lambda: at(1e30),
        "origin": lambda: at(0.0),
    }
    lock = threading.Lock()
    calls = 0

    class Service(getattr(services, f"{name}Servicer")):
        def PositionReq(self, request, context):
            nonlocal calls
            with lock:
                mode = modes[calls % len(modes)]
                calls += 1
            if mode == "error":
                context.abort(grpc.StatusCode.INTERNAL, "tracker on fire")
            if mode == "never":
                threading.Event().wait()
            time.sleep(delay)
            return answers[mode]()

        def PositionPub(self, request, context):
            position = request.position
            point.coordinates = (position.x, position.y, position.z)
            return messages.Msg(status=0, msg="thanks")

    return Service()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--proto", required=True)
    parser.add_argument("--service", default="PositionService")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--at", default="1,0,0", help="where it stands")
    parser.add_argument("--degrees", type=float, default=0.0, help="of one step; 0: stand still")
    parser.add_argument("--modes", default="good", help="of the answers, in turn")
    parser.add_argument("--delay", type=float, default=0.0, help="of an answer, in seconds")
    parser.add_argument("--log", action="store_true", help="print each step with its time")
    args = parser.parse_args()

    messages, services = stubs.generate(args.proto, args.service)
    point = Point(tuple(map(float, args.at.split(","))), args.degrees, args.log)
    service = make_service(
        messages, services, args.service, point, args.modes.split(","), args.delay
    )
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(max_workers=8))
    getattr(services, f"add_{args.service}Servicer_to_server")(service, server)
    port = server.add_insecure_port(f"127.0.0.1:{args.port}")
    assert port != 0, f"cannot listen on port {args.port}"
    server.start()
    print(f"listening on {port}", flush=True)
    if args.degrees != 0.0:
        threading.Thread(target=point.run, daemon=True).start()
    server.wait_for_termination()


if __name__ == "__main__":
    main()

import concurrent.futures, math, sys, time, grpc

sys.path.append("proto")  # where position.proto lies
messages, services = grpc.protos_and_services("position.proto")

class Circle(services.PositionServiceServicer):
    def PositionReq(self, request, context):
        angle = time.monotonic()  # in radians: once round in 6.3 seconds, to the left first
        here = messages.Pos(x=math.cos(angle), y=math.sin(angle), z=0)
        return messages.Position(position=here, status=0)

server = grpc.server(concurrent.futures.ThreadPoolExecutor(max_workers=4))
services.add_PositionServiceServicer_to_server(Circle(), server)
server.add_insecure_port("127.0.0.1:50051")
server.start()
server.wait_for_termination()

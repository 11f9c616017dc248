"""Records what is played to a JACK server whose own driver has no ports.

Its ports stand for the driver's: what programs look for to connect themselves, `system:playback_`,
is part of their full names. Writes frames of 32 bit floats to standard output until the server ends
or SIGTERM comes.

    jack_recorder.py PORTS
"""

import ctypes
import queue
import signal
import sys
import time

AUDIO = b"32 bit float mono audio"
IS_INPUT = 1
NO_START_SERVER = 1
PATIENCE_SECONDS = 30.0

POINTER, COUNT, TEXT = ctypes.c_void_p, ctypes.c_uint32, ctypes.c_char_p
PROCESS = ctypes.CFUNCTYPE(ctypes.c_int, COUNT, POINTER)
SHUTDOWN = ctypes.CFUNCTYPE(None, POINTER)


def load():
    jack = ctypes.CDLL("libjack.so.0")
    signatures = {
        "jack_client_open": (POINTER, [TEXT, ctypes.c_int, POINTER]),
        "jack_port_register": (POINTER, [POINTER, TEXT, TEXT, ctypes.c_ulong, ctypes.c_ulong]),
        "jack_port_get_buffer": (POINTER, [POINTER, COUNT]),
        "jack_set_process_callback": (ctypes.c_int, [POINTER, PROCESS, POINTER]),
        "jack_on_shutdown": (None, [POINTER, SHUTDOWN, POINTER]),
        "jack_activate": (ctypes.c_int, [POINTER]),
        "jack_client_close": (ctypes.c_int, [POINTER]),
    }
    for name, (result, arguments) in signatures.items():
        function = getattr(jack, name)
        function.restype, function.argtypes = result, arguments
    return jack


def open_client(jack):
    """Waits for the server, so as to be there before anyone else."""
    limit = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < limit:
        client = jack.jack_client_open(b"recorder-system", NO_START_SERVER, None)
        if client:
            return client
        time.sleep(0.005)
    sys.exit("there is no JACK server")


def interleave(ports):
    frames = bytearray(len(ports) * len(ports[0]))
    samples = memoryview(frames).cast("f")
    for n, port in enumerate(ports):
        samples[n :: len(ports)] = memoryview(port).cast("f")
    return frames


def main():
    count = int(sys.argv[1])
    jack = load()
    client = open_client(jack)
    ports = [
        jack.jack_port_register(client, f"playback_{n + 1}".encode(), AUDIO, IS_INPUT, 0)
        for n in range(count)
    ]
    blocks = queue.SimpleQueue()
    # A client that went without a word would hold up the server.
    signal.signal(signal.SIGTERM, lambda *_: blocks.put(None))

    @PROCESS
    def process(frames, _):
        buffers = [jack.jack_port_get_buffer(port, frames) for port in ports]
        blocks.put([ctypes.string_at(buffer, 4 * frames) for buffer in buffers])
        return 0

    @SHUTDOWN
    def shutdown(_):
        blocks.put(None)

    jack.jack_set_process_callback(client, process, None)
    jack.jack_on_shutdown(client, shutdown, None)
    if jack.jack_activate(client) != 0:
        sys.exit("the JACK server refuses")
    while (block := blocks.get()) is not None:
        sys.stdout.buffer.write(interleave(block))
        sys.stdout.buffer.flush()
    jack.jack_client_close(client)


if __name__ == "__main__":
    main()

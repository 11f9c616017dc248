"""Generates the stubs of the wire with gRPC's own tools, under either name of the service."""

import importlib
import pathlib
import sys
import tempfile

from grpc_tools import protoc

CONTRACT_NAME = "PositionService"


def generate(proto, service):
    """Returns the modules (messages, services) of `proto` with its service called `service`."""
    directory = tempfile.TemporaryDirectory(prefix="binaurald-stubs-")
    text = pathlib.Path(proto).read_text(encoding="utf-8")
    assert f"service {CONTRACT_NAME} " in text, f"{proto} has no {CONTRACT_NAME}"
    renamed = text.replace(f"service {CONTRACT_NAME} ", f"service {service} ")
    path = pathlib.Path(directory.name, "position.proto")
    path.write_text(renamed, encoding="utf-8")
    out = directory.name
    status = protoc.main(
        ["protoc", f"-I{out}", f"--python_out={out}", f"--grpc_python_out={out}", str(path)]
    )
    assert status == 0, f"protoc ended with {status}"
    sys.path.insert(0, out)
    messages = importlib.import_module("position_pb2")
    services = importlib.import_module("position_pb2_grpc")
    directory.cleanup()
    return messages, services

"""Serves the plugin: prints the port on standard output and runs until the engine ends it or ends itself."""

import os
import signal
import sys
import threading
from concurrent import futures

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from localcloud.plugin.provider import Provider

_WORKERS = 16
_ANY_SIZE = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


def main(engine: int) -> None:
    """Serve on a free port of loopback until the process `engine` is no longer the parent."""
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    server = grpc.server(futures.ThreadPoolExecutor(_WORKERS), options=_ANY_SIZE)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Provider(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    # A killed engine ends no plugin: this one sees that it has been given to another parent.
    while not ended.wait(1) and os.getppid() == engine:
        pass
    server.stop(0)


if __name__ == "__main__":
    main(os.getppid())

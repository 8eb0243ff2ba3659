"""A conversation with the plugin over gRPC, as the engine leads it, in plain values."""

from collections.abc import Iterator, Mapping
from concurrent import futures
from contextlib import contextmanager
from typing import Any

import grpc
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc, status_pb2

from localcloud.plugin.provider import Provider
from localcloud.plugin.wire import Properties, decode, encode


class Conversation:
    """One configured provider; every method is one call of the protocol."""

    def __init__(self, stub: provider_pb2_grpc.ResourceProviderStub) -> None:
        self.stub = stub

    def configure(self, settings: Mapping[str, Any]) -> None:
        self.stub.Configure(provider_pb2.ConfigureRequest(args=encode(settings), acceptSecrets=True))

    def check_config(self, settings: Mapping[str, Any]) -> list[str]:
        request = provider_pb2.CheckRequest(urn="urn:pulumi:s::p::pulumi:providers:aws::a", news=encode(settings))
        return [failure.reason for failure in self.stub.CheckConfig(request).failures]

    def check(
        self,
        kind: str,
        inputs: Mapping[str, Any],
        old: Mapping[str, Any] | None = None,
        seed: bytes = b"\x01" * 32,
    ) -> tuple[Properties, dict[str, str]]:
        """The inputs as they go on, and the mistakes by property."""
        answer = self.stub.Check(
            provider_pb2.CheckRequest(
                urn=urn(kind), type=kind, name="it", news=encode(inputs), olds=encode(old or {}), randomSeed=seed
            )
        )
        return decode(answer.inputs), {failure.property: failure.reason for failure in answer.failures}

    def diff(
        self, kind: str, state: Mapping[str, Any], old: Mapping[str, Any], new: Mapping[str, Any]
    ) -> provider_pb2.DiffResponse:
        request = provider_pb2.DiffRequest(
            id="it", urn=urn(kind), type=kind, olds=encode(state), old_inputs=encode(old), news=encode(new)
        )
        answer: provider_pb2.DiffResponse = self.stub.Diff(request)
        return answer

    def create(self, kind: str, inputs: Mapping[str, Any], preview: bool = False) -> tuple[str, Properties]:
        request = provider_pb2.CreateRequest(urn=urn(kind), type=kind, properties=encode(inputs), preview=preview)
        answer = self.stub.Create(request)
        return answer.id, decode(answer.properties)

    def read(
        self, kind: str, name: str, inputs: Mapping[str, Any] | None = None, state: Mapping[str, Any] | None = None
    ) -> tuple[str, Properties, Properties]:
        """Id, inputs and state; without `inputs` and `state` it is an import."""
        request = provider_pb2.ReadRequest(
            id=name, urn=urn(kind), type=kind, inputs=encode(inputs or {}), properties=encode(state or {})
        )
        answer = self.stub.Read(request)
        return answer.id, decode(answer.inputs), decode(answer.properties)

    def update(
        self, kind: str, name: str, state: Mapping[str, Any], new: Mapping[str, Any], preview: bool = False
    ) -> Properties:
        request = provider_pb2.UpdateRequest(
            id=name, urn=urn(kind), type=kind, olds=encode(state), news=encode(new), preview=preview
        )
        return decode(self.stub.Update(request).properties)

    def delete(self, kind: str, name: str, state: Mapping[str, Any]) -> None:
        self.stub.Delete(provider_pb2.DeleteRequest(id=name, urn=urn(kind), type=kind, properties=encode(state)))


def urn(kind: str) -> str:
    return f"urn:pulumi:stack::project::{kind}::it"


def refusal(error: grpc.RpcError) -> str:
    """The text of an error as the user reads it."""
    assert isinstance(error, grpc.Call)
    return str(error.details())


def unfinished(error: grpc.RpcError) -> provider_pb2.ErrorResourceInitFailed:
    """The details of an error by which the engine keeps a resource that exists but is not finished."""
    assert isinstance(error, grpc.Call)
    trailer = dict(error.trailing_metadata() or ())["grpc-status-details-bin"]
    status = status_pb2.Status.FromString(trailer)
    return provider_pb2.ErrorResourceInitFailed.FromString(status.details[0].value)


@contextmanager
def conversation() -> Iterator[Conversation]:
    """A plugin of this process that is not configured yet."""
    server = grpc.server(futures.ThreadPoolExecutor(8))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Provider(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield Conversation(provider_pb2_grpc.ResourceProviderStub(channel))
    finally:
        server.stop(0)

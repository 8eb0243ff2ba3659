"""The engine's provider protocol, in terms of kinds of resources and the cloud."""

import functools
import json
import re
from collections.abc import Callable, Iterable
from typing import Any, Final, NoReturn, TypeAlias, TypeVar, cast

import grpc
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2

from localcloud.plugin import record, schema, schema_document, shape, tagging
from localcloud.plugin.check import Finding, findings
from localcloud.plugin.cloud import Cloud, Region
from localcloud.plugin.configuration import Configuration, configuration, mistakes, settings_of
from localcloud.plugin.failures import RefusalError, explain
from localcloud.plugin.invokes import INVOKES
from localcloud.plugin.resources import registry
from localcloud.plugin.resources.kind import Kind
from localcloud.plugin.shape import Change, Leaf, Record
from localcloud.plugin.wire import Properties, decode, encode, secrets

_REGION: Final = re.compile(r"[a-z]{2,4}(-[a-z]+)+-\d")
_DETAIL: Final = "type.googleapis.com/pulumirpc.ErrorResourceInitFailed"

Context: TypeAlias = grpc.ServicerContext
_Request = TypeVar("_Request")
_Answer = TypeVar("_Answer")


class _UnfinishedError(Exception):
    """A resource exists, but not as it was meant to be."""

    def __init__(self, detail: provider_pb2.ErrorResourceInitFailed) -> None:
        super().__init__(detail.reasons[0])
        self.detail = detail


def _answer(
    method: Callable[["Provider", _Request, Context], _Answer],
) -> Callable[["Provider", _Request, Context], _Answer]:
    """Turns an exception into the text that the engine shows for the resource."""

    @functools.wraps(method)
    def answering(self: "Provider", request: _Request, context: Context) -> _Answer:
        try:
            return method(self, request, context)
        except _UnfinishedError as unfinished:
            status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=str(unfinished))
            # The details carry the id, so that the engine keeps the resource instead of forgetting it.
            status.details.add(type_url=_DETAIL, value=unfinished.detail.SerializeToString())
            context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
            _abort(context, str(unfinished))
        except Exception as error:
            _abort(context, _sentence(method.__name__, request, error))

    return answering


def _abort(context: Context, text: str) -> NoReturn:
    context.abort(grpc.StatusCode.UNKNOWN, text)
    raise AssertionError("abort does not return")


def _sentence(method: str, request: Any, error: BaseException) -> str:
    urn = getattr(request, "urn", "")
    if not urn or "pulumi:providers:aws" in urn:
        return explain(error)
    name = getattr(request, "id", "")
    which = f"{urn.rpartition('::')[2]} ({_token(request)}{', ' + name if name else ''})"
    return f"{method.lower()} of {which}: {explain(error)}"


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """Serves one provider of one stack."""

    def __init__(self) -> None:
        self._cloud: Cloud | None = None

    @property
    def cloud(self) -> Cloud:
        """The connection, which `Configure` makes."""
        if self._cloud is None:
            raise RefusalError("the provider was not configured")
        return self._cloud

    def configure(self, settings: Configuration) -> None:
        """Connect, and refuse a caller of another account than those allowed."""
        cloud = Cloud(settings)
        cloud.check_account()
        self._cloud = cloud

    # The provider itself

    def Handshake(  # noqa: D102, N802
        self, request: provider_pb2.ProviderHandshakeRequest, context: Context
    ) -> provider_pb2.ProviderHandshakeResponse:
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True)

    def GetPluginInfo(self, request: empty_pb2.Empty, context: Context) -> plugin_pb2.PluginInfo:  # noqa: D102, N802
        return plugin_pb2.PluginInfo(version=schema.aws_version())

    def Attach(self, request: plugin_pb2.PluginAttach, context: Context) -> empty_pb2.Empty:  # noqa: D102, N802
        return empty_pb2.Empty()

    def Cancel(self, request: empty_pb2.Empty, context: Context) -> empty_pb2.Empty:  # noqa: D102, N802
        return empty_pb2.Empty()

    def GetMapping(  # noqa: D102, N802
        self, request: provider_pb2.GetMappingRequest, context: Context
    ) -> provider_pb2.GetMappingResponse:
        return provider_pb2.GetMappingResponse()

    def GetMappings(  # noqa: D102, N802
        self, request: provider_pb2.GetMappingsRequest, context: Context
    ) -> provider_pb2.GetMappingsResponse:
        return provider_pb2.GetMappingsResponse()

    @_answer
    def GetSchema(  # noqa: D102, N802
        self, request: provider_pb2.GetSchemaRequest, context: Context
    ) -> provider_pb2.GetSchemaResponse:
        return provider_pb2.GetSchemaResponse(schema=json.dumps(schema_document.document(registry())))

    @_answer
    def CheckConfig(self, request: provider_pb2.CheckRequest, context: Context) -> provider_pb2.CheckResponse:  # noqa: D102, N802
        return _checked(request.news, mistakes(settings_of(decode(request.news))))

    @_answer
    def DiffConfig(self, request: provider_pb2.DiffRequest, context: Context) -> provider_pb2.DiffResponse:  # noqa: D102, N802
        # A region that changed shows on each resource, which then says itself that it must be replaced.
        old, new = (settings_of(decode(struct)) for struct in (request.old_inputs, request.news))
        names = sorted({*old, *new})
        parts = Record(fields={name: Leaf() for name in names})
        return _difference(shape.changes(parts, old, new), frozenset())

    @_answer
    def Configure(  # noqa: D102, N802
        self, request: provider_pb2.ConfigureRequest, context: Context
    ) -> provider_pb2.ConfigureResponse:
        settings = settings_of(decode(request.args))
        if wrong := list(mistakes(settings)):
            raise RefusalError("; ".join(finding.reason for finding in wrong))
        self.configure(configuration(settings))
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    @_answer
    def Invoke(self, request: provider_pb2.InvokeRequest, context: Context) -> provider_pb2.InvokeResponse:  # noqa: D102, N802
        if request.tok not in INVOKES:
            raise RefusalError(f"the stand-in does not do the function {request.tok} yet")
        function, takes = INVOKES[request.tok]
        arguments = decode(request.args)
        if unknown := sorted(arguments.keys() - takes):
            raise RefusalError(f"the stand-in does not do {', '.join(unknown)} of the function {request.tok} yet")
        response = provider_pb2.InvokeResponse()
        # The field's name is a word of Python.
        getattr(response, "return").CopyFrom(encode(function(self.cloud, arguments)))
        return response

    # Resources

    @_answer
    def Check(self, request: provider_pb2.CheckRequest, context: Context) -> provider_pb2.CheckResponse:  # noqa: D102, N802
        token = _token(request)
        known, kind = schema.resource(token), registry().get(token)
        if known is None:
            return _checked(
                request.news, [Finding("", f"{token} is not a resource of aws {schema.aws_version()}")]
            )
        if kind is None:
            reason = f"{token} is known to aws {schema.aws_version()} but the stand-in does not do it yet"
            return _checked(request.news, [Finding("", reason)])
        news = struct_pb2.Struct()
        news.CopyFrom(request.news)
        if kind.naming and kind.naming not in decode(news):
            before = decode(request.olds).get(kind.naming)
            news.fields[kind.naming].string_value = before or _name(kind, request)
        if kind.tagged and (default := self.cloud.configuration.default_tags):
            # As the real plugin does it: the default tags become part of the resource's own.
            tags = {"tags": tagging.merged(default, decode(news).get("tags"))}
            news.MergeFrom(encode(tags, secrets(news)))
        done = Record(fields={**kind.properties.fields, **({"region": Leaf()} if kind.regional else {})})
        return _checked(news, findings(known, done, decode(news)))

    @_answer
    def Diff(self, request: provider_pb2.DiffRequest, context: Context) -> provider_pb2.DiffResponse:  # noqa: D102, N802
        kind = _kind(request)
        state, old, new = decode(request.olds), decode(request.old_inputs), decode(request.news)
        found = list(record.differences(kind, self.cloud.at(), state, old, new))
        response = _difference(found, kind.replaces | {"region"})
        moved = any(change.path in (kind.naming, "region") for change in found)
        # Two cannot have one name, so the old one goes first unless the name or the region changes as well.
        response.deleteBeforeReplace = bool(response.replaces) and not moved
        return response

    @_answer
    def Create(self, request: provider_pb2.CreateRequest, context: Context) -> provider_pb2.CreateResponse:  # noqa: D102, N802
        kind, inputs = _kind(request), decode(request.properties)
        region = self._region(inputs)
        secret = _secret(kind, request.properties)
        if request.preview:
            return provider_pb2.CreateResponse(
                properties=encode(record.state_foreseen(kind, region, inputs, None), secret)
            )
        told = record.told(kind, inputs)
        name = kind.create(region, told)
        state: Properties = {}
        try:
            if kind.in_steps:
                kind.settle(region, name, told)
            state = self._state(kind, region, name, inputs)
        except Exception as error:
            reason = f"{_sentence('create', request, error)} (it exists as {name}; the next up goes on from there)"
            raise _UnfinishedError(
                provider_pb2.ErrorResourceInitFailed(
                    id=name,
                    properties=encode(state or record.state_foreseen(kind, region, inputs, {}), secret),
                    inputs=request.properties,
                    reasons=[reason],
                )
            ) from error
        return provider_pb2.CreateResponse(id=name, properties=encode(state, secret))

    @_answer
    def Read(self, request: provider_pb2.ReadRequest, context: Context) -> provider_pb2.ReadResponse:  # noqa: D102, N802
        kind, inputs, state = _kind(request), decode(request.inputs), decode(request.properties)
        name, _, suffix = request.id.rpartition("@")
        if not (kind.regional and name and _REGION.fullmatch(suffix)):
            name, suffix = request.id, ""
        region = self.cloud.at(suffix or state.get("region") or inputs.get("region"))
        live = kind.read(region, name)
        if live is None:
            return provider_pb2.ReadResponse()
        secret = _secret(kind, request.properties) | _secret(kind, request.inputs)
        return provider_pb2.ReadResponse(
            id=name,
            properties=encode(record.state_now(kind, region, inputs, live), secret),
            inputs=encode(record.inputs_now(kind, region, inputs, live), secret),
        )

    @_answer
    def Update(self, request: provider_pb2.UpdateRequest, context: Context) -> provider_pb2.UpdateResponse:  # noqa: D102, N802
        kind, inputs, old = _kind(request), decode(request.news), decode(request.olds)
        region = self._region(inputs)
        secret = _secret(kind, request.news)
        if request.preview:
            state = record.state_foreseen(kind, region, inputs, old)
            return provider_pb2.UpdateResponse(properties=encode(state, secret))
        kind.settle(region, request.id, record.told(kind, inputs))
        return provider_pb2.UpdateResponse(
            properties=encode(self._state(kind, region, request.id, inputs), secret)
        )

    @_answer
    def Delete(self, request: provider_pb2.DeleteRequest, context: Context) -> empty_pb2.Empty:  # noqa: D102, N802
        state = decode(request.properties)
        _kind(request).delete(self._region(state), request.id, state)
        return empty_pb2.Empty()

    def _region(self, properties: Properties) -> Region:
        region = properties.get("region")
        return self.cloud.at(region if isinstance(region, str) else None)

    @staticmethod
    def _state(kind: Kind, region: Region, name: str, inputs: Properties) -> Properties:
        live = kind.read(region, name)
        if live is None:
            raise RefusalError(f"{name} was made, but AWS does not know it")
        return record.state_now(kind, region, inputs, live)


def _token(request: Any) -> str:
    # An older engine sends the type only inside the URN.
    return str(getattr(request, "type", "") or request.urn.split("::")[2].rpartition("$")[2])


def _kind(request: Any) -> Kind:
    token = _token(request)
    found = registry().get(token)
    if found is None:
        raise RefusalError(f"the stand-in does not do {token} yet")
    return found


def _name(kind: Kind, request: provider_pb2.CheckRequest) -> str:
    name = request.name or request.urn.rpartition("::")[2]
    suffix = request.randomSeed.hex()[:7] or "0000000"
    return f"{'alias/' if kind.resource_type.endswith(':Alias') else ''}{name}-{suffix}"


def _secret(kind: Kind, struct: struct_pb2.Struct) -> set[str]:
    found = secrets(struct)
    return found | {"tagsAll"} if kind.tagged and "tags" in found else found


def _checked(news: struct_pb2.Struct, wrong: Iterable[Finding]) -> provider_pb2.CheckResponse:
    failures = [provider_pb2.CheckFailure(property=finding.path, reason=finding.reason) for finding in wrong]
    return provider_pb2.CheckResponse(inputs=news, failures=failures)


def _difference(changes: Iterable[Change], replaces: frozenset[str]) -> provider_pb2.DiffResponse:
    kinds = provider_pb2.PropertyDiff.Kind
    response = provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE, hasDetailedDiff=True)
    for change in changes:
        top = re.split(r"[.\[]", change.path)[0]
        replace = top in replaces
        name = f"{change.kind.name}_REPLACE" if replace else change.kind.name
        response.detailedDiff[change.path].CopyFrom(
            provider_pb2.PropertyDiff(kind=cast(Any, kinds.Value(name)), inputDiff=True)
        )
        response.changes = provider_pb2.DiffResponse.DIFF_SOME
        if top not in response.diffs:
            response.diffs.append(top)
        if replace and top not in response.replaces:
            response.replaces.append(top)
    return response

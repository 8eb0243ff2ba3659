"""Runs the whole program under mocks and records what it asked the engine for.

For a platform team too: ``run_program(stack_config("prod"))`` gives every registration with its parent, its
protection, its dependencies and its inputs, which Pulumi's own mocks do not record.
"""

import json
import runpy
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

import pulumi
import yaml
from pulumi.runtime import rpc
from pulumi.runtime.mocks import MockCallArgs, MockMonitor, MockResourceArgs, Mocks
from pulumi.runtime.proto.provider_pb2 import CheckFailure
from pulumi.runtime.proto.resource_pb2 import ResourceInvokeResponse
from pulumi.runtime.settings import get_root_resource, set_root_resource
from pulumi.runtime.stack import Stack, run_pulumi_func
from pulumi.runtime.sync_await import _sync_await

ROOT = Path(__file__).parents[2]
PROJECT = "state-backend"


@dataclass(frozen=True, kw_only=True)
class Registration:
    """One resource as the program registered it."""

    type: str
    name: str
    urn: str
    parent: str
    protect: bool
    dependencies: tuple[str, ...]
    inputs: Mapping[str, Any]
    imported: str
    ignored: tuple[str, ...]


@dataclass
class Recording:
    """What one run of the program did."""

    registrations: list[Registration] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)
    error: Exception | None = None

    @property
    def resources(self) -> list[Registration]:
        """Everything but the stack itself."""
        return [made for made in self.registrations if made.type != "pulumi:pulumi:Stack"]

    def of_type(self, type_: str) -> list[Registration]:
        return [made for made in self.resources if made.type == type_]

    def named(self, name: str) -> Registration:
        (found,) = [made for made in self.resources if made.name == name]
        return found


def key_id(name: str) -> str:
    """The id that the mocked KMS gives the key of this name: of the form that Terraform takes."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, name))


class UnansweredError(Exception):
    """What a function of the provider fails with."""


NO_POLICY = UnansweredError("couldn't find resource")


class _Aws(Mocks):
    """AWS as far as the program looks at its answers: ARNs, key ids, and who is calling."""

    def __init__(
        self, caller_account: str, caller_arn: str, policies: Mapping[str, str | UnansweredError]
    ) -> None:
        self.caller_account = caller_account
        self.caller_arn = caller_arn
        self.policies = policies

    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        if args.token == "aws:s3/getBucketPolicy:getBucketPolicy":
            bucket = args.args["bucket"]
            if isinstance(policy := self.policies.get(bucket, NO_POLICY), UnansweredError):
                raise policy
            return {"bucket": bucket, "policy": policy, "id": bucket}, []
        assert args.token == "aws:index/getCallerIdentity:getCallerIdentity"
        return {
            "accountId": self.caller_account,
            "arn": self.caller_arn,
            "userId": "U",
            "id": self.caller_account,
        }, []

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        state = dict(args.inputs)
        region = state.get("region")
        if args.typ == "aws:kms/key:Key":
            state["keyId"] = key_id(args.name)
            state["arn"] = f"arn:aws:kms:{region}:{self.caller_account}:key/{key_id(args.name)}"
        elif args.typ == "aws:s3/bucket:Bucket":
            state["arn"] = f"arn:aws:s3:::{state['bucket']}"
        elif args.typ == "aws:iam/role:Role":
            state["arn"] = f"arn:aws:iam::{self.caller_account}:role/{state['name']}"
        return f"{args.name}-id", state


class _RecordingMonitor(MockMonitor):
    def __init__(self, mocks: Mocks, recording: Recording) -> None:
        super().__init__(mocks)
        self.recording = recording

    def Invoke(self, request: Any) -> Any:  # noqa: N802 (the name is the protocol's)
        try:
            return super().Invoke(request)  # type: ignore[no-untyped-call]
        except UnansweredError as error:
            return ResourceInvokeResponse(failures=[CheckFailure(reason=str(error))])

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 (the name is the protocol's)
        answer = super().RegisterResource(request)  # type: ignore[no-untyped-call]
        self.recording.registrations.append(
            Registration(
                type=request.type,
                name=request.name,
                urn=answer.urn,
                parent=request.parent,
                protect=request.protect,
                dependencies=tuple(request.dependencies),
                inputs=rpc.deserialize_properties(request.object),
                imported=request.importId,
                ignored=tuple(request.ignoreChanges),
            )
        )
        return answer


def stack_config(stack: str) -> dict[str, object]:
    """The configuration in ``Pulumi.<stack>.yaml``, with its namespaces."""
    content = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())
    config: dict[str, object] = content["config"]
    return config


def run_program(
    config: Mapping[str, object],
    *,
    stack: str = "test",
    caller_account: str | None = None,
    caller_arn: str | None = None,
    policies: Mapping[str, str | UnansweredError] = MappingProxyType({}),
    program: Callable[[], object] | None = None,
) -> Recording:
    """Run ``__main__.py``, or ``program``, under this configuration.

    :param config: namespaced keys with native values; lists and maps are passed as Pulumi passes them, as JSON.
    :param caller_account: whose credentials it runs with; by default the account that the configuration names.
    :param caller_arn: as whom; by default as one of the administrators, where the configuration names some.
    :param policies: the live policies of buckets, or why they cannot be read; there are none by default.
    """
    recording = Recording()
    account = caller_account or str(config.get(f"{PROJECT}:accountId", "000000000000"))
    mocks = _Aws(account, caller_arn or _administrator(config, account), policies)
    set_root_resource(cast(Any, None))  # each run has a stack of its own
    pulumi.runtime.set_mocks(
        mocks, project=PROJECT, stack=stack, preview=False, monitor=_RecordingMonitor(mocks, recording)
    )
    recording.registrations.clear()
    strings = {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}
    pulumi.runtime.set_all_config(strings)

    def run() -> None:
        if program is None:
            runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")
        else:
            program()

    try:
        _sync_await(run_pulumi_func(run))
        root = get_root_resource()
        assert isinstance(root, Stack)
        outputs: Any = pulumi.Output.all(**root.outputs).future()
        recording.outputs = _sync_await(outputs)
    except Exception as error:
        recording.error = error  # whatever ended the program is what the test looks at
    return recording


def _administrator(config: Mapping[str, object], account: str) -> str:
    named = config.get(f"{PROJECT}:administrators")
    if not isinstance(named, list) or not named:
        return f"arn:aws:iam::{account}:user/someone"
    return str(named[0]).replace(":iam:", ":sts:").replace(":role/", ":assumed-role/") + "/someone"

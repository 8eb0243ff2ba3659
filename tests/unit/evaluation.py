"""Requests and policies to put to the evaluator."""

from collections.abc import Mapping
from typing import Any

from blueprint.evaluation.context import EVERYTHING_ELSE, Context, context
from blueprint.evaluation.decision import Decision, Layer, Policies, decide
from blueprint.evaluation.principal import Principal, PrincipalKind
from blueprint.evaluation.statement import Request, statements

ACCOUNT, OTHER = "111122223333", "444455556666"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/deploy"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/deploy/session"
USER = f"arn:aws:iam::{ACCOUNT}:user/carlos"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
BUCKET, OBJECT = "arn:aws:s3:::states", "arn:aws:s3:::states/prod/network"
KEY = f"arn:aws:kms:eu-central-1:{ACCOUNT}:key/state"
VERSION = "2012-10-17"


def closed(**keys: str | tuple[str, ...]) -> Context:
    """A request of which everything is known; ``__`` stands for a colon."""
    return context({name.replace("__", ":"): value for name, value in keys.items()}, absent=(EVERYTHING_ELSE,))


def layer(*found: Mapping[str, Any], title: str = "policy", version: str = VERSION) -> Layer:
    return Layer(statements=statements(title, {"Version": version, "Statement": list(found)}))


def allow(action: str = "s3:*", resource: str | list[str] = "*", **more: Any) -> dict[str, Any]:
    return {"Sid": "Let", "Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: str = "s3:*", resource: str | list[str] = "*", **more: Any) -> dict[str, Any]:
    return {**allow(action, resource, **more), "Sid": "Refuse", "Effect": "Deny"}


def role(*, session: str | None = SESSION, account: str = ACCOUNT) -> Principal:
    arn = ROLE.replace(ACCOUNT, account)
    return Principal(kind=PrincipalKind.ROLE, arn=arn, account=account, session=session)


def user() -> Principal:
    return Principal(kind=PrincipalKind.USER, arn=USER, account=ACCOUNT)


def root() -> Principal:
    return Principal(kind=PrincipalKind.ROOT, arn=ROOT, account=ACCOUNT)


NONE = Layer()


def ask(
    *,
    who: Principal | None = None,
    own: Layer = NONE,
    boundary: Layer | None = None,
    resource_policy: Layer = NONE,
    action: str = "s3:GetObject",
    resource: str = OBJECT,
    keys: Context | None = None,
) -> Decision:
    request = Request(
        principal=who or role(), action=action, resource=resource, context=keys if keys is not None else closed()
    )
    return decide(request, Policies(identity=own, boundary=boundary, resource=resource_policy, owner=ACCOUNT))

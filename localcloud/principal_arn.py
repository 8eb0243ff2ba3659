"""Corrects what ministack takes ``aws:PrincipalArn`` of an assumed role for: the session's ARN, not the role's.

AWS compares the role's own ARN, with its path; policies that are right for AWS would shut every role out of
the emulated one.
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from typing import Any

from ministack.core import iam_evaluator
from ministack.services import iam

_PATTERN = ":assumed-role/"


def role_arn(session_arn: str) -> str:
    """The ARN of the role that a session belongs to, with its path; any other ARN as it is."""
    if _PATTERN not in session_arn:
        return session_arn
    account, name = session_arn.split(":")[4], session_arn.split("/")[1]
    role: dict[str, Any] | None = iam._roles.get_scoped(account, None, name)
    return str(role["Arn"]) if role else session_arn


def correct() -> None:
    """Let policies that this process evaluates see the role's ARN."""
    known = iam_evaluator._resolve_condition_key

    def resolve(key: str, context: Any) -> Any:
        return role_arn(context.principal_arn) if key.lower() == "aws:principalarn" else known(key, context)

    iam_evaluator._resolve_condition_key = resolve

"""What ``statectl access`` answers, as rows."""

from dataclasses import dataclass

from blueprint.evaluation.decision import Verdict
from blueprint.evaluation.statement import Effect
from blueprint.terraform_requests import Purpose


@dataclass(frozen=True, kw_only=True, slots=True)
class DecidingStatement:
    """A statement that decides about a request, or that the answer hangs on.

    :param policy: the policy that it is in.
    :param sid: its Sid; its place in the policy where it has none.
    :param effect: ``Allow`` or ``Deny``.
    """

    policy: str
    sid: str
    effect: Effect


@dataclass(frozen=True, kw_only=True, slots=True)
class NeededValue:
    """A condition key whose value decides, and which nobody can know beforehand.

    :param key: the key, for ``--context KEY=VALUE``.
    :param operator: what compares it, such as ``IpAddress``.
    :param values: what it is compared with.
    :param effect: what the statement does where it holds: ``Allow`` or ``Deny``.
    """

    key: str
    operator: str
    values: tuple[str, ...]
    effect: Effect


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestAnswer:
    """One request that Terraform makes, and whether it is allowed.

    :param purpose: what it is for: ``read``, ``write``, ``lock`` or ``workspaces``.
    :param action: the IAM action.
    :param resource: the ARN of what it is about.
    :param verdict: ``allowed``, ``denied``, ``depends`` (on ``needs``) or ``unknown`` (for want of ``missing``).
    :param why: the same in words.
    :param statements: those that deny, those that allow, or those it hangs on; none where none allows.
    :param needs: the values that would decide.
    :param missing: the IAM actions that whoever asks would need, to know.
    :param fix: the nearest way to be allowed; empty where it is.
    """

    purpose: Purpose
    action: str
    resource: str
    verdict: Verdict
    why: str
    statements: tuple[DecidingStatement, ...]
    needs: tuple[NeededValue, ...]
    missing: tuple[str, ...]
    fix: str


@dataclass(frozen=True, kw_only=True, slots=True)
class WhoAmI:
    """Whose credentials these are.

    :param arn: as STS names them.
    :param account_id: the account that they belong to.
    :param backend_account_id: the account that the backend belongs to; ``null`` where nobody said.
    :param entry: the access entry of the stack that they have their policy from; ``null`` where none, or no stack.
    :param named_as: what else the stack names them as: ``administrator``, ``break-glass``, ``reading operator``,
        ``writing operator``.
    :param prefix: what was listed to see whether the bucket lets them in.
    :param let_in: whether it did.
    :param refusal: why not, as AWS puts it; empty where it did.
    """

    arn: str
    account_id: str
    backend_account_id: str | None
    entry: str | None
    named_as: tuple[str, ...]
    prefix: str
    let_in: bool
    refusal: str

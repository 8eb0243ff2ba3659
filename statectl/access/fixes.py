"""The nearest way to be allowed what was denied: which field of which access entry, or what else."""

from collections.abc import Sequence
from dataclasses import dataclass

from blueprint.evaluation.decision import Deciding, Decision
from blueprint.terraform_requests import Purpose
from settings.access import AccessEntry, Mode
from settings.access_rules import covers
from settings.model import Settings
from settings.state_keys import state_key
from statefile.keys import WORKSPACE_PREFIX, split_workspace

_GENERATED = "use the generated backend file (statectl backend write)"
_BY_SID = {
    "DenyStrangers": "name them in `operators` or in `principals` of an access entry, or become the role of one",
    "DenyOtherEncryption": f"{_GENERATED}: `encrypt` needs `kms_key_id` beside it",
    "DenyForeignKey": _GENERATED,
    "DenyUnnamedKey": _GENERATED,
    "DenyCustomerProvidedKey": "take `sse_customer_key` out of the backend's configuration",
    "DenyLockfileOverwrite": "use a Terraform that takes lockfiles with If-None-Match, 1.10 or later",
}
_DRIFT = "the live policy is not what the stack promises: pulumi up"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What somebody wanted.

    :param purpose: what the request is for.
    :param key: the state's key.
    :param entry: the name of their access entry; ``None`` where they have none.
    :param settings: what the stack promises; ``None`` where no stack is known.
    :param workspace_prefix: the folder of workspaces other than the default.
    """

    purpose: Purpose
    key: str
    entry: str | None
    settings: Settings | None
    workspace_prefix: str = WORKSPACE_PREFIX


def nearest_fix(decision: Decision, asked: Asked) -> str:
    """What to change for a request that is denied."""
    if decision.statements:
        return _for_denial(decision.statements)
    if "boundary" in decision.silent:
        return "let the permissions boundary allow it"
    if decision.silent == ("resource",):
        return _DRIFT if asked.settings else "let the resource's own policy allow it"
    if asked.settings is None:
        return "let an access entry of the stack cover it (docs/access.md)"
    entry = next((one for one in asked.settings.access if one.name == asked.entry), None)
    if entry is None:
        return _without_entry(asked)
    return _in_entry(entry, asked)


def _for_denial(denying: Sequence[Deciding]) -> str:
    known = [_BY_SID[one.sid] for one in denying if one.sid in _BY_SID]
    return known[0] if known else f"change {denying[0].sid} in the {denying[0].policy}, if it should not be there"


def _without_entry(asked: Asked) -> str:
    if asked.entry is not None and asked.purpose is Purpose.WORKSPACES:
        return "take an access entry with `workspaces: true`: by tag nobody lists workspaces"
    if asked.entry is not None:
        return "send the two session tags that name this state (docs/access.md, Hundreds of services)"
    return f"name them in `principals` of an access entry whose `states` cover {_state(asked)}"


def _in_entry(entry: AccessEntry, asked: Asked) -> str:
    workspace, _ = split_workspace(asked.key, prefix=asked.workspace_prefix)
    if not entry.workspaces and (workspace != "default" or asked.purpose is Purpose.WORKSPACES):
        return f"`workspaces: true` in the access entry {entry.name}"
    if asked.purpose is Purpose.WORKSPACES:
        return _DRIFT
    state = _state(asked)
    own, read = (any(covers(one, state) for one in patterns) for patterns in (entry.states, entry.reads))
    if asked.purpose is Purpose.READ:
        if own or read:
            return _DRIFT
        where = "`states`, or to `reads`," if entry.mode is Mode.WRITE else "`states`"
        return f"add {state} to {where} of the access entry {entry.name}"
    if read:
        return f"move {state} from `reads` to `states` of the access entry {entry.name}"
    if entry.mode is Mode.READ:
        return f"`mode: write` in the access entry {entry.name}{'' if own else f', and {state} in its `states`'}"
    return _DRIFT if own else f"add {state} to `states` of the access entry {entry.name}"


def _state(asked: Asked) -> str:
    """The state as access entries name it; its key where it has no such name."""
    _, key = split_workspace(asked.key, prefix=asked.workspace_prefix)
    return key.removesuffix(state_key(""))

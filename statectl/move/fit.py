"""Whether a state may take the place of what is at the key that it moves to.

As Terraform itself decides before it replaces a state: only the same lineage, and only an older serial.
Source: https://developer.hashicorp.com/terraform/cli/commands/state/push
"""

from enum import StrEnum

from statectl.move.outcome import RefusedError
from statefile.state import State, UnreadableStateError, parse_state
from store.bucket import Content

UNVERSIONED = "null"
"""The version id of what S3 keeps no other version of for sure."""


class Fit(StrEnum):
    """What is at the target, to the state that comes."""

    FREE = "free"
    OLDER = "older"
    SAME = "same"
    NEWER = "newer"
    REPLACED = "replaced"


def readable(name: str, body: bytes) -> State:
    """A state that is one.

    :raises statectl.move.outcome.RefusedError: where it is none.
    """
    try:
        return parse_state(body)
    except UnreadableStateError as error:
        raise RefusedError(f"{name} {error}") from error


def fit(source: str, body: bytes, target: str, there: Content | None, *, replace: bool, noted: bool) -> Fit:
    """How the state at ``source`` fits what is at ``target``.

    :param replace: whether it may take the place of any other state, as long as S3 keeps that one's version.
    :param noted: whether a note at the source says that it moved there; then a newer one there is its successor.
    :raises statectl.move.outcome.RefusedError: where it does not.
    """
    state = readable(source, body)
    if there is None:
        return Fit.FREE
    if there.body == body:
        return Fit.SAME
    try:
        why = _why_not(state, readable(target, there.body), source, target)
    except RefusedError as error:
        why = f"{error}; statectl recover {target.split('/', 3)[-1]} finds the newest good version"
    if why is None:
        return Fit.OLDER
    if noted and _is_successor(there.body, state):
        return Fit.NEWER
    if not replace:
        raise RefusedError(
            f"{why}; --replace puts it there all the same, and that version stays among the old ones"
        )
    if there.version_id == UNVERSIONED:
        raise RefusedError(f"{why}; --replace needs a bucket with versioning, or the state there would be lost")
    return Fit.REPLACED


def _is_successor(body: bytes, state: State) -> bool:
    try:
        there = parse_state(body)
    except UnreadableStateError:
        return False
    return there.lineage == state.lineage and there.serial > state.serial


def _why_not(state: State, there: State, source: str, target: str) -> str | None:
    if there.lineage != state.lineage:
        return f"{source} has lineage {state.lineage}, and {target} has {there.lineage}: it is another state"
    if there.serial == state.serial:
        return f"{source} and {target} both have serial {state.serial}, and differ"
    if there.serial > state.serial:
        return f"{source} has serial {state.serial}, and {target} is newer: serial {there.serial}"
    return None

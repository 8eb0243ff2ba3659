"""What a restore comes to: which version becomes current again, under which serial, over what."""

import re
from dataclasses import dataclass
from itertools import islice

from statectl.exit_code import ExitCode
from statectl.refusal import RefusalError
from statectl.versions.choice import choose, contents
from statefile.serial import with_serial
from statefile.state import MAX_SERIAL, State, UnreadableStateError, guess_serial, parse_state
from store.bucket import Content, StoredVersion
from store.store import Store

LOOKED_BACK = 10
"""Versions that are read at most to learn lineage and serial where the current version does not tell."""
_NOTE = re.compile(r"restores version (\S+) as serial (\d+) over (\S+)")
_NOTHING = "nothing"


@dataclass(frozen=True, kw_only=True)
class Restoration:
    """A restore of one state, decided before anything is touched.

    :param key: the key of the state.
    :param version_id: the version that is put back.
    :param restored: what that version says of itself.
    :param serial: the serial that it gets: higher than any that was seen.
    :param body: the bytes that become current: the version with that serial.
    :param over: the id of the version that it replaces; ``None`` where the state is deleted.
    """

    key: str
    version_id: str
    restored: State
    serial: int
    body: bytes
    over: str | None

    @property
    def note(self) -> str:
        """What the lock says meanwhile, so that whoever meets it knows, and an interrupted restore can go on."""
        return f"restores version {self.version_id} as serial {self.serial} over {self.over or _NOTHING}"


def decide(store: Store, key: str, chosen: StoredVersion) -> Restoration:
    """What it takes to put a version back.

    :raises statectl.refusal.RefusalError: where it is no state, is encrypted, or of another lineage.
    """
    restored, body = _good(store, key, chosen.version_id)
    current = store.bucket.find(key)
    lineage, highest = _lineage_and_serial(store, key, current)
    if lineage is not None and lineage != restored.lineage:
        raise RefusalError(
            f"version {chosen.version_id} has lineage {restored.lineage}, and {key} has {lineage}: it was another "
            "state",
            next_step="if it is meant all the same: versions show --show-values, then terraform state push",
        )
    serial = max(restored.serial, highest) + 1
    if serial > MAX_SERIAL:
        raise RefusalError(f"{key} is at the last serial that there is")
    return Restoration(
        key=key,
        version_id=chosen.version_id,
        restored=restored,
        serial=serial,
        body=_with_serial(chosen.version_id, key, body, serial),
        over=current.version_id if current else None,
    )


def decided_before(store: Store, key: str, note: str) -> Restoration:
    """The restore that an interrupted one noted in its lock.

    :raises statectl.refusal.RefusalError: where the lock is not a restore's, or its version is gone.
    """
    noted = _NOTE.fullmatch(note)
    if noted is None:
        raise RefusalError(
            f"the lock of {key} is not a restore's", next_step="see `statectl locks show`", code=ExitCode.LOCKED
        )
    chosen = choose(store, key, noted[1])
    restored, body = _good(store, key, chosen.version_id)
    serial = int(noted[2])
    return Restoration(
        key=key,
        version_id=chosen.version_id,
        restored=restored,
        serial=serial,
        body=_with_serial(chosen.version_id, key, body, serial),
        over=None if noted[3] == _NOTHING else noted[3],
    )


def _good(store: Store, key: str, version_id: str) -> tuple[State, bytes]:
    body = store.bucket.read(key, version_id).body
    try:
        return parse_state(body), body
    except UnreadableStateError as error:
        raise RefusalError(
            f"version {version_id} of {key} {error}",
            next_step=f"`statectl recover {key}` finds the newest good one",
        ) from error


def _with_serial(version_id: str, key: str, body: bytes, serial: int) -> bytes:
    try:
        return with_serial(body, serial)
    except UnreadableStateError as error:
        raise RefusalError(
            f"version {version_id} of {key} {error}",
            next_step="restore it with the client that wrote it: tofu state push",
        ) from error


def _lineage_and_serial(store: Store, key: str, current: Content | None) -> tuple[str | None, int]:
    """The lineage of the state, and the highest serial that it had; a good current version tells both."""
    highest = 0
    if current is not None:
        try:
            state = parse_state(current.body)
        except UnreadableStateError:
            highest = guess_serial(current.body) or 0
        else:
            return state.lineage, state.serial
    for version in islice(contents(store, key), LOOKED_BACK):
        body = store.bucket.read(key, version.version_id).body
        try:
            state = parse_state(body)
        except UnreadableStateError:
            highest = max(highest, guess_serial(body) or 0)
        else:
            return state.lineage, max(highest, state.serial)
    return None, highest

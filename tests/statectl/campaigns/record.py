"""Judges a record of calls: whether at any time two held a lock, or somebody's lock or state was taken away."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from statefile.state import parse_state
from tests.faults.call import Call
from tests.faults.locks import Locks
from tests.faults.proxy import Answered
from tests.faults.uploads import Uploads


@dataclass
class Judge:
    """Follows the locks and versions of one state through a record.

    :param bucket: the state bucket.
    :param key: the key of the state.
    :param places: where its lock is taken.
    :param dead: the names of those who were killed: their locks may be broken.
    """

    bucket: str
    key: str
    places: set[str]
    dead: set[str] = field(default_factory=set)
    serials: list[int] = field(default_factory=list)
    """Of every version that was written, in order."""
    written: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._locks = Locks(self.bucket, self.key, self.dead)
        self._uploads = Uploads()

    @property
    def held(self) -> dict[str, tuple[str, str]]:
        """By place: the lock's ID and who took it."""
        return self._locks.held

    def follow(self, record: Iterable[Answered]) -> None:
        """Go through it; an assertion names the call that broke a rule."""
        for answered in record:
            if answered.status in {200, 204}:
                content = self._uploads.finished_by(answered.call)
                self._locks.heed(answered.call, content)
                if content is not None and answered.call.path == f"/{self.bucket}/{self.key}":
                    self._wrote(answered.call, content)

    def _wrote(self, call: Call, content: bytes) -> None:
        holds = self._locks.holders(self.places) == {call.actor}
        assert holds, f"{call.actor} wrote the state while {self.held} held the lock"
        state = parse_state(content)
        assert not self.serials or state.serial > self.serials[-1], f"{call.actor} wrote {state.serial} again"
        self.serials.append(state.serial)
        self.written.append(content)

"""A failover or failback as a whole: hold, freeze, fence, move, lift, free, so that one region writes a state.

At any moment a state can be written in one region at most: the one that it leaves is closed before anything is
compared, and the one that it goes to opens once everything there is as it should be. A run that is killed leaves
states that nobody writes, and goes on with ``--resume``.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

from blueprint.standby import Activity
from statectl.failover.halves import Halves
from statectl.failover.holding import Holding
from statectl.failover.inventory import NOTHING, base_key, inventory, wanted_keys
from statectl.failover.moving import MoveOfState, Mover, Outcome, moved_state
from statectl.failover.own_locks import is_ours
from statectl.failover.record import Direction, Record, Run
from statectl.failover.record_keeper import RecordKeeper
from statectl.known_backend import KnownBackend
from statectl.output import plain
from statectl.progress import watched
from statectl.talk import say
from statectl.text import counted
from store.failures import StoreFailureError
from store.parallel import in_order


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What a run is asked for besides.

    :param break_locks: whether locks that others hold give way.
    :param discard: whether work that never reached the other region gives way; it stays as a version.
    """

    break_locks: bool
    discard: bool


class Relocation:
    """One run.

    :param reachable: whether the region that states leave can be asked; the other one must be.
    """

    def __init__(
        self,
        backend: KnownBackend,
        both: Halves,
        keeper: RecordKeeper,
        run: Run,
        wishes: Wishes,
        *,
        reachable: bool,
    ) -> None:
        self._backend = backend
        self._both = both
        self._keeper = keeper
        self._run = run
        self._wishes = wishes
        self._reachable = reachable
        self._source, self._target = both.of(run.direction.target.other), both.of(run.direction.target)

    def carry_out(self, *, exempt: tuple[str, ...]) -> list[MoveOfState]:
        """Do all of it; what became of each state.

        :param exempt: ARNs that may write in both regions meanwhile, where the stack names no administrators.
        """
        record = replace(self._keeper.claim(self._run), exempt=exempt)
        holding = self._hold(record)
        stuck = frozenset(map(self._base, (*holding.locked, *holding.failed)))
        before = record.activity
        after = self._intended(record).written_in(self._source.home, stuck).activity
        self._close(after)
        self._fence(before, after)
        # Listed again: what was made until now is made where it can be made no more.
        left = inventory(self._backend, self._source.store) if self._reachable else NOTHING
        there = inventory(self._backend, self._target.store)
        mover = Mover(
            source=self._source.store,
            reachable=self._reachable,
            target=self._target.store,
            left=left,
            there=there,
            record=record,
            run=self._run,
            holding=holding,
            discard=self._wishes.discard,
        )
        keys = [
            key for key in wanted_keys(self._backend, self._base_keys, left, there) if self._is_asked(record, key)
        ]
        moved_before = {key for key in keys if self._is_there(record, key)}

        def move(key: str) -> MoveOfState:
            return mover.settle(key) if key in moved_before else mover.move(key)

        done = list(watched(in_order(move, keys), f"Moving states to {self._target.region}", len(keys)))
        done = list(self._whole_states(done, mover))
        final = self._final(record, done)
        if self._over:
            self._free(done, mover)
        # First it is known where states are written, then they are: a run that is killed in between goes on, and
        # takes what was written meanwhile for what it is.
        self._keeper.save(final.with_run(self._run))
        self._open(final.activity)
        if not self._over:
            # Only now, since in the first region a lockfile that is taken too early cannot be given back.
            self._free(done, mover)
            self._free_left_over(record, mover)
        if exempt and final.nothing_moved:
            final = replace(final, exempt=())
            for half in (self._source, self._target):
                half.gate.set(final.activity.of(half.home))
        self._keeper.save(final)
        report = self._keeper.report(
            self._run, datetime.now(UTC), {"run": plain(self._run), "states": plain(done)}
        )
        say(f"What was done is in {self._both.second.store.location.bucket}/{report}")
        return done

    def _hold(self, record: Record) -> Holding:
        """Hold the locks of what is to move, as far as nobody is at work on it."""
        holding = Holding(
            source=self._source.store,
            region=self._target.region,
            run=self._run,
            break_locks=self._wishes.break_locks,
        )
        if self._reachable:
            left = inventory(self._backend, self._source.store)
            wanted = wanted_keys(self._backend, self._base_keys, left)
            keys = [key for key in wanted if self._is_asked(record, key) and not self._is_there(record, key)]
            held = watched(in_order(holding.attempt, keys), f"Holding locks in {self._source.region}", len(keys))
            deque(held, maxlen=0)
        return holding

    @property
    def _over(self) -> bool:
        return self._run.direction is Direction.OVER

    @property
    def _base_keys(self) -> frozenset[str] | None:
        return None if self._run.keys is None else frozenset(self._run.keys)

    def _base(self, key: str) -> str:
        return base_key(self._backend, key)

    def _is_asked(self, record: Record, key: str) -> bool:
        """A failback is about what the second region writes; a failover also closes what moved before."""
        return self._over or record.is_in_second(self._base(key))

    def _is_there(self, record: Record, key: str) -> bool:
        return self._over and record.is_in_second(self._base(key))

    def _intended(self, record: Record) -> Record:
        """The record if all goes well, as far as it decides who writes where."""
        return record.written_in(self._target.home, self._base_keys)

    def _close(self, after: Activity) -> None:
        """The region that states leave refuses them from now on."""
        if not self._reachable:
            say(f"{self._source.region} cannot be reached: whoever reaches it can still write there")
            return
        self._source.gate.set(after.of(self._source.home))
        say(f"{self._source.region} refuses writes of these states")

    def _fence(self, before: Activity, after: Activity) -> None:
        """What replication still has under way must not come in between."""
        home = self._target.home
        self._target.gate.set(before.of(home), fenced=after.of(home))

    def _open(self, final: Activity) -> None:
        """First is certain what stays closed; then the region that states moved to lets writers in."""
        if self._reachable:
            self._source.gate.set(final.of(self._source.home))
        self._target.gate.set(final.of(self._target.home))
        say(f"{self._target.region} takes writes of what moved")

    def _whole_states(self, done: Iterable[MoveOfState], mover: Mover) -> Iterator[MoveOfState]:
        """A state moves with all its workspaces, or not at all: the policies name it once for all of them."""
        made = list(done)
        stuck = {self._base(one.key) for one in made if not one.outcome.moved}
        for one in made:
            if one.outcome.moved and one.outcome is not Outcome.THERE and self._base(one.key) in stuck:
                mover.holding.let_go(one.key)
                yield replace(one, outcome=Outcome.FAILED, detail="another workspace of it did not move")
            else:
                yield one

    def _final(self, record: Record, done: list[MoveOfState]) -> Record:
        """The record once this is over."""
        stuck = frozenset(self._base(one.key) for one in done if not one.outcome.moved)
        final = self._intended(record).written_in(self._source.home, stuck)
        known = dict(record.moved)
        for one in done if self._over else ():
            if one.outcome is not Outcome.THERE:
                known[one.key] = moved_state(one, self._run, compared=self._reachable)
            elif one.key in known and self._reachable:
                known[one.key] = replace(known[one.key], compared=True)
        return replace(
            final,
            moved={key: one for key, one in known.items() if final.is_in_second(self._base(key))},
            frozen=self._reachable or not self._over,
            run=None,
        )

    def _free(self, done: list[MoveOfState], mover: Mover) -> None:
        """Let writers take the locks of what moved, and after a failback leave none of our own behind."""
        moved = [one.key for one in done if one.outcome.moved]
        source, target = self._source.store, self._target.store
        work = [partial(target.free_lock, mover.to_free[key]) for key in moved if mover.to_free.get(key)]
        if not self._over:
            held = mover.holding.held
            work += [partial(source.free_lock, held[key]) for key in moved if key in held]
        _each(work)
        if moved:
            say(f"{counted(len(moved), 'state')} can be locked and written in {self._target.region}")

    def _free_left_over(self, record: Record, mover: Mover) -> None:
        """Leave no lock of our own on what was home already when a failback went on."""
        home = [
            key
            for key in wanted_keys(self._backend, self._base_keys, mover.left, mover.there)
            if not self._is_asked(record, key)
        ]
        sides = ((mover.target, mover.there), (mover.source, mover.left))
        found = [(store, held) for store, side in sides for key in home for held in side.locks(store, key)]
        _each([partial(store.free_lock, [held]) for store, held in found if is_ours(held)])


def _each(work: Iterable[Callable[[], None]]) -> None:
    for problem in in_order(_tried, work):
        if problem:
            say(problem)


def _tried(work: Callable[[], None]) -> str | None:
    try:
        work()
    except StoreFailureError as error:
        return f"A lock stays: {error}"
    return None

"""Moves the scratch states from region to region, by the same failover and failback that real states take."""

import uuid
from collections.abc import Sequence
from dataclasses import replace

from statectl.failover.command import exempt, new_run
from statectl.failover.halves import Halves
from statectl.failover.moving import MoveOfState
from statectl.failover.record import Direction, Run
from statectl.failover.record_keeper import RecordKeeper
from statectl.failover.relocation import Relocation, Wishes
from statectl.refusal import RefusalError
from statectl.session import Session


class Journey:
    """The moves of one drill.

    :param arn: who acts.
    """

    def __init__(self, session: Session, both: Halves, arn: str) -> None:
        self._session = session
        self._both = both
        self._exempt = exempt(session, arn)

    def over(self, keys: Sequence[str], *, reachable: bool) -> list[MoveOfState]:
        """To the second region; again once the first is back, which closes it.

        :param reachable: whether the first region is spoken to.
        """
        return self._carry_out(new_run(self._session, Direction.OVER, keys), reachable=reachable)

    def back(self, keys: Sequence[str]) -> list[MoveOfState]:
        """To the first region; what the second never had gives way, since it is scratch work."""
        return self._carry_out(new_run(self._session, Direction.BACK, keys), reachable=True)

    def resume(self, run: Run) -> None:
        """Go on with a run that was interrupted, with both regions in reach."""
        self._carry_out(replace(run, attempt=str(uuid.uuid4())), reachable=True)

    def _carry_out(self, run: Run, *, reachable: bool) -> list[MoveOfState]:
        keeper = RecordKeeper(self._both.second.store.bucket)
        wishes = Wishes(break_locks=True, discard=True)
        relocation = Relocation(self._session.backend, self._both, keeper, run, wishes, reachable=reachable)
        done = relocation.carry_out(exempt=self._exempt)
        stay = [one for one in done if not one.outcome.moved]
        if stay:
            told = "; ".join(f"{one.key}: {one.outcome} {one.detail}" for one in stay)
            raise RefusalError(f"scratch states did not move by {run.direction}: {told}")
        return done

"""Failovers and failbacks at random moments, with real Terraform: nothing is lost unsaid, and nobody writes twice.

In most seeds the first region is cut in the middle of an apply, in others both are in reach and applies go on.
``statectl`` is killed on the way, or asked by two at once. The record of all calls to both regions is judged.
"""

import json
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any

from blueprint.standby import Home
from settings.model import Lock
from statectl.exit_code import ExitCode
from statectl.failover.moving import Outcome
from statectl.failover.planning import Verdict
from statectl.failover.record import Direction
from tests.statectl.campaigns.failovers import FIRST, SECOND, Campaign
from tests.statectl.campaigns.pipeline import Pipeline, number
from tests.statectl.campaigns.story import Cut, Replication, Story
from tests.statectl.failover.regions import Regions

LOCKING = ((), ("-lock=false",))
PAUSE_SECONDS = 2.0
"""How long a pipeline rests at most before it applies again."""
ATTEMPTS = 6
"""How often an administrator tries at most: locks, what diverged, and locks again."""


def test_nothing_is_lost_unsaid_and_no_state_has_two_writers(
    regions_of: Callable[[Lock], Regions], failover_seed: int
) -> None:
    story = Story.of(failover_seed)
    with Campaign(regions_of(story.lock), story) as campaign:
        told = Tale(campaign)
        told.begin()
        if story.cut is None:
            told.move_while_applies_go_on()
        else:
            told.lose_the_region(story.cut)
            told.fail_over(story.cut)
            told.come_back(story.cut)
        told.refuse_who_was_not_told()
        told.fail_back()
        told.end_as_it_began()


class Tale:
    """What happens, in this order."""

    def __init__(self, campaign: Campaign) -> None:
        self.campaign = campaign
        self.story = campaign.story
        self.rng = random.Random(f"tale-{campaign.story.seed}")  # noqa: S311 (chance, not secrecy)
        over, back = campaign.story.kills
        self._kills = {Direction.OVER: over, Direction.BACK: back}
        self.administrator = campaign.administrator(self._try_meanwhile)

    def begin(self) -> None:
        """Every state is written, and replicated; or one is not."""
        late = [self.campaign.pipelines[1]] if self.story.unreplicated else []
        self._all_apply([one for one in self.campaign.pipelines if one not in late], FIRST)
        if self.story.replication is not Replication.AT_ONCE:
            self.campaign.replication.hold()
        self._all_apply(late, FIRST)

    def lose_the_region(self, cut: Cut) -> None:
        """In the middle of an apply of each state."""
        pipelines, region = self.campaign.pipelines, self.campaign.region
        first = self.rng.choice(pipelines)
        region.cut_at(cut.step, actor=first.next_actor, mode=cut.mode, done=cut.done)
        with ThreadPoolExecutor(len(pipelines)) as pool:
            work = [pool.submit(one.apply, FIRST) for one in pipelines]
            while cut.kills and not region.is_cut and not all(one.done() for one in work):
                time.sleep(0.01)
            if cut.kills:
                time.sleep(self.rng.random())
                for one in pipelines:
                    one.kill()
            for done in work:
                done.result()
        assert region.is_cut, "an apply makes more calls than its story counts"
        self._replicate_the_rest()

    def fail_over(self, cut: Cut) -> None:
        """With the region gone: some pipelines left their locks, and some work never arrived."""
        self._move(Direction.OVER, self.story.states, *(["--first-lost"] if cut.lost else []))
        self._all_apply(self._told(SECOND), SECOND)

    def come_back(self, cut: Cut) -> None:
        """The region is there again, and is closed; what never came out of it is said by name."""
        campaign = self.campaign
        if self.rng.random() < 0.5:
            campaign.replication.release()
        campaign.come_back()
        if not cut.late or self.rng.random() < 0.5:
            campaign.await_late_calls()
        rows = self._close()
        campaign.replication.release()
        campaign.await_late_calls()
        said = {key for key, detail in rows.items() if "never arrived" in detail}
        assert said == {one.key for one in self._told(SECOND) if campaign.never_arrived(one.key)}
        assert {one.key for one in self._told(SECOND) if campaign.lost(one)} <= said
        campaign.behind |= said

    def move_while_applies_go_on(self) -> None:
        """Nothing is behind afterwards."""
        with self._applying():
            time.sleep(self.rng.random())
            self._move(Direction.OVER, self.story.states)
        self._all_apply(self._told(SECOND), SECOND)
        self.campaign.replication.release()
        assert [one.key for one in self.campaign.pipelines if self.campaign.lost(one)] == []

    def refuse_who_was_not_told(self) -> None:
        """From now on, with a lock or without."""
        campaign = self.campaign
        status = self.administrator.do("failover", "status").out
        assert status.count(campaign.regions.region(SECOND)) >= len(self._told(SECOND))
        stale = self.rng.choice(self._told(SECOND))
        before = campaign.body(FIRST, stale.key)
        assert not stale.apply(FIRST, *self.rng.choice(LOCKING))
        assert campaign.body(FIRST, stale.key) == before

    def fail_back(self) -> None:
        """What is discarded is what was said to lack something in the second region, and no more."""
        campaign = self.campaign
        verdicts = self.administrator.plan(Direction.BACK)
        diverged = {key for key, verdict in verdicts.items() if verdict == Verdict.DIVERGED}
        assert diverged <= campaign.behind
        assert campaign.behind <= {
            key for key, verdict in verdicts.items() if verdict in {Verdict.DIVERGED, Verdict.LOCKED}
        }
        live = self.story.cut is None and self.rng.random() < 0.5
        if self.story.back and self.story.back[0] in {one.state for one in self._told(SECOND)}:
            self._move(Direction.BACK, self.story.back)
        if not self._told(SECOND):
            return
        if live:
            with self._applying():
                self._move(Direction.BACK, ())
        else:
            there = {one.key: campaign.newest(SECOND, one.key) for one in self._told(SECOND)}
            self._move(Direction.BACK, ())
            for key, state in there.items():
                assert campaign.newest(FIRST, key)["serial"] >= state["serial"]

    def end_as_it_began(self) -> None:
        """Plans are clean in the first region, policies as before, and every version is where it was written."""
        campaign, regions = self.campaign, self.campaign.regions
        self._mend_what_never_moved()
        for one in campaign.pipelines:
            content = campaign.content(FIRST, one.key)
            assert number(content) >= number(one.acknowledged[-1]), (
                f"{one.key} is older than what was acknowledged"
            )
            assert one.is_clean(FIRST, content), one.key
        assert not self.rng.choice(campaign.pipelines).apply(SECOND, *self.rng.choice(LOCKING))
        assert {home: json.loads(regions.policy(home)) for home in Home} == {
            home: json.loads(text) for home, text in regions.at_home.items()
        }
        record = self.administrator.record()
        assert record.nothing_moved
        assert record.run is None
        campaign.writers()
        for home in Home:
            assert [one.key for one in campaign.pipelines if campaign.locks(home, one.key)] == []
        kept = {(home, one.key): campaign.versions(home, one.key) for home in Home for one in campaign.pipelines}
        for home, key, body in campaign.written():
            assert body in kept[home, key], f"a version of {key} in the {home} region is gone"

    def _told(self, home: Home) -> list[Pipeline]:
        """Whoever is told to work there."""
        return [one for one in self.campaign.pipelines if self.campaign.where[one.key] is home]

    def _all_apply(self, pipelines: list[Pipeline], home: Home) -> None:
        with ThreadPoolExecutor(len(self.campaign.pipelines)) as pool:
            for one, done in zip(pipelines, pool.map(lambda one: one.apply(home), pipelines), strict=True):
                assert done, f"{one.key} cannot be applied in the {home} region: {one.said}"

    def _replicate_the_rest(self) -> None:
        """What is still on its way when the region goes comes over, or waits, or is lost."""
        replication, fate = self.campaign.replication, self.story.replication
        if fate is Replication.AT_ONCE:
            return
        replication.release(round(self.story.arrives * len(replication.waiting())))
        if fate is Replication.NEVER:
            replication.drop()

    def _move(self, direction: Direction, states: tuple[str, ...], *arguments: str) -> None:
        """Move states until none is left behind, by what ``statectl`` says is needed for it."""
        campaign, over = self.campaign, direction is Direction.OVER
        kill = self._kills.pop(direction, None)
        rival = self.story.rival if over else None
        more: set[str] = set()
        for _ in range(ATTEMPTS):
            campaign.moving(SECOND if over else FIRST, states)
            command = (*arguments, *sorted(more))
            if rival is not None:
                done = self.administrator.start_beside(rival, direction, *command, states=states)
            elif "--break-locks" in command:
                # Whoever breaks locks has seen to it that their holders are gone, and nobody new comes.
                with self._paused():
                    done = self.administrator.start(direction, *command, states=states, kill=kill)
            else:
                done = self.administrator.start(direction, *command, states=states, kill=kill)
            kill = rival = None
            assert done.code in {ExitCode.FINE, ExitCode.FOUND, ExitCode.LOCKED}, done
            stuck = {row["key"]: row for row in done.json() if not Outcome(row["outcome"]).moved}
            assert bool(stuck) == (done.code != ExitCode.FINE), done
            self._tell(direction, stuck)
            if not stuck:
                return
            more |= self._needed(stuck)
        raise AssertionError(f"states stay where they are: {stuck}")

    def _tell(self, direction: Direction, stuck: Mapping[str, Any]) -> None:
        """Each team where it works from now on."""
        campaign, record = self.campaign, self.administrator.record()
        for one in campaign.pipelines:
            second = record.is_in_second(one.base)
            assert one.key not in stuck or second is (direction is Direction.BACK)
            campaign.where[one.key] = SECOND if second else FIRST

    def _needed(self, stuck: Mapping[str, Any]) -> set[str]:
        """What has to be asked for so that these move."""
        outcomes = {key: Outcome(row["outcome"]) for key, row in stuck.items()}
        diverged = {key for key, outcome in outcomes.items() if outcome is Outcome.DIVERGED}
        assert diverged <= self.campaign.behind, stuck
        known = {Outcome.DIVERGED, Outcome.LOCKED}
        others = {row["detail"] for key, row in stuck.items() if outcomes[key] not in known}
        assert others <= {"another workspace of it did not move"}, stuck
        needed = {"--discard-unreplicated"} if diverged else set()
        if Outcome.LOCKED in outcomes.values():
            with self._paused():
                needed |= {"--break-locks"} if self.campaign.bury() else set()
        return needed

    def _close(self) -> dict[str, str]:
        """Close the first region, now that it is there again; what is said of each state."""
        done = self.administrator.start(Direction.OVER, states=self.story.states)
        if any("holds the lock" in row["detail"] for row in done.json()):
            assert self.campaign.bury()
            done = self.administrator.start(Direction.OVER, "--break-locks", states=self.story.states)
        assert done.code == ExitCode.FINE, done
        return {row["key"]: row["detail"] for row in done.json()}

    def _mend_what_never_moved(self) -> None:
        """Locks and digests of whoever died in the first region are no matter of a failover of other states."""
        campaign = self.campaign
        campaign.bury()
        for one in campaign.pipelines:
            if self.story.cut is not None and self.story.states and one.state not in self.story.states:
                for lock in campaign.locks(FIRST, one.key):
                    self.administrator.do(
                        "locks", "break", one.key, lock, "--reason", "its holder is dead", "--yes"
                    )
                self.administrator.do("recover", one.key, "--yes")

    def _try_meanwhile(self) -> None:
        """While ``statectl`` lies dead a pipeline works wherever it is let; not where it would wait for ever."""
        one = self.rng.choice(self.campaign.pipelines)
        with one.busy:
            one.apply(SECOND if self.campaign.region.is_cut else self.rng.choice(list(Home)))

    @contextmanager
    def _applying(self) -> Iterator[None]:
        """Pipelines apply all the time, where they are told to and sometimes elsewhere."""
        over = threading.Event()

        def work(one: Pipeline, rng: random.Random) -> None:
            while not over.is_set():
                told = self.campaign.where[one.key]
                with one.busy:
                    one.apply(told.other if rng.random() < 0.2 else told)
                over.wait(rng.random() * PAUSE_SECONDS)

        with ThreadPoolExecutor(len(self.campaign.pipelines)) as pool:
            seeded = [random.Random(f"{self.story.seed}-{one.name}") for one in self.campaign.pipelines]  # noqa: S311 (as above)
            running = [pool.submit(work, *pair) for pair in zip(self.campaign.pipelines, seeded, strict=True)]
            self.administrator.alone = False
            try:
                yield
            finally:
                over.set()
                self.administrator.alone = True
            for one in running:
                one.result()

    @contextmanager
    def _paused(self) -> Iterator[None]:
        """No pipeline runs meanwhile."""
        with ExitStack() as pauses:
            for one in self.campaign.pipelines:
                pauses.enter_context(one.busy)
            yield

"""One seed of the campaign of failovers: the regions, who works in them, and the record of all that they ask."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, Self

from blueprint.standby import Home
from statefile.keys import lock_id, lockfile_key
from statefile.lock import id_of
from tests.faults.call import Call
from tests.faults.fault import Fault
from tests.faults.locks import FILE, TABLE
from tests.faults.proxy import Answered, Proxy, no_fault
from tests.faults.region import Region
from tests.faults.slow_replication import SlowReplication
from tests.faults.uploads import Uploads
from tests.faults.writers import Move, Writers
from tests.statectl.campaigns.administrator import ACTOR, Administrator
from tests.statectl.campaigns.pipeline import Pipeline, number
from tests.statectl.campaigns.story import Story
from tests.statectl.failover.regions import Regions

STATES = (("prod/network", "default"), ("prod/network", "blue"), ("prod/database", "default"))
"""Each with its workspace."""
FIRST, SECOND = Home.FIRST, Home.SECOND
LATE_SECONDS = 120.0
"""How long a call that is to arrive late waits at most: longer than the region is gone."""
TIMEOUT_SECONDS = 0.5
PATIENCE_SECONDS = 30.0


@dataclass
class Campaign:
    """The two regions of a stack, three states, and those who work on them; leaving its context ends the proxies.

    :param moves: what was begun to be moved, and when.
    :param late: the calls that were under way when the region went, and arrived when it was back.
    :param dead: the names of the processes that ended with a lock in their hands.
    :param behind: the keys of the states of which ``statectl`` said that they lack something.
    :param where: by key: where its pipeline is told to work.
    """

    regions: Regions
    story: Story
    answered: list[Answered] = field(default_factory=list)
    turn: Any = field(default_factory=threading.RLock)
    moves: list[Move] = field(default_factory=list)
    late: list[Call] = field(default_factory=list)
    dead: set[str] = field(default_factory=set)
    behind: set[str] = field(default_factory=set)
    where: dict[str, Home] = field(default_factory=dict)

    def __post_init__(self) -> None:
        cut = self.story.cut
        late = cut is not None and cut.late
        seconds = LATE_SECONDS if late else TIMEOUT_SECONDS
        self.region = Region(self.regions.region(FIRST), seconds=seconds, late=late)
        self.replication = SlowReplication(self.regions.deployment.emulator, self.regions.bucket(FIRST))
        self.pipelines: list[Pipeline] = []
        self._s3 = {home: self.regions.s3(home) for home in Home}
        self._open = ExitStack()
        self._returns = 0
        self._waiting = 0

    def __enter__(self) -> Self:
        credentials = self.regions.credentials("pipeline")
        for state, workspace in STATES:
            proxy = self._open.enter_context(self.proxied("pipeline"))
            self.pipelines.append(Pipeline(self.regions, state, workspace, proxy, credentials))
        self.where.update({pipeline.key: FIRST for pipeline in self.pipelines})
        self._open.callback(self.replication.release)
        self._open.callback(self.region.restore)
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def proxied(
        self,
        actor: str,
        *,
        before: Callable[[Call], Fault | None] = no_fault,
        afterwards: Callable[[Call], None] = no_fault,
    ) -> Proxy:
        """A way to AWS through the region's switch, on which everything is noted.

        :param before: what happens before a call is passed on.
        :param afterwards: what happens once AWS did it.
        """

        def after(call: Call) -> None:
            self.region.afterwards(call)
            afterwards(call)

        return Proxy(
            self.regions.deployment.emulator,
            actor,
            rule=lambda call: before(call) or self._rule(call),
            afterwards=after,
            answered=self.answered,
            turn=self.turn,
        )

    def administrator(self, meanwhile: Callable[[], None]) -> Administrator:
        return Administrator(self.regions, self.proxied, meanwhile)

    def named(self, states: tuple[str, ...]) -> list[Pipeline]:
        """The pipelines of these states, or all; a state goes with its workspaces."""
        return [one for one in self.pipelines if not states or one.state in states]

    def moving(self, home: Home, states: tuple[str, ...]) -> None:
        """An administrator is about to begin."""
        keys = [pipeline.key for pipeline in self.named(states)]
        with self.turn:
            self.moves.append(Move(at=len(self.answered), bucket=self.regions.bucket(home), keys=keys))

    def come_back(self) -> None:
        """The region is there again, and what was under way arrives about now."""
        self._returns += 1
        self.region.restore()

    def await_late_calls(self) -> None:
        """Until all of them have been answered."""
        ends = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < ends:
            with self.turn:
                answered = {id(one.call) for one in self.answered}
                if not self._waiting and all(id(call) in answered for call in self.late):
                    return
            time.sleep(0.02)
        raise AssertionError("a call that was under way when the region went is never answered")

    def writers(self) -> Writers:
        """The record so far, judged."""
        uses = {FILE: self.regions.lock.uses_lockfile, TABLE: self.regions.lock.uses_table}
        writers = Writers(
            buckets=(self.regions.bucket(FIRST), self.regions.bucket(SECOND)),
            places={place for place, used in uses.items() if used},
            dead=self.dead,
            behind=self.behind,
        )
        with self.turn:
            late = {id(call) for call in self.late}
            record = [
                Answered(one.call, one.status, heard=False, late=True) if id(one.call) in late else one
                for one in self.answered
            ]
            moves = list(self.moves)
        writers.follow(record, moves)
        return writers

    def bury(self) -> bool:
        """Know who ended with a lock in their hands, while no pipeline runs; whether anybody did."""
        for pipeline in self.pipelines:
            self.dead |= pipeline.killed
        behind, self.behind = self.behind, set(self.where)
        held = self.writers().held
        self.behind = behind
        found = {actor for places in held.values() for _, actor in places.values()} - {ACTOR}
        self.dead |= found
        return bool(found)

    def body(self, home: Home, key: str) -> bytes | None:
        """An object in a region; ``None`` where there is none."""
        s3 = self._s3[home]
        try:
            body: bytes = s3.get_object(Bucket=self.regions.bucket(home), Key=key)["Body"].read()
        except s3.exceptions.NoSuchKey:
            return None
        return body

    def newest(self, home: Home, key: str) -> dict[str, Any]:
        """A state as it is in a region; empty where there is none."""
        body = self.body(home, key)
        return {} if body is None else dict(json.loads(body))

    def content(self, home: Home, key: str) -> str:
        """What was applied last to a state in a region."""
        return _content(self.newest(home, key))

    def locks(self, home: Home, key: str) -> set[str]:
        """The IDs of the locks that are held on a state in a region."""
        found = [self.body(home, lockfile_key(key))]
        if self.regions.lock.uses_table:
            item = {"LockID": {"S": lock_id(self.regions.bucket(home), key)}}
            table = self.regions.table(home)
            held = self.regions.dynamodb(home).get_item(TableName=table, Key=item, ConsistentRead=True)
            found += [held["Item"]["Info"]["S"].encode()] if "Item" in held else []
        return {id_of(text) for text in found if text is not None}

    def versions(self, home: Home, key: str) -> list[bytes]:
        """Every version of a state in a region."""
        s3, bucket = self._s3[home], self.regions.bucket(home)
        listed = s3.list_object_versions(Bucket=bucket, Prefix=key).get("Versions", ())
        ids = [one["VersionId"] for one in listed if one["Key"] == key]
        return [s3.get_object(Bucket=bucket, Key=key, VersionId=one)["Body"].read() for one in ids]

    def never_arrived(self, key: str) -> bool:
        """Whether the second region never had what is newest in the first."""
        newest = self.body(FIRST, key)
        return newest is not None and newest not in self.versions(SECOND, key)

    def lost(self, pipeline: Pipeline) -> bool:
        """Whether what was acknowledged last in the first region, and all written there since, is missing."""
        told = [number(content) for content in pipeline.acknowledged if content.startswith(FIRST)]
        there = [_content(json.loads(body)) for body in self.versions(SECOND, pipeline.key)]
        arrived = [number(content) for content in there if content.startswith(FIRST)]
        return max(told, default=0) > max(arrived, default=0)

    def written(self) -> Iterator[tuple[Home, str, bytes]]:
        """Every version of a state that anybody wrote: where, its key, its content."""
        uploads = Uploads()
        places = {f"/{self.regions.bucket(home)}/{key}": (home, key) for home in Home for key in self.where}
        for one in self.answered:
            if one.status == 200:
                content = uploads.finished_by(one.call)
                if content is not None and one.call.path in places:
                    yield *places[one.call.path], content

    def _rule(self, call: Call) -> Fault | None:
        with self.turn:
            returns, self._waiting = self._returns, self._waiting + 1
        fault = self.region.rule(call)
        with self.turn:
            self._waiting -= 1
            if fault is None and self._returns != returns:
                self.late.append(call)
        return fault


def _content(state: dict[str, Any]) -> str:
    return str(state.get("outputs", {}).get("content", {}).get("value", ""))

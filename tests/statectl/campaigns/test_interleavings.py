"""Terraform, restores and breaks at random times on one state: no state is lost, and no lock stolen.

Each works through a proxy of its own that lets every call wait a little, and sometimes kills who makes it. Locks
of the dead are broken, as an operator would who knows that they are dead; the record of all calls is judged.
"""

import json
import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from localcloud.leash_wrapper import descendants
from localcloud.terraform import Workdir
from settings.model import Lock
from statectl.exit_code import ExitCode
from tests.access.stack import apply
from tests.faults.call import Call
from tests.faults.fault import Break, Fault
from tests.faults.proxy import Answered, Proxy
from tests.statectl.campaigns.record import Judge
from tests.statectl.stack import Stack

APPLIES = 2
"""How often each of two Terraforms applies."""
RESTORES = 2
WAIT_SECONDS = 0.04
"""How long a call waits at most."""
KILLED = 0.3
"""How probable it is that a process is killed at one of its calls."""
CALLS = 16
"""About as many as an apply makes."""
PATIENCE_SECONDS = 120.0


@dataclass
class Campaign:
    """One seed: a state, and the record of what was done to it.

    :param acknowledged: the contents that Terraform said were applied.
    :param dead: the names of the processes that were killed.
    """

    stack: Stack
    key: str
    answered: list[Answered] = field(default_factory=list)
    turn: Any = field(default_factory=threading.RLock)
    acknowledged: list[str] = field(default_factory=list)
    dead: set[str] = field(default_factory=set)

    def judge(self) -> Judge:
        """The record so far, judged."""
        lock = self.stack.lock
        places = {"lockfile": lock.uses_lockfile, "table": lock.uses_table}
        judge = Judge(self.stack.bucket, self.key, {place for place, used in places.items() if used}, self.dead)
        with self.turn:
            judge.follow(self.answered)
        return judge

    def locks_of_the_dead(self) -> set[str]:
        return {lock for lock, holder in self.judge().held.values() if holder in self.dead}


class Actor:
    """Somebody who works on the state, one process after the other, each under a name of its own."""

    def __init__(self, campaign: Campaign, name: str, seed: str) -> None:
        self._campaign = campaign
        self._name = name
        self._rng = random.Random(seed)  # noqa: S311 (chance, not secrecy)
        self._count = 0
        self._process: subprocess.Popen[str] | None = None
        self._seen = 0
        self._dies_at = 0
        self.proxy = Proxy(
            campaign.stack.deployment.emulator,
            rule=self._rule,
            answered=campaign.answered,
            turn=campaign.turn,
        )

    def pause(self) -> None:
        time.sleep(self._rng.random())

    def work(self, start: Callable[[], "subprocess.Popen[str]"]) -> tuple[int, str]:
        """Run a process to its end, which may come early; its exit code and what it said."""
        self._count += 1
        self.proxy.actor = f"{self._name}{self._count}"
        self._seen = 0
        self._dies_at = self._rng.randrange(1, CALLS) if self._rng.random() < KILLED else 0
        self._process = start()
        out, err = self._process.communicate(timeout=PATIENCE_SECONDS)
        code, self._process = self._process.returncode, None
        return code, out + err

    def _rule(self, call: Call) -> Fault | None:
        time.sleep(self._rng.random() * WAIT_SECONDS)
        self._seen += 1
        if call.actor not in self._campaign.dead and (self._seen != self._dies_at or self._process is None):
            return None
        if self._process is not None and call.actor not in self._campaign.dead:
            self._campaign.dead.add(call.actor)
            for pid in (*descendants(self._process.pid), self._process.pid):
                os.kill(pid, signal.SIGKILL)
        return Break.BEFORE


def applying(campaign: Campaign, actor: Actor, here: Workdir, name: str) -> None:
    for number in range(APPLIES):
        actor.pause()
        content = f"{name}-{number}"
        code, _ = actor.work(partial(_terraform, here, content))
        if code == 0:
            campaign.acknowledged.append(content)


def _terraform(here: Workdir, content: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        here.command(apply(content, "-auto-approve")),
        env=here.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def restoring(campaign: Campaign, actor: Actor) -> None:
    operator = campaign.stack.operator().with_variables(AWS_ENDPOINT_URL=actor.proxy.endpoint)
    for _ in range(RESTORES):
        actor.pause()
        restore = partial(operator.start, "versions", "restore", campaign.key, "latest-1", "--yes")
        code, said = actor.work(restore)
        # A kill is negative; a restore of a state that has no other version yet is a wrong call.
        assert code in {ExitCode.FINE, ExitCode.LOCKED, ExitCode.USAGE} or code < 0, said


def breaking(campaign: Campaign, actor: Actor, over: threading.Event) -> None:
    operator = campaign.stack.operator().with_variables(AWS_ENDPOINT_URL=actor.proxy.endpoint)
    while not over.is_set() or campaign.locks_of_the_dead():
        for lock in campaign.locks_of_the_dead():
            told = ("locks", "break", campaign.key, lock, "--reason", "its holder is dead", "--yes")
            code, said = actor.work(partial(operator.start, *told))
            assert code in {ExitCode.FINE, ExitCode.FAILED, ExitCode.LOCKED} or code < 0, said
        over.wait(0.1)


def test_no_state_is_lost_and_no_lock_stolen(stack_of: Callable[[Lock], Stack], seed: int) -> None:
    stack = stack_of(list(Lock)[seed % len(Lock)])
    campaign = Campaign(stack, f"dev/interleaved-{seed}/terraform.tfstate")
    actors = {name: Actor(campaign, name, f"{seed}-{name}") for name in ("a", "b", "r", "k")}
    over = threading.Event()
    with actors["a"].proxy, actors["b"].proxy, actors["r"].proxy, actors["k"].proxy:
        heres = [
            stack.terraform(
                campaign.key,
                name=f"interleaved-{seed}-{name}",
                endpoints=dict.fromkeys(("s3", "dynamodb", "sts", "iam"), actors[name].proxy.endpoint),
            )
            for name in ("a", "b")
        ]
        with ThreadPoolExecutor(4) as pool:
            work = [
                pool.submit(applying, campaign, actors["a"], heres[0], "a"),
                pool.submit(applying, campaign, actors["b"], heres[1], "b"),
                pool.submit(restoring, campaign, actors["r"]),
            ]
            breaker = pool.submit(breaking, campaign, actors["k"], over)
            try:
                for done in work:
                    done.result()
            finally:
                over.set()
            breaker.result()
    judge = campaign.judge()
    assert judge.held == {}, f"seed {seed}"
    _nothing_is_lost(campaign, judge)
    _terraform_goes_on(campaign, judge)


def _nothing_is_lost(campaign: Campaign, judge: Judge) -> None:
    """Every version that was written is there, the last one on top, and what was acknowledged is among them."""
    s3, bucket = campaign.stack.s3(), campaign.stack.bucket
    found = s3.list_object_versions(Bucket=bucket, Prefix=campaign.key).get("Versions", ())
    own = [item["VersionId"] for item in found if item["Key"] == campaign.key]
    bodies = [s3.get_object(Bucket=bucket, Key=campaign.key, VersionId=version)["Body"].read() for version in own]
    assert sorted(bodies) == sorted(judge.written)
    assert not bodies or bodies[0] == judge.written[-1]
    contents = {json.loads(body)["outputs"].get("content", {}).get("value") for body in judge.written}
    assert set(campaign.acknowledged) <= contents


def _terraform_goes_on(campaign: Campaign, judge: Judge) -> None:
    """Whoever was killed between state and digest left a mismatch; after ``recover`` there is none."""
    if judge.written:
        campaign.stack.operator().do("recover", campaign.key, "--yes")
    here = campaign.stack.terraform(campaign.key, name=f"{campaign.key.split('/')[1]}-after")
    here.do(apply("after", "-auto-approve"))
    assert here.outputs()["content"] == "after"

"""The pages whose commands are run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from localcloud.paths import PROJECT
from tests.runbook import failover_scenes, scenes
from tests.runbook.stage import Stage
from tests.statectl.stack import Stack


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page.

    :param beginnings: what happens before the commands under each heading.
    :param ends: the headings after whose commands nothing must be left to do.
    :param over: holds that nothing is.
    """

    path: Path
    beginnings: Mapping[str, Callable[[Stage], None]]
    ends: frozenset[str]
    over: Callable[[Stage], None]


def _of_stack(beginning: Callable[[Stack], None]) -> Callable[[Stage], None]:
    return lambda here: beginning(here.stack)


RUNBOOK = Page(
    path=PROJECT / "docs" / "runbook.md",
    beginnings={heading: _of_stack(beginning) for heading, beginning in scenes.BEGINNINGS.items()},
    ends=frozenset(scenes.BEGINNINGS),
    over=lambda here: scenes.over(here.stack),
)
"""Each emergency on its own."""
FAILOVER = Page(
    path=PROJECT / "docs" / "failover.md",
    beginnings=failover_scenes.BEGINNINGS,
    ends=frozenset({list(failover_scenes.BEGINNINGS)[-1]}),
    over=failover_scenes.over,
)
"""One story."""
PAGES = (RUNBOOK, FAILOVER)

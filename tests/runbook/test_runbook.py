"""docs/runbook.md works as it is written: each emergency is real, and each command ends it."""

from collections.abc import Iterator
from itertools import groupby

import pytest

from localcloud.engine import Engine
from tests.runbook.__main__ import PAGE
from tests.runbook.scenes import BEGINNINGS, over
from tests.runbook.stage import Stage, stage
from tests.runbook.transcript import Command, Names, commands

SECTIONS = {title: list(found) for title, found in groupby(commands(PAGE.read_text()), lambda one: one.section)}


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory, engine: Engine) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("runbook"), engine) as made:
        yield made


def test_every_emergency_has_a_beginning_and_a_way_out() -> None:
    assert set(SECTIONS) == set(BEGINNINGS)


@pytest.mark.parametrize("section", BEGINNINGS)
def test_the_commands_of_the_page_print_what_it_shows_and_end_the_emergency(here: Stage, section: str) -> None:
    BEGINNINGS[section](here.stack)
    names = Names()
    for command in SECTIONS[section]:
        line = names.now(command.line)
        printed = here.type(Command(section=section, line=line, printed=""))
        names.learn(command.printed, printed)
    over(here.stack)

"""The pages work as they are written: each emergency is real, and the commands end it."""

from collections.abc import Iterator
from itertools import groupby

import pytest

from localcloud.engine import Engine
from tests.runbook.pages import PAGES, Page
from tests.runbook.stage import Stage, stage
from tests.runbook.transcript import Command, Names, commands


def sections(page: Page) -> dict[str, list[Command]]:
    read = commands(page.path.read_text(encoding="utf-8"))
    return {title: list(found) for title, found in groupby(read, lambda one: one.section)}


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory, engine: Engine) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("runbook"), engine) as made:
        yield made


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path.stem)
def test_every_emergency_has_a_beginning_and_a_way_out(page: Page) -> None:
    assert list(sections(page)) == list(page.beginnings)


@pytest.mark.parametrize(
    ("page", "section"),
    [pytest.param(page, section, id=section) for page in PAGES for section in page.beginnings],
)
def test_the_commands_of_the_page_print_what_it_shows_and_end_the_emergency(
    here: Stage, page: Page, section: str
) -> None:
    page.beginnings[section](here)
    names = Names()
    for command in sections(page)[section]:
        line = names.now(command.line)
        printed = here.type(Command(section=section, line=line, printed=""))
        names.learn(command.printed, printed, counts_vary="drill" in command.arguments)
    if section in page.ends:
        page.over(here)

"""``python -m tests.runbook [runbook] [failover]``: writes into the pages what their commands print now."""

import sys
import tempfile
from pathlib import Path

from localcloud.engine import Engine
from tests.runbook.pages import PAGES, Page
from tests.runbook.stage import Stage, stage
from tests.runbook.transcript import Command, Names, rewritten


def main(names: list[str]) -> None:
    """Run every story and write the pages, or those of these names."""
    pages = [page for page in PAGES if not names or page.path.stem in names]
    with tempfile.TemporaryDirectory() as folder, stage(Path(folder), Engine.obtain()) as here:
        for page in pages:
            page.path.write_text(_written(page, here), encoding="utf-8")


def _written(page: Page, here: Stage) -> str:
    section, names = "", Names()

    def run(command: Command) -> tuple[str, str]:
        nonlocal section
        if command.section != section:
            if section in page.ends:
                page.over(here)
            section = command.section
            page.beginnings[section](here)
        line = names.now(command.line)
        printed = here.type(Command(section=section, line=line, printed=""))
        names.follow(command.printed, printed)
        return line, printed

    text = rewritten(page.path.read_text(encoding="utf-8"), run)
    page.over(here)
    return text


if __name__ == "__main__":
    main(sys.argv[1:])

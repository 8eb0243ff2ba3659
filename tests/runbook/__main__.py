"""``python -m tests.runbook``: writes into docs/runbook.md what its commands print now."""

import tempfile
from pathlib import Path

from localcloud.engine import Engine
from localcloud.paths import PROJECT
from tests.runbook.scenes import BEGINNINGS, over
from tests.runbook.stage import stage
from tests.runbook.transcript import Command, Names, rewritten

PAGE = PROJECT / "docs" / "runbook.md"


def main() -> None:
    """Run every emergency and write the page."""
    with tempfile.TemporaryDirectory() as folder, stage(Path(folder), Engine.obtain()) as here:
        section, names = "", Names()

        def run(command: Command) -> tuple[str, str]:
            nonlocal section
            if command.section != section:
                if section:
                    over(here.stack)
                section = command.section
                BEGINNINGS[section](here.stack)
            line = names.now(command.line)
            printed = here.type(Command(section=section, line=line, printed=""))
            names.follow(command.printed, printed)
            return line, printed

        page = rewritten(PAGE.read_text(encoding="utf-8"), run)
        over(here.stack)
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()

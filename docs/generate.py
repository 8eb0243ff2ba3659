"""Writes what the code decides into the pages: ``python -m docs.generate`` (``--check`` only compares).

Each part stands between ``<!-- generated: NAME -->`` and ``<!-- end -->``.
"""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from docs import client_behaviour, clients, failover, readme, statectl_reference

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
PAGES: Mapping[Path, Mapping[str, Callable[[], str]]] = {
    README: {
        "configuration": readme.configuration_table,
        "outputs": readme.outputs_table,
        "picture": readme.picture,
    },
    ROOT / "docs" / "backend-files.md": {"clients": clients.clients_table},
    ROOT / "docs" / "clients.md": {
        "behaviour": client_behaviour.behaviour_table,
        "fleet": client_behaviour.mixed_table,
    },
    ROOT / "docs" / "failover.md": {"picture": failover.picture},
    ROOT / "docs" / "statectl.md": {
        "commands": statectl_reference.commands_table,
        "exit codes": statectl_reference.exit_codes_table,
        "json": statectl_reference.json_shapes,
    },
}
"""The generated parts of each page, by name."""


def generated(page: Path) -> str:
    """A page with every generated part as the code has it now."""
    text = page.read_text(encoding="utf-8")
    for name, make in PAGES[page].items():
        start, end = f"<!-- generated: {name} -->\n", "<!-- end -->"
        before, _, rest = text.partition(start)
        _, closed, after = rest.partition(end)
        if not closed:
            raise ValueError(f"{page.name} has no place for the generated part {name}")
        text = f"{before}{start}{make()}\n{end}{after}"
    return text


def outdated() -> list[Path]:
    """The pages that are behind the code."""
    return [page for page in PAGES if generated(page) != page.read_text(encoding="utf-8")]


def main(arguments: list[str]) -> int:
    """Write the pages, or with ``--check`` say which are behind the code; 1 where one is."""
    behind = outdated()
    for page in behind:
        if arguments == ["--check"]:
            print(f"{page.relative_to(ROOT)} is behind the code: run `python -m docs.generate`", file=sys.stderr)
        else:
            page.write_text(generated(page), encoding="utf-8")
    return int(bool(behind) and arguments == ["--check"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""``python -m settings Pulumi.prod.yaml ...``: check stack files without an engine or credentials."""

import sys
from pathlib import Path

import yaml

from settings.mistakes import SettingsError
from settings.stack_file import load_stack_file


def main(paths: list[str]) -> int:
    """Check every file; 0 where all can be used, 1 where one cannot, 2 where none is named."""
    if not paths:
        print("usage: python -m settings Pulumi.<stack>.yaml ...", file=sys.stderr)
        return 2
    failed = False
    for path in paths:
        try:
            settings = load_stack_file(Path(path))
        except (SettingsError, OSError, yaml.YAMLError) as error:
            failed = True
            print(f"{path}: {error}", file=sys.stderr)
            continue
        count = sum(len(services) for services in settings.states.values())
        where = " and ".join(filter(None, (settings.region, settings.replica_region)))
        print(f"{path}: fine ({count} states, account {settings.account_id}, {where})")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Writes the stack's backend configurations as files.

From standard input: the output ``backend_configs``, or the output ``access`` and the name of one of its entries,
whose files hold the role it becomes.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from blueprint.backend_config import backend_block, remote_state_block, to_hcl

USAGE = """usage: pulumi stack output backend_configs --json | python -m blueprint.backend_files DIRECTORY
       pulumi stack output access --json | python -m blueprint.backend_files DIRECTORY ENTRY"""


def write_backend_files(configs: Mapping[str, Mapping[str, Any]], directory: Path) -> dict[str, Path]:
    """For each state, at ``<environment>/<service>/`` in ``directory``: ``backend.hcl`` for partial configuration,
    ``backend.tf`` with the complete block, and ``remote_state.tf`` for whoever reads its outputs.

    :param configs: the stack's output ``backend_configs`` or ``replica_backend_configs``.
    :return: the ``backend.hcl`` files by ``<environment>/<service>``.
    """
    files = {}
    for name, arguments in sorted(configs.items()):
        own = directory / name
        own.mkdir(parents=True, exist_ok=True)
        (own / "backend.tf").write_text(backend_block(arguments), encoding="utf-8")
        (own / "remote_state.tf").write_text(remote_state_block(name, arguments), encoding="utf-8")
        files[name] = own / "backend.hcl"
        files[name].write_text(to_hcl(arguments), encoding="utf-8")
    return files


def main(arguments: list[str]) -> int:
    """Write what stands on standard input; 2 where the call is wrong, 1 where it is no stack output."""
    if len(arguments) not in (1, 2):
        print(USAGE, file=sys.stderr)
        return 2
    directory, entry = arguments[0], arguments[1:]
    try:
        given = json.load(sys.stdin)
        files = write_backend_files(given[entry[0]]["backend_configs"] if entry else given, Path(directory))
    except KeyError as error:
        print(f"standard input has no access entry {error}; it has {', '.join(given)}", file=sys.stderr)
        return 1
    except (ValueError, AttributeError, TypeError) as error:
        print(f"standard input is not a stack's backend_configs or access as JSON: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    for file in files.values():
        print(file)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

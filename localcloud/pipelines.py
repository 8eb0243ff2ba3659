"""Who applies the states of the local run: a pipeline for each access entry, in an account of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from localcloud import paths, stack
from localcloud.failure import Failure
from settings.access import Mode
from settings.access_rules import covers
from settings.stack_file import load_stack_file

STACK_FILE = paths.PROJECT / f"Pulumi.{stack.NAME}.yaml"


@dataclass(frozen=True)
class Pipeline:
    """The pipeline of one access entry, which becomes the entry's role.

    :param entry: the entry's name.
    :param account_id: the account it runs in; the emulated AWS takes the number as the key id of its root.
    :param role: the name of the role.
    :param backend_configs: the backend's arguments of the entry's states, by ``<environment>/<service>``.
    """

    entry: str
    account_id: str
    role: str
    backend_configs: Mapping[str, Mapping[str, Any]]


def pipelines(outputs: Mapping[str, Any]) -> list[Pipeline]:
    """The pipelines that write the stack's states; `Failure` where a state is left without one.

    :param outputs: the stack's outputs; which accounts the pipelines run in is in its stack file.
    """
    writers = [
        entry
        for entry in load_stack_file(STACK_FILE).access
        if entry.mode is Mode.WRITE and len(entry.accounts) == 1
    ]
    for state in outputs["backend_configs"]:
        if not any(covers(pattern, state) for entry in writers for pattern in entry.states):
            raise Failure(f"{STACK_FILE.name}: no entry of access lets an account write {state}: add one.")
    made = []
    for entry in writers:
        output = outputs["access"][entry.name]
        role = output["role_arn"].rsplit("/", 1)[1]
        made.append(Pipeline(entry.name, entry.accounts[0].id, role, output["backend_configs"]))
    return made

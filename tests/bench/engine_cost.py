"""What the engine costs on top of the AWS calls it makes."""

import json
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localcloud.emulator import Emulator
from localcloud.engine import Engine
from tests.integration.deployment import Deployment

_KEY_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, kw_only=True)
class EngineCost:
    """Figures of one run, of stack ``prod``.

    :param first_up: seconds of the ``up`` that makes everything.
    :param second_up: seconds of the ``up`` that changes nothing.
    :param calls: AWS calls of the first.
    :param second_calls: AWS calls of the second.
    :param replay: seconds of the first one's calls, made again by boto3 one after another on an AWS as empty.
    """

    first_up: float
    second_up: float
    calls: int
    second_calls: int
    replay: float


def measure() -> EngineCost:
    """Bring ``prod`` up twice, then make the same calls without an engine."""
    engine = Engine.obtain()
    with _deployment(engine) as made:
        first_up = _seconds(made)
        calls = [json.loads(line) for line in made.call_log.read_text().splitlines()]
        second_up = _seconds(made)
        second_calls = len(made.call_log.read_text().splitlines()) - len(calls)
    with _deployment(engine) as empty:
        start = time.perf_counter()
        _replay(calls, empty)
        replay = time.perf_counter() - start
    return EngineCost(
        first_up=first_up, second_up=second_up, calls=len(calls), second_calls=second_calls, replay=replay
    )


@contextmanager
def _deployment(engine: Engine) -> Iterator[Deployment]:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with Emulator.start(home / "emulator") as emulator:
            (home / "stack").mkdir()
            yield Deployment.prepare("prod", home / "stack", engine, emulator)


def _seconds(made: Deployment) -> float:
    start = time.perf_counter()
    made.up()
    return time.perf_counter() - start


def _replay(calls: list[dict[str, Any]], empty: Deployment) -> None:
    """Make the calls in the order they were logged; KMS chooses key ids anew, one key for each region."""
    clients: dict[tuple[str, str], Any] = {}
    key_ids: dict[str, str] = {}
    new_ids: dict[str, str] = {}
    for call in calls:
        found = _KEY_ID.search(json.dumps(call["params"]))
        if found and found[0] not in key_ids:
            # A key's id is first seen in its own region, in a call to KMS that follows its creation.
            key_ids[found[0]] = new_ids[call["region"]]
        where = (call["service"], call["region"])
        if where not in clients:
            clients[where] = empty.client(*where)
        params = json.loads(_KEY_ID.sub(lambda match: key_ids[match[0]], json.dumps(call["params"])))
        answer = _call(clients[where], call["operation"], params)
        if call["operation"] == "CreateKey":
            new_ids[call["region"]] = answer["KeyMetadata"]["KeyId"]


def _call(client: Any, operation: str, params: dict[str, Any]) -> Any:
    method = {client.meta.method_to_api_mapping[name]: name for name in client.meta.method_to_api_mapping}[
        operation
    ]
    try:
        return getattr(client, method)(**params)
    except client.exceptions.ClientError as error:
        # A look at what may not exist is a call like any other.
        return error.response

"""What Terraform leaves, a pipeline tries, and an administrator runs, in either region."""

import json
from collections.abc import Mapping
from typing import Any

from blueprint.standby import Home
from statefile.keys import digest_id, lock_id, lockfile_key
from statefile.state import digest
from tests.statectl.failover.regions import KEY, Regions
from tests.statectl.regions import state

NOTHING = {"absent", "there", "uncompared"}
"""What a row without a serial says of a state that nobody ever wrote."""
LOCK = {"ID": "stuck", "Operation": "OperationTypeApply", "Who": "gone@host", "Created": "2026-01-02T03:04:05Z"}


def put(regions: Regions, home: Home, body: bytes, key: str = KEY, *, remembered: str | None = None) -> None:
    """A state as Terraform leaves it: the object, and its digest in the table."""
    regions.s3(home).put_object(Bucket=regions.bucket(home), Key=key, Body=body)
    item = {"LockID": {"S": digest_id(regions.bucket(home), key)}, "Digest": {"S": remembered or digest(body)}}
    regions.dynamodb(home).put_item(TableName=regions.table(home), Item=item)


def lock(regions: Regions, home: Home, key: str = KEY) -> None:
    """A lock that somebody left, in both places."""
    text = json.dumps(LOCK)
    regions.s3(home).put_object(Bucket=regions.bucket(home), Key=lockfile_key(key), Body=text.encode())
    item = {"LockID": {"S": lock_id(regions.bucket(home), key)}, "Info": {"S": text}}
    regions.dynamodb(home).put_item(TableName=regions.table(home), Item=item)


def start(regions: Regions, *more: str, command: str = "failover", **variables: str) -> tuple[int, dict[str, Any]]:
    """The exit code of a run, and what became of each state that there is or was."""
    done = regions.operator().with_variables(**variables).run(command, "start", *more, "--yes", "--json")
    assert done.out, done
    return done.code, {row["key"]: row for row in done.json() if row["serial"] or row["outcome"] not in NOTHING}


def outcomes(rows: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    return {key: row["outcome"] for key, row in rows.items()}


def writes(regions: Regions, home: Home, key: str = KEY) -> bool:
    """Whether the pipeline may write a state in a region."""
    s3 = regions.client("s3", home, "pipeline")
    try:
        s3.put_object(Bucket=regions.bucket(home), Key=key, Body=state(99, content="pipeline"))
    except s3.exceptions.ClientError as error:
        assert error.response["Error"]["Code"] == "AccessDenied"
        return False
    return True

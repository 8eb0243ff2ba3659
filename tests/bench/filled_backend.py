"""A backend of a size that a large company has, on an emulated AWS of its own."""

import http.client
import json
import ssl
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localcloud.emulator import HOST, Emulator
from statefile.keys import digest_id, lock_id, lockfile_key
from statefile.state import digest

REGION = "eu-central-1"
BUCKET = "bench-tfstate"
TABLE = "bench-locks"
WRITERS = 4
BATCH = 25
"""Items that DynamoDB takes in one write."""


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much there is.

    :param states: states, each at a key of its own.
    :param versions: versions of each.
    :param locks: states that are locked, in both places.
    """

    states: int
    versions: int
    locks: int


@dataclass(frozen=True, kw_only=True)
class FilledBackend:
    """The backend and how to reach it.

    :param size: how much there is.
    """

    emulator: Emulator
    size: Size

    @property
    def arguments(self) -> list[str]:
        """What leads ``statectl`` to it."""
        return ["--bucket", BUCKET, "--region", REGION, "--table", TABLE]


@contextmanager
def filled_backend(size: Size, tell: Callable[[int], None]) -> Iterator[FilledBackend]:
    """Fill a backend, and end its emulated AWS afterwards.

    Policies are not enforced: evaluating them is the emulator's work and no part of what is measured.

    :param tell: is told how many objects there are, from time to time.
    """
    with tempfile.TemporaryDirectory() as folder, Emulator.start(Path(folder), auth=False) as emulator:
        s3, dynamodb = emulator.client("s3", REGION), emulator.client("dynamodb", REGION)
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        dynamodb.create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "LockID", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "LockID", "AttributeType": "S"}],
        )
        _fill_bucket(emulator, size, tell)
        _fill_table(dynamodb, size)
        yield FilledBackend(emulator=emulator, size=size)


def key_of(number: int) -> str:
    """The key of the state of this number."""
    return f"team-{number % 100:02}/service-{number:05}/terraform.tfstate"


def body_of(number: int, serial: int) -> bytes:
    """A version of it, as Terraform writes one of a few resources."""
    resource = {
        "mode": "managed",
        "type": "terraform_data",
        "provider": 'provider["terraform.io/builtin/terraform"]',
    }
    resources = [
        {
            **resource,
            "name": f"r{index}",
            "instances": [{"schema_version": 0, "attributes": {"id": f"{index}-{serial}"}}],
        }
        for index in range(4)
    ]
    state = {
        "version": 4,
        "terraform_version": "1.15.5",
        "serial": serial,
        "lineage": f"00000000-0000-4000-8000-{number:012}",
        "outputs": {"name": {"value": f"service-{number}", "type": "string"}},
        "resources": resources,
    }
    return json.dumps(state, indent=2).encode()


def lock_of(number: int) -> bytes:
    """A lock on it."""
    info = {"ID": f"lock-{number}", "Operation": "OperationTypeApply", "Who": "ci@runner", "Version": "1.15.5"}
    return json.dumps(
        {**info, "Created": "2026-11-25T03:10:00Z", "Path": lock_id(BUCKET, key_of(number))}
    ).encode()


def _fill_bucket(emulator: Emulator, size: Size, tell: Callable[[int], None]) -> None:
    done = [0]

    def fill(writer: int) -> None:
        trusted = ssl.create_default_context(cafile=str(emulator.ca_bundle))
        connection = http.client.HTTPSConnection(HOST, emulator.port, context=trusted)
        for number in range(writer, size.states, WRITERS):
            for serial in range(1, size.versions + 1):
                _put(connection, key_of(number), body_of(number, serial))
            if number < size.locks:
                _put(connection, lockfile_key(key_of(number)), lock_of(number))
            done[0] += size.versions
            tell(done[0])
        connection.close()

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(fill, range(WRITERS)))


def _put(connection: http.client.HTTPSConnection, key: str, body: bytes) -> None:
    """Without boto3, which takes longer to sign a request than the emulator to answer it; nobody checks here."""
    signed = f"AWS4-HMAC-SHA256 Credential=test/20261125/{REGION}/s3/aws4_request, SignedHeaders=host, Signature=0"
    connection.request("PUT", f"/{BUCKET}/{key}", body=body, headers={"Authorization": signed})
    answer = connection.getresponse()
    answer.read()
    if answer.status != http.client.OK:
        raise RuntimeError(f"PUT {key}: {answer.status}")


def _fill_table(dynamodb: Any, size: Size) -> None:
    items = [
        {
            "LockID": {"S": digest_id(BUCKET, key_of(number))},
            "Digest": {"S": digest(body_of(number, size.versions))},
        }
        for number in range(size.states)
    ]
    items += [
        {"LockID": {"S": lock_id(BUCKET, key_of(number))}, "Info": {"S": lock_of(number).decode()}}
        for number in range(size.locks)
    ]
    for start in range(0, len(items), BATCH):
        writes = [{"PutRequest": {"Item": item}} for item in items[start : start + BATCH]]
        dynamodb.batch_write_item(RequestItems={TABLE: writes})

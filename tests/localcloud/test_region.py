"""A region can be cut, in every way that a region is gone, and the other goes on meanwhile."""

import shutil
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from blueprint.hcl import to_hcl
from localcloud.backend_files import emulator_arguments
from localcloud.emulator import CLIENT_CONFIG, Emulator
from localcloud.terraform import Workdir
from statefile.keys import lockfile_key
from tests.access.stack import apply
from tests.faults.locks import FILE, TABLE
from tests.faults.proxy import Proxy
from tests.faults.region import Mode, Region
from tests.faults.writers import Writers

HERE, THERE = "eu-central-1", "eu-west-1"
KEY = "dev/cut/terraform.tfstate"
CONFIGURATION = Path(__file__).parents[1] / "access" / "configuration.tf"


@pytest.fixture(scope="module")
def buckets(emulator: Emulator) -> dict[str, str]:
    """A bucket and a lock table in each region, by region."""
    for region in (HERE, THERE):
        emulator.client("s3", region).create_bucket(
            Bucket=f"cut-{region}", CreateBucketConfiguration={"LocationConstraint": region}
        )
        emulator.client("dynamodb", region).create_table(
            TableName="cut",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "LockID", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "LockID", "AttributeType": "S"}],
        )
    return {region: f"cut-{region}" for region in (HERE, THERE)}


@pytest.fixture(scope="module")
def proxy(emulator: Emulator) -> Iterator[Proxy]:
    with Proxy(emulator) as passing:
        yield passing


@pytest.fixture
def region(proxy: Proxy) -> Region:
    """The first region, as the proxy lets it through in this test."""
    made = Region(HERE, seconds=20)
    through(proxy, made)
    return made


def through(proxy: Proxy, region: Region) -> None:
    proxy.actor, proxy.rule, proxy.afterwards = "client", region.rule, region.afterwards
    proxy.answered.clear()


class Client:
    """Puts objects into the bucket of a region, once each, with little patience; threads may share it."""

    def __init__(self, proxy: Proxy, region: str, bucket: str) -> None:
        impatient = Config(read_timeout=0.5, retries={"total_max_attempts": 1})
        self._s3 = proxy.emulator.session(region).client(
            "s3",
            endpoint_url=proxy.endpoint,
            verify=str(proxy.emulator.ca_bundle),
            config=CLIENT_CONFIG.merge(impatient),
        )
        self._plain = proxy.emulator.client("s3", region)
        self._bucket = bucket

    def put(self, key: str) -> None:
        self._s3.put_object(Bucket=self._bucket, Key=key, Body=b"")

    def arrived(self, key: str) -> bool:
        """Whether AWS did it, asked past the proxy."""
        return bool(self._plain.list_objects_v2(Bucket=self._bucket, Prefix=key)["KeyCount"])


@pytest.fixture(scope="module")
def here(proxy: Proxy, buckets: dict[str, str]) -> Client:
    return Client(proxy, HERE, buckets[HERE])


@pytest.fixture(scope="module")
def there(proxy: Proxy, buckets: dict[str, str]) -> Client:
    return Client(proxy, THERE, buckets[THERE])


TOLD = {Mode.REFUSED: ConnectionClosedError, Mode.TIMEOUT: ReadTimeoutError, Mode.ERRORS: ClientError}
"""What a client is told, by the way that the region is gone."""


@pytest.mark.parametrize("mode", list(Mode))
def test_aws_hears_of_nothing_while_a_region_is_cut_and_of_everything_after(
    region: Region, here: Client, there: Client, mode: Mode
) -> None:
    region.cut(mode)
    key = f"cut/{mode.name}"
    with pytest.raises(TOLD[mode]):
        here.put(key)
    there.put(key)
    assert (here.arrived(key), there.arrived(key)) == (False, True)
    region.restore()
    assert not region.is_cut
    here.put(key)
    assert here.arrived(key)


def test_errors_are_internal_and_unavailable(region: Region, here: Client) -> None:
    region.cut(Mode.ERRORS)
    statuses = []
    for _ in range(2):
        with pytest.raises(ClientError) as caught:
            here.put("cut/errors")
        statuses.append(caught.value.response["ResponseMetadata"]["HTTPStatusCode"])
    assert statuses == [500, 503]


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
def test_it_is_cut_at_a_call_before_or_after_aws_did_it(
    proxy: Proxy, region: Region, here: Client, mode: Mode, done: bool
) -> None:
    key = f"cut-at/{mode.name}/{done}"
    region.cut_at(2, actor="client", mode=mode, done=done)
    here.put(f"{key}/1")
    assert not region.is_cut
    with pytest.raises(TOLD[Mode.REFUSED] if done and mode is Mode.ERRORS else TOLD[mode]):
        here.put(f"{key}/2")
    assert region.is_cut
    with pytest.raises(TOLD[mode]):
        here.put(f"{key}/3")
    assert [here.arrived(f"{key}/{number}") for number in (1, 2, 3)] == [True, done, False]
    told = [answered.heard for answered in proxy.answered if answered.status == 200]
    assert told == [True, *([False] if done else [])]


def test_only_that_actors_calls_to_that_region_are_counted(
    proxy: Proxy, region: Region, here: Client, there: Client
) -> None:
    region.cut_at(2, actor="client", mode=Mode.REFUSED)
    proxy.actor = "another"
    for _ in range(3):
        here.put("counted/another")
    proxy.actor = "client"
    for _ in range(3):
        there.put("counted/there")
    here.put("counted/1")
    assert not region.is_cut
    with pytest.raises(ConnectionClosedError):
        here.put("counted/2")
    # Gone for everybody.
    proxy.actor = "another"
    with pytest.raises(ConnectionClosedError):
        here.put("counted/3")


def test_a_cut_that_is_to_come_does_not_come_after_all(region: Region, here: Client) -> None:
    region.cut_at(1, actor="client", mode=Mode.REFUSED)
    region.restore()
    here.put("never/cut")
    assert not region.is_cut


@pytest.mark.parametrize("late", [False, True], ids=["lost", "late"])
def test_what_waits_is_let_go_when_the_region_is_back(proxy: Proxy, here: Client, late: bool) -> None:
    region = Region(HERE, seconds=60, late=late)
    through(proxy, region)
    region.cut(Mode.TIMEOUT)
    with pytest.raises(ReadTimeoutError):
        here.put(f"waiting/{late}")
    assert not here.arrived(f"waiting/{late}")
    region.restore()
    began = time.monotonic()
    while not proxy.answered and time.monotonic() - began < 10:
        time.sleep(0.01)
    assert [answered.status for answered in proxy.answered] == [200 if late else 0]
    assert here.arrived(f"waiting/{late}") == late


def test_a_time_out_ends_by_itself(proxy: Proxy, here: Client) -> None:
    region = Region(HERE, seconds=0.1)
    through(proxy, region)
    region.cut(Mode.TIMEOUT)
    with pytest.raises(ConnectionClosedError):
        here.put("ends")


def test_many_at_once_are_cut_at_one_call(proxy: Proxy, region: Region, here: Client) -> None:
    region.cut_at(10, actor="client", mode=Mode.REFUSED)
    together = threading.Barrier(8)

    def work(number: int) -> int:
        together.wait()
        for count in range(5):
            try:
                here.put(f"many/{number}-{count}")
            except ConnectionClosedError:
                return count
        return 5

    with ThreadPoolExecutor(8) as pool:
        done = sum(pool.map(work, range(8)))
    assert done == 9
    assert [answered.status for answered in proxy.answered].count(200) == 9


def test_terraform_signs_what_it_asks_of_the_second_regions_backend_for_that_region(
    emulator: Emulator, buckets: dict[str, str], tmp_path: Path
) -> None:
    region = Region(THERE)
    with Proxy(emulator, "terraform", rule=region.rule, afterwards=region.afterwards) as proxy:
        backend = {
            **emulator_arguments(emulator),
            "bucket": buckets[THERE],
            "key": KEY,
            "region": THERE,
            "use_lockfile": True,
            "dynamodb_table": "cut",
            "max_retries": 1,
            "endpoints": dict.fromkeys(("s3", "dynamodb", "sts", "iam"), proxy.endpoint),
        }
        shutil.copy(CONFIGURATION, tmp_path / "main.tf")
        (tmp_path / "backend.hcl").write_text(to_hcl(backend))
        here = Workdir(tmp_path, tmp_path / "data", emulator.environment())
        here.do(["init", "-no-color", "-backend-config=backend.hcl"])
        here.do(apply("first", "-auto-approve"))
        asked = {(call.service, call.operation, call.region) for call in proxy.calls if call.service != "sts"}
        assert {region for _, _, region in asked} == {THERE}
        assert {("s3", "PUT", THERE), ("dynamodb", "PutItem", THERE)} <= asked

        writers = Writers(buckets=(buckets[THERE], buckets[HERE]), places={FILE, TABLE})
        writers.follow(proxy.answered)
        written = writers.last(KEY)
        assert written is not None
        assert written.outputs == ("content",)
        assert writers.held == {}

        region.cut_at(4, actor="terraform", mode=Mode.REFUSED)
        cut = here.run(apply("second", "-auto-approve"))
        assert cut.exit_code == 1
        assert region.is_cut
        region.restore()
        s3, table = emulator.client("s3", THERE), emulator.client("dynamodb", THERE)
        s3.delete_object(Bucket=buckets[THERE], Key=lockfile_key(KEY))
        table.delete_item(TableName="cut", Key={"LockID": {"S": f"{buckets[THERE]}/{KEY}"}})
        here.do(apply("third", "-auto-approve"))
        assert here.outputs() == {"content": "third"}

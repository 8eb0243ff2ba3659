"""Pulumi's own state on its way in and out, killed before and after each thing that is done to it."""

import gzip
import json
import socket
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

import pytest
import yaml

from statectl.bootstrap import moving_in
from statectl.bootstrap.deployment import Deployment, UnreadableDeploymentError
from statectl.bootstrap.ejecting import Ejecting
from statectl.bootstrap.home import Home
from statectl.bootstrap.moving_in import MovingIn
from statectl.bootstrap.passphrase import passphrase_file
from statectl.bootstrap.place import FilePlace
from statectl.bootstrap.pulumi import Pulumi
from statectl.bootstrap.stack_file import StackFile
from statectl.exit_code import ExitCode
from statectl.find import Wanted
from statectl.refusal import RefusalError
from statectl.session import Session
from statectl.step import Step, carry_out
from store.failures import NotThereError
from tests.unit.test_settings import GOOD, read

ARN = "arn:aws:kms:eu-central-1:123456789012:key/k"
SETTINGS = read({**GOOD, "pulumiState": True, "administrators": ["arn:aws:iam::123456789012:role/admin"]})
SECRET = "4dabf18193072939515e22adb298388d", "1b47061264138c4ac30d75fd1eb44270"
TOUCHED: tuple[tuple[type, str], ...] = (
    *((Pulumi, name) for name in ("make", "up", "export", "take", "change_provider", "read")),
    (StackFile, "replace"),
    (FilePlace, "put_away"),
)
"""All that changes anything, or takes long."""
IN, OUT = 22, 16
"""How many points there are to be killed at on either way, one before and one after each of these."""


class BucketOfFiles(FilePlace):
    """A folder in the place of the bucket."""

    def take_out(self) -> None:
        """As a delete marker would."""
        self.file.unlink()

    @property
    def file(self) -> Path:
        return Path(self.root, ".pulumi/stacks", self.project, f"{self.stack}.json")


class HomeOfFiles(Home):
    """A stack whose bucket is a folder."""

    @property
    def bucket(self) -> BucketOfFiles:  # type: ignore[override]
        return BucketOfFiles(root=self.folder / "bucket", project=self.project, stack=self.stack)


@dataclass(frozen=True)
class Imitation:
    """What Pulumi does to the files of a backend and to the stack file it finds, as far as it matters here."""

    pulumi: Pulumi

    @property
    def checkpoint(self) -> Path:
        project = yaml.safe_load((self.pulumi.folder / "Pulumi.yaml").read_text())["name"]
        root = Path(urlsplit(self.pulumi.url).path)
        return Path(root, ".pulumi/stacks", project, f"{self.pulumi.stack}.json")

    @property
    def file(self) -> Path:
        return Path(self.pulumi.folder, f"Pulumi.{self.pulumi.stack}.yaml")

    def make(self, provider: str) -> None:
        assert not self.checkpoint.exists(), "pulumi refuses to make a stack twice"
        self._name(provider, anew=False)
        self._write({})

    def up(self) -> None:
        outputs = {"state_bucket_name": "b", "kms_key_arn": ARN, "secret": self._sealed()}
        stack = {"type": "pulumi:pulumi:Stack", "urn": "urn", "outputs": outputs}
        self._write({"manifest": {"time": "2026-11-25T12:00:00Z"}, "resources": [stack]})

    def export(self) -> bytes:
        return json.dumps({"version": 3, "deployment": self._latest}).encode()

    def take(self, file: Path) -> None:
        assert self.checkpoint.exists()
        self._write(json.loads(file.read_text())["deployment"])

    def change_provider(self, provider: str) -> None:
        latest = self._latest
        assert latest["resources"][0]["outputs"]["secret"] == self._sealed(), "a secret that its key does not open"
        self._name(provider, anew=True)
        latest["resources"][0]["outputs"]["secret"] = self._sealed()
        latest["secrets_providers"] = (
            {"type": "cloud", "state": {"url": provider}} if provider != "passphrase" else {}
        )
        self._write(latest)

    def read(self) -> None:
        said = yaml.safe_load(self.file.read_text())
        assert said["config"]["x:password"]["secure"] == self._key, "a setting that its key does not open"
        assert self._latest["resources"][0]["outputs"]["secret"] == self._sealed()

    @property
    def _latest(self) -> dict[str, Any]:
        latest: dict[str, Any] = json.loads(self.checkpoint.read_text())["checkpoint"]["latest"]
        return latest

    @property
    def _key(self) -> str:
        said = yaml.safe_load(self.file.read_text())
        return str(said.get("encryptedkey") or said["encryptionsalt"])

    def _sealed(self) -> dict[str, str]:
        return {SECRET[0]: SECRET[1], "ciphertext": self._key}

    def _write(self, latest: Mapping[str, Any]) -> None:
        self.checkpoint.parent.mkdir(parents=True, exist_ok=True)
        self.checkpoint.write_text(json.dumps({"version": 3, "checkpoint": {"latest": latest}}))

    def _name(self, provider: str, *, anew: bool) -> None:
        """As Pulumi does: another provider than the file names gets a new key, whatever is under the old one."""
        said = yaml.safe_load(self.file.read_text())
        if provider == "passphrase":
            if anew or "encryptionsalt" not in said:
                said = {
                    name: value for name, value in said.items() if name not in {"secretsprovider", "encryptedkey"}
                }
                said["encryptionsalt"] = f"salt-{self.pulumi.folder.name}"
        elif anew or said.get("secretsprovider") != provider:
            said.pop("encryptionsalt", None)
            said |= {"secretsprovider": provider, "encryptedkey": f"sealed-{len(self.file.read_text())}"}
        if anew and said.get("config"):
            said["config"] = {"x:password": {"secure": said.get("encryptedkey") or said["encryptionsalt"]}}
        self.file.write_text(yaml.safe_dump(said))


class Kills:
    """Kills at one point of those that are passed.

    :param at: the number of the point, each call having one before and one after it; none where it is negative.
    """

    def __init__(self, at: int) -> None:
        self.at = at
        self.passed = 0

    def point(self) -> None:
        self.passed += 1
        if self.passed - 1 == self.at:
            raise KeyboardInterrupt

    def around(self, done: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            self.point()
            result = done(*given, **named)
            self.point()
            return result

        return call


def imitating(name: str) -> Callable[..., Any]:
    def call(pulumi: Pulumi, *given: Any) -> Any:
        return getattr(Imitation(pulumi), name)(*given)

    return call


def run(steps: list[Step], kills: Kills) -> None:
    """Carry the steps out, until they are killed."""
    with pytest.MonkeyPatch.context() as patches:
        for owner, name in TOUCHED:
            done = imitating(name) if owner is Pulumi else getattr(owner, name)
            patches.setattr(owner, name, kills.around(done))
        carry_out(steps)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[HomeOfFiles]:
    (tmp_path / "Pulumi.yaml").write_text("name: state-backend\n")
    said = {"config": {"x:password": {"secure": "salt"}}, "encryptionsalt": "salt"}
    (tmp_path / "Pulumi.prod.yaml").write_text(yaml.safe_dump(said))
    wanted = Wanted(
        stack="prod", project=tmp_path, backend_config=None, bucket=None, region=None, table=None, lock=None
    )
    here = HomeOfFiles(Session(wanted, None), SETTINGS)
    with (
        patch.dict("os.environ", {"PULUMI_CONFIG_PASSPHRASE": "x", "AWS_ACCESS_KEY_ID": "x"}),
        patch.object(Session, "store"),
        patch.object(moving_in, "read_bucket_policy", side_effect=NotThereError("no bucket")) as policy,
    ):
        # The bucket is there, with what pulumi up says of it, once something was brought up.
        policy.side_effect = lambda *_: _policy(here)
        yield here


def _policy(home: Home) -> dict[str, Any]:
    found = home.local.read() or home.bucket.read()
    if found is None or not found.count:
        raise NotThereError("no bucket")
    return {"Statement": [{"Sid": "DenyPulumiState"}]}


def moving(home: Home) -> list[Step]:
    return list(MovingIn(home, home.local).steps)


def ejecting(home: Home) -> list[Step]:
    return list(Ejecting(home, home.bucket, "passphrase").steps)


def points(steps: Callable[[Home], list[Step]], home: Home) -> int:
    counting = Kills(-1)
    run(steps(home), counting)
    return counting.passed


def assert_in(home: Home) -> None:
    there = home.bucket.read()
    assert there is not None
    assert there.count
    assert home.local.read() is None
    assert home.stack_file.is_under_the_stacks_key
    Imitation(home.pulumi(home.bucket)).read()
    exports = list(home.kept.glob("prod-*.json"))
    assert exports
    assert all(Deployment.parse(file.read_bytes()).holds_the_same(there) for file in exports)


def assert_out(home: Home) -> None:
    there = home.local.read()
    assert there is not None
    assert there.count
    assert home.bucket.read() is None
    assert home.stack_file.provider is None
    Imitation(home.pulumi(home.local)).read()


def assert_one_is_whole(home: Home) -> None:
    """Whatever was killed: with the stack file as it is, Pulumi reads the state in the place that counts."""
    place = home.bucket if home.stack_file.is_under_the_stacks_key else home.local
    Imitation(home.pulumi(place)).read()


@pytest.mark.parametrize("at", range(IN))
def test_killed_anywhere_on_the_way_in_one_state_is_whole_and_the_next_run_ends_well(
    home: HomeOfFiles, at: int
) -> None:
    kills = Kills(at)
    with pytest.raises(RefusalError, match="it stopped at"):
        run(moving(home), kills)
    if home.local.read() is not None and (home.local.read() or Deployment(version=3, content={})).count:
        assert_one_is_whole(home)
    run(moving(home), Kills(-1))
    assert_in(home)


@pytest.mark.parametrize("at", range(OUT))
def test_killed_anywhere_on_the_way_out_one_state_is_whole_and_the_next_run_ends_well(
    home: HomeOfFiles, at: int
) -> None:
    run(moving(home), Kills(-1))
    with pytest.raises(RefusalError, match="it stopped at"):
        run(ejecting(home), Kills(at))
    assert_one_is_whole(home)
    run(ejecting(home), Kills(-1))
    assert_out(home)


def test_no_point_at_which_it_could_be_killed_is_left_out(home: HomeOfFiles) -> None:
    assert points(moving, home) == IN
    assert points(ejecting, home) == OUT


def test_a_stack_that_is_up_elsewhere_moves_from_there_and_is_put_away_there(home: HomeOfFiles) -> None:
    elsewhere = FilePlace(root=home.folder / "elsewhere", project="state-backend", stack="prod")
    Imitation(home.pulumi(elsewhere)).make("passphrase")
    Imitation(home.pulumi(elsewhere)).up()
    steps = list(MovingIn(home, elsewhere).steps)
    assert not any("make stack" in step.title for step in steps)
    run(steps, Kills(-1))
    assert elsewhere.read() is None
    assert list((home.folder / "elsewhere/.pulumi/stacks/state-backend").glob("prod.json.put-away-*"))
    assert_in(home)


def test_where_a_backend_is_there_and_pulumis_state_is_not_known_nothing_is_begun(home: HomeOfFiles) -> None:
    MovingIn(home, home.local).require_a_source()
    with (
        patch.object(moving_in, "read_bucket_policy", return_value=None),
        pytest.raises(RefusalError, match="is there already") as refused,
    ):
        MovingIn(home, home.local).require_a_source()
    assert "--from URL" in refused.value.next_step


def test_another_checkout_without_the_stack_file_that_was_written_is_told_to_take_it(home: HomeOfFiles) -> None:
    before = home.stack_file.text
    run(moving(home), Kills(-1))
    home.stack_file.path.write_text(before)
    with pytest.raises(RefusalError, match="does not say what its secrets are under"):
        MovingIn(home, home.local).require_a_source()


def test_what_somebody_wrote_in_the_bucket_since_is_not_written_over(home: HomeOfFiles) -> None:
    with pytest.raises(RefusalError):
        run(moving(home), Kills(15))
    newer = json.loads(home.bucket.file.read_text())
    newer["checkpoint"]["latest"]["manifest"]["time"] = "2026-11-25T13:00:00Z"
    home.bucket.file.write_text(json.dumps(newer))
    with pytest.raises(RefusalError, match="somebody ran Pulumi on prod"):
        run(moving(home), Kills(-1))
    assert json.loads(home.bucket.file.read_text()) == newer


@pytest.mark.parametrize(("pid", "goes_on"), [(1, False), (2**22 + 1, True)])
def test_a_lock_is_taken_away_only_where_its_process_was_here_and_is_no_more(
    home: HomeOfFiles, pid: int, goes_on: bool
) -> None:
    Imitation(home.pulumi(home.local)).make("passphrase")
    lock = home.local.root / ".pulumi/locks/organization/state-backend/prod/one.json"
    lock.parent.mkdir(parents=True)
    lock.write_text(json.dumps({"pid": pid, "username": "ann", "hostname": socket.gethostname()}))
    with patch.object(Pulumi, "run", side_effect=lambda *_: lock.unlink()) as asked:
        if goes_on:
            run(moving(home), Kills(-1))
            asked.assert_called_once_with("cancel", "--yes", "--stack", "prod")
            assert_in(home)
            return
        with pytest.raises(RefusalError, match=r"ann@.* runs Pulumi on prod") as refused:
            run(moving(home), Kills(-1))
    assert refused.value.code == ExitCode.LOCKED
    assert "pulumi cancel --stack prod" in refused.value.next_step


def test_without_secrets_it_comes_out_though_the_key_is_gone_for_good(home: HomeOfFiles) -> None:
    run(moving(home), Kills(-1))
    whole = json.loads(home.bucket.file.read_text())
    del whole["checkpoint"]["latest"]["resources"][0]["outputs"]["secret"]
    home.bucket.file.write_text(json.dumps(whole))
    said = yaml.safe_load(home.stack_file.text)
    home.stack_file.path.write_text(yaml.safe_dump({**said, "config": {"x:plain": "1"}}))
    with (
        patch.object(Imitation, "change_provider", side_effect=RefusalError("the key is gone")),
        patch.object(Imitation, "read"),
    ):
        run(ejecting(home), Kills(-1))
    there = home.local.read()
    assert there is not None
    assert (there.count, there.provider, home.stack_file.provider) == (1, None, None)


def test_a_passphrase_that_the_stack_has_must_be_given_and_one_is_made_where_it_has_none(
    home: HomeOfFiles,
) -> None:
    file = home.kept / "passphrase"
    assert passphrase_file(home.stack_file, file) == {}
    with pytest.MonkeyPatch.context() as patches:
        patches.delenv("PULUMI_CONFIG_PASSPHRASE")
        with pytest.raises(RefusalError, match="is under a passphrase, and none is given"):
            passphrase_file(home.stack_file, file)
        fresh = StackFile(path=home.stack_file.path, text="config: {}\n")
        assert passphrase_file(fresh, file, dry_run=True)
        assert not file.exists()
        made = passphrase_file(fresh, file)
        assert Path(made["PULUMI_CONFIG_PASSPHRASE_FILE"]).read_text() == file.read_text()
        assert (len(file.read_text()) > 40, file.stat().st_mode & 0o777) == (True, 0o600)


def test_a_deployment_is_read_from_what_pulumi_writes_and_nothing_else() -> None:
    held = {"manifest": {"time": "2026-11-25T12:00:00Z"}, "resources": [{"urn": "a"}]}
    exported = json.dumps({"version": 3, "deployment": held}).encode()
    checkpoint = json.dumps({"version": 3, "checkpoint": {"latest": held}}).encode()
    one, other, zipped = map(Deployment.parse, (exported, checkpoint, gzip.compress(checkpoint)))
    assert one == other == zipped == Deployment.parse(one.exported())
    for body in (b"", b"[]", b"{}", b'{"version":3,', b"\x1f\x8b"):
        with pytest.raises(UnreadableDeploymentError):
            Deployment.parse(body)


def test_the_same_secret_under_another_key_is_the_same_and_another_resource_is_not() -> None:
    def held(cipher: str, urn: str) -> Deployment:
        secret = {SECRET[0]: SECRET[1], "ciphertext": cipher}
        return Deployment(version=3, content={"resources": [{"urn": urn, "outputs": {"x": [secret]}}]})

    assert held("1", "a").has_secrets
    assert held("1", "a").holds_the_same(held("2", "a"))
    assert not held("1", "a").holds_the_same(held("1", "b"))

"""The real engine and the stand-in together: what only the engine shows."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import yaml

from localcloud.emulator import Emulator
from localcloud.engine import Engine

PROGRAM = """
import pulumi, pulumi_aws as aws

config = pulumi.Config()
region = config.get("region")
secret = pulumi.Output.secret("hush-hush")
bucket = aws.s3.Bucket("b", bucket="engine-b", tags={"pass": secret}, region=region)
aws.s3.BucketLogging("l", bucket=bucket.bucket, target_bucket=bucket.bucket, target_prefix="l/", region=region)
if config.get("import"):
    found = pulumi.ResourceOptions(import_="engine-far@eu-north-1")
    aws.s3.Bucket("i", bucket="engine-far", region="eu-north-1", opts=found)
if config.get("wrong"):
    aws.s3.Bucket("w", acl="private", website={"index_document": "i"})
pulumi.export("account", aws.get_caller_identity().account_id)
"""
SETTINGS = {"aws:region": "eu-west-1", "aws:defaultTags": {"tags": {"made-by": "pulumi"}}}


@dataclass(frozen=True)
class Project:
    """A Pulumi project of its own and the command that works on it."""

    folder: Path
    engine: Engine
    variables: dict[str, str]

    def set(self, **settings: str) -> None:
        """Make these the program's configuration, beside the provider's."""
        own = {f"engine:{name}": value for name, value in settings.items()}
        (self.folder / "Pulumi.s.yaml").write_text(json.dumps({**self.salt(), "config": {**SETTINGS, **own}}))

    def salt(self) -> dict[str, str]:
        """What makes the passphrase's key; the command put it into the file."""
        file = self.folder / "Pulumi.s.yaml"
        kept = yaml.safe_load(file.read_text()) if file.exists() else {}
        return {name: value for name, value in kept.items() if name == "encryptionsalt"}

    def beside(self, name: str, **settings: str) -> "Project":
        """The same stack from a folder of its own with these settings: two previews may run at once."""
        other = replace(self, folder=self.folder.with_name(name))
        shutil.copytree(self.folder, other.folder)
        other.set(**settings)
        return other

    def run(self, *arguments: str, fails: bool = False) -> str:
        """What the command prints; that it fails, or does not, is asserted."""
        finished = self.engine.run(arguments, cwd=self.folder, env=self.variables)
        assert (finished.exit_code != 0) == fails, finished.stdout + finished.stderr
        return finished.stdout

    def plan(self) -> dict[str, int]:
        """How many resources a preview would do what to."""
        summary: dict[str, int] = json.loads(self.run("preview", "--json"))["changeSummary"]
        return summary


@pytest.fixture
def project(engine: Engine, emulator: Emulator, tmp_path: Path) -> Project:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: engine\nruntime: python\n")
    (folder / "__main__.py").write_text(PROGRAM)
    made = Project(folder, engine, {**engine.environment(tmp_path / "state"), **emulator.environment()})
    made.run("stack", "init", "s")
    made.set()
    return made


def test_a_stack_lives_its_whole_life(project: Project, emulator: Emulator, tmp_path: Path) -> None:
    project.run("up", "--yes", "--skip-preview")
    state = next((tmp_path / "state").rglob("s.json")).read_text()
    assert "engine-b" in state
    assert "hush-hush" not in state
    tags = {"TagSet": [{"Key": "made-by", "Value": "pulumi"}, {"Key": "pass", "Value": "hush-hush"}]}
    found = emulator.client("s3", "eu-west-1").get_bucket_tagging(Bucket="engine-b")["TagSet"]
    assert sorted(found, key=lambda tag: str(tag["Key"])) == tags["TagSet"]
    project.run("refresh", "--yes", "--skip-preview", "--expect-no-changes")

    with ThreadPoolExecutor() as aside:
        # The engine often takes five idle seconds to end after a mistake, and so the other previews run meanwhile.
        wrong = aside.submit(project.beside("wrong", wrong="yes").run, "preview", "--stack=s", fails=True)
        project.run("preview", "--expect-no-changes")

        # What exists can be taken over, also from another region than the provider's.
        far = emulator.client("s3", "eu-north-1")
        far.create_bucket(Bucket="engine-far", CreateBucketConfiguration={"LocationConstraint": "eu-north-1"})
        far.put_bucket_tagging(Bucket="engine-far", Tagging={"TagSet": tags["TagSet"][:1]})
        # In another region the bucket of before and its setting are others.
        project.set(**{"import": "yes", "region": "eu-north-1"})
        assert project.plan() == {"import": 1, "replace": 2, "same": 1}

        # All mistakes of a resource come at once, before anything of it is made.
        text = wrong.result()
    assert "acl of aws:s3/bucket:Bucket is known to aws" in text
    assert "website of aws:s3/bucket:Bucket is known to aws" in text

    project.run("destroy", "--yes", "--skip-preview")
    assert "engine-b" not in str(far.list_buckets()["Buckets"])

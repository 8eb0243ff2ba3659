"""Backend configurations as they are shown and written; real Terraform starts by them on a real stack."""

import json
from pathlib import Path

import pytest

from blueprint.backend_forms import Form
from blueprint.hcl import to_hcl
from localcloud.backend_files import emulator_arguments
from localcloud.leash import Finished
from localcloud.terraform import Workdir
from statectl.exit_code import ExitCode
from tests.access.stack import apply
from tests.integration.deployment import client, root_credentials
from tests.statectl.operator import Operator
from tests.statectl.stack import CONFIGURATION, Stack
from tests.unit.program import ROOT

PARTIAL = 'terraform {\n  backend "s3" {}\n}\n'
WITHOUT_BACKEND = CONFIGURATION.read_text().replace(PARTIAL, "")
NASTY_KEY = 'lab/${path.module} %{ if true } $${x} "q" \\ schlüssel/terraform.tfstate'
STRANGER = {"AWS_ACCESS_KEY_ID": "100000000099", "AWS_SECRET_ACCESS_KEY": "test"}


def init(stack: Stack, folder: Path, *files: str) -> tuple[Workdir, Finished]:
    """``terraform init`` of a folder, with these files and what leads to the emulated AWS."""
    environment = {
        **stack.deployment.emulator.environment(),
        **root_credentials(stack.deployment.plan.settings.account_id),
    }
    here = Workdir(folder, folder / "data", environment)
    (folder / "emulator.hcl").write_text(to_hcl(emulator_arguments(stack.deployment.emulator)))
    return here, here.run(["init", "-no-color", *(f"-backend-config={file}" for file in (*files, "emulator.hcl"))])


def told(here: Workdir) -> dict[str, object]:
    """The arguments that Terraform took, without those that say nothing."""
    backend = json.loads((here.data / "terraform.tfstate").read_text())["backend"]
    return {name: value for name, value in backend["config"].items() if value is not None}


def test_the_stack_file_and_kms_lead_to_what_the_outputs_say(stack: Stack) -> None:
    by_outputs = stack.operator(pulumi=True).do("backend", "show", "--json")
    by_stack_file = stack.operator().do("backend", "show", "--json")
    assert by_outputs.json() == stack.outputs["backend_configs"]
    assert by_stack_file.json() == by_outputs.json()
    replica = stack.operator().json("backend", "show", "--replica")
    assert replica == stack.outputs["replica_backend_configs"]


def test_real_terraform_starts_by_the_file_for_partial_configuration_and_writes(
    both: Stack, tmp_path: Path
) -> None:
    both.operator().do("backend", "write", str(tmp_path), "prod/queue", "--format", "hcl")
    folder = tmp_path / "prod" / "queue"
    (folder / "main.tf").write_text(CONFIGURATION.read_text())
    here, started = init(both, folder, "backend.hcl")
    assert started.exit_code == 0, started.stderr
    here.do(apply("by backend.hcl", "-auto-approve"))
    assert both.operator().json("locks", "ls") == []
    written = both.s3().head_object(Bucket=both.bucket, Key="prod/queue/terraform.tfstate")
    assert written["SSEKMSKeyId"] == both.outputs["kms_key_arn"]


@pytest.mark.parametrize("form", [Form.TF, Form.JSON])
def test_real_terraform_takes_every_argument_of_a_complete_block(both: Stack, tmp_path: Path, form: Form) -> None:
    both.operator().do("backend", "write", str(tmp_path), "prod/database", "--format", form)
    folder = tmp_path / "prod" / "database"
    (folder / "main.tf").write_text(WITHOUT_BACKEND)
    here, started = init(both, folder)
    assert started.exit_code == 0, started.stderr
    assert told(here).items() >= both.outputs["backend_configs"]["prod/database"].items()
    assert here.run(["validate"]).exit_code == 0


@pytest.mark.parametrize("form", [Form.HCL, Form.TF, Form.JSON])
def test_any_key_reaches_terraform_as_it_is_in_each_form(both: Stack, tmp_path: Path, form: Form) -> None:
    named = ("--bucket", both.bucket, "--region", both.outputs["region"])
    nobody = Operator({**both.operator().environment, "STATECTL_STACK": ""})
    shown = nobody.do("backend", "show", NASTY_KEY, "--format", form, *named)
    (tmp_path / form.file_name).write_text(shown.out)
    files = []
    if form is Form.HCL:
        (tmp_path / "main.tf").write_text(PARTIAL)
        files = [form.file_name]
    here, started = init(both, tmp_path, *files)
    assert started.exit_code == 0, started.stderr
    assert told(here)["key"] == NASTY_KEY


def test_another_configuration_reads_the_outputs_by_the_remote_state_block(both: Stack, tmp_path: Path) -> None:
    both.terraform("dev/network/terraform.tfstate").do(apply("to be read", "-auto-approve"))
    file = tmp_path / "found.hcl"
    found = both.outputs["backend_configs"]["prod/network"]
    file.write_text(to_hcl({**found, **emulator_arguments(both.deployment.emulator)}))
    nobody = Operator({**both.operator().environment, "STATECTL_STACK": ""})
    shown = nobody.do("backend", "show", "dev/network", "-b", str(file), "--format", "remote-state")
    (tmp_path / "remote_state.tf").write_text(shown.out)
    (tmp_path / "main.tf").write_text(
        'output "read" {\n  value = data.terraform_remote_state.dev_network.outputs.content\n}\n'
    )
    environment = {**both.deployment.emulator.environment(), **root_credentials(both.outputs["account_id"])}
    here = Workdir(tmp_path, tmp_path / "data", environment)
    here.do(["init"])
    here.do(["apply", "-auto-approve"])
    assert here.outputs() == {"read": "to be read"}


def test_where_the_key_is_not_known_nothing_is_asked_for_and_the_bucket_encrypts_under_it(
    both: Stack, tmp_path: Path
) -> None:
    written = both.operator(STRANGER).do("backend", "write", str(tmp_path), "prod/network", "--format", "hcl")
    assert "the key is not known" in written.err
    assert "Do not add encrypt alone" in written.err
    folder = tmp_path / "prod" / "network"
    text = (folder / "backend.hcl").read_text()
    assert "encrypt" not in text
    assert "kms_key_id" not in text
    (folder / "main.tf").write_text(CONFIGURATION.read_text())
    here, started = init(both, folder, "backend.hcl")
    assert started.exit_code == 0, started.stderr
    here.do(apply("under the bucket's key", "-auto-approve"))
    found = both.s3().head_object(Bucket=both.bucket, Key="prod/network/terraform.tfstate")
    assert (found["ServerSideEncryption"], found["SSEKMSKeyId"]) == ("aws:kms", both.outputs["kms_key_arn"])


def test_an_account_with_a_key_of_the_same_name_does_not_lend_it(both: Stack) -> None:
    theirs = client(both.deployment.emulator, "kms", both.outputs["region"], STRANGER)
    key = theirs.create_key()["KeyMetadata"]
    theirs.create_alias(AliasName="alias/acme-tfstate", TargetKeyId=key["KeyId"])
    shown = both.operator(STRANGER).do("backend", "show", "prod/network")
    assert key["KeyId"] not in shown.out
    assert "the key is not known" in shown.err


def test_a_file_for_an_old_terraform_becomes_one_for_todays(both: Stack, tmp_path: Path) -> None:
    old = tmp_path / "backend.tf"
    old.write_text(
        'terraform {\n  backend "s3" {\n    bucket = "b"\n    key = "a/b/terraform.tfstate"\n'
        '    region = "eu-central-1"\n    profile = "ci"\n    dynamodb_table = "t"\n'
        '    role_arn = "arn:aws:iam::123456789012:role/ci"\n    external_id = "x"\n'
        '    endpoint = "https://s3.example"\n    force_path_style = true\n  }\n}\n'
    )
    nobody = Operator({**both.operator().environment, "STATECTL_STACK": ""})
    assert nobody.json("backend", "show", "-b", str(old)) == {
        "a/b": {
            "bucket": "b",
            "key": "a/b/terraform.tfstate",
            "region": "eu-central-1",
            "profile": "ci",
            "dynamodb_table": "t",
            "assume_role": {"role_arn": "arn:aws:iam::123456789012:role/ci", "external_id": "x"},
            "endpoints": {"s3": "https://s3.example"},
            "use_path_style": True,
        }
    }
    back = nobody.do("backend", "show", "-b", str(old), "--client-version", "1.5")
    assert 'role_arn         = "arn:aws:iam::123456789012:role/ci"' in back.out
    assert "assume_role" not in back.out


@pytest.fixture
def reader() -> Operator:
    """Somebody with this project's own stack files, and nothing else: no Pulumi, no AWS."""
    return Operator({"PATH": "", "STATECTL_PROJECT": str(ROOT), "AWS_EC2_METADATA_DISABLED": "true"})


def test_a_client_without_the_only_lock_is_refused_with_the_fix_and_may_read_all_the_same(
    reader: Operator, tmp_path: Path
) -> None:
    old = ("--stack", "staging", "--client-version", "1.9")
    refused = reader.run("backend", "write", str(tmp_path), *old)
    assert (refused.code, refused.out) == (ExitCode.USAGE, "")
    assert "Terraform 1.9 does not take use_lockfile (it came with 1.10)" in refused.err
    assert 'set lock to "both"' in refused.err
    assert list(tmp_path.iterdir()) == []
    shown = reader.do("backend", "show", "staging/network", "--format", "remote-state", *old)
    assert "use_lockfile" not in shown.out


def test_what_is_not_there_is_named_beside_what_was_probably_meant(reader: Operator) -> None:
    for arguments, expected in (
        (["prod/netwrk", "-s", "prod"], "prod/netwrk is no state of stack prod. Next: use prod/network"),
        (["-s", "prod", "--as", "parner"], "stack prod has no access entry parner. Next: use partner"),
        (["prod/dns", "-s", "prod", "--as", "partner"], "prod/dns is no state of access entry partner"),
        (["-s", "prod", "--as", "ByTag"], "access entry ByTag names no states"),
        (["-s", "staging", "--replica"], "stack staging has no second region"),
        (["-s", "staging", "--client-version", "1.4"], '"1.4" is no version of Terraform from 1.5 to'),
        (["-s", "staging", "--client", "opentofu", "--client-version", "1.5"], "of OpenTofu from 1.6 to"),
        (["-s", "staging", "--client-version", "new"], '"new" is no version of Terraform'),
        (["-s", "staging", "--lock-tag", "a=b"], "does not take lock_tags. Next: use --client opentofu"),
        (["-s", "staging", "--client", "opentofu", "--lock-tag", "a"], '"a" is no tag. Next: write KEY=VALUE'),
        (["-s", "staging", "--json", "--format", "tf"], "--json prints the arguments"),
        (["--bucket", "b", "--region", "eu-west-1"], "no state is named"),
        (["a/b", "--bucket", "b", "--region", "eu-west-1", "--replica"], "name the stack with --stack"),
    ):
        refused = reader.run("backend", "show", *arguments)
        assert (refused.code, refused.out) == (ExitCode.USAGE, ""), arguments
        assert expected in refused.err


def test_every_state_is_shown_under_the_name_of_its_file_and_json_one_after_the_other(reader: Operator) -> None:
    shown = reader.do("backend", "show", "-s", "staging").out
    named = [line for line in shown.splitlines() if line.startswith("#")]
    assert named == [f"# staging/{service}/backend.hcl" for service in ("compute", "database", "network")]
    rest, keys = reader.do("backend", "show", "-s", "staging", "--format", "json").out, []
    while rest.strip():
        one, end = json.JSONDecoder().raw_decode(rest)
        keys.append(one["terraform"]["backend"]["s3"]["key"])
        rest = rest[end:].lstrip()
    assert keys == [f"staging/{service}/terraform.tfstate" for service in ("compute", "database", "network")]


def test_tags_are_opentofus_and_whoever_asks_for_them_is_told_what_they_need(reader: Operator) -> None:
    tags = ("--lock-tag", "object/type=lock", "--state-tag", "team=a=b")
    shown = reader.do("backend", "show", "staging/network", "-s", "staging", "--client", "opentofu", *tags)
    assert 'lock_tags           = { "object/type" = "lock" }' in shown.out
    assert 'state_tags          = { "team" = "a=b" }' in shown.out
    assert "s3:PutObjectTagging" in shown.err


def test_a_workspace_is_part_of_a_remote_state_alone(reader: Operator) -> None:
    blue = ("backend", "show", "staging/network", "-s", "staging", "-w", "blue")
    read = reader.do(*blue, "--format", "remote-state")
    assert '  workspace = "blue"\n' in read.out
    other = reader.do(*blue)
    assert "blue" not in other.out
    assert "`terraform workspace select blue`" in other.err


def test_only_what_differs_is_written_and_said_to_be(reader: Operator, tmp_path: Path) -> None:
    write = ("backend", "write", str(tmp_path), "-s", "staging", "--format", "hcl")
    dry = reader.do(*write, "--dry-run", "--json")
    assert {file["change"] for file in dry.json()} == {"new"}
    assert list(tmp_path.iterdir()) == []
    assert [Path(file["path"]) for file in reader.do(*write, "--json").json()] == [
        tmp_path / "staging" / service / "backend.hcl" for service in ("compute", "database", "network")
    ]
    mine, other = (tmp_path / "staging" / service / "backend.hcl" for service in ("network", "compute"))
    text, left = mine.read_text(), other.stat()
    mine.write_text("mine")
    again = {file["state"]: file["change"] for file in reader.do(*write, "--json").json()}
    assert again == {"staging/network": "changed", "staging/compute": "unchanged", "staging/database": "unchanged"}
    assert mine.read_text() == text
    assert (other.stat().st_ino, other.stat().st_mtime_ns) == (left.st_ino, left.st_mtime_ns)


def test_a_write_that_fails_leaves_the_old_file_whole_and_nothing_beside_it(
    reader: Operator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = ("backend", "write", str(tmp_path), "staging/network", "-s", "staging", "--format", "hcl")
    reader.do(*write)
    folder = tmp_path / "staging" / "network"
    (folder / "backend.hcl").write_text("old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    failed = reader.run(*write)
    assert failed.code == ExitCode.FAILED
    assert "backend.hcl: No space left on device" in failed.err
    assert [file.read_text() for file in folder.iterdir()] == ["old"]


def test_nothing_is_written_outside_the_folder_and_no_second_backend_into_it(
    reader: Operator, tmp_path: Path
) -> None:
    named = ("--bucket", "b", "--region", "eu-west-1")
    for key in ("../out/terraform.tfstate", "/etc/x.tfstate", "a//b.tfstate", "a/./b.tfstate"):
        refused = reader.run("backend", "write", str(tmp_path / "in"), key, *named)
        assert (refused.code, "have no place below" in refused.err) == (ExitCode.USAGE, True), key
    twice = reader.run("backend", "write", str(tmp_path), "-s", "staging", "--format", "tf", "--format", "json")
    assert (twice.code, "two backends" in twice.err) == (ExitCode.USAGE, True)
    (tmp_path / "taken").write_text("")
    onto = reader.run("backend", "write", str(tmp_path / "taken"), "-s", "staging")
    assert (onto.code, "Not a directory" in onto.err) == (ExitCode.FAILED, True)
    assert [entry.name for entry in tmp_path.iterdir()] == ["taken"]

"""Whether somebody may is what AWS itself answers them, and the statement that decides is named."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from blueprint.evaluation.decision import Verdict
from blueprint.hcl import to_hcl
from blueprint.policy_document import Statement, policy
from blueprint.terraform_requests import Encrypted, Purpose, TerraformBackend, terraform_requests
from localcloud.backend_files import emulator_arguments
from localcloud.emulator import Emulator
from localcloud.engine import Engine
from localcloud.terraform import Workdir
from settings.model import Lock
from statectl.access.answers import RequestAnswer
from statectl.access.checking import overall
from statectl.exit_code import ExitCode
from tests.access.stack import apply
from tests.integration.deployment import ANYTHING, client, role_credentials
from tests.statectl.entries import ACCOUNT, USER, Entries
from tests.statectl.operator import Outcome
from tests.statectl.stack import CONFIGURATION

NETWORK = "prod/network/terraform.tfstate"
DATABASE, DEV = "prod/database/terraform.tfstate", "dev/network/terraform.tfstate"
BLUE = f"env:/blue/{DEV}"
STRANGER = "stranger"


@pytest.fixture(scope="module")
def entries(tmp_path_factory: pytest.TempPathFactory, engine: Engine, emulator: Emulator) -> Entries:
    """The stack with an access entry of each kind."""
    return Entries.up(tmp_path_factory.mktemp("entries"), engine, emulator)


def check(entries: Entries, who: str, *more: str) -> Outcome:
    return entries.operator().run("access", "check", "prod/network", "--as", who, *more, "--json")


def row(found: list[RequestAnswer], purpose: Purpose, action: str) -> RequestAnswer:
    (one,) = (one for one in found if one.purpose is purpose and one.action == action)
    return one


def judged(found: list[RequestAnswer]) -> dict[tuple[Purpose, str], bool]:
    """The verdicts on all that can be tried; keys are used through S3 and DynamoDB alone."""
    tried = [one for one in found if not one.action.startswith("kms:")]
    assert {one.verdict for one in tried} <= {Verdict.ALLOWED, Verdict.DENIED}
    return {(one.purpose, one.action): one.verdict is Verdict.ALLOWED for one in tried}


def sids(found: RequestAnswer) -> set[str]:
    return {one.sid for one in found.statements}


@pytest.mark.parametrize(
    ("entry", "keys"),
    [
        ("writer", (NETWORK, DATABASE)),
        ("reader", (NETWORK,)),
        ("neighbour", (NETWORK, DATABASE)),
        ("branches", (DEV, BLUE)),
        ("branch-reader", (BLUE,)),
    ],
)
def test_what_an_entry_may_is_what_aws_lets_its_pipeline_do(
    entries: Entries, entry: str, keys: tuple[str, ...]
) -> None:
    credentials = entries.credentials(entry)
    for key in keys:
        assert judged(entries.answers(entry, key)) == entries.answers_of_aws(credentials, key), key


def test_what_a_role_or_user_of_the_account_may_is_what_aws_lets_them_do(entries: Entries) -> None:
    emulator = entries.deployment.emulator
    ci, stranger = (
        role_credentials(emulator, ACCOUNT, "ci", None),
        role_credentials(emulator, ACCOUNT, STRANGER, policy(ANYTHING)),
    )
    for who, credentials, key in (
        ("ci", ci, "prod/cache/terraform.tfstate"),
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/ci/tests", ci, NETWORK),
        (STRANGER, stranger, NETWORK),
        (USER, entries.user(), DEV),
        (USER, entries.user(), NETWORK),
    ):
        assert judged(entries.answers(who, key)) == entries.answers_of_aws(credentials, key), (who, key)


def test_access_by_tag_depends_on_the_tags_and_is_decided_by_naming_them(entries: Entries) -> None:
    reading = row(entries.answers("ByTag", NETWORK), Purpose.READ, "s3:GetObject")
    assert (reading.verdict, sids(reading)) == (Verdict.DEPENDS, {"ReadStates"})
    environment, service = "aws:PrincipalTag/state-environment", "aws:PrincipalTag/state-service"
    assert {one.key: one.values for one in reading.needs} == {environment: ("prod",), service: ("network",)}
    for name in ("network", "database"):
        found = entries.answers("ByTag", NETWORK, **{environment: "prod", service: name})
        assert judged(found) == entries.answers_of_aws(entries.by_tag("prod", name), NETWORK)
        assert overall(found, Purpose.WRITE) is (Verdict.ALLOWED if name == "network" else Verdict.DENIED)


def test_the_exit_code_is_about_what_is_needed_and_the_summary_says_why(entries: Entries) -> None:
    assert check(entries, "writer").code == ExitCode.FINE
    assert check(entries, "reader", "--need", "read").code == ExitCode.FINE
    assert check(entries, "reader", "--need", "read", "--need", "lock").code == ExitCode.DENIED
    shown = entries.operator().run("access", "check", "prod/network", "--as", "reader")
    assert shown.code == ExitCode.DENIED
    assert "may read: yes; may write: no (s3:PutObject: no statement allows it); may lock: no (" in shown.err
    assert "To be allowed: `mode: write` in the access entry reader." in shown.err
    assert "SCPs" in shown.err
    assert len(shown.out.splitlines()) == 1 + len(entries.answers("reader", NETWORK))


@pytest.mark.parametrize(
    ("who", "key", "purpose", "fix"),
    [
        (
            "neighbour",
            NETWORK,
            Purpose.WRITE,
            "move prod/network from `reads` to `states` of the access entry neighbour",
        ),
        ("writer", DATABASE, Purpose.WRITE, "add prod/database to `states` of the access entry writer"),
        ("writer", f"env:/blue/{NETWORK}", Purpose.WRITE, "`workspaces: true` in the access entry writer"),
        ("reader", DATABASE, Purpose.READ, "add prod/database to `states` of the access entry reader"),
        (
            "ByTag",
            DATABASE,
            Purpose.WORKSPACES,
            "take an access entry with `workspaces: true`: by tag nobody lists workspaces",
        ),
    ],
)
def test_the_way_to_be_allowed_names_the_entrys_field(
    entries: Entries, who: str, key: str, purpose: Purpose, fix: str
) -> None:
    assert fix in {one.fix for one in entries.answers(who, key) if one.purpose is purpose}


def test_a_stranger_is_told_the_bucket_shuts_them_out_whatever_iam_grants(entries: Entries) -> None:
    role_credentials(entries.deployment.emulator, ACCOUNT, STRANGER, policy(ANYTHING))
    refused = row(entries.answers(STRANGER, NETWORK), Purpose.READ, "s3:GetObject")
    assert (refused.verdict, sids(refused)) == (Verdict.DENIED, {"DenyStrangers"})
    assert "principals" in refused.fix


def test_a_statement_that_was_taken_out_of_the_live_policy_is_missed(entries: Entries) -> None:
    with without_statement(entries, "acme-tfstate-writer", "WriteStates"):
        found = entries.answers("writer", NETWORK)
        refused = row(found, Purpose.WRITE, "s3:PutObject")
        assert (refused.verdict, refused.why) == (Verdict.DENIED, "no statement allows it")
        assert refused.fix == "the live policy is not what the stack promises: pulumi up"
        assert row(found, Purpose.READ, "s3:GetObject").verdict is Verdict.ALLOWED
        assert judged(found) == entries.answers_of_aws(entries.credentials("writer"), NETWORK)
    assert overall(entries.answers("writer", NETWORK), Purpose.WRITE) is Verdict.ALLOWED


def test_a_denial_that_somebody_put_into_a_live_policy_is_named(entries: Entries) -> None:
    frozen: Statement = {
        "Sid": "FreezeNetwork",
        "Effect": "Deny",
        "Principal": "*",
        "Action": ["s3:PutObject", "s3:DeleteObject"],
        "Resource": f"arn:aws:s3:::{entries.bucket}/prod/network/*",
    }
    with bucket_statement(entries, frozen):
        shown = check(entries, "writer")
        assert shown.code == ExitCode.DENIED
        (refused,) = (one for one in shown.json() if one["action"] == "s3:DeleteObject")
        assert refused["verdict"] == "denied"
        assert refused["statements"] == [{"policy": "bucket policy", "sid": "FreezeNetwork", "effect": "Deny"}]
        assert "may write: no (s3:PutObject: FreezeNetwork (bucket policy))" in shown.err
        found = entries.answers("writer", NETWORK)
        assert judged(found) == entries.answers_of_aws(entries.credentials("writer"), NETWORK)
    assert overall(entries.answers("writer", NETWORK), Purpose.LOCK) is Verdict.ALLOWED


def test_a_key_that_lets_nobody_decrypt_is_what_stops_a_reader(entries: Entries) -> None:
    kms, key = entries.root("kms"), entries.outputs["kms_key_arn"]
    before = kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]
    statements = json.loads(before)["Statement"]
    root = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    sealed = {"Sid": "Seal", "Effect": "Deny", "Principal": root, "Action": "kms:Decrypt", "Resource": "*"}
    silent = [one for one in statements if one["Sid"] != "UseThroughS3AndDynamoDB"]

    def decrypting(changed: list[Any]) -> list[RequestAnswer]:
        document = json.dumps({"Version": "2012-10-17", "Statement": changed})
        kms.put_key_policy(KeyId=key, PolicyName="default", Policy=document)
        return [one for one in entries.answers("reader", NETWORK) if one.action == "kms:Decrypt"]

    try:
        assert {frozenset(sids(one)) for one in decrypting([*statements, sealed])} == {frozenset({"Seal"})}
        assert {one.why for one in decrypting(silent)} == {"the resource's own policy does not allow it"}
    finally:
        kms.put_key_policy(KeyId=key, PolicyName="default", Policy=before)
    assert overall(entries.answers("reader", NETWORK), Purpose.READ) is Verdict.ALLOWED


def test_a_permissions_boundary_and_a_users_group_count(entries: Entries) -> None:
    iam = entries.root("iam")
    reading: Statement = {"Sid": "Read", "Effect": "Allow", "Action": ["s3:Get*", "dynamodb:*"], "Resource": "*"}
    arn = iam.create_policy(PolicyName="narrow", PolicyDocument=json.dumps(policy(reading)))["Policy"]["Arn"]
    iam.put_role_permissions_boundary(RoleName="acme-tfstate-access-writer", PermissionsBoundary=arn)
    iam.create_group(GroupName="paused")
    pause: Statement = {"Sid": "Pause", "Effect": "Deny", "Action": "s3:GetObject", "Resource": "*"}
    iam.put_group_policy(GroupName="paused", PolicyName="pause", PolicyDocument=json.dumps(policy(pause)))
    iam.add_user_to_group(GroupName="paused", UserName="operator")
    try:
        found = entries.answers("writer", NETWORK)
        assert row(found, Purpose.WRITE, "s3:PutObject").why == "the permissions boundary does not allow it"
        assert judged(found) == entries.answers_of_aws(entries.credentials("writer"), NETWORK)
        of_user = entries.answers(USER, DEV)
        assert sids(row(of_user, Purpose.READ, "s3:GetObject")) == {"Pause"}
        assert judged(of_user) == entries.answers_of_aws(entries.user(), DEV)
    finally:
        iam.delete_role_permissions_boundary(RoleName="acme-tfstate-access-writer")
        iam.remove_user_from_group(GroupName="paused", UserName="operator")


def test_a_denial_by_address_is_left_open_until_the_address_is_known(entries: Entries) -> None:
    outside: Statement = {
        "Sid": "DenyOutside",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": f"arn:aws:s3:::{entries.bucket}/*",
        "Condition": {"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}},
    }
    with bucket_statement(entries, outside):
        dry = check(entries, "writer")
        assert dry.code == ExitCode.FOUND
        (reading,) = (one for one in dry.json() if one["action"] == "s3:GetObject" and one["purpose"] == "read")
        assert reading["verdict"] == "depends"
        assert reading["needs"] == [
            {"key": "aws:SourceIp", "operator": "NotIpAddress", "values": ["10.0.0.0/8"], "effect": "Deny"}
        ]
        assert reading["why"] == "DenyOutside (bucket policy) denies it if aws:SourceIp NotIpAddress 10.0.0.0/8"
        inside, away = (
            check(entries, "writer", "--context", f"aws:SourceIp={address}")
            for address in ("10.1.2.3", "192.0.2.1")
        )
        assert (inside.code, away.code) == (ExitCode.FINE, ExitCode.DENIED)


def test_who_may_not_read_the_policies_gets_no_yes_and_the_actions_that_were_missing(entries: Entries) -> None:
    me = entries.operator(entries.credentials("writer"))
    found = me.run("access", "check", NETWORK, "--as", "me", "--json")
    assert found.code == ExitCode.FOUND
    assert {one["verdict"] for one in found.json()} == {Verdict.UNKNOWN}
    missing = {action for one in found.json() for action in one["missing"]}
    assert missing >= {"iam:GetRole", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies", "s3:GetBucketPolicy"}
    assert missing >= {"s3:GetEncryptionConfiguration", "dynamodb:DescribeTable", "dynamodb:GetResourcePolicy"}
    assert "assumed-role/acme-tfstate-access-writer/tests" in found.err
    assert "ask with credentials that may read the policies" in found.err


def test_policies_of_another_account_are_not_taken_for_none(entries: Entries) -> None:
    found = entries.answers("arn:aws:iam::999999999999:role/guest", NETWORK)
    assert Verdict.ALLOWED not in {one.verdict for one in found}
    assert sids(row(found, Purpose.READ, "s3:GetObject")) == {"DenyStrangers"}
    # The table has no policy, and across accounts both sides have to allow.
    assert row(found, Purpose.READ, "dynamodb:GetItem").why == "the resource's own policy does not allow it"


@pytest.mark.parametrize(
    ("who", "code", "said"),
    [
        ("nobody", ExitCode.FAILED, "there is no role nobody in account"),
        (f"arn:aws:iam::{ACCOUNT}:user/nobody", ExitCode.FAILED, "there is no user nobody"),
        ("direct", ExitCode.USAGE, "the access entry direct has no role of its own"),
        ("not a name", ExitCode.USAGE, '"not a name" is nobody'),
        ("arn:aws:iam", ExitCode.USAGE, "is no ARN"),
        (f"arn:aws:iam::{ACCOUNT}:group/all", ExitCode.USAGE, "is a group"),
    ],
)
def test_whoever_is_nobody_is_said_to_be_so(entries: Entries, who: str, code: ExitCode, said: str) -> None:
    refused = check(entries, who)
    assert (refused.code, refused.out) == (code, "")
    assert said in refused.err


def test_a_context_that_is_none_is_wrong_usage(entries: Entries) -> None:
    refused = check(entries, "writer", "--context", "mfa")
    assert refused.code == ExitCode.USAGE
    assert "KEY=VALUE" in refused.err


def test_a_backend_file_that_names_no_key_is_what_the_bucket_refuses(entries: Entries, tmp_path: Path) -> None:
    config = dict(entries.outputs["backend_configs"]["prod/network"])
    generated, own = tmp_path / "generated.hcl", tmp_path / "own.hcl"
    generated.write_text(to_hcl(config))
    own.write_text(to_hcl({name: value for name, value in config.items() if name != "kms_key_id"}))
    operator = entries.operator().with_variables(STATECTL_STACK="")
    role = entries.outputs["access"]["writer"]["role_arn"]
    operator.do("access", "check", "--backend-config", str(generated), "--as", role)
    refused = operator.run("access", "check", "--backend-config", str(own), "--as", role, "--json")
    assert refused.code == ExitCode.DENIED
    (writing,) = (one for one in refused.json() if one["action"] == "s3:PutObject" and one["purpose"] == "write")
    assert [one["sid"] for one in writing["statements"]] == ["DenyOtherEncryption"]
    assert "kms_key_id" in writing["fix"]
    s3 = client(entries.deployment.emulator, "s3", entries.outputs["region"], entries.credentials("writer"))
    with pytest.raises(s3.exceptions.ClientError, match="AccessDenied"):
        s3.put_object(Bucket=entries.bucket, Key=NETWORK, Body=b"{}", ServerSideEncryption="AES256")


def test_a_role_that_may_do_these_requests_alone_runs_terraform(entries: Entries, tmp_path: Path) -> None:
    config = entries.outputs["backend_configs"]["prod/queue"]
    key, region = entries.outputs["kms_key_arn"], entries.outputs["region"]
    backend = TerraformBackend(
        bucket=entries.bucket,
        region=region,
        account=ACCOUNT,
        lock=Lock.BOTH,
        encrypted=Encrypted(key=key, asked={}),
        table=entries.outputs["lock_table_name"],
        table_key=key,
    )
    exact = policy(*(_only(number, one) for number, one in enumerate(terraform_requests(backend, config["key"]))))
    # Such a name is a member's to the bucket.
    name = "acme-tfstate-access-exact"
    credentials = role_credentials(entries.deployment.emulator, ACCOUNT, name, exact)
    environment = {**entries.deployment.emulator.environment(), **credentials}
    (tmp_path / "main.tf").write_text(CONFIGURATION.read_text())
    (tmp_path / "backend.hcl").write_text(to_hcl({**config, **emulator_arguments(entries.deployment.emulator)}))
    here = Workdir(tmp_path, tmp_path / "data", environment)
    entries.root("s3").put_object(Bucket=entries.bucket, Key=config["key"], Body=b"")
    here.do(["init", "-no-color", "-backend-config=backend.hcl"])
    here.do(apply("exactly", "-auto-approve"))
    assert here.outputs()["content"] == "exactly"
    assert {one.verdict for one in entries.answers(name, config["key"])} == {Verdict.ALLOWED}


def test_whoami_says_whose_credentials_these_are_and_whether_the_bucket_answers(entries: Entries) -> None:
    mine = entries.operator(entries.credentials("reader")).run("access", "whoami", "--json")
    assert mine.code == ExitCode.FINE
    found = mine.json()
    assert (found["entry"], found["let_in"], found["account_id"]) == ("reader", True, ACCOUNT)
    assert found["arn"].endswith(":assumed-role/acme-tfstate-access-reader/tests")
    credentials = role_credentials(entries.deployment.emulator, ACCOUNT, STRANGER, policy(ANYTHING))
    shut_out = entries.operator(credentials).run("access", "whoami")
    assert shut_out.code == ExitCode.DENIED
    assert "access denied: s3:ListBucket" in shut_out.out
    root = entries.operator().json("access", "whoami")
    assert (root["named_as"], root["entry"]) == (["administrator"], None)


def _only(number: int, request: Any) -> Statement:
    """Leave to make one request, with the keys that bind it."""
    bound = {name: value for name, value in request.keys.items() if isinstance(value, str)}
    several = {f"{name}": list(value) for name, value in request.keys.items() if not isinstance(value, str)}
    condition: dict[str, Any] = {"StringEquals": bound} if bound else {}
    if several:
        condition["ForAllValues:StringEquals"] = several
    made: Statement = {
        "Sid": f"Request{number}",
        "Effect": "Allow",
        "Action": request.action,
        "Resource": request.resource,
        "Condition": condition,
    }
    return made


@contextmanager
def bucket_statement(entries: Entries, statement: Statement) -> Iterator[None]:
    """The bucket's policy with one statement more."""
    s3 = entries.root("s3")
    before = s3.get_bucket_policy(Bucket=entries.bucket)["Policy"]
    document = json.loads(before)
    s3.put_bucket_policy(
        Bucket=entries.bucket, Policy=json.dumps({**document, "Statement": [*document["Statement"], statement]})
    )
    try:
        yield
    finally:
        s3.put_bucket_policy(Bucket=entries.bucket, Policy=before)


@contextmanager
def without_statement(entries: Entries, name: str, sid: str) -> Iterator[None]:
    """A managed policy whose default version lacks one statement."""
    iam, arn = entries.root("iam"), f"arn:aws:iam::{ACCOUNT}:policy/{name}"
    before = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=arn, VersionId=before)["PolicyVersion"]["Document"]
    fewer = {**document, "Statement": [one for one in document["Statement"] if one["Sid"] != sid]}
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(fewer), SetAsDefault=True)
    try:
        yield
    finally:
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(document), SetAsDefault=True)

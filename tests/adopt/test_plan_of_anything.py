"""What a plan says of backends that nobody made: obstacles, what is kept, and the keys of states."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settings.adopt import Kept
from settings.model import Settings
from statectl.adopt.change import changes, first_kept
from statectl.adopt.configuration import checked, expected, name_prefix, whole
from statectl.adopt.found import Found, Keeper
from statectl.adopt.obstacle import obstacles
from statectl.adopt.origin import Maker, origin
from statectl.adopt.planning import AdoptionPlan, Wishes, next_kept, plan
from statectl.adopt.risk import RISKS, in_order
from statectl.refusal import RefusalError
from statefile.keepers import addresses_of
from store.failures import DeniedError
from store.live.reading import Live
from tests.adopt.founds import ACCOUNT, BUCKET, KEY, REGION, contents, found, key, live, table, with_parts

STATES = {"prod": ["network"]}


def settings_of(one: Found, **more: Any) -> Settings:
    values = whole(one, prefix="acme", states=STATES, table=True, keep=())
    return checked({**values, **more}, region=REGION, stack="test")


def planned(one: Found, project: Path, *, stack: str | None = None, **wishes: Any) -> AdoptionPlan:
    usual: dict[str, Any] = {"region": None, "table": True, "prefix": None, "states": (), "others_are_fine": False}
    return plan(one, Wishes(stack=stack, project=project, **{**usual, **wishes}))


def blocking(one: Found, **more: Any) -> list[str]:
    told = obstacles(one, settings_of(one, **more), others_are_fine=False)
    return [obstacle.problem for obstacle in told if obstacle.blocks]


def test_every_setting_that_can_be_kept_says_what_it_breaks_and_has_its_place_in_the_order() -> None:
    assert set(RISKS) == set(Kept)
    assert in_order(set(Kept))[-1] == Kept.OTHER_ENCRYPTION


def test_a_bucket_with_nothing_in_its_way_is_adopted() -> None:
    one = with_parts(found(), table=table())
    assert obstacles(one, settings_of(one), others_are_fine=False) == ()


@pytest.mark.parametrize(
    ("one", "problem"),
    [
        (
            with_parts(found(), table=table(replicas=["eu-west-1"])),
            "it is a global table, with replicas in eu-west-1",
        ),
        (
            with_parts(
                found(),
                table=table(
                    key={
                        "KeySchema": [
                            {"AttributeName": "LockID", "KeyType": "HASH"},
                            {"AttributeName": "Path", "KeyType": "RANGE"},
                        ],
                        "AttributeDefinitions": [{"AttributeName": "LockID", "AttributeType": "S"}],
                    }
                ),
            ),
            "its key is LockID, Path, and Terraform demands the string LockID alone",
        ),
        (
            with_parts(found(), contents=contents(others=("logs/a", "logs/b", "site.html"))),
            "it also holds other things: logs/, site.html",
        ),
        (
            found(beside=live(object_lock=None, retention=None, grants=[], mfa_delete="Enabled")),
            "it has MFA Delete on: S3 takes no lifecycle for it",
        ),
    ],
    ids=["global table", "sort key", "other things", "MFA Delete"],
)
def test_what_would_harm_somebody_is_in_the_way(one: Found, problem: str) -> None:
    (told,) = blocking(one)
    assert told.startswith(problem)


def test_a_stack_elsewhere_is_told_to_copy_instead() -> None:
    one = found()
    elsewhere = settings_of(one).model_copy(update={"region": "eu-west-1", "account_id": "999999999999"})
    region, account = obstacles(one, elsewhere, others_are_fine=False)
    assert region.blocks
    assert "aws:region is eu-west-1" in region.problem
    assert "statectl move key" in region.instead
    assert account.blocks
    assert f"in account {ACCOUNT}" in account.problem


def test_object_lock_is_in_the_way_of_replication_alone() -> None:
    locked = found(beside=live(object_lock="Enabled", retention={"Mode": "GOVERNANCE", "Days": 7}, grants=[]))
    assert blocking(locked) == []
    (told,) = obstacles(locked, settings_of(locked), others_are_fine=False)
    assert "holds every version for 7 days (governance)" in told.problem
    (problem,) = blocking(locked, replicaRegion="eu-west-1")
    assert "S3 replicates such a bucket to one with Object Lock only" in problem


def test_an_acl_that_s3_would_not_let_go_of_is_told_before_ownership_comes() -> None:
    granted = live(object_lock=None, retention=None, grants=["partner: READ"])
    one = found(beside=granted, ownership="BucketOwnerPreferred")
    (told,) = obstacles(one, settings_of(one), others_are_fine=False)
    assert not told.blocks
    assert told.problem.startswith("its ACL lets in partner: READ")
    assert Kept.OWNERSHIP in first_kept(one, settings_of(one))


def test_replication_that_goes_on_without_the_stack_is_told() -> None:
    rules = {"old": {"ID": "old", "Destination": {"Bucket": "arn:aws:s3:::the-copy"}}}
    one = with_parts(found(), replication=live(role="arn:aws:iam::123456789012:role/old", rules=rules))
    (alone,) = obstacles(one, settings_of(one), others_are_fine=False)
    assert not alone.blocks
    assert alone.problem == "it replicates to the-copy: that goes on as it is, and nobody looks after it"
    settings = settings_of(one, replicaRegion="eu-west-1")
    (replaced,) = obstacles(one, settings, others_are_fine=False)
    assert replaced.problem.endswith("the stack's own rule takes the place of that")
    ids = {change.part for change in changes(one, settings, ()) if change.id == "replication.rules"}
    assert "old" in ids


@pytest.mark.parametrize(
    ("other", "problem"),
    [
        (key(state={"KeyState": "Enabled", "KeyManager": "AWS", "MultiRegion": False}), "it belongs to AWS"),
        (key(state={"KeyState": "Enabled", "KeyManager": "CUSTOMER", "MultiRegion": True}), "multi-Region"),
        (key(KEY.replace(ACCOUNT, "999999999999")), "it belongs to account 999999999999"),
    ],
    ids=["of AWS", "of many regions", "of another account"],
)
def test_a_key_that_cannot_be_adopted_is_left_and_the_encryption_kept(other: Any, problem: str) -> None:
    encryption = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": other.name}
    one = with_parts(found(encryption=encryption, bucket_key=True), key=other)
    settings = settings_of(one)
    (told,) = obstacles(one, settings, others_are_fine=False)
    assert not told.blocks
    assert problem in told.problem
    assert settings.adopt is not None
    assert settings.adopt.key_arn is None
    assert Kept.ENCRYPTION in first_kept(one, settings)


def test_a_key_of_the_account_is_adopted_and_the_encryption_under_it_is_not_in_question() -> None:
    one = with_parts(
        found(encryption={"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY}, bucket_key=True), key=key()
    )
    settings = settings_of(one)
    assert settings.adopt is not None
    assert settings.adopt.key_arn == KEY
    assert Kept.ENCRYPTION not in first_kept(one, settings)


def test_only_what_somebody_can_run_into_is_kept() -> None:
    one = with_parts(found(), table=table(recovery="DISABLED", billing="PROVISIONED"))
    settings = settings_of(one)
    kept = first_kept(one, settings)
    told = changes(one, settings, kept)
    now = {change.id for change in told if not change.kept}
    assert now == {"bucket.logging", "table.recovery", "table.billing"}
    assert all(change.breaks and change.check for change in told if change.kept)
    assert kept[:3] == (Kept.LIFECYCLE, Kept.POLICY, Kept.INSECURE_TRANSPORT)


def test_logs_that_go_elsewhere_today_stay_there() -> None:
    one = found(logging={"TargetBucket": "central-logs", "TargetPrefix": ""})
    assert Kept.LOGGING in first_kept(one, settings_of(one))


def test_the_public_access_block_waits_only_where_somebody_is_let_in_publicly() -> None:
    open_ = found(public_access=None)
    assert Kept.PUBLIC_ACCESS not in first_kept(open_, settings_of(open_))
    granted = found(beside=live(object_lock=None, retention=None, grants=["AllUsers: READ"]), public_access=None)
    assert Kept.PUBLIC_ACCESS in first_kept(granted, settings_of(granted))


def test_another_accounts_statement_keeps_the_policy_and_the_accounts_own_does_not() -> None:
    def allowing(account: str) -> Found:
        statement = {
            "Sid": "Read",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
            "Action": "s3:GetObject",
            "Resource": f"arn:aws:s3:::{BUCKET}/*",
        }
        tls = {
            "Sid": "OldTls",
            "Effect": "Deny",
            "Principal": {"AWS": "*"},
            "Action": "s3:*",
            "Resource": [f"arn:aws:s3:::{BUCKET}/*", f"arn:aws:s3:::{BUCKET}"],
            "Condition": {"Bool": {"aws:SecureTransport": False}},
        }
        return found(policy={"Version": "2012-10-17", "Statement": [statement, tls]})

    other, own = allowing("999999999999"), allowing(ACCOUNT)
    assert Kept.POLICY in first_kept(other, settings_of(other))
    kept = first_kept(own, settings_of(own))
    assert Kept.POLICY not in kept
    # It is there already, under another Sid.
    assert Kept.INSECURE_TRANSPORT not in kept


def test_what_may_not_be_read_is_kept_and_said() -> None:
    refused = DeniedError("access denied: s3:GetBucketPolicy", action="s3:GetBucketPolicy", next_step="")
    whole_ = found()
    settings = {name: value for name, value in whole_.live.settings.items() if name != "policy"}
    one = with_parts(whole_, live=Live(settings=settings, unread={"policy": refused}))
    kept = first_kept(one, settings_of(one))
    assert Kept.POLICY in kept
    (told,) = [change for change in changes(one, settings_of(one), kept) if change.id == "bucket.policy"]
    assert "access denied: s3:GetBucketPolicy" in told.found


def test_tags_that_pulumi_would_take_away_are_told_and_the_owners_are_carried_over() -> None:
    one = found(tags={"owner": "platform", "Name": BUCKET, "aws:cloudformation:stack-name": "state"})
    settings = settings_of(one)
    assert settings.tags == {"owner": "platform"}
    lost = [change.part for change in changes(one, settings, ()) if change.id == "bucket.tags"]
    assert lost == ["Name"]


def test_cloudformation_is_told_by_its_tag_and_must_retain_first() -> None:
    made = origin(found(tags={"aws:cloudformation:stack-name": "state"}))
    assert made.maker is Maker.CLOUDFORMATION
    assert made.letting_go[0].startswith("before the first pulumi up, set DeletionPolicy")


def test_a_state_that_holds_the_bucket_is_named_with_its_addresses() -> None:
    keeper = Keeper(state="global/terraform.tfstate", addresses=('module.state["a.b"].aws_s3_bucket.this[0]',))
    made = origin(with_parts(found(), keepers=(keeper,)))
    assert made.maker is Maker.TERRAFORM
    assert "terraform state rm 'module.state[\"a.b\"].aws_s3_bucket.this[0]'" in made.letting_go[-1]


def test_the_addresses_of_a_backend_are_its_own_and_no_data_source() -> None:
    def resource(type_: str, attributes: dict[str, str], **more: str) -> dict[str, Any]:
        instance = {"attributes": attributes, "index_key": "a.b"}
        return {"mode": "managed", "type": type_, "name": "one", "instances": [instance], **more}

    body = json.dumps(
        {
            "version": 4,
            "serial": 1,
            "lineage": "l",
            "resources": [
                resource("aws_s3_bucket", {"bucket": BUCKET}, module='module.x["c.d"]'),
                resource("aws_s3_bucket_versioning", {"bucket": BUCKET}),
                resource("aws_s3_bucket", {"bucket": "another"}),
                resource("aws_s3_bucket", {"bucket": BUCKET}, mode="data"),
                resource("aws_dynamodb_table", {"name": "locks"}),
                resource("aws_kms_key", {"arn": KEY}),
                resource("aws_instance", {"bucket": BUCKET}),
            ],
        }
    ).encode()
    assert addresses_of(body, bucket=BUCKET, table="locks", key_arn=KEY) == (
        'module.x["c.d"].aws_s3_bucket.one["a.b"]',
        'aws_s3_bucket_versioning.one["a.b"]',
        'aws_dynamodb_table.one["a.b"]',
        'aws_kms_key.one["a.b"]',
    )


def test_keys_become_states_and_odd_ones_are_told_with_why() -> None:
    known = expected(
        [
            "prod/network/terraform.tfstate",
            "env:/blue/prod/network/terraform.tfstate",
            "prod/network/dns/terraform.tfstate",
            "prod/Network/terraform.tfstate",
            "dev/apps/web/terraform.tfstate",
            "terraform.tfstate",
            "prod/network.tfstate",
        ]
    )
    assert known.states == {"dev": ["apps/web"], "prod": ["Network"]}
    assert {odd.key: odd.why for odd in known.odd} == {
        "prod/network/terraform.tfstate": "differs from prod/Network by upper and lower case alone",
        "prod/network/dns/terraform.tfstate": "lies in the folder of prod/Network",
        "terraform.tfstate": "is not <environment>/<service>/terraform.tfstate",
        "prod/network.tfstate": "is not <environment>/<service>/terraform.tfstate",
    }


_ANY_PART = st.text(st.sampled_from("abzAZ09._-:/ é"), min_size=1, max_size=12)


_ANY_FOLDER = st.builds("/".join, st.lists(_ANY_PART, min_size=1, max_size=6))


@given(st.lists(_ANY_FOLDER, max_size=12))
def test_whatever_the_keys_the_states_make_a_configuration(folders: list[str]) -> None:
    keys = [f"{folder}/terraform.tfstate" for folder in folders]
    one = with_parts(found(), contents=contents(*keys))
    states = expected(keys).states
    if states:
        checked(whole(one, prefix="acme", states=states, table=True, keep=()), region=REGION, stack="test")


@given(
    st.from_regex(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", fullmatch=True), st.sampled_from([REGION, "ap-southeast-7"])
)
def test_whatever_the_buckets_name_the_names_beside_it_are_legal(bucket: str, region: str) -> None:
    one = with_parts(found(), bucket=bucket, region=region)
    values = whole(one, prefix=name_prefix(one), states=STATES, table=True, keep=())
    checked(values, region=region, stack="test")


def test_a_new_stack_file_says_all_that_is_known(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: our-state\n")
    made = planned(with_parts(found(tags={"owner": "platform"}), table=table()), tmp_path, stack="prod")
    assert "our-state:adopt:\n    bucket: acme-terraform-state\n    table: locks\n    keep:\n" in made.file
    assert "our-state:lock: both" in made.file
    assert "our-state:encryption: aes256" in made.file
    assert not (tmp_path / "Pulumi.prod.yaml").exists()


def test_without_a_state_that_can_be_named_one_must_be(tmp_path: Path) -> None:
    one = with_parts(found(), contents=contents("terraform.tfstate"))
    with pytest.raises(RefusalError, match="expects one at least"):
        planned(one, tmp_path)
    made = planned(one, tmp_path, states=["prod/main"])
    assert made.odd_keys[0].key == "terraform.tfstate"
    assert "prod:\n    - main" in made.file


def test_the_empty_policy_that_s3_does_not_take_is_never_asked_for() -> None:
    one = found()
    settings = settings_of(one)
    kept = first_kept(one, settings)
    assert settings.adopt is not None
    keeping = settings.model_copy(
        update={"adopt": settings.adopt.model_copy(update={"keep": tuple(map(Kept, kept))})}
    )
    left = [id_ for id_ in kept if id_ != Kept.LIFECYCLE]
    assert next_kept(keeping, "file") == (Kept.LIFECYCLE,)
    without = settings.model_copy(
        update={"adopt": settings.adopt.model_copy(update={"keep": tuple(map(Kept, left))})}
    )
    assert next_kept(without, "file") == (Kept.POLICY, Kept.INSECURE_TRANSPORT)

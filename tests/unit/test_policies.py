"""What the buckets refuse and the keys allow, judged by the emulator's evaluator of IAM policies."""

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest
from ministack.core.iam_evaluator import EvalContext, evaluate, evaluate_resource_policy, parse_policy_document

from blueprint.backend import Backend, backend
from blueprint.bucket_policy import log_bucket_policy, state_bucket_policy
from blueprint.guard import Guard
from blueprint.policy_document import PolicyDocument, policy, to_json
from blueprint.replication import replication_policy
from settings.model import Encryption, Lock
from tests.unit.test_settings import GOOD, read

BUCKET = "arn:aws:s3:::acme-tfstate-123456789012-eu-central-1"
STATE = f"{BUCKET}/prod/network/terraform.tfstate"
LOCKFILE = f"{STATE}.tflock"
KEY = "arn:aws:kms:eu-central-1:123456789012:key/ours"
OTHER_KEY = "arn:aws:kms:eu-central-1:999999999999:key/theirs"

ALGORITHM = "s3:x-amz-server-side-encryption"
KEY_ID = "s3:x-amz-server-side-encryption-aws-kms-key-id"
SSE_C = "s3:x-amz-server-side-encryption-customer-algorithm"
NONE: Mapping[str, str] = {}
OUR_KEY = {ALGORITHM: "aws:kms", KEY_ID: KEY}


def decision(
    document: PolicyDocument, action: str, resource: str, keys: Mapping[str, str] = NONE, *, tls: bool = True
) -> tuple[str, str]:
    """Decision and deciding Sid of a resource's policy, for a request of the account's own root."""
    context = request(action, resource, keys, tls=tls)
    result = evaluate_resource_policy(to_json(document), context)
    return result.decision, result.matched_sid


def request(action: str, resource: str, keys: Mapping[str, str], *, tls: bool = True) -> EvalContext:
    return EvalContext(
        principal_arn="arn:aws:iam::123456789012:root",
        principal_type="Root",
        principal_account="123456789012",
        action=action,
        resource_arn=resource,
        region="eu-central-1",
        source_ip="127.0.0.1",
        secure_transport=tls,
        service_context={key.lower(): value for key, value in keys.items()},
    )


def state_policy(encryption: Encryption = Encryption.KMS, lock: Lock = Lock.BOTH) -> PolicyDocument:
    key = KEY if encryption is Encryption.KMS else None
    return state_bucket_policy(BUCKET, encryption=encryption, key_arn=key, lock=lock)


@pytest.mark.parametrize("action", ["s3:GetObject", "s3:PutObject", "s3:ListBucket", "s3:DeleteObject"])
def test_nothing_goes_over_plain_http(action: str) -> None:
    resource = BUCKET if action == "s3:ListBucket" else STATE
    assert decision(state_policy(), action, resource, tls=False) == ("Deny", "DenyInsecureTransport")
    assert decision(state_policy(), action, resource, OUR_KEY)[0] == "ImplicitDeny"


@pytest.mark.parametrize(
    ("case", "headers", "sid"),
    [
        ("as the generated backend files write", OUR_KEY, ""),
        ("leaning on the bucket's default, as Pulumi's own backend does", {}, ""),
        ("under a foreign key", {ALGORITHM: "aws:kms", KEY_ID: OTHER_KEY}, "DenyForeignKey"),
        ("under the account's aws/s3 key", {ALGORITHM: "aws:kms"}, "DenyUnnamedKey"),
        ("encrypt without kms_key_id", {ALGORITHM: "AES256"}, "DenyOtherEncryption"),
        ("dual-layer encryption", {ALGORITHM: "aws:kms:dsse", KEY_ID: KEY}, "DenyOtherEncryption"),
        ("under the client's own key", {SSE_C: "AES256"}, "DenyCustomerProvidedKey"),
    ],
)
def test_a_state_is_written_under_the_buckets_key_or_not_at_all(
    case: str, headers: Mapping[str, str], sid: str
) -> None:
    expected = ("Deny", sid) if sid else ("ImplicitDeny", "")
    assert decision(state_policy(), "s3:PutObject", STATE, headers) == expected, case


@pytest.mark.parametrize(
    ("headers", "sid"),
    [
        ({}, ""),
        ({ALGORITHM: "AES256"}, ""),
        ({ALGORITHM: "aws:kms"}, "DenyOtherEncryption"),
        ({ALGORITHM: "aws:kms", KEY_ID: OTHER_KEY}, "DenyOtherEncryption"),
        ({SSE_C: "AES256"}, "DenyCustomerProvidedKey"),
    ],
)
def test_with_s3s_own_keys_no_other_key_is_taken(headers: Mapping[str, str], sid: str) -> None:
    expected = ("Deny", sid) if sid else ("ImplicitDeny", "")
    assert decision(state_policy(Encryption.AES256), "s3:PutObject", STATE, headers) == expected


def test_a_lockfile_is_made_and_never_overwritten() -> None:
    taken = {**OUR_KEY, "s3:if-none-match": "*"}
    assert decision(state_policy(), "s3:PutObject", LOCKFILE, taken)[0] == "ImplicitDeny"
    assert decision(state_policy(), "s3:PutObject", LOCKFILE, OUR_KEY) == ("Deny", "DenyLockfileOverwrite")
    workspace = f"{BUCKET}/env:/blue/prod/network/terraform.tfstate.tflock"
    assert decision(state_policy(), "s3:PutObject", workspace, OUR_KEY) == ("Deny", "DenyLockfileOverwrite")
    assert decision(state_policy(), "s3:DeleteObject", LOCKFILE)[0] == "ImplicitDeny"


def test_without_lockfiles_the_policy_does_not_speak_of_them() -> None:
    assert "tflock" not in to_json(state_policy(lock=Lock.DYNAMODB))


def test_replication_still_gets_in_whatever_the_first_region_encrypted_with() -> None:
    headers = {ALGORITHM: "aws:kms", KEY_ID: OTHER_KEY}
    assert decision(state_policy(), "s3:ReplicateObject", STATE, headers)[0] == "ImplicitDeny"


def test_only_those_who_belong_replicate_into_the_bucket_and_only_break_glass_reencrypts_in_place() -> None:
    belongs = "arn:aws:iam::123456789012:role/belongs"
    for name in (belongs, belongs.replace("belongs", "stranger")):
        who = Guard(members=(belongs,), administrators=(belongs,), break_glass=(belongs,), mfa_max_age_seconds=60)
        document = state_bucket_policy(BUCKET, encryption=Encryption.KMS, key_arn=KEY, lock=Lock.BOTH, who=who)
        document = json.loads(to_json(document))
        context = replace(request("", STATE, {"aws:PrincipalIsAWSService": "false"}), principal_arn=name)

        def asks(action: str, context: EvalContext, document: PolicyDocument, **keys: str) -> tuple[str, str]:
            service = {**context.service_context, **keys}
            found = evaluate_resource_policy(document, replace(context, action=action, service_context=service))
            return found.decision, found.matched_sid

        fresh = {"aws:multifactorauthpresent": "true", "aws:multifactorauthage": "30"}
        stranger = ("Deny", "DenyStrangers") if name != belongs else None
        for action in ("s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"):
            assert asks(action, context, document) == (stranger or ("ImplicitDeny", "")), action
        reencrypt = "s3:UpdateObjectEncryption"
        assert asks(reencrypt, context, document, **fresh) == (stranger or ("ImplicitDeny", ""))
        without = {"aws:multifactorauthpresent": "false"}
        denied = stranger or ("Deny", "DenyDestructionWithoutMfa")
        assert asks(reencrypt, context, document, **without) == denied


def test_every_statement_decides_something() -> None:
    """Dropping any one statement lets a request through that was refused."""
    requests: list[tuple[str, Mapping[str, str], bool]] = [
        (STATE, {}, False),
        (STATE, {SSE_C: "AES256"}, True),
        (STATE, {ALGORITHM: "aws:kms", KEY_ID: OTHER_KEY}, True),
        (STATE, {ALGORITHM: "aws:kms"}, True),
        (STATE, {ALGORITHM: "AES256"}, True),
        (LOCKFILE, OUR_KEY, True),
    ]
    whole = state_policy()

    def decisions(document: PolicyDocument) -> list[str]:
        return [decision(document, "s3:PutObject", resource, keys, tls=tls)[0] for resource, keys, tls in requests]

    for dropped in whole["Statement"]:
        rest = [statement for statement in whole["Statement"] if statement is not dropped]
        assert decisions(policy(*rest)) != decisions(whole), dropped["Sid"]


def test_logs_are_delivered_by_s3_for_this_bucket_alone() -> None:
    document = log_bucket_policy(f"{BUCKET}-logs", source_bucket_arns=[BUCKET], account="123456789012")

    def deliver(**keys: str) -> str:
        context = request("s3:PutObject", f"{BUCKET}-logs/s3/x", keys)
        found = evaluate_resource_policy(to_json(document), context, service="logging.s3.amazonaws.com")
        return str(found.decision)

    own = {"aws:SourceArn": BUCKET, "aws:SourceAccount": "123456789012"}
    assert deliver(**own) == "Allow"
    assert deliver(**{**own, "aws:SourceArn": f"{BUCKET}-other"}) == "ImplicitDeny"
    assert deliver(**{**own, "aws:SourceAccount": "999999999999"}) == "ImplicitDeny"


@pytest.fixture(scope="module")
def plan() -> Backend:
    return backend(read({**GOOD, "replicaRegion": "eu-west-1"}))


def test_the_key_works_through_s3_and_dynamodb_and_never_by_hand(plan: Backend) -> None:
    assert plan.primary.key is not None
    document = plan.primary.key.policy
    for action in ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"):
        for service in ("s3", "dynamodb"):
            through = {"kms:ViaService": f"{service}.eu-central-1.amazonaws.com"}
            assert decision(document, action, KEY, through) == ("Allow", "UseThroughS3AndDynamoDB")
        assert decision(document, action, KEY)[0] == "ImplicitDeny"
        assert (
            decision(document, action, KEY, {"kms:ViaService": "s3.eu-west-1.amazonaws.com"})[0] == "ImplicitDeny"
        )


def test_administrators_are_never_locked_out_of_the_key(plan: Backend) -> None:
    assert plan.primary.key is not None
    for action in ("kms:PutKeyPolicy", "kms:GetKeyPolicy", "kms:CancelKeyDeletion", "kms:EnableKey"):
        assert decision(plan.primary.key.policy, action, KEY) == ("Allow", "AdministerThroughIam")


def test_a_grant_goes_to_the_lock_table_alone(plan: Backend) -> None:
    assert plan.primary.key is not None
    document = plan.primary.key.policy
    dynamodb = {"kms:ViaService": "dynamodb.eu-central-1.amazonaws.com"}
    assert (
        decision(document, "kms:CreateGrant", KEY, {**dynamodb, "kms:GrantIsForAWSResource": "true"})[0] == "Allow"
    )
    assert decision(document, "kms:CreateGrant", KEY, dynamodb)[0] == "ImplicitDeny"
    assert decision(document, "kms:CreateGrant", KEY)[0] == "ImplicitDeny"


REPLICA_KEY = "arn:aws:kms:eu-west-1:123456789012:key/replica"
REPLICA = "arn:aws:s3:::acme-tfstate-123456789012-eu-west-1"
CONTEXT = "kms:EncryptionContext:aws:s3:arn"


@pytest.mark.parametrize(
    ("action", "resource", "keys", "allowed"),
    [
        ("s3:GetObjectVersionForReplication", STATE, {}, True),
        ("s3:ReplicateObject", f"{REPLICA}/prod/x", {}, True),
        ("s3:ReplicateDelete", f"{REPLICA}/prod/x", {}, True),
        ("s3:PutObject", f"{REPLICA}/prod/x", {}, False),
        ("s3:ReplicateObject", STATE, {}, False),
        ("s3:DeleteObjectVersion", f"{REPLICA}/prod/x", {}, False),
        ("kms:Decrypt", KEY, {"kms:ViaService": "s3.eu-central-1.amazonaws.com", CONTEXT: BUCKET}, True),
        ("kms:Decrypt", KEY, {"kms:ViaService": "s3.eu-central-1.amazonaws.com", CONTEXT: STATE}, True),
        ("kms:Decrypt", KEY, {"kms:ViaService": "s3.eu-central-1.amazonaws.com", CONTEXT: f"{BUCKET}-b"}, False),
        ("kms:Decrypt", KEY, {CONTEXT: BUCKET}, False),
        ("kms:Encrypt", REPLICA_KEY, {"kms:ViaService": "s3.eu-west-1.amazonaws.com", CONTEXT: REPLICA}, True),
        ("kms:Encrypt", KEY, {"kms:ViaService": "s3.eu-central-1.amazonaws.com", CONTEXT: BUCKET}, False),
        ("kms:Decrypt", REPLICA_KEY, {"kms:ViaService": "s3.eu-west-1.amazonaws.com", CONTEXT: REPLICA}, False),
    ],
)
def test_the_replication_role_reads_here_writes_there_and_no_more(
    plan: Backend, action: str, resource: str, keys: Mapping[str, str], allowed: bool
) -> None:
    assert plan.replication is not None
    document = replication_policy(plan.replication, source_key_arn=KEY, destination_key_arn=REPLICA_KEY)
    result = evaluate(request(action, resource, keys), [parse_policy_document(to_json(document))])
    assert (result.decision == "Allow") == allowed


def test_the_way_back_may_do_what_the_way_there_may_with_the_regions_in_each_others_place() -> None:
    there = backend(read({**GOOD, "replicaRegion": "eu-west-1", "replication": "twoWay"}))
    back = backend(read({**GOOD, "aws:region": "eu-west-1", "replicaRegion": "eu-central-1"}))
    reverse, forth = there.reverse_replication, back.replication
    assert reverse is not None
    assert forth is not None
    assert replace(reverse, replica_modifications=False) == forth
    documents = [
        replication_policy(way, source_key_arn=REPLICA_KEY, destination_key_arn=KEY) for way in (reverse, forth)
    ]
    assert documents[0] == documents[1]


def test_the_role_for_batch_jobs_starts_replication_of_its_bucket_and_touches_nothing_in_it(plan: Backend) -> None:
    assert plan.replication is not None
    role = plan.replication.batch_role
    (trust,) = role.trust_policy["Statement"]
    assert trust.get("Principal") == {"Service": "batchoperations.s3.amazonaws.com"}
    assert trust.get("Condition") == {"StringEquals": {"aws:SourceAccount": "123456789012"}}
    document = [parse_policy_document(to_json(role.policy))]

    def allowed(action: str, resource: str) -> bool:
        return bool(evaluate(request(action, resource, NONE), document).decision == "Allow")

    assert allowed("s3:InitiateReplication", STATE)
    assert allowed("s3:GetReplicationConfiguration", BUCKET)
    assert allowed("s3:PutInventoryConfiguration", BUCKET)
    assert not allowed("s3:InitiateReplication", f"{REPLICA}/prod/network/terraform.tfstate")
    for action in ("s3:GetObject", "s3:PutObject", "s3:ReplicateObject", "s3:DeleteObject"):
        assert not allowed(action, STATE)
    assert not allowed("s3:PutReplicationConfiguration", BUCKET)
    assert not allowed("kms:Decrypt", KEY)


def test_only_s3_for_this_bucket_of_this_account_becomes_the_replication_role(plan: Backend) -> None:
    assert plan.replication is not None
    (statement,) = plan.replication.trust_policy["Statement"]
    assert statement.get("Principal") == {"Service": "s3.amazonaws.com"}
    assert statement.get("Condition") == {
        "ArnEquals": {"aws:SourceArn": BUCKET},
        "StringEquals": {"aws:SourceAccount": "123456789012"},
    }

"""What a backend says of Pulumi's own state, where the stack keeps it in the bucket that it makes."""

from dataclasses import replace
from typing import Any

import pytest
from ministack.core.iam_evaluator import evaluate_resource_policy

from blueprint.backend import Backend, backend
from blueprint.limits import stand_in_key_arn
from blueprint.operators import Operation, operator_grants
from blueprint.own_state import own_state_key, own_state_policy, own_state_url, secrets_provider
from blueprint.policy_document import PolicyDocument, to_json
from blueprint.regional_policy import regional_policy
from settings.mistakes import SettingsError
from settings.own_state import OWN_STATE_PREFIX
from tests.unit.test_access import allowed, entry
from tests.unit.test_policies import request
from tests.unit.test_settings import GOOD, read

ADMIN = "arn:aws:iam::123456789012:role/admin"
ON_CALL = "arn:aws:iam::123456789012:role/on-call"
KEPT = {**GOOD, "administrators": [ADMIN], "pulumiState": True}
STATE = own_state_key("state-backend", "prod")


def plan_of(**also: Any) -> Backend:
    return backend(read({**KEPT, **also}))


def denied_by(document: PolicyDocument, action: str, resource: str, who: str) -> str | None:
    """The Sid of the statement that refuses it, whatever IAM grants."""
    whose = replace(request(action, resource, {}), principal_arn=who, principal_type="Role")
    found = evaluate_resource_policy(to_json(document), whose)
    return found.matched_sid if found.decision == "Deny" else None


def bucket_policy(plan: Backend) -> PolicyDocument:
    return regional_policy(plan.settings, plan.primary, key_arn=stand_in_key_arn(plan.primary))


def test_nobody_but_administrators_and_break_glass_touches_it_whatever_iam_grants() -> None:
    plan = plan_of(operators={"writers": [ON_CALL]}, access=[entry(states=["prod/*"])])
    resource = f"{plan.primary.bucket.arn}/{STATE}"
    for action in ("s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:DeleteObject"):
        for who, refused in ((ADMIN, False), (ON_CALL, True)):
            sid = denied_by(bucket_policy(plan), action, resource, who)
            assert (sid == "DenyPulumiState") is refused, (action, who)
    state = f"{plan.primary.bucket.arn}/prod/network/terraform.tfstate"
    assert denied_by(bucket_policy(plan), "s3:GetObject", state, ON_CALL) is None


def test_replication_still_carries_it_to_the_second_region() -> None:
    plan = plan_of(replicaRegion="eu-west-1")
    assert plan.replica is not None
    document = regional_policy(plan.settings, plan.replica, key_arn=stand_in_key_arn(plan.replica))
    role = "arn:aws:iam::123456789012:role/acme-tfstate-replication-eu-central-1"
    assert denied_by(document, "s3:ReplicateObject", f"{plan.replica.bucket.arn}/{STATE}", role) is None


def test_the_policy_of_administrators_reaches_the_prefix_and_nothing_else() -> None:
    plan = plan_of(replicaRegion="eu-west-1")
    key = stand_in_key_arn(plan.primary)
    assert key is not None
    document = own_state_policy(plan, state_keys=[key])
    assert plan.replica is not None
    for bucket in (plan.primary.bucket.arn, plan.replica.bucket.arn):
        for action in ("s3:GetObject", "s3:PutObject", "s3:DeleteObject"):
            assert allowed(document, action, f"{bucket}/{STATE}")
            assert not allowed(document, action, f"{bucket}/prod/network/terraform.tfstate")
            assert not allowed(document, action, f"{bucket}/.pulumi-states/x")
        assert allowed(document, "s3:ListBucket", bucket, **{"s3:prefix": f"{OWN_STATE_PREFIX}.pulumi/stacks/"})
        assert not allowed(document, "s3:ListBucket", bucket, **{"s3:prefix": "prod/"})
        assert not allowed(document, "s3:DeleteObjectVersion", f"{bucket}/{STATE}")
    context = {"kms:EncryptionContext:purpose": "pulumi-state"}
    assert allowed(document, "kms:Encrypt", key, **context)
    assert not allowed(document, "kms:Encrypt", key)


def test_the_key_lets_administrators_encrypt_by_hand_for_this_purpose_alone() -> None:
    plan = plan_of()
    assert plan.primary.key is not None
    document = plan.primary.key.policy
    purpose = {"kms:EncryptionContext:purpose": "pulumi-state"}
    of_a_state = {"kms:EncryptionContext:aws:s3:arn": plan.primary.bucket.arn}
    for who, keys, sid in (
        (ADMIN, purpose, "UseForPulumiSecrets"),
        (ON_CALL, purpose, None),
        (ADMIN, of_a_state, None),
    ):
        asked = replace(request("kms:Decrypt", "k", keys), principal_arn=who, principal_type="Role")
        found = evaluate_resource_policy(to_json(document), asked)
        assert (found.matched_sid if found.decision == "Allow" else None) == sid, (who, keys)


def test_a_stack_that_keeps_it_elsewhere_says_nothing_of_it() -> None:
    plan = backend(read({**KEPT, "pulumiState": False}))
    assert plan.primary.key is not None
    sids = {one["Sid"] for one in (*bucket_policy(plan)["Statement"], *plan.primary.key.policy["Statement"])}
    assert sids.isdisjoint({"DenyPulumiState", "UseForPulumiSecrets"})
    assert operator_grants(plan.settings) == ()


def test_administrators_get_the_policy_without_any_operators() -> None:
    (grant,) = operator_grants(plan_of().settings)
    assert (grant.operation, grant.policy_name) == (Operation.PULUMI_STATE, "acme-tfstate-pulumi-state")
    assert grant.attach_roles == ("admin",)


def test_a_stack_that_keeps_it_names_its_administrators_and_no_entry_takes_its_name() -> None:
    with pytest.raises(SettingsError, match="administrators: is missing, and with pulumiState they alone"):
        read({**KEPT, "administrators": []})
    with pytest.raises(SettingsError, match="is what a policy of the administrators is named for"):
        read({**KEPT, "access": [entry(name="pulumi-state")]})


def test_the_urls_are_those_that_pulumi_takes() -> None:
    assert own_state_url("b", "eu-central-1") == "s3://b/.pulumi-state?region=eu-central-1"
    arn = "arn:aws:kms:eu-central-1:123456789012:key/k"
    assert secrets_provider(arn, "eu-central-1") == (
        f"awskms:///{arn}?region=eu-central-1&context_purpose=pulumi-state"
    )

"""A deployed stack beside its promises: each resource as AWS has it, and as the blueprint says it should be."""

from collections.abc import Mapping
from typing import Any

from blueprint.promise.everything import everything
from blueprint.promise.resource import KeyArns, Kind, Promise
from statectl.doctor.reading import read
from tests.integration.deployment import Deployment


def promises(deployed: Deployment, outputs: Mapping[str, Any], *kinds: Kind) -> list[Promise]:
    """What the stack promises of resources of these kinds."""
    audit = deployed.plan.audit
    recording = audit.recording if audit else None
    audit_key = None
    if recording is not None:
        kms = deployed.client("kms", recording.key.region)
        audit_key = kms.describe_key(KeyId=recording.key.alias)["KeyMetadata"]["Arn"]
    arns = KeyArns(primary=outputs["kms_key_arn"], replica=outputs.get("replica_kms_key_arn"), audit=audit_key)
    return [promise for promise in everything(deployed.plan, arns) if promise.kind in kinds]


def live(deployed: Deployment, promise: Promise) -> dict[str, Any]:
    """The promised settings of a resource as AWS reports them; every one of them must be there to read."""
    found = read(deployed.client, deployed.plan.settings, promise)
    assert not found.unread
    assert found.gone is None
    return {setting: found.settings[setting] for setting in promise.settings}

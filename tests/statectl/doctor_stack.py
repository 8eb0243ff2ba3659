"""A stack with all that a stack can have, for the doctor to look at."""

from typing import Any

import pytest

from blueprint.policy_document import Statement, policy, to_json
from localcloud.emulator import Emulator
from localcloud.engine import Engine
from settings.model import Lock
from tests.integration.deployment import (
    ANYTHING,
    Deployment,
    client,
    make_role,
    role_credentials,
    root_credentials,
)
from tests.statectl.operator import Operator
from tests.statectl.stack import Stack

ACCOUNT = "100000000021"
ADMINISTRATOR, REVIEWER = "platform-admin", "reviewer"
"""Roles that belong, and that policies bind, as they do not bind the emulator's root."""
_MADE: dict[int, Stack] = {}


def config() -> dict[str, Any]:
    """What the stack file says."""
    own: dict[str, Any] = {
        "namePrefix": "acme",
        "accountId": ACCOUNT,
        "replicaRegion": "eu-west-1",
        "replication": "twoWay",
        "replicationAlarmTopics": [f"arn:aws:sns:eu-west-1:{ACCOUNT}:security"],
        "lock": "both",
        "accountPublicAccessBlock": True,
        "noncurrentTransition": {"days": 30, "storageClass": "STANDARD_IA"},
        "states": {"prod": ["network", "database"], "dev": ["network"]},
        "tags": {"owner": "platform"},
        "administrators": [_role(ADMINISTRATOR)],
        "breakGlass": {"principals": [_role("break-glass")]},
        "rolePath": "/terraform-state/",
        "permissionsBoundary": f"arn:aws:iam::{ACCOUNT}:policy/boundary",
        "access": [
            {
                "name": "deploy",
                "states": ["prod/*"],
                "mode": "write",
                "workspaces": True,
                "github": [{"organisation": "acme", "repository": "infrastructure", "branch": "main"}],
            },
            {"name": "review", "states": ["prod/*"], "mode": "read", "principals": [_role(REVIEWER)]},
        ],
        "operators": {"readers": [_role("on-call")]},
        "auditTrail": {"days": 40, "alarmTopicArn": f"arn:aws:sns:eu-central-1:{ACCOUNT}:security"},
    }
    named = {f"state-backend:{key}": value for key, value in own.items()}
    return {"aws:region": "eu-central-1", "aws:allowedAccountIds": [ACCOUNT], **named}


def doctor_stack(paths: pytest.TempPathFactory, engine: Engine, emulator: Emulator) -> Stack:
    """The stack, made once for each emulated AWS."""
    if emulator.port not in _MADE:
        folder = paths.mktemp("doctor")
        iam = client(emulator, "iam", "us-east-1", root_credentials(ACCOUNT))
        iam.create_policy(PolicyName="boundary", PolicyDocument=to_json(policy(ANYTHING)))
        make_role(emulator, ACCOUNT, "on-call", None)
        deployment = Deployment.prepare("doctor", folder, engine, emulator, config=config())
        deployment.up()
        outputs = deployment.outputs()
        _MADE[emulator.port] = Stack(
            lock=Lock.BOTH, deployment=deployment, outputs=outputs, folder=folder / "terraform"
        )
    return _MADE[emulator.port]


def somebody(stack: Stack, role: str, *denied: str) -> Operator:
    """Somebody in a role of the account that IAM lets do anything but what is denied."""
    but: Statement = {"Sid": "ButNot", "Effect": "Deny", "Action": list(denied), "Resource": "*"}
    document = policy(ANYTHING, but) if denied else policy(ANYTHING)
    return stack.operator(role_credentials(stack.deployment.emulator, ACCOUNT, role, document))


def _role(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"

"""What is promised of a role: who may become it, and what it may do."""

from collections.abc import Mapping, Sequence
from typing import Any

from blueprint.policy_document import PolicyDocument
from blueprint.promise.resource import GLOBAL, Kind, Promise
from blueprint.promise.rule import Comparison, Rule
from blueprint.promise.statements import as_plain

NO_ADMINISTRATION = (
    *("CKV_AWS_62", "CKV_AWS_63", "CKV_AWS_107", "CKV_AWS_108", "CKV_AWS_109", "CKV_AWS_110", "CKV_AWS_111"),
    *("CKV_AWS_286", "CKV_AWS_287", "CKV_AWS_288", "CKV_AWS_289", "CKV_AWS_290", "CKV_AWS_355", "CKV_AWS_356"),
)
"""The checks that a policy grants no more than it should, wherever it is."""

RULES = (
    Rule(id="role.arn", title="The role is where the stack puts it"),
    Rule(
        id="role.trust",
        title="Only those may become the role whom the stack names",
        comparison=Comparison.STATEMENTS,
        controls=(
            *("CKV_AWS_60", "CKV_AWS_61", "CKV_AWS_358", "CKV_AWS_393"),
            *(
                "iam_role_cross_service_confused_deputy_prevention",
                "iam_no_custom_policy_permissive_role_assumption",
            ),
        ),
    ),
    Rule(
        id="role.inline",
        title="The role has the policies of its own that the stack gives it, and no other",
        comparison=Comparison.POLICIES,
        controls=(
            *NO_ADMINISTRATION,
            "iam_inline_policy_no_administrative_privileges",
            "iam_inline_policy_allows_privilege_escalation",
            *("IAM.1", "KMS.2"),
        ),
    ),
    Rule(
        id="role.attached",
        title="The role has the managed policies that the stack gives it, and no other",
        controls=("CKV_AWS_274", "iam_customer_attached_policy_no_administrative_privileges", "IAM.1"),
    ),
    Rule(id="role.session", title="A session of the role lasts as long as the stack says, at most"),
    Rule(id="role.boundary", title="The role has the permissions boundary that the stack names"),
    Rule(id="role.description", title="The role says what it is for"),
)
"""What each setting is called, and how it is compared."""


def promised_role(
    name: str,
    *,
    arn: str,
    trust: PolicyDocument,
    description: str,
    tags: Mapping[str, str],
    inline: Mapping[str, PolicyDocument] | None = None,
    attached: Sequence[str] = (),
    more: Mapping[str, Any] | None = None,
) -> Promise:
    """A role with these policies and nothing beside them.

    :param trust: who may become it.
    :param inline: its own policies, by name.
    :param attached: the ARNs of the managed policies that it has.
    :param more: settings that not every role promises: ``session``, in seconds, and ``boundary``, an ARN.
    """
    return Promise(
        kind=Kind.ROLE,
        name=name,
        region=GLOBAL,
        settings={
            "arn": arn,
            "trust": as_plain(trust),
            "inline": {title: as_plain(document) for title, document in (inline or {}).items()},
            "attached": sorted(attached),
            "description": description,
            "tags": dict(tags),
            **(more or {}),
        },
    )

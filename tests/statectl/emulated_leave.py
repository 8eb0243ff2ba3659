"""What the emulated AWS wants allowed beside what AWS does."""

from blueprint.backend import Backend
from blueprint.names import access_role_name, audit_key_alias
from blueprint.policy_document import PolicyDocument, Statement, policy


def emulated_leave(plan: Backend) -> PolicyDocument:
    """What a reader may do on AWS by the stack's policies, and here only with these besides.

    The emulated AWS asks for some resources by another name, or by none, where AWS asks for the ARN of the key,
    the table, the trail, the alarm or, for a list of log groups, of the region's; and for a role without its path.
    """
    settings = plan.settings
    account, prefix = settings.account_id, settings.name_prefix
    regions = [region for region in (plan.primary, plan.replica) if region is not None]
    aliases = [f"arn:aws:kms:{region.region}:{account}:{region.key.alias}" for region in regions if region.key]
    trail = f"arn:aws:kms:{plan.primary.region}:{account}:{audit_key_alias(prefix)}"
    nameless = [
        *("cloudtrail:ListTags", "cloudwatch:DescribeAlarms", "cloudwatch:ListTagsForResource"),
        *("dynamodb:GetResourcePolicy", "dynamodb:ListTagsOfResource", "logs:DescribeLogGroups"),
    ]
    statements: list[Statement] = [
        {"Sid": "ByAlias", "Effect": "Allow", "Action": "kms:DescribeKey", "Resource": [*aliases, trail]},
        {"Sid": "ByNoName", "Effect": "Allow", "Action": nameless, "Resource": "*"},
    ]
    if settings.role_path != "/":
        pathless = f"arn:aws:iam::{account}:role/{access_role_name(settings, '*')}"
        reading = ["iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"]
        statements.append({"Sid": "ByNoPath", "Effect": "Allow", "Action": reading, "Resource": pathless})
    return policy(*statements)

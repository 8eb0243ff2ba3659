"""`aws:iam/rolePolicyAttachment:RolePolicyAttachment`."""

from localcloud.plugin.resources.iam_policy_attachment import PolicyAttachment
from localcloud.plugin.shape import Leaf, Record


class RolePolicyAttachment(PolicyAttachment):
    """That a role has a policy. Its id is `<role>/<ARN of the policy>`."""

    resource_type = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
    holder = "role"
    replaces = frozenset({"policyArn", "role"})
    properties = Record(fields={"policyArn": Leaf("PolicyArn"), "role": Leaf("RoleName")})

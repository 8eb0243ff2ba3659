"""`aws:iam/userPolicyAttachment:UserPolicyAttachment`."""

from localcloud.plugin.resources.iam_policy_attachment import PolicyAttachment
from localcloud.plugin.shape import Leaf, Record


class UserPolicyAttachment(PolicyAttachment):
    """That a user has a policy. Its id is `<user>/<ARN of the policy>`."""

    resource_type = "aws:iam/userPolicyAttachment:UserPolicyAttachment"
    holder = "user"
    replaces = frozenset({"policyArn", "user"})
    properties = Record(fields={"policyArn": Leaf("PolicyArn"), "user": Leaf("UserName")})

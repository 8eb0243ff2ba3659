"""Changes to roles, policies, attachments and issuers."""

import json

from tests.statectl.breakages.account import GITHUB, OWNER, Breakage, changed

REPLICATION = "acme-tfstate-replication-eu-central-1"
BACK, BATCH = "acme-tfstate-replication-eu-west-1", "acme-tfstate-batch-replication-eu-central-1"
DEPLOY = "acme-tfstate-access-deploy"
REVIEW, REVIEW_REPLICA = "acme-tfstate-review", "acme-tfstate-review-replica"
ALL = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})

IDENTITIES = [
    Breakage(
        id="role.trust",
        setting="trust: TrustIssuer1",
        region="global",
        resource=DEPLOY,
        change=lambda account: account.trust(
            DEPLOY,
            changed(
                "TrustIssuer1",
                lambda one: one["Condition"]["StringEquals"].update(
                    {f"{GITHUB}:sub": "repo:acme/other:pull_request"}
                ),
            ),
        ),
    ),
    Breakage(
        id="role.inline",
        setting="inline: all",
        region="global",
        resource=REPLICATION,
        change=lambda account: account.do(
            "iam",
            ("put_role_policy", {"RoleName": REPLICATION, "PolicyName": "all", "PolicyDocument": ALL}),
            ("delete_role_policy", {"RoleName": REPLICATION, "PolicyName": "all"}),
        ),
    ),
    Breakage(
        id="role.inline",
        setting="inline: replicate/WriteReplicas",
        region="global",
        resource=BACK,
        change=lambda account: account.inline(
            BACK, "replicate", changed("WriteReplicas", lambda one: one.update(Resource="*"))
        ),
    ),
    Breakage(
        id="role.trust",
        setting="trust: AssumeForBatchJobs",
        region="global",
        resource=BATCH,
        change=lambda account: account.trust(
            BATCH, changed("AssumeForBatchJobs", lambda one: one.pop("Condition"))
        ),
    ),
    Breakage(
        id="role.attached",
        setting="attached",
        region="global",
        resource=DEPLOY,
        change=lambda account: account.do(
            "iam",
            (
                "attach_role_policy",
                {"RoleName": DEPLOY, "PolicyArn": account.boundary},
            ),
            (
                "detach_role_policy",
                {"RoleName": DEPLOY, "PolicyArn": account.boundary},
            ),
        ),
    ),
    Breakage(
        id="role.session",
        setting="session",
        region="global",
        resource=DEPLOY,
        change=lambda account: account.put(
            "iam", "update_role", {"MaxSessionDuration": 3600}, {"MaxSessionDuration": 43200}, RoleName=DEPLOY
        ),
    ),
    Breakage(
        id="role.description",
        setting="description",
        region="global",
        resource=DEPLOY,
        change=lambda account: account.put(
            "iam",
            "update_role",
            {"Description": "Terraform state, write: prod/*"},
            {"Description": "mine now"},
            RoleName=DEPLOY,
        ),
    ),
    Breakage(
        id="role.boundary",
        setting="boundary",
        region="global",
        resource=DEPLOY,
        change=lambda account: account.do(
            "iam",
            ("delete_role_permissions_boundary", {"RoleName": DEPLOY}),
            (
                "put_role_permissions_boundary",
                {"RoleName": DEPLOY, "PermissionsBoundary": account.boundary},
            ),
        ),
    ),
    Breakage(
        id="role.tags",
        setting="tags: owner",
        region="global",
        resource=DEPLOY,
        change=lambda account: account.do(
            "iam",
            ("untag_role", {"RoleName": DEPLOY, "TagKeys": ["owner"]}),
            ("tag_role", {"RoleName": DEPLOY, "Tags": OWNER}),
        ),
    ),
    Breakage(
        id="policy.statements",
        setting="statements: ReadStates",
        region="global",
        resource=REVIEW,
        change=lambda account: account.policy(REVIEW, changed("ReadStates", lambda one: one.update(Resource="*"))),
    ),
    Breakage(
        id="policy.statements",
        setting="statements: ReadStates",
        region="global",
        resource=REVIEW_REPLICA,
        change=lambda account: account.policy(
            REVIEW_REPLICA, changed("ReadStates", lambda one: one.update(Resource="*"))
        ),
    ),
    Breakage(
        id="policy.tags",
        setting="tags: owner",
        region="global",
        resource=REVIEW,
        change=lambda account: account.do(
            "iam",
            ("untag_policy", {"PolicyArn": account.policy_arn(REVIEW), "TagKeys": ["owner"]}),
            ("tag_policy", {"PolicyArn": account.policy_arn(REVIEW), "Tags": OWNER}),
        ),
    ),
    Breakage(
        id="attachment.policies",
        setting="policies: arn:aws:iam::100000000021:policy/terraform-state/acme-tfstate-review",
        region="global",
        resource="role/reviewer",
        change=lambda account: account.do(
            "iam",
            ("detach_role_policy", {"RoleName": "reviewer", "PolicyArn": account.policy_arn(REVIEW)}),
            ("attach_role_policy", {"RoleName": "reviewer", "PolicyArn": account.policy_arn(REVIEW)}),
        ),
    ),
    Breakage(
        id="issuer.audiences",
        setting="audiences: sts.amazonaws.com",
        region="global",
        change=lambda account: account.issuer(ClientIDList=["another"]),
    ),
    Breakage(
        id="issuer.tags",
        setting="tags: owner",
        region="global",
        change=lambda account: account.issuer(Tags=[]),
    ),
]

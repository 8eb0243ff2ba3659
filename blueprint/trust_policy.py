"""Who may become a role made for access.

Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html (OIDC),
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html (external id),
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html (session tags)
"""

from collections.abc import Sequence

from blueprint.access_policy import ENVIRONMENT_TAG, SERVICE_TAG
from blueprint.names import account_root_arn, oidc_provider_arn
from blueprint.policy_document import PolicyDocument, Statement, policy
from settings.access import GITHUB_ISSUER, STS_AUDIENCE, AccessByTag, AccessEntry, GitHub, GitLab
from settings.arns import account_in
from settings.model import Settings


def github_subject(workflow: GitHub) -> str:
    """The ``sub`` of a workflow's token."""
    repository = f"repo:{workflow.organisation}/{workflow.repository}"
    if workflow.environment is not None:
        return f"{repository}:environment:{workflow.environment}"
    if workflow.tag is not None:
        return f"{repository}:ref:refs/tags/{workflow.tag}"
    return f"{repository}:ref:refs/heads/{workflow.branch}"


def gitlab_subject(pipeline: GitLab) -> str:
    """The ``sub`` of a pipeline's token."""
    return f"project_path:{pipeline.project}:ref_type:{pipeline.ref_type}:ref:{pipeline.ref}"


def oidc_subjects(entry: AccessEntry) -> dict[tuple[str, str], list[str]]:
    """The subjects that an entry lets in, by issuer and audience."""
    subjects: dict[tuple[str, str], list[str]] = {}
    for workflow in entry.github:
        subjects.setdefault((GITHUB_ISSUER, STS_AUDIENCE), []).append(github_subject(workflow))
    for pipeline in entry.gitlab:
        subjects.setdefault((pipeline.url, pipeline.url), []).append(gitlab_subject(pipeline))
    for token in entry.oidc:
        subjects.setdefault((token.url, token.audience), []).append(token.subject)
    return subjects


def foreign_principals(settings: Settings, entry: AccessEntry) -> list[str]:
    """The principals of other accounts, who reach the states through the entry's role."""
    return [arn for arn in entry.principals if account_in(arn) != settings.account_id]


def entry_trust(settings: Settings, entry: AccessEntry) -> PolicyDocument | None:
    """Who may become the role of an entry; ``None`` where everyone in it has the policy itself and needs none."""
    statements = [
        _web_identity(f"TrustIssuer{number}", settings, url, audience, subjects)
        for number, ((url, audience), subjects) in enumerate(oidc_subjects(entry).items(), start=1)
    ]
    foreign = foreign_principals(settings, entry)
    if foreign:
        statements.append(
            {
                "Sid": "TrustPrincipals",
                "Effect": "Allow",
                "Principal": {"AWS": foreign},
                "Action": "sts:AssumeRole",
            }
        )
    for account in entry.accounts:
        statements.append(
            {
                "Sid": f"TrustAccount{account.id}",
                "Effect": "Allow",
                "Principal": {"AWS": account_root_arn(account.id, settings.region)},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"sts:ExternalId": account.external_id}},
            }
        )
    return policy(*statements) if statements else None


def tag_trust(access: AccessByTag) -> PolicyDocument:
    """Who may become the role that grants by tag: principals that carry both tags, each with its own values."""
    own = {f"aws:RequestTag/{tag}": f"${{aws:PrincipalTag/{tag}}}" for tag in (ENVIRONMENT_TAG, SERVICE_TAG)}
    return policy(
        {
            "Sid": "TrustWithOwnTags",
            "Effect": "Allow",
            "Principal": {"AWS": list(access.principals)},
            "Action": ["sts:AssumeRole", "sts:TagSession"],
            # A request without a tag, or with another value than the caller's own, does not meet it.
            "Condition": {"StringEquals": own},
        }
    )


def _web_identity(sid: str, settings: Settings, url: str, audience: str, subjects: Sequence[str]) -> Statement:
    issuer = url.removeprefix("https://")
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"Federated": oidc_provider_arn(settings, url)},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {f"{issuer}:aud": audience, f"{issuer}:sub": list(subjects)}},
    }

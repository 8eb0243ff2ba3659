"""What access comes to in IAM, against the number of services."""

from dataclasses import dataclass
from typing import Any

from blueprint.access import grants
from blueprint.access_policy import access_policy
from blueprint.backend import backend
from blueprint.limits import stand_in_key_arn
from blueprint.policy_document import to_json
from settings.parse import parse


@dataclass(frozen=True, kw_only=True)
class PolicySize:
    """The managed policies of all access entries.

    :param policies: how many.
    :param characters: of all of them.
    :param largest: characters of the largest, where IAM takes 6,144.
    :param statements: of all of them.
    :param resources: IAM resources that Pulumi makes: policies, roles and attachments.
    """

    policies: int
    characters: int
    largest: int
    statements: int
    resources: int


def measure(services: int, *, by_tag: bool) -> PolicySize:
    """So many services, each with a writer of its own: an entry for each, or all by tag."""
    names = [f"service-{number:04}" for number in range(services)]
    runner = "arn:aws:iam::123456789012:role/runner"
    access: dict[str, Any] = {"accessByTag": {"principals": [runner]}}
    if not by_tag:
        account = {"id": "999999999999", "externalId": "of-the-pipelines"}
        access = {
            "access": [
                {"name": name, "states": [f"prod/{name}"], "mode": "write", "accounts": [account]}
                for name in names
            ]
        }
    settings = parse(
        {
            "namePrefix": "acme",
            "accountId": "123456789012",
            "administrators": ["arn:aws:iam::123456789012:role/admin"],
            "states": {"prod": names},
            **access,
        },
        region="eu-central-1",
        stack="bench",
    )
    region = backend(settings).primary
    key_arn = stand_in_key_arn(region)
    made = grants(settings)
    documents = [access_policy(settings, region, grant.scope, key_arn=key_arn) for grant in made]
    sizes = [len(to_json(document)) for document in documents]
    return PolicySize(
        policies=len(documents),
        characters=sum(sizes),
        largest=max(sizes),
        statements=sum(len(document["Statement"]) for document in documents),
        resources=sum(2 if grant.role is None else 3 for grant in made),
    )

"""Every setting that can be promised, by its id."""

from collections.abc import Mapping

from blueprint.promise import access, account, audit, bucket, key, replication, role, table
from blueprint.promise.resource import Kind
from blueprint.promise.rule import Comparison, Rule

_WITHOUT_TAGS = (Kind.ACCOUNT, Kind.REPLICATION, Kind.ATTACHMENT)

RULES: Mapping[str, Rule] = {
    rule.id: rule
    for rule in (
        *account.RULES,
        *key.RULES,
        *bucket.RULES,
        *replication.RULES,
        *table.RULES,
        *role.RULES,
        *access.RULES,
        *audit.RULES,
        *(
            Rule(id=f"{kind}.tags", title="The stack's tags are on it", comparison=Comparison.AT_LEAST)
            for kind in Kind
            if kind not in _WITHOUT_TAGS
        ),
        *(Rule(id=f"{kind}.exists", title="It exists") for kind in Kind),
    )
}
"""By id, in the order in which people read them."""

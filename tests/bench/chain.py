"""The longest chain of resources that wait for one another."""

from functools import cache

from tests.unit.program import Recording


def longest_chain(recording: Recording) -> list[str]:
    """The names along it, first made first; this many round trips to AWS an ``up`` cannot avoid."""
    by_urn = {made.urn: made for made in recording.resources if made.type.startswith("aws:")}

    @cache
    def chain_to(urn: str) -> tuple[str, ...]:
        made = by_urn[urn]
        return (*_longest([chain_to(other) for other in made.dependencies if other in by_urn]), made.name)

    return list(_longest([chain_to(urn) for urn in by_urn]))


def _longest(chains: list[tuple[str, ...]]) -> tuple[str, ...]:
    return max(chains, key=len, default=())

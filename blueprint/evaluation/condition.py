"""The condition of a statement: operators, and for each the keys and the values that they are compared with.

Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from blueprint.evaluation.comparison import COMPARISONS
from blueprint.evaluation.context import Context, Missing
from blueprint.evaluation.listed import listed
from blueprint.evaluation.truth import Need, Truth, Unseen, decided, every, negated, some, undecided

_ALL, _ANY, _IF_EXISTS = "forallvalues:", "foranyvalue:", "ifexists"


@dataclass(frozen=True, kw_only=True)
class ConditionTest:
    """One operator on one key.

    :param operator: as the policy writes it.
    :param key: the condition key.
    :param values: what the policy compares with.
    :param variables: whether the policy knows variables.
    """

    operator: str
    key: str
    values: tuple[str, ...]
    variables: bool

    def holds(self, context: Context) -> Truth:
        """Whether it holds for a request."""
        name = self.operator.lower()
        found = context.look(self.key)
        if name == "null":
            return self._is_null(found)
        prefix = next((start for start in (_ALL, _ANY) if name.startswith(start)), "")
        base = name.removeprefix(prefix).removesuffix(_IF_EXISTS)
        if base not in COMPARISONS:
            return undecided(Unseen(why=f"no condition operator {self.operator} is known here"))
        compare, negative = COMPARISONS[base]
        if found is Missing.UNKNOWN:
            return undecided(self._need())
        if found is Missing.ABSENT:
            return decided(name.endswith(_IF_EXISTS) or prefix == _ALL or (negative and prefix != _ANY))

        def one(given: str) -> Truth:
            equal = some(compare(wanted, given, context, self.variables) for wanted in self.values)
            return negated(equal) if negative else equal

        if prefix:
            return (every if prefix == _ALL else some)(one(given) for given in found)
        if len(found) > 1:
            why = f"{self.key} has several values here, and {self.operator} compares one"
            return undecided(Unseen(why=why))
        return one(found[0])

    def _is_null(self, found: tuple[str, ...] | Missing) -> Truth:
        if found is Missing.UNKNOWN:
            return undecided(self._need())
        return decided(str(found is Missing.ABSENT).lower() in {value.lower() for value in self.values})

    def _need(self) -> Need:
        return Need(key=self.key, operator=self.operator, values=self.values)


def tests(condition: Any, *, variables: bool) -> Iterator[ConditionTest]:
    """Every test of a ``Condition`` element; all have to hold.

    :raises ValueError: where it is none.
    """
    if not isinstance(condition, dict):
        raise ValueError("its Condition is no object")
    for operator, keys in condition.items():
        if not isinstance(keys, dict):
            raise ValueError(f"what stands below {operator} is no object")
        for key, values in keys.items():
            yield ConditionTest(operator=operator, key=key, values=listed(values), variables=variables)

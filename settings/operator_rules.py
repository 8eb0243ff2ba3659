"""What must hold of operators: named one by one, once, and of this account."""

from collections.abc import Iterator, Sequence

from settings.access import OPERATE_READ, OPERATE_READ_SETTINGS, OPERATE_WRITE, AccessEntry, Operators
from settings.arns import kind_in, name_in
from settings.mistakes import MISSING, Mistake
from settings.own_state import PULUMI_STATE
from settings.principal_rules import Read, outside_account


def broken_operator_rules(read: Read) -> Iterator[Mistake]:
    """Every mistake in who may use ``statectl``."""
    operators: Operators | None = read.get("operators")
    if read.get("pulumi_state"):
        yield from _taken_names(read.get("access", ()), {PULUMI_STATE})
    if operators is None:
        return
    if not (operators.readers or operators.writers):
        yield Mistake(
            key="operators",
            value=MISSING,
            problem="names nobody",
            fix="name readers, writers or both, or leave it out",
        )
    for field, principals in (("readers", operators.readers), ("writers", operators.writers)):
        yield from _whole_accounts(f"operators.{field}", principals)
        yield from outside_account(f"operators.{field}", principals, read)
    yield from _named_twice(operators)
    yield from _taken_names(read.get("access", ()), {OPERATE_READ, OPERATE_READ_SETTINGS, OPERATE_WRITE})


def _whole_accounts(key: str, principals: Sequence[str]) -> Iterator[Mistake]:
    for arn in principals:
        if kind_in(arn) == "root":
            yield Mistake(
                key=key,
                value=arn,
                problem="is a whole account: everyone in it would be let in",
                fix="name its roles and users",
            )


def _named_twice(operators: Operators) -> Iterator[Mistake]:
    # IAM knows a role or user by its name alone: no other has it under another path.
    named: dict[tuple[str, str], str] = {}
    for field, principals in (("writers", operators.writers), ("readers", operators.readers)):
        for arn in principals:
            who = kind_in(arn), name_in(arn)
            before = named.get(who)
            named.setdefault(who, field)
            if before == field:
                yield Mistake(key=f"operators.{field}", value=arn, problem="is there twice", fix="name it once")
            elif before:
                yield Mistake(
                    key=f"operators.{field}",
                    value=arn,
                    problem=f"is among {before} too, and a writer reads as well",
                    fix=f"take it out of {field}, or out of {before} if it is to write nothing",
                )


def _taken_names(entries: Sequence[AccessEntry], taken: set[str]) -> Iterator[Mistake]:
    for index, entry in enumerate(entries):
        if entry.name in taken:
            whose = "administrators" if entry.name == PULUMI_STATE else "operators"
            yield Mistake(
                key=f"access.{index}.name",
                value=entry.name,
                problem=f"is what a policy of the {whose} is named for",
                fix="give the entry another name",
            )

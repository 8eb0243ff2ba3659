"""Plans how a stack adopts a bucket: what is in the way, the stack file, and what ``pulumi up`` then changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from settings.adopt import Adopted, Kept
from settings.mistakes import SettingsError
from settings.model import Settings
from settings.state_keys import expected_states
from statectl.adopt.change import SettingChange, changes, first_kept, leaves_no_statement
from statectl.adopt.configuration import Expected, OddKey, adopted, checked, expected, name_prefix, whole
from statectl.adopt.found import Found
from statectl.adopt.obstacle import Obstacle, obstacles
from statectl.adopt.origin import Maker, origin
from statectl.adopt.risk import in_order
from statectl.adopt.stack_file import StackFile, new_file, project_name
from statectl.exit_code import ExitCode
from statectl.refusal import RefusalError


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What the command line says beside the bucket.

    :param stack: the stack that adopts it; ``None`` to print a whole new file for one without a name.
    :param project: the folder of ``Pulumi.yaml``.
    :param region: the stack's region, where it is not configured yet; ``None`` for the bucket's.
    :param table: whether the table is adopted.
    :param prefix: the first part of the names of what is made beside; ``None`` for one made of the bucket's name.
    :param states: states to expect beside those that were found.
    :param others_are_fine: whether what the bucket holds beside states may stay there.
    """

    stack: str | None
    project: Path
    region: str | None
    table: bool
    prefix: str | None
    states: Sequence[str]
    others_are_fine: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class AdoptionPlan:
    """How a stack adopts a bucket.

    :param bucket: the bucket's name.
    :param region: its region.
    :param table: the lock table that is adopted with it; `null` where none is.
    :param key: the ARN of the key that is adopted with it; `null` where none is.
    :param maker: who made it, as far as it shows.
    :param evidence: what shows it.
    :param stack_file: the stack's file; `null` where no stack is named.
    :param adopting: whether that file adopts the bucket already, so that this is about what is left.
    :param obstacles: what cannot be adopted as it is.
    :param odd_keys: states that the stack does not expect.
    :param changes: each setting that is not as the stack promises: what the next `pulumi up` changes, then what it
        keeps, in the order in which it is switched on.
    :param keep: what `adopt.keep` holds, in that order.
    :param letting_go: how the old owner lets go of it.
    :param file: the stack file as the plan has it.
    """

    bucket: str
    region: str
    table: str | None
    key: str | None
    maker: Maker
    evidence: str
    stack_file: str | None
    adopting: bool
    obstacles: tuple[Obstacle, ...]
    odd_keys: tuple[OddKey, ...]
    changes: tuple[SettingChange, ...]
    keep: tuple[str, ...]
    letting_go: tuple[str, ...]
    file: str

    @property
    def blocked(self) -> bool:
        """Whether something is in the way that no plan goes round."""
        return any(one.blocks for one in self.obstacles)


def plan(found: Found, wishes: Wishes) -> AdoptionPlan:
    """The plan for a found bucket.

    :raises statectl.refusal.RefusalError: where the stack file cannot be used, or adopts another bucket.
    """
    file = StackFile(wishes.stack, wishes.project) if wishes.stack else None
    known = expected(found.contents.states)
    if file is not None and file.exists:
        return _into(file, file.settings(), found, known, wishes)
    return _new(file, found, known, wishes)


def keeping_nothing(settings: Settings) -> Settings:
    """The same settings, with everything switched on."""
    if settings.adopt is None:
        return settings
    return settings.model_copy(update={"adopt": settings.adopt.model_copy(update={"keep": ()})})


def next_kept(settings: Settings, source: object) -> tuple[str, ...]:
    """The setting that is switched on next; the bucket's policy with its first statement, since none can be empty.

    :param source: the stack file, in words.
    :raises statectl.refusal.RefusalError: where nothing is kept.
    """
    kept = in_order(settings.adopt.kept) if settings.adopt is not None else ()
    if not kept:
        raise RefusalError(f"{source} keeps nothing in adopt.keep: everything is switched on")
    if kept[0] == Kept.POLICY and leaves_no_statement(settings, kept):
        statement = next(name for name in kept if Kept(name).sid)
        return (kept[0], statement)
    return kept[:1]


def not_switched_on(made: Sequence[SettingChange]) -> tuple[str, ...]:
    """What is out of ``adopt.keep`` and not as promised yet: the last ``pulumi up`` is still to come."""
    return tuple(dict.fromkeys(one.keep for one in made if one.keep and not one.kept and one.breaks))


def _new(file: StackFile | None, found: Found, known: Expected, wishes: Wishes) -> AdoptionPlan:
    states = _with(known.states, wishes.states)
    if not states:
        raise RefusalError(
            f"no state in {found.bucket} has a key like <environment>/<service>/terraform.tfstate, and a stack "
            "expects one at least",
            next_step="name one that is to be there with --state <environment>/<service>",
            code=ExitCode.USAGE,
        )
    region = wishes.region or found.region
    stack = file.path.stem.removeprefix("Pulumi.") if file else "new"

    def configured(keep: Sequence[str]) -> dict[str, Any]:
        prefix = wishes.prefix or name_prefix(found)
        return whole(found, prefix=prefix, states=states, table=wishes.table, keep=keep)

    settings = _checked(configured(()), region=region, stack=stack)
    keep = first_kept(found, settings)
    values = configured(keep)
    settings = _checked(values, region=region, stack=stack)
    project = file.project if file else project_name(wishes.project)
    text = new_file(values, project=project, region=region)
    return _planned(found, settings, wishes, odd=known.odd, file=file, text=text, adopting=False)


def _into(file: StackFile, settings: Settings, found: Found, known: Expected, wishes: Wishes) -> AdoptionPlan:
    named = set(expected_states(settings.states))
    unnamed = [
        OddKey(key=f"{state}/terraform.tfstate", why=f"{file.path.name} does not name it under states")
        for state in expected_states(known.states)
        if state not in named
    ]
    odd = tuple(sorted([*known.odd, *unnamed], key=lambda one: one.key))
    if settings.adopt is not None:
        if settings.adopt.bucket != found.bucket:
            raise RefusalError(
                f"{file.path} adopts {settings.adopt.bucket}, not {found.bucket}",
                next_step="use another stack: one stack has one state bucket in each region",
                code=ExitCode.USAGE,
            )
        return _planned(found, settings, wishes, odd=odd, file=file, text=file.text, adopting=True)
    values = adopted(found, settings, table=wishes.table, keep=())
    meant = settings.model_copy(update={"adopt": Adopted.model_validate(values)})
    parts = adopted(found, settings, table=wishes.table, keep=first_kept(found, meant))
    text = file.with_settings({"adopt": parts})
    meant = meant.model_copy(update={"adopt": Adopted.model_validate(parts)})
    return _planned(found, meant, wishes, odd=odd, file=file, text=text, adopting=False)


def _planned(
    found: Found,
    settings: Settings,
    wishes: Wishes,
    *,
    odd: tuple[OddKey, ...],
    file: StackFile | None,
    text: str,
    adopting: bool,
) -> AdoptionPlan:
    made_by, adopt = origin(found), settings.adopt
    if adopt is None:
        raise AssertionError("the settings of a plan adopt")
    keep = in_order(adopt.kept)
    return AdoptionPlan(
        bucket=found.bucket,
        region=found.region,
        table=adopt.table,
        key=adopt.key_arn,
        maker=made_by.maker,
        evidence=made_by.evidence,
        stack_file=str(file.path) if file else None,
        adopting=adopting,
        obstacles=obstacles(found, settings, others_are_fine=wishes.others_are_fine or adopting),
        odd_keys=odd,
        changes=changes(found, keeping_nothing(settings), keep),
        keep=keep,
        letting_go=made_by.letting_go,
        file=text,
    )


def _with(states: Mapping[str, Sequence[str]], more: Sequence[str]) -> dict[str, list[str]]:
    listed = {environment: list(services) for environment, services in states.items()}
    for name in more:
        environment, _, service = name.strip("/").partition("/")
        if service not in listed.setdefault(environment, []):
            listed[environment].append(service)
    return listed


def _checked(values: Mapping[str, Any], *, region: str, stack: str) -> Settings:
    try:
        return checked(values, region=region, stack=stack)
    except SettingsError as error:
        raise RefusalError(
            f"what was found makes no configuration: {error}",
            next_step="choose another prefix with --name-prefix, or write the stack file by hand",
            code=ExitCode.USAGE,
        ) from error

"""What each state's backend is told, however the backend was found: arguments by state."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from blueprint.access import Grant, grants
from blueprint.backend import backend
from blueprint.backend_config import backend_configs
from settings.mistakes import nearest
from settings.model import Settings
from settings.state_keys import expected_states, state_key
from statectl.backend.key import key_arn
from statectl.exit_code import ExitCode
from statectl.known_backend import KnownBackend
from statectl.refusal import RefusalError
from statectl.session import Session
from statectl.talk import say
from statefile.keys import STATE_SUFFIX
from store.location import Location

Configs = dict[str, dict[str, Any]]
"""Arguments by ``<environment>/<service>``."""
_BECOMES = ("assume_role", "assume_role_with_web_identity")


@dataclass(frozen=True, kw_only=True)
class Wish:
    """Which of the backend's configurations are wanted.

    :param state: one state, as it is named on the command line; ``None`` for all that there are.
    :param entry: the access entry whose states and role they hold.
    :param replica: whether they lead to the second region.
    """

    state: str | None
    entry: str | None
    replica: bool


def wanted_configs(session: Session, wish: Wish) -> Configs:
    """The arguments of the states that are wanted.

    :raises statectl.refusal.RefusalError: where there is no such state, entry or region, or nothing says which
        state is meant.
    """
    known = session.backend
    if known.outputs:
        configs = _of_outputs(known, wish)
    elif known.settings is not None:
        configs = _of_settings(session, known.settings, wish)
    elif wish.entry or wish.replica:
        raise RefusalError(
            f"{known.source} does not say which {'access entries' if wish.entry else 'second region'} there are",
            next_step="name the stack with --stack",
            code=ExitCode.USAGE,
        )
    else:
        key = known.state_key(wish.state)
        of_file = {**known.arguments, "key": key} if known.arguments else None
        return {_name(key): of_file or _of_location(known.location, key)}
    if wish.entry is not None:
        _say_whom(wish, configs)
    return configs


def _of_outputs(known: KnownBackend, wish: Wish) -> Configs:
    configs: Configs = known.outputs["replica_backend_configs" if wish.replica else "backend_configs"]
    if wish.replica and not configs:
        raise _no_replica(known)
    if wish.entry is None:
        return {state: configs[state] for state in _chosen(known, wish, list(configs))}
    access = known.outputs.get("access", {})
    if wish.entry not in access:
        raise _no_entry(known, wish.entry, list(access))
    own: Configs = access[wish.entry]["backend_configs"]
    return {state: {**configs[state], **_become(own[state])} for state in _chosen(known, wish, list(own))}


def _of_settings(session: Session, settings: Settings, wish: Wish) -> Configs:
    known, plan = session.backend, backend(settings)
    region = plan.replica if wish.replica else plan.primary
    if region is None:
        raise _no_replica(known)
    grant = _grant(known, settings, wish.entry) if wish.entry else None
    states = _chosen(known, wish, grant.states if grant else expected_states(settings.states))
    arn = key_arn(session, settings, region.key) if region.key else None
    configs = backend_configs(settings, region, states, kms_key_arn=arn)
    return {state: {**arguments, **(grant.assume if grant else {})} for state, arguments in configs.items()}


def _grant(known: KnownBackend, settings: Settings, entry: str) -> Grant:
    made = {grant.name: grant for grant in grants(settings)}
    if entry not in made:
        raise _no_entry(known, entry, list(made))
    return made[entry]


def _of_location(location: Location, key: str) -> dict[str, Any]:
    """All that is known of a bucket by its name."""
    say(
        f"{location.bucket}: its key is not known; encrypt and kms_key_id are left out, and the bucket encrypts "
        "by default."
    )
    return {
        "bucket": location.bucket,
        "key": key,
        "region": location.region,
        **({"use_lockfile": True} if location.lock.uses_lockfile else {}),
        **({"dynamodb_table": location.table} if location.lock.uses_table else {}),
    }


def _chosen(known: KnownBackend, wish: Wish, states: Sequence[str]) -> Sequence[str]:
    """Those of the states that are wanted."""
    if not states:
        raise RefusalError(
            f"access entry {wish.entry} names no states: its role reaches those that the tags of its session name",
            next_step="leave --as out, and give the client credentials of the role",
            code=ExitCode.USAGE,
        )
    if wish.state is None:
        return states
    name = _name(known.state_key(wish.state))
    if name not in states:
        guess = nearest(name, states)
        raise RefusalError(
            f"{name} is no state of {f'access entry {wish.entry}' if wish.entry else known.source}",
            next_step=f"use {guess}" if guess else f"use one of {', '.join(states)}",
            code=ExitCode.USAGE,
        )
    return [name]


def _say_whom(wish: Wish, configs: Configs) -> None:
    if not any(_become(arguments) for arguments in configs.values()):
        say(f"The files name no role: whoever acts as {wish.entry} brings credentials of its own.")


def _become(arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {name: arguments[name] for name in _BECOMES if name in arguments}


def _name(key: str) -> str:
    """What a state is called, by its key."""
    end = state_key("")
    return key.removesuffix(end) if key.endswith(end) else key.removesuffix(STATE_SUFFIX)


def _no_replica(known: KnownBackend) -> RefusalError:
    return RefusalError(
        f"{known.source} has no second region",
        next_step="leave --replica out, or set replicaRegion and run pulumi up",
        code=ExitCode.USAGE,
    )


def _no_entry(known: KnownBackend, entry: str, entries: list[str]) -> RefusalError:
    guess = nearest(entry, entries)
    fix = f"use one of {', '.join(entries)}" if entries else "add it to access, or leave --as out"
    return RefusalError(
        f"{known.source} has no access entry {entry}",
        next_step=f"use {guess}" if guess else fix,
        code=ExitCode.USAGE,
    )

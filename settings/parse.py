"""From the raw values of a configuration to :class:`settings.model.Settings`, or to every mistake at once."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Annotated, Any

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from settings.mistakes import MISSING, Mistake, SettingsError, nearest
from settings.model import Settings
from settings.rules import LOCAL_ACCOUNT, broken_rules

_FIXES = {
    "name_prefix": "use lowercase letters, digits and hyphens, with a letter or digit at both ends",
    "account_id": 'write the twelve digits in quotes, such as "123456789012"',
    "states": "map each environment to its services, such as prod: [network, database]; names are letters, "
    "digits, dots, hyphens and underscores, and a service may have folders",
    "replication_alarm_topics": "list whole ARNs of SNS topics, such as arn:aws:sns:eu-west-1:123456789012:alarms",
    "noncurrent_version_days": "use 1 day or more",
    "newer_noncurrent_versions": "use 1 to 100",
    "noncurrent_transition": "set days (1 or more) and storageClass (STANDARD_IA, INTELLIGENT_TIERING or "
    "GLACIER_IR)",
    "access_log_days": "use 1 day or more",
    "access": "see docs/access.md for what an entry holds",
    "access_by_tag": "see docs/access.md for what it holds",
    "operators": "set readers, writers or both, each a list of roles and users",
    "administrators": "list whole ARNs of roles or users, such as arn:aws:iam::123456789012:role/admin",
    "break_glass": "set principals, and mfaMaxAgeMinutes (5 to 720)",
    "audit_trail": "set days (1 to 3653), existingLogGroup and alarmTopicArn, or some of them",
    "permissions_boundary": "write the ARN of a policy",
    "role_path": "start and end it with a slash",
    "adopt_oidc_providers": "list issuers by their https:// address",
    "adopt": "set bucket, and table, keyArn and keep where they apply (docs/adopt.md)",
    "adopt_replica": "set bucket, and table, keyArn and keep where they apply (docs/adopt.md)",
    "tags": "use at most 50 tags, keys of 1 to 128 and values of at most 256 characters",
}
_NESTED_FIXES = {
    "principals": "write whole ARNs of roles or users, such as arn:aws:iam::123456789012:role/deploy",
    "readers": "write whole ARNs of roles or users, such as arn:aws:iam::123456789012:role/on-call",
    "writers": "write whole ARNs of roles or users, such as arn:aws:iam::123456789012:role/platform-engineer",
    "states": "write <environment>/<service>, or <environment>/* for every service there",
    "reads": "write <environment>/<service>, or <environment>/* for every service there",
    "organisation": "name one organisation: a wildcard would let everyone in",
    "repository": "name one repository: a wildcard would let everyone in",
    "branch": "name one branch: no wildcard",
    "tag": "name one tag: no wildcard",
    "ref": "name one branch or tag: no wildcard",
    "project": "write group/project: a wildcard would let everyone in",
    "id": "write the twelve digits in quotes",
    "url": "write the issuer's https:// address",
    "session_hours": "use 1 to 12",
    "sessionHours": "use 1 to 12",
    "mfaMaxAgeMinutes": "use 5 to 720",
    "name": "use up to 24 lowercase letters, digits and hyphens",
    "bucket": "write the name of the bucket that is there",
    "table": "write the name of the table that is there",
    "keyArn": "write the ARN of the key, arn:aws:kms:<region>:<account>:key/<id>, and no alias's",
    "externalId": "use 8 or more letters, digits and +=,.@:/-",
}
_MISSING_FIXES = {
    "region": "pulumi config set aws:region <the first region>",
    "name_prefix": "pulumi config set namePrefix <a short name for your organisation>",
    "account_id": "pulumi config set accountId <the twelve digits of the only account this stack may touch>",
    "states": "pulumi config set --path 'states.prod[0]' network",
}


_STRUCTURED = (
    *("states", "noncurrent_transition", "tags", "access", "access_by_tag"),
    *("operators", "administrators", "break_glass", "adopt_oidc_providers", "audit_trail"),
    *("replication_alarm_topics", "adopt", "adopt_replica"),
)
"""Settings that Pulumi hands over as JSON in a string."""


def parse(
    values: Mapping[str, object],
    *,
    region: str | None,
    stack: str,
    allowed_account_ids: Sequence[str] | None = None,
    secret_keys: Collection[str] = (),
) -> Settings:
    """Check a whole configuration and freeze it.

    :param values: the values by camelCase key, as Pulumi gives them (strings, with JSON for lists and maps) or
        as YAML does. An empty string stands for a key that is not set.
    :param region: the first region (``aws:region``), if set.
    :param stack: the stack's name; ``local`` may do without ``accountId``.
    :param allowed_account_ids: what ``aws:allowedAccountIds`` holds, if set; it must name ``accountId``.
    :param secret_keys: keys whose values are secret and never shown.
    :raises SettingsError: with every mistake found, where there is one or more.
    """
    given = {key: value for key, value in values.items() if value not in ("", None)}
    if stack == "local":
        given.setdefault("accountId", LOCAL_ACCOUNT)
    if region:
        given["aws:region"] = region

    fields = {_key(name, field): (name, field) for name, field in Settings.model_fields.items()}
    mistakes = list(_unknown_keys(given, tuple(fields)))
    read: dict[str, Any] = {}
    for key, (name, field) in fields.items():
        if key in given:
            try:
                read[name] = _read(name, given[key])
            except ValidationError as error:
                mistakes.extend(_mistakes(key, name, given[key], error))
            except json.JSONDecodeError:
                mistakes.append(
                    Mistake(key=key, value=given[key], problem="is neither a map nor a list", fix=_FIXES[name])
                )
        elif field.is_required():
            fix = _MISSING_FIXES[name]
            mistakes.append(Mistake(key=key, value=MISSING, problem="is missing", fix=fix))
        else:
            read[name] = field.get_default(call_default_factory=True, validated_data={})
    mistakes.extend(broken_rules(read, stack=stack, allowed_account_ids=allowed_account_ids))
    if mistakes:
        raise SettingsError([_hidden(mistake, secret_keys) for mistake in mistakes])
    return Settings(**read)


def _hidden(mistake: Mistake, secret_keys: Collection[str]) -> Mistake:
    """The mistake without its value where that is secret."""
    if mistake.key.split(".")[0] in secret_keys and mistake.value is not MISSING:
        return replace(mistake, value="[secret]")
    return mistake


def _key(name: str, field: FieldInfo) -> str:
    return "aws:region" if name == "region" else str(field.alias)


def _unknown_keys(given: Mapping[str, object], known: Sequence[str]) -> Iterator[Mistake]:
    for key in given:
        if key not in known:
            guess = nearest(key, known)
            fix = f"use {guess}" if guess else f"the keys are {', '.join(known)}"
            yield Mistake(key=key, value=given[key], problem="is not a key of this project", fix=fix)


@cache
def _adapter(name: str) -> TypeAdapter[Any]:
    field = Settings.model_fields[name]
    # Each field is read on its own, so that a mistake in one hides none in another.
    annotation: Any = Annotated[field.annotation, Field(), *field.metadata]
    return TypeAdapter(annotation, config=ConfigDict(coerce_numbers_to_str=True))


def _read(name: str, value: object) -> Any:
    if name in _STRUCTURED and isinstance(value, str):
        value = json.loads(value)
    return _adapter(name).validate_python(value)


def _mistakes(key: str, name: str, value: object, error: ValidationError) -> Iterator[Mistake]:
    for detail in error.errors():
        path = ".".join(str(part) for part in detail["loc"] if part != "[key]")
        context = detail.get("ctx", {})
        named = [part for part in detail["loc"] if isinstance(part, str) and part != "[key]"]
        fix = _NESTED_FIXES.get(named[-1]) if named else None
        fix = fix or _FIXES.get(name)
        if detail["type"] in ("enum", "literal_error"):
            choices = str(context["expected"]).replace("'", "").replace(" or ", ", ").split(", ")
            guess = nearest(str(detail["input"]), choices)
            fix = f'use "{guess}"' if guess else f"use one of {', '.join(choices)}"
        yield Mistake(
            key=f"{key}.{path}" if path else key,
            value=detail["input"] if path else value,
            problem=_problem(detail["type"], detail["msg"]),
            fix=fix or "use true or false",
        )


def _problem(kind: str, message: str) -> str:
    known = {
        "string_pattern_mismatch": "has characters, or a length, that are not allowed here",
        "extra_forbidden": "is not a key here",
        "missing": "is missing",
        "dict_type": "is not a map",
        "tuple_type": "is not a list",
        "model_type": "is not a map",
    }
    if kind in known:
        return known[kind]
    text = message[:1].lower() + message[1:]
    return text.replace("input should", "should", 1)

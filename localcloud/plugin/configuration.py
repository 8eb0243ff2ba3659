"""The provider's settings, from Pulumi and from the environment, and all that is wrong with them."""

import ipaddress
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from localcloud.plugin import schema
from localcloud.plugin.check import Finding, findings
from localcloud.plugin.shape import Leaf, Record
from localcloud.plugin.wire import UNKNOWN, Properties, has_unknown, unwrap

DONE = Record(
    fields={
        name: Leaf()
        for name in (
            "accessKey",
            "allowedAccountIds",
            "customCaBundle",
            "defaultTags",
            "endpoints",
            "forbiddenAccountIds",
            "region",
            "s3UsePathStyle",
            "secretKey",
            "skipCredentialsValidation",
            "skipMetadataApiCheck",
            "skipRegionValidation",
            "skipRequestingAccountId",
            "token",
        )
    }
)
"""What the stand-in does of the provider's settings. The `skip…` ones concern calls that it never makes."""

ONLY_EMULATED = (
    "this stand-in for the aws plugin only talks to an emulated AWS on this computer: start one with "
    "`make local KEEP=1` and set the environment that it prints"
)

_ENGINE_ONLY = ("version", "pluginDownloadURL", "pluginChecksums")
_VARIABLE = "AWS_ENDPOINT_URL"


@dataclass(frozen=True)
class Configuration:
    """The settings of one provider, all known and checked."""

    region: str
    endpoint: str
    endpoints: Mapping[str, str]
    access_key: str
    secret_key: str = field(repr=False)
    token: str | None = field(default=None, repr=False)
    ca_bundle: str | None = None
    default_tags: Mapping[str, str] = field(default_factory=dict)
    allowed_accounts: tuple[str, ...] = ()
    forbidden_accounts: tuple[str, ...] = ()

    def endpoint_of(self, service: str) -> str:
        """The address of a service; its own one if it has one."""
        return self.endpoints.get(service.replace("-", "").lower(), self.endpoint)


def is_loopback(url: str) -> bool:
    """Whether `url` leads to this computer whatever a name server says."""
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme not in ("http", "https"):
        return False
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def settings_of(inputs: Mapping[str, Any]) -> Properties:
    """The provider's inputs in their real types: Pulumi passes all that is no text as JSON in text."""
    known = schema.provider_settings().properties
    settings: Properties = {}
    for name, given in inputs.items():
        value = given
        if name in _ENGINE_ONLY or value in (None, ""):
            continue
        if isinstance(value, str) and name in known and known[name].type != "string":
            with suppress(ValueError):  # reported by its type
                value = unwrap(json.loads(value))
        settings[name] = value
    return settings


def mistakes(settings: Properties, environment: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    """All that is wrong with the settings together with the environment."""
    yield from findings(schema.provider_settings(), DONE, settings)
    if settings.get("region") is None and not _region(environment):
        yield Finding("region", "no region: set the configuration key aws:region or AWS_REGION")
    unknown = [name for name in ("endpoints", "accessKey", "secretKey") if has_unknown(settings.get(name))]
    yield from (Finding(name, f"{name} must be known before anything is made") for name in unknown)
    if unknown:
        return
    named = list(_addresses(settings, environment))
    yield from (
        Finding(
            "endpoints",
            f"{source} is {url}, which is not on loopback (127.0.0.0/8, ::1, localhost): {ONLY_EMULATED}",
        )
        for source, _, url in named
        if not is_loopback(url)
    )
    if not named:
        yield Finding("endpoints", f"no endpoint: neither {_VARIABLE} nor aws:endpoints is set; {ONLY_EMULATED}")
    for name, variable in (("accessKey", "AWS_ACCESS_KEY_ID"), ("secretKey", "AWS_SECRET_ACCESS_KEY")):
        if not (settings.get(name) or environment.get(variable)):
            yield Finding(name, f"no credentials: set {variable}; profiles and instance metadata are never used")


def configuration(settings: Properties, environment: Mapping[str, str] = os.environ) -> Configuration:
    """The configuration of settings in which there are no mistakes."""
    by_service: dict[str, str] = {}
    general = ""
    for _, service, url in _addresses(settings, environment):
        if service:
            by_service.setdefault(service, url)
        else:
            general = url
    own_keys = bool(settings.get("accessKey"))
    tags = (settings.get("defaultTags") or {}).get("tags") or {}
    return Configuration(
        region=settings.get("region") or _region(environment),
        endpoint=general,
        endpoints=by_service,
        access_key=settings.get("accessKey") or environment["AWS_ACCESS_KEY_ID"],
        secret_key=settings.get("secretKey") or environment["AWS_SECRET_ACCESS_KEY"],
        token=settings.get("token") or (None if own_keys else environment.get("AWS_SESSION_TOKEN")),
        ca_bundle=settings.get("customCaBundle") or environment.get("AWS_CA_BUNDLE"),
        default_tags=tags if tags is not UNKNOWN else {},
        allowed_accounts=tuple(settings.get("allowedAccountIds") or ()),
        forbidden_accounts=tuple(settings.get("forbiddenAccountIds") or ()),
    )


def _region(environment: Mapping[str, str]) -> str:
    return environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION") or ""


def _addresses(settings: Properties, environment: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Every address that was named: by what, for which service (empty for all), and the address."""
    groups = settings.get("endpoints")
    for group in groups if isinstance(groups, list) else []:
        for service, url in group.items() if isinstance(group, Mapping) else ():
            if url:
                yield f"the endpoint of {service}", service.lower(), str(url)
    for variable, url in sorted(environment.items()):
        if variable.startswith(f"{_VARIABLE}_") and url:
            yield variable, variable.removeprefix(f"{_VARIABLE}_").replace("_", "").lower(), url
    if environment.get(_VARIABLE):
        yield _VARIABLE, "", environment[_VARIABLE]

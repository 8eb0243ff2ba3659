"""What Pulumi keeps of a resource, made from what the program gave and what AWS says it is now."""

from collections.abc import Iterator, Mapping
from typing import Any

from localcloud.plugin import shape
from localcloud.plugin.cloud import Region
from localcloud.plugin.resources.kind import Kind
from localcloud.plugin.shape import Change
from localcloud.plugin.shape import Kind as ChangeKind
from localcloud.plugin.wire import UNKNOWN, Properties


def told(kind: Kind, inputs: Mapping[str, Any]) -> Properties:
    """The inputs as a kind takes them: with its tags, among them the default ones since `Check`, in `tagsAll`."""
    return {**inputs, "tagsAll": inputs.get("tags") or {}} if kind.tagged else dict(inputs)


def inputs_now(kind: Kind, region: Region, given: Mapping[str, Any], live: Mapping[str, Any]) -> Properties:
    """The inputs that would make the resource what it is: those `given` where they still say the same."""
    now: Properties = {}
    live = kind.filled(dict(live), given)
    importing = not given
    for name, part in kind.properties.fields.items():
        stated = given.get(name)
        if name not in live and not part.aws and name != "tags":
            found = stated  # AWS is not told of it, so it cannot say
        elif name == "tags":
            tags = live.get("tagsAll", {})
            found = stated if (stated or {}) == tags else tags
        elif any(shape.changes(part, live.get(name), stated)):
            found = live.get(name)
        elif importing and part.computed:
            found = live.get(name)  # the program to come may say it
        else:
            found = stated
        if found is not None:
            now[name] = found
    at_home = region.name == region.cloud.configuration.region
    if kind.regional and (given.get("region") or not at_home):
        now["region"] = region.name
    return now


def state_now(kind: Kind, region: Region, given: Mapping[str, Any], live: Mapping[str, Any]) -> Properties:
    """All that Pulumi keeps: inputs, what AWS assumed or chose where nothing was given, and outputs."""
    inputs = inputs_now(kind, region, given, live)
    live = kind.filled(dict(live), given)
    now: Properties = {}
    for name, part in kind.properties.fields.items():
        found = inputs.get(name, live.get(name))
        now[name] = part.default if found is None else found
    now |= {name: live.get(name) for name in kind.outputs}
    if kind.tagged:
        now["tagsAll"] = dict(live.get("tagsAll", {}))
    if kind.regional:
        now["region"] = region.name
    return {name: value for name, value in now.items() if value is not None}


def state_foreseen(
    kind: Kind, region: Region, inputs: Mapping[str, Any], old: Mapping[str, Any] | None
) -> Properties:
    """The state after a create or, with the `old` one, an update, as far as a preview can know it."""
    now: Properties = {}
    for name, part in kind.properties.fields.items():
        choice = (UNKNOWN if old is None else old.get(name)) if part.computed else part.default
        now[name] = choice if inputs.get(name) is None else inputs[name]
    now |= {name: UNKNOWN if old is None else old.get(name) for name in kind.outputs}
    if kind.tagged:
        now["tagsAll"] = told(kind, inputs)["tagsAll"]
    if kind.regional:
        now["region"] = region.name
    return {name: value for name, value in now.items() if value is not None}


def differences(
    kind: Kind, region: Region, state: Mapping[str, Any], old: Mapping[str, Any], new: Mapping[str, Any]
) -> Iterator[Change]:
    """What differs between the `old` and the `new` inputs, given the `state` that Pulumi keeps."""
    yield from shape.changes(kind.properties, old, new)
    if kind.regional:
        before = state.get("region") or old.get("region") or region.cloud.configuration.region
        if before != (new.get("region") or region.cloud.configuration.region):
            yield Change("region", ChangeKind.UPDATE)

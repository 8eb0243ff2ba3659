"""What a state holds, by address: the values of each resource instance and output, and which are sensitive."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from statefile.state import parse_state


@dataclass(frozen=True, kw_only=True, slots=True)
class Values:
    """The values of a resource instance, or of an output.

    :param values: its attributes, with what else there is to it in parentheses; an output's own value.
    :param sensitive: the paths of those that Terraform marks as sensitive, as :func:`path_of` writes them.
    :param wholly_sensitive: whether all of them are.
    """

    values: Any
    sensitive: tuple[str, ...]
    wholly_sensitive: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class StateContent:
    """All that a state holds.

    :param instances: the resource instances, by the address that ``terraform state list`` shows.
    :param outputs: the outputs, by ``output.<name>``.
    """

    instances: Mapping[str, Values]
    outputs: Mapping[str, Values]


def read_content(body: bytes) -> StateContent:
    """Read a state with all its values.

    :raises statefile.state.UnreadableStateError: where it is no state.
    """
    parse_state(body)
    state = json.loads(body, parse_int=_integer)
    return StateContent(instances=dict(_instances(state)), outputs=dict(_outputs(state)))


def _integer(digits: str) -> int | str:
    """Python reads no integer of thousands of digits; such a one is compared as it is written."""
    return int(digits) if len(digits) < 4000 else digits


def _instances(state: Mapping[str, Any]) -> Iterator[tuple[str, Values]]:
    for resource in state.get("resources") or ():
        for instance in resource.get("instances") or ():
            yield (
                _address(resource, instance),
                Values(values=_values(instance), sensitive=_sensitive(instance), wholly_sensitive=False),
            )


def _outputs(state: Mapping[str, Any]) -> Iterator[tuple[str, Values]]:
    for name, output in (state.get("outputs") or {}).items():
        value = Values(values=output.get("value"), sensitive=(), wholly_sensitive=bool(output.get("sensitive")))
        yield f"output.{name}", value


def _address(resource: Mapping[str, Any], instance: Mapping[str, Any]) -> str:
    module = f"{resource['module']}." if resource.get("module") else ""
    data = "data." if resource.get("mode") == "data" else ""
    index = "" if instance.get("index_key") is None else f"[{json.dumps(instance['index_key'])}]"
    deposed = f" (deposed {instance['deposed']})" if instance.get("deposed") else ""
    return f"{module}{data}{resource.get('type')}.{resource.get('name')}{index}{deposed}"


def _values(instance: Mapping[str, Any]) -> dict[str, Any]:
    attributes = instance.get("attributes")
    # States that came from Terraform 0.11 and were not applied since have them in another place.
    others = {name: instance[name] for name in ("status", "private", "attributes_flat") if instance.get(name)}
    shown = attributes if isinstance(attributes, dict) else {"(attributes)": attributes}
    return {**shown, **{f"({name})": value for name, value in others.items()}}


def _sensitive(instance: Mapping[str, Any]) -> tuple[str, ...]:
    """The paths of what is marked as sensitive; what a provider keeps as private may be anything."""
    marked = instance.get("sensitive_attributes")
    paths = [path_of(steps) for steps in marked] if isinstance(marked, list) else []
    return (*filter(None, paths), "(private)")


def path_of(steps: Any) -> str:
    """A path as the format has it, a list of ``{"type": "get_attr" or "index", "value": ...}``, as one text."""
    path = ""
    for step in steps if isinstance(steps, list) else ():
        value = step.get("value") if isinstance(step, dict) else None
        if isinstance(value, dict):
            path += f"[{json.dumps(value.get('value'))}]"
        else:
            path += f".{value}" if path else str(value)
    return path

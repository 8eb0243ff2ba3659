"""The parts of the README that the code decides: configuration, outputs, and the picture."""

from enum import StrEnum
from pathlib import Path

from pulumi.provider.experimental.analyzer import Analyzer
from pydantic.fields import FieldInfo

from blueprint.backend import Backend, RegionalBackend, backend
from components.state_backend import StateBackend
from settings.model import Settings
from settings.stack_file import load_stack_file

ROOT = Path(__file__).parents[1]


def configuration_table() -> str:
    """Every configuration key with its default and meaning."""
    rows = ["| key | default | meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        key = "aws:region" if name == "region" else field.alias
        rows.append(f"| `{key}` | {_default(field)} | {field.description} |")
    return "\n".join(rows)


def outputs_table() -> str:
    """Every stack output with its meaning."""
    component = Analyzer("state-backend").analyze([StateBackend])["component_definitions"]["StateBackend"]
    rows = ["| output | meaning |", "|---|---|"]
    for key, output in component.outputs.items():
        meaning = " ".join(str(output.description).replace("``", "`").split())
        rows.append(f"| `{component.outputs_mapping[key]}` | {meaning} |")
    return "\n".join(rows)


def picture() -> str:
    """What stack ``prod`` makes, as a Mermaid diagram."""
    plan = backend(load_stack_file(ROOT / "Pulumi.prod.yaml"))
    lines = ["```mermaid", "flowchart LR", "  terraform([Terraform])"]
    lines += _region("primary", "first region", plan.primary)
    if plan.replica is not None:
        lines += _region("replica", "second region", plan.replica)
    lines += [
        "  terraform -- state, lockfile --> primary_bucket",
        *(["  terraform -- lock, digest --> primary_table"] if plan.primary.table else []),
        *_replication(plan),
        "```",
    ]
    return "\n".join(lines)


def _region(id_: str, title: str, region: RegionalBackend) -> list[str]:
    bucket = region.bucket
    lines = [f'  subgraph {id_}["{title}: {region.region}"]']
    lines.append(f'    {id_}_bucket[("state bucket<br>{bucket.name}<br>versioned, nothing public, TLS only")]')
    if region.key is not None:
        lines.append(f'    {id_}_key["key<br>{region.key.alias}<br>rotated yearly"]')
        lines.append(f"    {id_}_key -. encrypts .-> {id_}_bucket")
    if region.table is not None:
        lines.append(f'    {id_}_table[("lock table<br>{region.table.name}<br>point-in-time recovery")]')
        if region.key is not None:
            lines.append(f"    {id_}_key -. encrypts .-> {id_}_table")
    if region.log_bucket is not None:
        lines.append(f'    {id_}_logs[("log bucket<br>{region.log_bucket.name}")]')
        lines.append(f"    {id_}_bucket -- access logs --> {id_}_logs")
    return [*lines, "  end"]


def _replication(plan: Backend) -> list[str]:
    if plan.replication is None:
        return []
    return ["  primary_bucket == versions and delete markers, encrypted anew ==> replica_bucket"]


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True, validated_data={})
    if value is None:
        return "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value.value if isinstance(value, StrEnum) else value}`"

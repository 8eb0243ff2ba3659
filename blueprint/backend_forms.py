"""The forms in which clients take a state's configuration, each a text and the name of its file.

Sources: https://developer.hashicorp.com/terraform/language/backend#partial-configuration (``hcl``),
https://developer.hashicorp.com/terraform/language/syntax/json (``json``),
https://developer.hashicorp.com/terraform/language/state/remote-state-data (``remote-state``) and
https://terragrunt.gruntwork.io/docs/reference/hcl/blocks/#remote_state (``terragrunt``).
"""

import json
import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from blueprint.backend_clients import JSON_TEMPLATES, ClientVersion
from blueprint.hcl import block, to_hcl, without_templates


class Form(StrEnum):
    """A form."""

    HCL = "hcl"
    """The arguments alone, for ``terraform init -backend-config=FILE`` beside an empty ``backend "s3" {}``."""
    TF = "tf"
    """The complete ``backend`` block."""
    JSON = "json"
    """The same in JSON syntax."""
    TERRAGRUNT = "terragrunt"
    """Terragrunt's ``remote_state`` block, from which it writes the ``backend`` block."""
    REMOTE_STATE = "remote-state"
    """The ``terraform_remote_state`` block by which another configuration reads the outputs."""

    @property
    def file_name(self) -> str:
        """What its file is called. Terragrunt's is not ``terragrunt.hcl``, which would make its folder a unit."""
        return {
            Form.HCL: "backend.hcl",
            Form.TF: "backend.tf",
            Form.JSON: "backend.tf.json",
            Form.TERRAGRUNT: "terragrunt_backend.hcl",
            Form.REMOTE_STATE: "remote_state.tf",
        }[self]

    @property
    def only_reads(self) -> bool:
        """Whether a client reads the state by it and never writes it."""
        return self is Form.REMOTE_STATE


def text_of(
    form: Form, name: str, arguments: Mapping[str, Any], client: ClientVersion, *, workspace: str = "default"
) -> str:
    """The configuration of one state in this form.

    :param name: ``<environment>/<service>``; a ``terraform_remote_state`` block is named for it.
    :param arguments: those that the client takes.
    :param workspace: the workspace whose outputs are read. The other forms do not say it: it is selected with the
        client.
    """
    match form:
        case Form.HCL:
            return to_hcl(arguments)
        case Form.TF:
            return block("terraform", block('backend "s3"', to_hcl(arguments)))
        case Form.JSON:
            return _json(arguments, client)
        case Form.TERRAGRUNT:
            return _terragrunt(arguments)
        case Form.REMOTE_STATE:
            return _remote_state(name, arguments, workspace)


def _json(arguments: Mapping[str, Any], client: ClientVersion) -> str:
    since = JSON_TEMPLATES[client.client]
    said = _escaped(arguments) if since is not None and since <= client.version else arguments
    return json.dumps({"terraform": {"backend": {"s3": said}}}, ensure_ascii=False, indent=2) + "\n"


def _escaped(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _escaped(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_escaped(item) for item in value]
    return without_templates(value) if isinstance(value, str) else value


def _terragrunt(arguments: Mapping[str, Any]) -> str:
    generate = to_hcl({"path": Form.TF.file_name, "if_exists": "overwrite_terragrunt"})
    # Not disable_init, by which older versions keep Terraform from its backend too (terragrunt#1422).
    config = to_hcl({**arguments, "disable_bucket_update": True})
    parts = (to_hcl({"backend": "s3"}), block("generate =", generate), block("config =", config))
    return block("remote_state", "\n".join(parts))


def _remote_state(name: str, arguments: Mapping[str, Any], workspace: str) -> str:
    label = re.sub(r"[^A-Za-z0-9_-]", "_", name)
    first = to_hcl({"backend": "s3", **({"workspace": workspace} if workspace != "default" else {})})
    # A name starts with a letter or an underscore.
    own = label if re.match("[A-Za-z_]", label) else f"_{label}"
    return block(f'data "terraform_remote_state" "{own}"', first + block("config =", to_hcl(arguments)))

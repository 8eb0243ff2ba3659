"""The files by which clients find their states: for each state one in each form, as text."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from blueprint.backend_clients import Client, ClientVersion
from blueprint.backend_fit import fit
from blueprint.backend_forms import Form, text_of

DEFAULT_FORMS = (Form.HCL, Form.TF, Form.REMOTE_STATE)
"""What is written unless other forms are asked for."""
NEWEST_TERRAFORM = ClientVersion.read(Client.TERRAFORM, None)


@dataclass(frozen=True, kw_only=True)
class BackendFile:
    """A file.

    :param state: ``<environment>/<service>``.
    :param form: its form.
    :param path: where it lies: ``<environment>/<service>/`` and the form's name for it.
    :param text: all of it.
    :param remarks: what its client does not take and what follows, and what is deprecated.
    """

    state: str
    form: Form
    path: str
    text: str
    remarks: tuple[str, ...]


def backend_files(
    configs: Mapping[str, Mapping[str, Any]],
    forms: Sequence[Form] = DEFAULT_FORMS,
    client: ClientVersion = NEWEST_TERRAFORM,
    *,
    workspace: str = "default",
) -> Iterator[BackendFile]:
    """Every file, by state and in the order of the forms.

    :param configs: the stack's output ``backend_configs``, or one of its kind: arguments by state.
    :param workspace: the workspace whose outputs a ``remote-state`` reads.
    :raises blueprint.backend_fit.NoLockError: where the client knows none of a state's locks.
    """
    for state, arguments in sorted(configs.items()):
        for form in forms:
            fitted = fit(arguments, client, only_reads=form.only_reads)
            yield BackendFile(
                state=state,
                form=form,
                path=f"{state}/{form.file_name}",
                text=text_of(form, state, fitted.arguments, client, workspace=workspace),
                remarks=fitted.remarks,
            )

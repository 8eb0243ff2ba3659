"""Brings a stack's state to another place and under another key, without touching the stack file or where it was.

All of it happens in a folder of its own, with a copy of the stack file: ``pulumi stack init`` and
``change-secrets-provider`` write into whatever stack file they find, and one that was half changed would decrypt
nothing. Killed anywhere, the next run begins anew with what is still where it was.
"""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from statectl.bootstrap.deployment import Deployment
from statectl.bootstrap.place import Place, read_export
from statectl.bootstrap.pulumi import Pulumi
from statectl.bootstrap.stack_file import StackFile
from statectl.exit_code import ExitCode
from statectl.private_file import make_private_folder, write_private
from statectl.refusal import RefusalError

PASSPHRASE = "passphrase"  # noqa: S105 (what Pulumi calls that secrets provider)
"""The secrets provider of a stack file that names none."""


@dataclass(frozen=True, kw_only=True)
class Transfer:
    """A folder to do it in.

    :param folder: is made anew, and gone afterwards.
    :param project: the name in ``Pulumi.yaml``.
    :param variables: of Pulumi's environment.
    """

    folder: Path
    project: str
    stack: str
    variables: Mapping[str, str]

    def carry(self, deployment: Deployment, stack_file: StackFile, *, provider: str, to: Place) -> str:
        """Put a state into a place, and read it back.

        :param provider: the secrets provider that it is to be under.
        :returns: what the stack file has to say from now on.
        :raises statectl.refusal.RefusalError: where what is there afterwards is not the same.
        """
        shutil.rmtree(self.folder, ignore_errors=True)
        try:
            return self._carry(deployment, stack_file, provider=provider, to=to)
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _carry(self, deployment: Deployment, stack_file: StackFile, *, provider: str, to: Place) -> str:
        make_private_folder(self.folder)
        inside = replace(stack_file, path=self.folder / f"Pulumi.{self.stack}.yaml")
        write_private(inside.path, stack_file.text.encode())
        project = yaml.safe_dump({"name": self.project, "runtime": "python"})
        write_private(self.folder / "Pulumi.yaml", project.encode())
        export = self.folder / "export.json"
        write_private(export, deployment.exported())
        before = stack_file.provider or PASSPHRASE
        carried = deployment
        if provider != before or provider not in {PASSPHRASE, deployment.provider}:
            make_private_folder(self.folder / "state")
            here = self._pulumi((self.folder / "state").resolve().as_uri())
            here.make(before)
            here.take(export)
            here.change_provider(provider)
            write_private(export, here.export())
            carried = read_export(export)
        there = self._pulumi(to.url)
        if to.read() is None:
            there.make(provider)
        there.take(export)
        arrived = to.read()
        if arrived is None or not (deployment.holds_the_same(carried) and carried.holds_the_same(arrived)):
            raise RefusalError(
                f"what is in {to.name} now is not what was put there: somebody else writes it",
                next_step="see who runs Pulumi on this stack, then run the same command again",
                code=ExitCode.FOUND,
            )
        return StackFile.read(inside.path).text

    def _pulumi(self, url: str) -> Pulumi:
        return Pulumi(stack=self.stack, folder=self.folder, url=url, variables=self.variables)

"""What both ways have in common: the stack, its project, and the two places that its state goes between."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

import yaml

from blueprint.own_state import own_state_url
from settings.model import Settings
from statectl.bootstrap.passphrase import passphrase_file
from statectl.bootstrap.place import BucketPlace, FilePlace, Place
from statectl.bootstrap.pulumi import Pulumi
from statectl.bootstrap.stack_file import StackFile
from statectl.bootstrap.transfer import Transfer
from statectl.exit_code import ExitCode
from statectl.refusal import RefusalError
from statectl.session import Session
from store.store import Store

FOLDER = ".bootstrap"
"""Where the project keeps what is not in the bucket: Pulumi's state before and after, and what was put away."""
_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")


@dataclass(frozen=True)
class Home:
    """A stack and where its state can be.

    :param session: whose backend is that of the stack.
    :param settings: what the stack file says.
    :param dry_run: whether nothing is written.
    """

    session: Session
    settings: Settings
    dry_run: bool = False

    @property
    def stack(self) -> str:
        """The stack's name, without organisation and project."""
        return (self.session.wanted.stack or "").rsplit("/", 1)[-1]

    @property
    def folder(self) -> Path:
        """The project's."""
        return self.session.wanted.project

    @property
    def kept(self) -> Path:
        """Where what is not in the bucket is kept."""
        return self.folder / FOLDER / self.stack

    @property
    def stack_file(self) -> StackFile:
        """The stack file as it is now."""
        return StackFile.read(self.folder / f"Pulumi.{self.stack}.yaml")

    @cached_property
    def project(self) -> str:
        """The name in ``Pulumi.yaml``.

        :raises statectl.refusal.RefusalError: where it does not say.
        """
        file = self.folder / "Pulumi.yaml"
        try:
            return str(yaml.safe_load(file.read_text())["name"])
        except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
            raise RefusalError(
                f"{file} names no project",
                next_step="name the project's folder with --project",
                code=ExitCode.USAGE,
            ) from error

    @property
    def local(self) -> FilePlace:
        """The files of this computer."""
        return FilePlace(root=self.kept / "state", project=self.project, stack=self.stack)

    @property
    def bucket(self) -> BucketPlace:
        """The state bucket of the first region."""
        return self.place_in(self.session.store)

    def place_in(self, store: Store) -> BucketPlace:
        """The state bucket of a region."""
        where = store.location
        # An S3 at another address than AWS's own is asked by the bucket's path, since it may have no names for it.
        elsewhere = any(os.environ.get(name) for name in _ENDPOINTS)
        extra = {"awssdk": "v2", "use_path_style": "true"} if elsewhere else {}
        url = own_state_url(where.bucket, where.region, extra)
        return BucketPlace(bucket=store.bucket, url=url, project=self.project, stack=self.stack)

    @property
    def variables(self) -> Mapping[str, str]:
        """What Pulumi's environment needs beside where its state is."""
        profile = self.session.profile
        secret = passphrase_file(self.stack_file, self.kept / "passphrase", dry_run=self.dry_run)
        return {**secret, **({"AWS_PROFILE": profile} if profile else {})}

    @property
    def transfer(self) -> Transfer:
        """What brings the state from one place to the other."""
        return Transfer(
            folder=self.kept / "transfer", project=self.project, stack=self.stack, variables=self.variables
        )

    def pulumi(self, place: Place) -> Pulumi:
        """Pulumi on the project, with its state in a place."""
        return Pulumi(stack=self.stack, folder=self.folder, url=place.url, variables=self.variables)

    def require_unlocked(self, place: Place) -> None:
        """Refuse to move what Pulumi is at work on.

        :raises statectl.refusal.RefusalError: where somebody holds Pulumi's lock.
        """
        holder = place.lock()
        if holder is not None:
            raise RefusalError(
                f"{holder} runs Pulumi on {self.stack} in {place.name}",
                next_step="wait until they are done; where nobody is any more: "
                f"PULUMI_BACKEND_URL='{place.url}' pulumi cancel --stack {self.stack}",
                code=ExitCode.LOCKED,
            )


def stamp() -> str:
    """Now, as part of a file's name."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"

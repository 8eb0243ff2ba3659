"""Where a stack's state is kept: in files of this computer, in a state bucket, or wherever else Pulumi knows."""

import json
import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from blueprint.own_state import own_state_key, own_state_locks
from statectl.bootstrap.deployment import Deployment, UnreadableDeploymentError
from statectl.bootstrap.pulumi import Pulumi
from statectl.exit_code import ExitCode
from statectl.private_file import FILE_MODE
from statectl.refusal import RefusalError
from store.bucket import Bucket, Content

_ZIPPED = ".gz"
"""Behind the key where ``PULUMI_SELF_MANAGED_STATE_GZIP`` is set."""


class Place(Protocol):
    """One backend of Pulumi, for one stack.

    The layout of files and objects is that of https://www.pulumi.com/docs/iac/concepts/state-and-backends/.
    """

    @property
    def url(self) -> str:
        """What ``PULUMI_BACKEND_URL`` says."""

    @property
    def name(self) -> str:
        """What people call it."""

    def read(self) -> Deployment | None:
        """The stack's state; ``None`` where there is no such stack."""

    def lock(self) -> str | None:
        """Who holds Pulumi's lock on it; ``None`` where nobody does, or it does not say."""


@dataclass(frozen=True, kw_only=True)
class FilePlace:
    """A folder of this computer.

    :param root: what ``file://`` leads to.
    :param project: the name in ``Pulumi.yaml``.
    """

    root: Path
    project: str
    stack: str

    @property
    def url(self) -> str:
        """What ``PULUMI_BACKEND_URL`` says."""
        return self.root.resolve().as_uri()

    @property
    def name(self) -> str:
        """What people call it."""
        return str(self.root)

    def read(self) -> Deployment | None:
        """The stack's state."""
        file = self._file
        try:
            return _parsed(file.read_bytes(), str(file)) if file else None
        except OSError as error:
            raise RefusalError(f"{file}: {error.strerror}", next_step="let it be read") from error

    def lock(self) -> str | None:
        """Who holds Pulumi's lock on it."""
        for file in self._locks:
            told = _told(file.read_bytes())
            return f"{told.get('username', 'somebody')}@{told.get('hostname', 'unknown')}"
        return None

    @property
    def is_abandoned(self) -> bool:
        """Whether every lock is of a process that was on this computer and is no more."""
        locks = [_told(file.read_bytes()) for file in self._locks]
        return bool(locks) and all(
            told.get("hostname") == socket.gethostname() and not _runs(told.get("pid")) for told in locks
        )

    def put_away(self, stamp: str) -> Path | None:
        """Take the stack out of Pulumi's sight, into a file beside it; nothing is deleted.

        :raises statectl.refusal.RefusalError: where the system does not let it.
        """
        file = self._file
        if file is None:
            return None
        away = file.with_name(f"{file.name}.put-away-{stamp}")
        try:
            file.chmod(FILE_MODE)
            file.rename(away)
        except OSError as error:
            raise RefusalError(f"{file}: {error.strerror}", next_step="let it be moved") from error
        return away

    @property
    def _file(self) -> Path | None:
        folder = self.root / ".pulumi" / "stacks" / self.project
        names = (f"{self.stack}.json", f"{self.stack}.json{_ZIPPED}")
        return next((folder / name for name in names if (folder / name).is_file()), None)

    @property
    def _locks(self) -> list[Path]:
        folder = self.root / ".pulumi" / "locks" / "organization" / self.project / self.stack
        return sorted(folder.glob("*.json"))


@dataclass(frozen=True, kw_only=True)
class BucketPlace:
    """The state bucket of a region.

    :param url: what ``PULUMI_BACKEND_URL`` says.
    :param project: the name in ``Pulumi.yaml``.
    """

    bucket: Bucket
    url: str
    project: str
    stack: str

    @property
    def name(self) -> str:
        """What people call it."""
        return self.bucket.location.bucket

    def read(self) -> Deployment | None:
        """The stack's state."""
        found = self._found
        return _parsed(found.body, f"{self.name}/{found.key}") if found else None

    def lock(self) -> str | None:
        """Who holds Pulumi's lock on it."""
        for found in self.bucket.objects(own_state_locks(self.project, self.stack)):
            told = _told(self.bucket.read(found.key).body)
            return f"{told.get('username', 'somebody')}@{told.get('hostname', 'unknown')}"
        return None

    def take_out(self) -> None:
        """Put a delete marker on the stack's state; its versions stay."""
        found = self._found
        if found is not None:
            self.bucket.delete(found.key, etag=found.etag)

    @property
    def _found(self) -> Content | None:
        key = own_state_key(self.project, self.stack)
        return self.bucket.find(key) or self.bucket.find(f"{key}{_ZIPPED}")


@dataclass(frozen=True, kw_only=True)
class OtherPlace:
    """A backend that Pulumi alone can read: its service, or another cloud's storage.

    :param pulumi: Pulumi in that backend.
    """

    pulumi: Pulumi

    @property
    def url(self) -> str:
        """What ``PULUMI_BACKEND_URL`` says."""
        return self.pulumi.url

    @property
    def name(self) -> str:
        """What people call it."""
        return self.pulumi.url

    def read(self) -> Deployment | None:
        """The stack's state; it has to be there."""
        return _parsed(self.pulumi.export(), self.url)

    def lock(self) -> str | None:
        """Pulumi itself minds it."""
        return None


def read_export(file: Path) -> Deployment:
    """The state in a file that ``pulumi stack export`` or a bootstrap wrote.

    :raises statectl.refusal.RefusalError: where it is none.
    """
    try:
        return _parsed(file.read_bytes(), str(file))
    except OSError as error:
        raise RefusalError(f"{file}: {error.strerror}", code=ExitCode.USAGE) from error


def _parsed(body: bytes, name: str) -> Deployment:
    try:
        return Deployment.parse(body)
    except UnreadableDeploymentError as error:
        raise RefusalError(
            f"{name} {error}",
            next_step="take an older version of it: docs/bootstrap.md",
            code=ExitCode.FOUND,
        ) from error


def _told(body: bytes) -> dict[str, object]:
    try:
        told = json.loads(body)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _runs(pid: object) -> bool:
    try:
        os.kill(int(str(pid)), 0)
    except ProcessLookupError:
        return False
    except (ValueError, OSError):
        return True
    return True

"""What an export holds: the manifest that lies beside it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter

from statectl.kept_json import parse_kept, render_kept

MANIFEST = "manifest.json"
"""The name of the file."""
_QUOTES = '"'


@dataclass(frozen=True, kw_only=True)
class Exported:
    """A version of an object, as it lies in the export.

    :param region: the region whose bucket it was in.
    :param key: its key there.
    :param version_id: its version there.
    :param current: whether it was the current version when the manifest was written.
    :param modified: when it was written.
    :param etag: as S3 has it.
    :param size: bytes.
    :param serial: of a state; ``null`` for what is none that can be read.
    :param lineage: of a state.
    :param sha256: of its bytes, in hexadecimal.
    :param md5: what the lock table keeps of such a state.
    :param path: where it lies, from the manifest's folder on.
    """

    region: str
    key: str
    version_id: str
    current: bool
    modified: datetime
    etag: str
    size: int
    serial: int | None
    lineage: str | None
    sha256: str
    md5: str
    path: str

    @property
    def id(self) -> tuple[str, str]:
        """Key and version: a replica has those of what it is a copy of."""
        return self.key, version_mark(self.version_id, self.etag)


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """An export.

    :param buckets: the buckets that it was made of, by their regions.
    :param made: when it was last brought up to date.
    :param by: the ARN of who did.
    :param all_versions: whether it holds the noncurrent versions too.
    :param complete: whether all that was there then is in it.
    :param versions: what is in it; what was exported once stays, whatever becomes of it in the bucket.
    """

    buckets: Mapping[str, str]
    made: datetime
    by: str
    all_versions: bool
    complete: bool
    versions: tuple[Exported, ...]


def version_mark(version_id: str, etag: str) -> str:
    """What tells a version from every other one of its key: where versioning is suspended, ``null`` does not.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/VersioningWorkflows.html
    """
    return version_id if version_id != "null" else f"null-{etag.strip(_QUOTES)}"


_SHAPE = TypeAdapter(Manifest)


def parse_manifest(text: bytes) -> Manifest:
    """Read a manifest.

    :raises statectl.kept_json.UnreadableJsonError: where it is none.
    """
    return parse_kept(_SHAPE, text)


def render_manifest(manifest: Manifest) -> bytes:
    """The manifest as it is kept."""
    return render_kept(_SHAPE, manifest)

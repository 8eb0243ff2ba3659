"""The export that a backend leaves behind: each version in a file of its own, and a manifest.

Nothing is ever taken out of an export or overwritten with something else: a file is named for its version, and S3
never changes a version (https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html).
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from urllib.parse import quote

from statectl.exit_code import ExitCode
from statectl.kept_json import UnreadableJsonError
from statectl.own_prefix import OWN_PREFIX
from statectl.private_file import make_private_folder, write_private
from statectl.progress import watched
from statectl.refusal import RefusalError
from statectl.retire.manifest import (
    MANIFEST,
    Exported,
    Manifest,
    parse_manifest,
    render_manifest,
    version_mark,
)
from statefile.keys import state_of_lockfile
from statefile.state import UnreadableStateError, digest, parse_state
from store.bucket import StoredVersion
from store.failures import NotThereError
from store.parallel import in_order
from store.store import Store

AGAIN = 5
"""How often the buckets are listed anew, where somebody writes while they are exported."""


@dataclass(frozen=True, kw_only=True)
class There:
    """A version that is in a bucket, and belongs into an export.

    :param store: the region that it is in.
    """

    store: Store
    version: StoredVersion

    @property
    def id(self) -> tuple[str, str]:
        """Key and version, as :class:`Exported` has them."""
        return self.version.key, version_mark(self.version.version_id, self.version.etag)


def there(stores: Sequence[Store], *, all_versions: bool) -> Iterator[There]:
    """What belongs into an export: everything but lockfiles and what ``statectl`` itself keeps.

    A version that an earlier region has is left out, since a replica has its version's id
    (https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication.html). A bucket that is gone holds nothing.

    :param stores: the regions, the first one first.
    """
    before: set[tuple[str, str]] = set()
    for store in stores:
        own: set[tuple[str, str]] = set()
        for found in versions_in(store):
            if found.deleted or not is_exported(found.key):
                continue
            one = There(store=store, version=found)
            own.add(one.id)
            if one.id not in before and (all_versions or found.latest):
                yield one
        before |= own


def is_exported(key: str) -> bool:
    """Whether an object of this key is kept: a lock is worth nothing once its backend is gone."""
    return state_of_lockfile(key) is None and not key.startswith(OWN_PREFIX)


def versions_in(store: Store) -> Iterator[StoredVersion]:
    """Every version in a bucket; none in one that is gone."""
    try:
        yield from store.bucket.versions()
    except NotThereError:
        return


class Export:
    """An export in a folder.

    :param buckets: the backend's buckets, by their regions.
    """

    def __init__(self, folder: Path, buckets: dict[str, str]) -> None:
        self.folder = folder
        self._buckets = buckets

    def load(self) -> Manifest | None:
        """The manifest; ``None`` where the folder is empty or not there.

        :raises statectl.refusal.RefusalError: where the folder holds something else.
        """
        path = self.folder / MANIFEST
        try:
            if not self.folder.exists() or not any(self.folder.iterdir()):
                return None
            manifest = parse_manifest(path.read_bytes())
        except FileNotFoundError:
            raise self._unfit("holds something, and no export") from None
        except (OSError, UnreadableJsonError) as error:
            raise self._unfit(f"holds no export that can be read: {error}") from error
        if dict(manifest.buckets) != self._buckets:
            raise self._unfit(f"holds the export of {', '.join(manifest.buckets.values())}")
        return manifest

    def bring_up_to_date(self, stores: Sequence[Store], *, all_versions: bool, by: str) -> Manifest:
        """Export what is there and not in the export yet, and read back all of it.

        :param all_versions: whether noncurrent versions are exported too.
        :param by: the ARN of who exports.
        :raises statectl.refusal.RefusalError: where it is not complete, and true, in the end.
        """
        # Before its mode is changed: it may be somebody else's.
        self.load()
        make_private_folder(self.folder)
        for _ in range(AGAIN):
            before = self.load()
            known = {one.id: one for one in before.versions} if before else {}
            wanted = list(there(stores, all_versions=all_versions))
            if not wanted and before is None:
                self._write({}, all_versions=all_versions, complete=True, by=by)
            if before is None:
                # Says whose folder this is, should it be left half full.
                self._write({}, all_versions=all_versions, complete=False, by=by)
            kept = {id_: replace(one, current=False) for id_, one in known.items()}
            lost: list[There] = []
            for question, made in zip(
                wanted, watched(in_order(partial(self._keep, known=known), wanted), "export"), strict=True
            ):
                if made is None:
                    lost.append(question)
                else:
                    kept[made.id] = made
            manifest = self._write(kept, all_versions=all_versions, complete=True, by=by)
            # What an old version's lifecycle took meanwhile is gone; what is current was written over.
            if not any(one.version.latest for one in lost):
                self.verify()
                return manifest
        raise RefusalError(
            "states were written all the time that they were exported",
            next_step="see who writes, then run it again",
        )

    def verify(self) -> Manifest:
        """Read back every file of the export.

        :raises statectl.refusal.RefusalError: where one is not what was exported, or the export is not complete.
        """
        manifest = self.load()
        if manifest is None or not manifest.complete:
            raise RefusalError(
                f"{self.folder} holds no complete export", next_step="run it again with this --export"
            )
        for one in manifest.versions:
            if not self._is_whole(one):
                raise RefusalError(
                    f"{self.folder / one.path} is not version {one.version_id} of {one.key} any more",
                    next_step=f"take {MANIFEST} and the files away, or name another folder, and export again",
                )
        return manifest

    def _keep(self, one: There, known: dict[tuple[str, str], Exported]) -> Exported | None:
        """The version in its file; ``None`` where it is not in the bucket any more."""
        version, before = one.version, known.get(one.id)
        if before is not None and self._is_whole(before):
            return replace(before, current=version.latest)
        try:
            content = one.store.bucket.read(version.key, version.version_id)
        except NotThereError:
            return None
        region = one.store.location.region
        path = "/".join([region, *map(_file_name, [*version.key.split("/"), one.id[1]])])
        write_private(self.folder / path, content.body)
        serial, lineage = _what_it_says(content.body)
        return Exported(
            region=region,
            key=version.key,
            version_id=version.version_id,
            current=version.latest,
            modified=version.modified,
            etag=version.etag,
            size=len(content.body),
            serial=serial,
            lineage=lineage,
            sha256=hashlib.sha256(content.body).hexdigest(),
            md5=digest(content.body),
            path=path,
        )

    def _is_whole(self, one: Exported) -> bool:
        try:
            body = (self.folder / one.path).read_bytes()
        except OSError:
            return False
        return len(body) == one.size and hashlib.sha256(body).hexdigest() == one.sha256

    def _write(
        self, kept: dict[tuple[str, str], Exported], *, all_versions: bool, complete: bool, by: str
    ) -> Manifest:
        manifest = Manifest(
            buckets=self._buckets,
            made=datetime.now(UTC),
            by=by,
            all_versions=all_versions,
            complete=complete,
            versions=tuple(sorted(kept.values(), key=lambda one: (one.region, one.key, one.modified))),
        )
        write_private(self.folder / MANIFEST, render_manifest(manifest))
        return manifest

    def _unfit(self, why: str) -> RefusalError:
        return RefusalError(
            f"{self.folder} {why}", next_step="name an empty folder with --export", code=ExitCode.USAGE
        )


def _file_name(part: str) -> str:
    """A part of a key as the name of a file or folder: keys can hold what leads elsewhere."""
    return {"": "%", ".": "%2E", "..": "%2E%2E"}.get(part) or quote(part, safe="")


def _what_it_says(body: bytes) -> tuple[int | None, str | None]:
    try:
        state = parse_state(body)
    except UnreadableStateError:
        return None, None
    return state.serial, state.lineage

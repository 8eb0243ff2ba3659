"""What is in one version of a state, by name."""

from dataclasses import dataclass
from datetime import datetime

from statectl.refusal import RefusalError
from statefile.instances import read_content
from statefile.state import UnreadableStateError, parse_state
from store.bucket import Content


@dataclass(frozen=True, kw_only=True, slots=True)
class Inside:
    """A version of a state, without its values.

    :param key: the key of the state.
    :param version_id: S3's id of the version.
    :param modified: when it was written.
    :param size: bytes.
    :param serial: its serial.
    :param lineage: its lineage.
    :param terraform_version: what wrote it.
    :param resources: the addresses of its resource instances.
    :param outputs: the names of its outputs.
    """

    key: str
    version_id: str
    modified: datetime
    size: int
    serial: int
    lineage: str
    terraform_version: str
    resources: tuple[str, ...]
    outputs: tuple[str, ...]


def inside(content: Content) -> Inside:
    """What a version holds.

    :raises statectl.refusal.RefusalError: where it is no state.
    """
    try:
        state = parse_state(content.body)
        resources = () if state.encrypted else tuple(read_content(content.body).instances)
    except UnreadableStateError as error:
        raise RefusalError(
            f"version {content.version_id} of {content.key} {error}",
            next_step=f"--show-values prints it as it is; `statectl recover {content.key}` finds a good one",
        ) from error
    return Inside(
        key=content.key,
        version_id=content.version_id,
        modified=content.modified,
        size=len(content.body),
        serial=state.serial,
        lineage=state.lineage,
        terraform_version=state.terraform_version,
        resources=resources,
        outputs=state.outputs,
    )

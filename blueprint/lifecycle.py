"""When S3 may delete or move what a bucket holds. No rule here ever expires a current version of a state.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
"""

from dataclasses import dataclass

from settings.model import Settings
from settings.state_keys import expected_states, state_key
from statefile.keys import lockfile_key

MAX_RULES = 1000
"""Rules that S3 takes in one bucket."""

ABANDONED_UPLOAD_DAYS = 7
"""Days after which the parts of an upload that was never completed go."""

LOCKFILE_VERSION_DAYS = 1
"""Days that the noncurrent versions of a lockfile stay, the least that S3 takes."""


@dataclass(frozen=True, kw_only=True)
class LifecycleRule:
    """One rule; what is ``None`` or ``False`` is not part of it.

    :param id: its name in the bucket.
    :param prefix: the keys it is for; empty for all.
    :param current_version_days: days after which current versions expire (logs only).
    :param noncurrent_version_days: days after which noncurrent versions are deleted.
    :param newer_noncurrent_versions: noncurrent versions that stay however old they are.
    :param transition_days: days after which noncurrent versions move to ``transition_storage_class``.
    :param expired_delete_markers: whether delete markers with no version behind them go.
    :param abandoned_upload_days: days after which parts of uncompleted uploads go.
    """

    id: str
    prefix: str = ""
    current_version_days: int | None = None
    noncurrent_version_days: int | None = None
    newer_noncurrent_versions: int | None = None
    transition_days: int | None = None
    transition_storage_class: str | None = None
    expired_delete_markers: bool = False
    abandoned_upload_days: int | None = None


def state_bucket_rules(settings: Settings) -> tuple[LifecycleRule, ...]:
    """The rules of a state bucket.

    Every run of Terraform leaves a noncurrent lockfile version and a delete marker. A filter has no suffix, so
    each expected state gets a rule whose prefix is its lockfile's whole key, which no state's key starts with.
    Where S3 has no room for a rule per state, and for the lockfiles of workspaces, the general rules clean up.
    """
    transition = settings.noncurrent_transition
    general = (
        LifecycleRule(
            id="noncurrent-versions",
            noncurrent_version_days=settings.noncurrent_version_days,
            newer_noncurrent_versions=settings.newer_noncurrent_versions,
            transition_days=transition.days if transition else None,
            transition_storage_class=transition.storage_class.value if transition else None,
        ),
        LifecycleRule(id="expired-delete-markers", expired_delete_markers=True),
        LifecycleRule(id="abandoned-uploads", abandoned_upload_days=ABANDONED_UPLOAD_DAYS),
    )
    lockfiles = tuple(
        LifecycleRule(
            id=f"lockfile-{state}",
            prefix=lockfile_key(state_key(state)),
            noncurrent_version_days=LOCKFILE_VERSION_DAYS,
            expired_delete_markers=True,
        )
        for state in expected_states(settings.states)
    )
    if not settings.lock.uses_lockfile or len(general) + len(lockfiles) > MAX_RULES:
        return general
    return general + lockfiles


def log_bucket_rules(days: int) -> tuple[LifecycleRule, ...]:
    """The rules of a bucket of logs: they expire after so many days, and what expired goes for good."""
    return (
        LifecycleRule(
            id="expire-logs",
            current_version_days=days,
            noncurrent_version_days=ABANDONED_UPLOAD_DAYS,
        ),
        LifecycleRule(id="expired-delete-markers", expired_delete_markers=True),
        LifecycleRule(id="abandoned-uploads", abandoned_upload_days=ABANDONED_UPLOAD_DAYS),
    )

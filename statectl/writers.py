"""Who wrote which version of a state, where the stack keeps an audit trail."""

from datetime import datetime, timedelta

from blueprint.audit_trail import audit_trail
from statectl.session import Session
from statectl.talk import say
from store.failures import StoreFailureError
from store.trail import writers_of

TRAIL_LOOKED_BACK = timedelta(days=30)
"""How far back who wrote what is asked for, of all states at once."""
DELAY = timedelta(minutes=1)
"""The clocks of S3 and CloudTrail are each its own."""


def writers(session: Session, key: str | None, since: datetime) -> dict[str, str]:
    """The ARN of who wrote each version of the state at ``key``, by version id; empty where nothing tells.

    :param key: the state; ``None`` for all of them.
    :param since: when the oldest version of interest was written.
    """
    settings = session.backend.settings
    audit = audit_trail(settings) if settings is not None else None
    if audit is None:
        return {}
    location = session.backend.location
    try:
        return writers_of(
            session.clients,
            location.region,
            audit.log_group,
            bucket=location.bucket,
            key=key,
            since=since - DELAY,
        )
    except StoreFailureError as error:
        say(f"Who wrote it stays unknown: {error}")
        return {}

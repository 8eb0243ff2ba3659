"""The audit trail of a stack: the shape of ``auditTrail``."""

from typing import Annotated

from pydantic import Field

from settings.frozen import Frozen

TopicArn = Annotated[str, Field(pattern=r"^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]+$")]
"""An SNS topic."""


class AuditTrail(Frozen):
    """Who read and wrote which state, who took and freed which lock, kept apart from those who did it."""

    days: Annotated[int, Field(ge=1, le=3653)] = 365
    """How long the trail's files are kept."""
    existing_log_group: Annotated[str | None, Field(max_length=512, pattern=r"^[\w./#-]+$")] = None
    """The CloudWatch log group of a trail that records these data events already, such as an organisation's:
    then only the alarms are made, on it."""
    alarm_topic_arn: TopicArn | None = None
    """The SNS topic that the alarms notify; without one they only change their state."""

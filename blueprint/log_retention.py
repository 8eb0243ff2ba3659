"""How long CloudWatch Logs keeps what it is given: it offers some numbers of days and no others.

Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
"""

OFFERED_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545),
    *(731, 1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
"""The numbers of days that it offers, in their order."""


def retention_days(days: int) -> int:
    """The shortest that is offered and no shorter than ``days``, which is 3653 at most."""
    return next(offered for offered in OFFERED_DAYS if offered >= days)

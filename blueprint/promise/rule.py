"""What each promised setting is called, how it is compared, and by which ids scanners and auditors ask for it.

The ids are those of Checkov (``CKV_AWS_n``), of Prowler (names) and of Security Hub's Foundational Security Best
Practices (``S3.n`` and so on: https://docs.aws.amazon.com/securityhub/latest/userguide/fsbp-standard.html).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto


class Comparison(Enum):
    """How a promised value and a live one are the same."""

    EXACT = auto()
    """Equal; of two mappings a difference shows the fields that differ."""
    BY_NAME = auto()
    """Mappings from names: one difference for each name that is missing, changed or extra."""
    AT_LEAST = auto()
    """What is promised is there; what is there beside it is somebody else's business."""
    STATEMENTS = auto()
    """A policy: one difference for each Sid that is missing, changed or extra."""
    POLICIES = auto()
    """Policies by their names, and in each the statements."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One setting that is promised.

    :param id: ``<kind>.<setting>``.
    :param title: what holds where it is as promised.
    :param comparison: how it is compared.
    :param controls: the ids that scanners and auditors use.
    :param part_controls: other ids for some parts: a statement by its Sid, a lifecycle rule by its id.
    """

    id: str
    title: str
    comparison: Comparison = Comparison.EXACT
    controls: tuple[str, ...] = ()
    part_controls: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def controls_of(self, part: str) -> tuple[str, ...]:
        """The ids for one part of the setting."""
        return self.part_controls.get(part, self.controls)

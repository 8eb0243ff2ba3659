"""What a drill found."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class DrilledState:
    """A scratch state and what became of it.

    :param key: its key.
    :param acknowledged: the serial that Terraform acknowledged last before the cut.
    :param found: the serial that the second region had then; ``null`` where the state was not there.
    :param lost: how many acknowledged serials the second region did not have.
    :param lost_work: the names of the applies that were lost so.
    :param broke: the locks that the killed writer left, and that were broken for it.
    :param there: the serial that was acknowledged in the second region.
    :param refused: whether a writer that still pointed at the first region was refused, once that was back.
    :param back: the serial that the first region has after the failback.
    :param clean: whether ``terraform plan`` finds nothing to do there.
    """

    key: str
    acknowledged: int | None = None
    found: int | None = None
    lost: int | None = None
    lost_work: tuple[str, ...] = ()
    broke: tuple[str, ...] = ()
    there: int | None = None
    refused: bool | None = None
    back: int | None = None
    clean: bool | None = None

    @property
    def is_home(self) -> bool:
        """Whether the first region has what was written last, and Terraform agrees."""
        return self.clean is True and self.back is not None and self.back == self.there


@dataclass(frozen=True, kw_only=True, slots=True)
class DrillTimes:
    """How long what took, in seconds; ``null`` where it was not done.

    :param writing: from when each state had been written until the cut.
    :param failover: from the cut until the second region took writes.
    :param first_write: from the cut until the first apply was acknowledged there.
    :param write_again: from the cut until an apply of each state was acknowledged there.
    :param closing: from when the first region was back until it refused writes of these states.
    :param failback: from when the failback began until the first region took writes.
    :param back: from when the failback began until a plan of each state had ended there.
    """

    writing: float | None = None
    failover: float | None = None
    first_write: float | None = None
    write_again: float | None = None
    closing: float | None = None
    failback: float | None = None
    back: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class DrillReport:
    """A drill.

    :param id: its id, which is in the keys of its states.
    :param seed: what its moment was chosen by.
    :param first_region: the region that was taken for gone.
    :param second_region: the region that took over.
    :param client: the version of the Terraform that wrote.
    :param cut: when the first region was taken for gone.
    :param lost: how many acknowledged serials were lost, all states together.
    :param states: each scratch state.
    :param times: how long what took.
    """

    id: str
    seed: int
    first_region: str
    second_region: str
    client: str
    cut: datetime | None = None
    lost: int | None = None
    states: tuple[DrilledState, ...]
    times: DrillTimes = field(default_factory=DrillTimes)

    def problems(self) -> Sequence[str]:
        """What is not as it should be, in words."""
        found = [
            f"{one.key} lost {', '.join(one.lost_work)}: it had serial {one.acknowledged} in {self.first_region}, "
            f"and {'was not there' if one.found is None else f'serial {one.found}'} in {self.second_region}"
            for one in self.states
            if one.lost
        ]
        found += [
            f"{one.key} was written in {self.first_region} while {self.second_region} wrote it"
            for one in self.states
            if one.refused is False
        ]
        found += [
            f"{one.key} is not what was written last: serial {one.back} in {self.first_region}, {one.there} "
            f"acknowledged in {self.second_region}{'' if one.clean else ', and a plan is not clean'}"
            for one in self.states
            if one.clean is not None and not one.is_home
        ]
        return found

"""Yes, no, or undecided: what can be said without knowing everything about a request."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Need:
    """What a dry question cannot know, and what is asked of it.

    :param key: a condition key, as the policy writes it.
    :param operator: what compares it, such as ``IpAddress``.
    :param values: what it is compared with.
    """

    key: str
    operator: str
    values: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Unseen:
    """What could not be read or cannot be judged.

    :param why: in words.
    :param action: the IAM action that was missing; empty where it is not for want of one.
    """

    why: str
    action: str = ""


Doubt = Need | Unseen


@dataclass(frozen=True, slots=True)
class Truth:
    """The value of a test.

    :param value: ``None`` where it is undecided.
    :param doubts: what would decide it; none where it is decided.
    """

    value: bool | None
    doubts: tuple[Doubt, ...] = ()


YES, NO = Truth(value=True), Truth(value=False)


def decided(value: bool) -> Truth:
    """A test that is decided."""
    return YES if value else NO


def undecided(*doubts: Doubt) -> Truth:
    """A test that is not."""
    return Truth(value=None, doubts=doubts)


def negated(truth: Truth) -> Truth:
    """The opposite."""
    return truth if truth.value is None else decided(not truth.value)


def every(truths: Iterable[Truth]) -> Truth:
    """Whether all hold; no test is looked at behind one that does not."""
    return _until(truths, end=NO)


def some(truths: Iterable[Truth]) -> Truth:
    """Whether any holds; no test is looked at behind one that does."""
    return _until(truths, end=YES)


def _until(truths: Iterable[Truth], *, end: Truth) -> Truth:
    doubts: dict[Doubt, None] = {}
    for truth in truths:
        if truth.value is end.value:
            return end
        doubts |= dict.fromkeys(truth.doubts)
    return undecided(*doubts) if doubts else negated(end)

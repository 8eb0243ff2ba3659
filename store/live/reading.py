"""Asks for the settings of one resource, one call after the other, and keeps what could not be asked."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from store.failures import NotThereError, StoreFailureError, code_of, explained


@dataclass(frozen=True, kw_only=True)
class Live:
    """A resource as far as it could be read.

    :param settings: the value of each setting that was read; ``None`` where AWS says that it is not set.
    :param unread: for each setting that was not, why.
    :param gone: by what AWS says that the resource does not exist; nothing of it is read or unread then.
    """

    settings: Mapping[str, Any]
    unread: Mapping[str, StoreFailureError]
    gone: NotThereError | None = None


class Reading:
    """A resource that is being read.

    :param resource: what it is, in words for a person.
    """

    def __init__(self, resource: str) -> None:
        self._resource = resource
        self._settings: dict[str, Any] = {}
        self._unread: dict[str, StoreFailureError] = {}
        self._gone: NotThereError | None = None

    def ask(
        self, action: str, settings: Sequence[str], call: Callable[[], Sequence[Any]], *, unset: Iterable[str] = ()
    ) -> None:
        """Ask for some settings with one call.

        :param action: the IAM action that it needs.
        :param settings: which settings it tells.
        :param call: makes the call; the values, in the order of the settings.
        :param unset: error codes by which AWS says that none of them is set.
        """
        if self._gone:
            return
        try:
            with explained(action, self._resource):
                try:
                    values = call()
                except ClientError as error:
                    if code_of(error) not in unset:
                        raise
                    values = [None] * len(settings)
        except NotThereError as error:
            self._gone = error
        except StoreFailureError as error:
            self._unread.update(dict.fromkeys(settings, error))
        else:
            self._settings.update(zip(settings, values, strict=True))

    def found(self, setting: str, *, needed_for: Sequence[str]) -> Any:
        """A setting that was read, which other calls need; ``None`` where it was not.

        :param needed_for: the settings that those calls tell: where it could not be read, neither could they.
        """
        if setting in self._unread:
            self._unread.update(dict.fromkeys(needed_for, self._unread[setting]))
        return self._settings.get(setting)

    def done(self) -> Live:
        """What came of it."""
        if self._gone:
            return Live(settings={}, unread={}, gone=self._gone)
        return Live(settings=self._settings, unread=self._unread)


def tags(listed: Iterable[Mapping[str, str]], *, key: str = "Key", value: str = "Value") -> dict[str, str]:
    """A list of tags as a mapping."""
    return {tag[key]: tag[value] for tag in listed}

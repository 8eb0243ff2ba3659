"""One run of a command: the backend it is about and the AWS clients it uses, each made when first needed."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from statectl.exit_code import ExitCode
from statectl.find import Wanted, find
from statectl.known_backend import KnownBackend
from statectl.refusal import RefusalError
from statectl.talk import say

if TYPE_CHECKING:
    from store.clients import Clients
    from store.store import Store


class Session:
    """What a command works with.

    :param wanted: what names the backend on the command line.
    :param profile: the AWS profile that the credentials come from; ``None`` for wherever every AWS SDK looks.
    """

    def __init__(self, wanted: Wanted, profile: str | None) -> None:
        self.wanted = wanted
        self.profile = profile

    @cached_property
    def backend(self) -> KnownBackend:
        """The backend.

        :raises statectl.refusal.RefusalError: where it is not found.
        """
        return find(self.wanted)

    @cached_property
    def clients(self) -> Clients:
        """The AWS clients of the command's credentials."""
        from store.clients import Clients  # noqa: PLC0415 (boto3 takes longer to load than most commands to run)

        return Clients(self.profile)

    @cached_property
    def store(self) -> Store:
        """What the backend keeps in the first region."""
        from store.store import Store  # noqa: PLC0415

        return Store(self.clients, self.backend.location)

    @cached_property
    def replica(self) -> Store | None:
        """What it keeps in the second region; ``None`` where it has none, or none is known."""
        from store.store import Store  # noqa: PLC0415

        replica = self.backend.replica
        return Store(self.clients, replica) if replica is not None else None

    def say_who_acts(self) -> str:
        """Say whose credentials these are, before anything is written; returns the ARN.

        :raises statectl.refusal.RefusalError: where they belong to another account than the backend.
        """
        caller, location = self.clients.caller, self.backend.location
        say(f"Acting as {caller.arn} on {location.bucket} in {location.region}")
        if location.account_id and caller.account_id != location.account_id:
            raise RefusalError(
                f"the credentials belong to account {caller.account_id}, and {self.backend.source} to "
                f"{location.account_id}",
                next_step=f"use credentials of {location.account_id}, or become a role there",
                code=ExitCode.DENIED,
            )
        return caller.arn

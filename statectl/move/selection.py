"""Which states of a backend a name stands for: one with its workspaces, or all below a folder."""

from collections.abc import Iterator
from dataclasses import dataclass

from statectl.exit_code import ExitCode
from statectl.known_backend import KnownBackend
from statectl.own_prefix import OWN_PREFIX
from statectl.refusal import RefusalError
from statectl.states.listing import is_state
from statefile.keys import split_workspace, workspace_key
from store.failures import NotThereError
from store.store import Store


@dataclass(frozen=True, kw_only=True)
class Selection:
    """What a name stands for.

    :param name: a whole key, or a folder that ends in ``/``.
    :param prefix: the folder of workspaces other than the default.
    """

    name: str
    prefix: str

    @classmethod
    def of(cls, backend: KnownBackend, name: str) -> "Selection":
        """As somebody writes it: ``<environment>/<service>``, a whole key, or a folder with ``/`` at its end."""
        key = name if name.endswith("/") else backend.state_key(name)
        return cls(name=key, prefix=backend.location.workspace_prefix)

    @property
    def is_folder(self) -> bool:
        """Whether it stands for all below."""
        return self.name.endswith("/")

    @property
    def prefixes(self) -> frozenset[str]:
        """Where the keys begin that can belong to it: its own, and those of workspaces."""
        return frozenset({self.name, f"{self.prefix}/"})

    def holds(self, key: str) -> bool:
        """Whether a key belongs to it; those of workspaces belong to the state in the default one."""
        _, base = split_workspace(key, prefix=self.prefix)
        return any(one.startswith(self.name) if self.is_folder else one == self.name for one in (key, base))

    def moved(self, key: str, to: "Selection") -> str:
        """The key that a key of this selection becomes in another, in the same workspace.

        Clients name one key for all workspaces, so that they move together.
        """
        if key.startswith(self.name):
            return to.name + key.removeprefix(self.name)
        workspace, base = split_workspace(key, prefix=self.prefix)
        return workspace_key(workspace, to.name + base.removeprefix(self.name), prefix=to.prefix)

    def refuse_overlap(self, to: "Selection") -> None:
        """See that no state is both moved and in the way.

        :raises statectl.refusal.RefusalError: where the two are the same, or one lies in the other.
        """
        if self.is_folder != to.is_folder:
            raise RefusalError(
                f"{self.name} and {to.name} are not of one kind",
                next_step="name two states, or two folders that both end in /",
                code=ExitCode.USAGE,
            )
        inside = self.is_folder and (self.name.startswith(to.name) or to.name.startswith(self.name))
        if self.name == to.name or inside:
            raise RefusalError(
                f"{self.name} and {to.name} are the same, or one lies in the other",
                next_step="name another place",
                code=ExitCode.USAGE,
            )


def keys_of(backend: KnownBackend, store: Store, selection: Selection) -> list[str]:
    """The keys of the states that there are, in order.

    :raises store.failures.NotThereError: where there are none.
    """
    found = sorted({key for key in _listed(store, selection) if _wanted(backend, selection, key)})
    if not found:
        where = "below" if selection.is_folder else "at"
        raise NotThereError(
            f"there is no state {where} {selection.name} in {store.location.bucket}",
            next_step="see `statectl states ls`",
        )
    return found


def _listed(store: Store, selection: Selection) -> Iterator[str]:
    for prefix in selection.prefixes:
        yield from (found.key for found in store.bucket.objects(prefix))


def _wanted(backend: KnownBackend, selection: Selection, key: str) -> bool:
    if key.startswith(OWN_PREFIX) or not selection.holds(key):
        return False
    return key == selection.name or is_state(backend, key)

"""``statectl move release``: takes away the notes that say where states went."""

from collections.abc import Iterator
from typing import Annotated

import typer

from statectl.move.notes import told_by
from statectl.move.selection import Selection
from statectl.options import DryRunOption, YesOption, on_backend
from statectl.refusal import RefusalError
from statectl.session import Session
from statectl.talk import require_yes, say
from statectl.text import counted
from store.held import Held
from store.parallel import in_order
from store.store import Store


@on_backend
def release(
    session: Session,
    *,
    state: Annotated[
        str, typer.Argument(metavar="STATE", help="A state that moved away, or a folder that ends in /.")
    ],
    dry_run: DryRunOption = False,
    yes: YesOption = False,
) -> None:
    """Take away the locks that say where a state and its workspaces went, once nobody comes there any more.

    The old states stay as they are: whoever is still configured for them plans and writes there again. To go back
    to the old key with what is in the new one, use `move key` instead.
    """
    session.say_who_acts()
    store = session.store
    chosen = Selection.of(session.backend, state)
    found = [held for held in _held(store, chosen) if held.is_note and chosen.holds(held.key)]
    if not found:
        raise RefusalError(f"no note is on {state}", next_step="see `statectl locks ls`")
    told = {held.key: told_by(held.info) for held in found if held.info is not None}
    for key, where in told.items():
        say(f"{'Would release' if dry_run else 'To release'}: {key} ({where})")
    if dry_run:
        return
    require_yes(
        f"Release {counted(len(told), 'state')}? Whoever is still configured for it writes the old one again.",
        yes=yes,
    )

    def free(held: Held) -> None:
        store.free_lock([held])

    for _ in in_order(free, found):
        pass
    say(f"Released: {', '.join(told)}.")


def _held(store: Store, chosen: Selection) -> Iterator[Held]:
    """What is held of the states and their workspaces, whether or not there is a state."""
    for prefix in chosen.prefixes:
        yield from store.lockfiles.all(prefix)
        if store.table is not None:
            yield from (item for item in store.table.all(prefix) if isinstance(item, Held))

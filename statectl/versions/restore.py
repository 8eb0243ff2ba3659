"""A restore from the command line: shown, asked about, carried out."""

from statectl.exit_code import ExitCode
from statectl.locks.listing import joined
from statectl.own_lock import own_lock
from statectl.refusal import RefusalError
from statectl.talk import require_yes, say
from statectl.text import counted
from statectl.versions.restoration import Restoration, decided_before
from statectl.versions.restoring import Restoring
from store.failures import LockedError
from store.store import Store

OPERATION = "statectl versions restore"
"""What the lock of a restore says that it is for."""


def refuse_if_locked(store: Store, key: str) -> None:
    """Say before anything else that somebody is at work, or that a restore was interrupted.

    :raises store.failures.LockedError: where the lock of the state at ``key`` is held.
    """
    for lock in joined((held for held in store.locks(key) if not held.is_fence), store.location):
        resumed = f"statectl versions restore {key} --resume {lock.id}"
        raise LockedError(
            f"{lock.who or 'somebody unknown'} holds the lock {lock.id} of {key} ({lock.operation})",
            next_step=resumed if lock.operation == OPERATION else "wait, or see `statectl locks break`",
        )


def noted(store: Store, key: str, lock_id: str) -> Restoration:
    """The restore that the lock of this ID says was under way.

    :raises statectl.refusal.RefusalError: where no such lock is held.
    """
    for lock in joined(store.locks(key), store.location):
        if lock.id == lock_id and lock.operation == OPERATION:
            return decided_before(store, key, lock.info)
    raise RefusalError(
        f"no restore holds the lock {lock_id} of {key}",
        next_step=f"see `statectl locks show {key}`",
        code=ExitCode.LOCKED,
    )


def carry_out(store: Store, plan: Restoration, *, resumed: str | None, dry_run: bool, yes: bool) -> None:
    """Show the steps, ask, and do them.

    :param resumed: the ID of the lock that an interrupted restore left; ``None`` to begin.
    """
    lock = own_lock(store.location.bucket, plan.key, operation=OPERATION, info=plan.note, resumed=resumed)
    restoring = Restoring(store, plan, lock)
    if dry_run or not yes:
        for number, step in enumerate(restoring.steps, start=1):
            say(f"{number}. {'would ' if dry_run else ''}{step.title}")
    if dry_run:
        return
    state = plan.restored
    contents = (
        f"{counted(state.resources, 'resource')}, written by {state.terraform_version or 'an unknown version'}"
    )
    require_yes(f"Restore {plan.key} to version {plan.version_id} ({contents})?", yes=yes)
    restoring.run()
    say(f"{plan.key} is version {plan.version_id} again, as serial {plan.serial}. Next: terraform plan.")

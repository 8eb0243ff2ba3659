"""Steps that can be done again, so that a run that was killed is simply run again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from statectl.exit_code import ExitCode
from statectl.refusal import RefusalError
from statectl.talk import say
from store.failures import DeniedError, StoreFailureError


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step.

    :param title: what it does, as an order.
    :param run: does it; doing it again does no harm.
    :param is_done: whether what it leaves behind is there, so that it need not be done again.
    """

    title: str
    run: Callable[[], None]
    is_done: Callable[[], bool] = lambda: False


def carry_out(steps: Sequence[Step]) -> None:
    """Do what is not done yet.

    :raises statectl.refusal.RefusalError: where it stopped in the middle, with how to go on.
    """
    for number, step in enumerate(steps, start=1):
        try:
            if step.is_done():
                say(f"{number}/{len(steps)} {step.title}: was done already")
                continue
            step.run()
        except (StoreFailureError, KeyboardInterrupt) as error:
            hint = getattr(error, "next_step", "")
            raise RefusalError(
                f"{str(error) or 'stopped'}; it stopped at: {step.title}",
                next_step=f"{f'{hint}; ' if hint else ''}run the same command again, which goes on",
                code=ExitCode.DENIED if isinstance(error, DeniedError) else ExitCode.FAILED,
            ) from error
        say(f"{number}/{len(steps)} {step.title}: done")


def say_steps(steps: Sequence[Step]) -> None:
    """Say what would be done."""
    for number, step in enumerate(steps, start=1):
        say(f"{number}. {'was done already: ' if step.is_done() else 'would '}{step.title}")

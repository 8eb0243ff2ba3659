"""`python -m localcloud`: the local run from the command line. The Makefile calls it."""

import argparse
import os
import signal
import sys

from localcloud import tour
from localcloud.engine import Engine
from localcloud.failure import Failure
from localcloud.leash_wrapper import end_with_parent
from localcloud.steps import Steps


def main() -> int:
    """0 when all went well, 1 with one line when it did not, 128 and the signal when stopped by one."""
    parser = argparse.ArgumentParser(prog="python -m localcloud", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="run all the steps")
    up.add_argument("--keep", action="store_true", help="leave the emulated AWS running")
    up.add_argument("--port", type=int, help="the emulated AWS's port (default: any free one)")
    commands.add_parser("down", help="stop what `up --keep` left running")
    commands.add_parser("clean", help="delete the emulated AWS and all in it")
    commands.add_parser("engine", help="only get the Pulumi engine")
    arguments = parser.parse_args()

    # As Ctrl-C does, these unwind what is open. A shell may have started us with SIGINT ignored.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if "MAKELEVEL" in os.environ:
        # `make` gone without a word: nobody is left to read this.
        end_with_parent()

    steps = Steps()
    try:
        match arguments.command:
            case "up":
                tour.run(steps, keep=arguments.keep, port=arguments.port)
            case "down":
                tour.stop(steps)
            case "clean":
                tour.clean(steps)
            case "engine":
                with steps.step("Tools") as step:
                    engine = Engine.obtain(step)
                    step.result(f"Pulumi {engine.version} ({engine.origin})")
    except Failure as failure:
        if failure.details:
            print(failure.details, file=sys.stderr)
        steps.say(str(failure), style="red")
        return 1
    except KeyboardInterrupt:
        steps.say("Stopped; nothing is left running.")
        return 128 + signal.SIGINT
    return 0


def _leave(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)


if __name__ == "__main__":
    sys.exit(main())

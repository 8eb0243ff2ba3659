"""The options that every move of states has."""

from typing import Annotated

import typer

KeepOption = Annotated[
    bool, typer.Option("--keep-source", help="Leave the source as it was: two of one state from then on.")
]
ReplaceOption = Annotated[
    bool,
    typer.Option("--replace", help="Take the place of another state, which stays among the noncurrent versions."),
]

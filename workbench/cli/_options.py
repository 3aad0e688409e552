"""Options that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

SystemOption = Annotated[str | None, typer.Option(help="System message.")]
TemperatureOption = Annotated[float | None, typer.Option(help="0 takes the likeliest token each time.")]
TokensOption = Annotated[int | None, typer.Option(help="Limit of each answer in tokens; none if not given.")]
StopRepeatsOption = Annotated[
    bool | None, typer.Option(help="Stop an answer that repeats itself.  [default: stop it]", show_default=False)
]
SeedOption = Annotated[int | None, typer.Option(help="Start of the random numbers.")]

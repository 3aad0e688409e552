"""The command `ask`: one question to one model."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

from workbench.cli._files import decoded
from workbench.cli._files import schema as schema_of
from workbench.cli._options import SeedOption, StopRepeatsOption, SystemOption, TemperatureOption, TokensOption
from workbench.cli._terminal import INTERRUPTED, complain
from workbench.cli.language import said
from workbench.connections import Model, model
from workbench.messages import Reply
from workbench.texts import replaced


def ask(
    name: Annotated[str, typer.Argument(metavar="MODEL", help='"connection/model", such as embedded.')],
    prompt: Annotated[str, typer.Argument(metavar="PROMPT", help="What to ask; - reads it from standard input.")],
    system: SystemOption = None,
    temperature: TemperatureOption = None,
    max_tokens: TokensOption = None,
    seed: SeedOption = None,
    stop_repeats: StopRepeatsOption = None,
    schema: Annotated[Path | None, typer.Option(help="File with the JSON schema of the answer.")] = None,
) -> None:
    """Ask one model and print its answer as it arrives."""
    if prompt == "-":
        prompt = decoded(sys.stdin.buffer.read(), "standard input")
    asked = model(name, temperature=temperature, max_tokens=max_tokens, seed=seed, stop_repeats=stop_repeats)
    asked = asked.using(system=system, schema=schema_of(schema))
    try:
        reply = asyncio.run(_stream(asked, prompt))
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None
    if reply.recorded_at:
        moment = reply.recorded_at[:16].replace("T", " ")
        complain(said("recorded {moment} (UTC), and played").format(moment=moment))
    for warning in reply.warnings:
        complain(warning)


async def _stream(asked: Model, prompt: str) -> Reply:
    """Print an answer as it arrives, and give its reply."""
    begun, reply = False, Reply(text="", finish="unknown")
    try:
        async for piece in asked.stream(prompt):
            reply = piece.reply or reply
            if piece.was_reasoning:
                print(flush=True)
                complain(said("what is above were the model's thoughts; its answer begins here"))
            begun = begun or bool(piece.text)
            print(replaced(piece.text), end="", flush=True)
    finally:
        if begun:
            print()
    return reply

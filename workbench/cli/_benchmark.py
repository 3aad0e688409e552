"""The command `benchmark`: how fast a server answers."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from workbench.cli._files import write, written_to
from workbench.cli._terminal import INTERRUPTED
from workbench.cli.language import said
from workbench.errors import UsageError
from workbench.serverbench import Bench
from workbench.serverbench import benchmark as measured
from workbench.texts import replaced

Number = TypeVar("Number", int, float)


def benchmark(
    name: Annotated[str, typer.Argument(metavar="MODEL", help='"connection/model", such as embedded.')],
    concurrency: Annotated[
        str | None, typer.Option(help="Requests in flight, such as 1,2,4; doubled while that pays if not given.")
    ] = None,
    rates: Annotated[
        str | None, typer.Option(help="Instead, requests per second that come at random, such as 0.5,2.")
    ] = None,
    requests: Annotated[int | None, typer.Option(help="Requests for each load.")] = None,
    output_tokens: Annotated[int, typer.Option(help="Tokens after which an answer is cut.")] = 64,
    limit: Annotated[float, typer.Option(help="Seconds after which it ends in any case.")] = 300.0,
    out: Annotated[Path | None, typer.Option(help="File for a row of each request: .csv, .parquet, …")] = None,
) -> None:
    """Measure how fast a model server answers under growing load.

    The exit status is 1 when a request failed.
    """
    asked = measured(
        name,
        concurrency=_numbers("--concurrency", concurrency, int),
        rates=_numbers("--rates", rates, float),
        requests=requests,
        output_tokens=output_tokens,
        limit_s=limit,
        progress=_tell,
    )
    try:
        bench = asyncio.run(asked)
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None
    print(replaced(_bench_text(bench)))
    if out is not None:
        print(written_to(write(bench.frame, out)))
    raise typer.Exit(1 if bench.frame.empty or bench.frame["error"].notna().any() else 0)


def _tell(load: float, done: int, total: int) -> None:
    told = said("load {load}: {done} of {total} done").format(load=f"{load:g}", done=done, total=total)
    print(told, file=sys.stderr, flush=True)


def _numbers(option: str, given: str | None, kind: Callable[[str], Number]) -> list[Number] | None:
    try:
        return None if given is None else [kind(one) for one in given.split(",")]
    except ValueError:
        raise UsageError(f"{option} must be numbers such as 1,2,4, not {given!r}") from None


def _bench_text(bench: Bench) -> str:
    """The table of a bench, and its knee."""
    shown = ["requests", "failed", "output_tokens_per_s", "first_token_s_p50", "first_token_s_p90", "end_to_end_s_p50"]
    table = bench.table[[bench.table.columns[0], *shown]].round(3).to_string(index=False)
    return f"{table}\n{bench.model}: {bench.words}"

"""Comparisons in a notebook: asked with a live view, estimated before, and reported after."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from workbench import connections
from workbench.arguments import as_text
from workbench.comparison import Asked, Comparison, Dialogue, Question, Row, Run, Scorer, make_plan, write_whole
from workbench.comparison import estimate as _estimate
from workbench.comparison.scorers import named_apart
from workbench.errors import UsageError
from workbench.files._whole import at_home
from workbench.notebook._live import carried_out
from workbench.notebook._shown import as_run
from workbench.views.report import report_html

Scoring = Scorer | Callable[[Row], Any]


async def compare(
    prompts: str | Dialogue | Sequence[Question] | pd.Series[Any] | pd.DataFrame,
    models: Asked | Sequence[Asked] | Mapping[str, Asked],
    *,
    template: str | Sequence[str] | None = None,
    column: str | None = None,
    system: str | Sequence[str] | Mapping[str, str] | None = None,
    grid: Mapping[str, Iterable[Any]] | None = None,
    repeats: int = 1,
    scorers: Sequence[Scoring] | Scoring = (),
    name: str | None = None,
    shuffle: int | None = None,
    concurrency: int | None = None,
    executor: Any = None,
    **options: Any,
) -> Run:
    """Ask several models the same and show the answers while they arrive.

    All servers are asked at once, each row by row: all candidates answer a prompt before the next comes, but for models
    that a server would have to exchange in its memory; these are asked one after the other. In a notebook a live view
    with a Stop button runs along and stays; a saved notebook shows a table in its place, without a kernel too.
    In the view answers are read at full width, compared with each other, and asked for again where they failed.

    Args:
        prompts: A text, a dialogue of `wb.dialogue`, a list of texts, conversations and dialogues, or a DataFrame: with
            `template` every row makes a prompt, without it a column holds them.
        models: One or several "connection/model", models made with `wb.model(...).using(label=...)`, or coroutine
            functions that get a prompt and give a text or a reply; of a dict the keys are their labels.
        template: Jinja template over the columns of the DataFrame, such as `"Antworte auf: {{ letter }}"`; a list of
            them makes dialogues, a turn each.
        column: The column that holds the prompts, where there is no template; None takes `prompt`.
        system: System message for all models that have none of their own; a list of them, or a dict with their names,
            makes a candidate of each model with each.
        grid: For some options the values to try, such as `{"temperature": [0, 0.7]}`; makes a candidate of each model
            with each combination.
        repeats: How often each candidate gets each prompt; a seed is counted up by one for each.
        scorers: One or several of `wb.scorers`, or functions of a row; `run.scores` and `run.verdict()` then say who
            is better.
        name: Keeps every finished cell in `.workbench/` beside the notebook. The same call under the same name goes on
            where it stopped, even after the kernel was killed, and asks only what is new. None asks all, and keeps it
            for a while under a name of its own, with which the same call goes on too; see `wb.runs`.
        shuffle: A number from which an order of the prompts is drawn.
        concurrency: Requests kept in flight on each server; None finds out what each takes, and calls functions eight
            at a time.
        executor: A Dask client (package `model-workbench[dask]`), of a `LocalCluster` or any scheduler: its workers
            then ask the servers, all together with as many requests in flight. The journal stays here.
        options: `schema` and fields of `Options`, such as temperature, seed or max_tokens.

    Returns:
        The run: `run.frame` with a row for each prompt, model and repeat, `run.table` with prompts down and models
        across. A cell that fails is a row with its error and ends nothing.

    Raises:
        UsageError: If it cannot be asked so; nothing was sent.
        JournalError: If what was answered cannot be kept under the name; it is on the error's `run`.

    >>> from workbench.connections import wait
    >>> wait(compare(["Was ist ein Amt?", "Wer ist zuständig?"], "embedded", max_tokens=3))
    2 of 2 answered
    """
    chosen = _scorers(scorers)  # now, as after hours of asking is too late to tell of a wrong one
    plan = make_plan(
        prompts,
        models,
        template=template,
        column=column,
        system=system,
        grid=grid,
        repeats=repeats,
        shuffle=shuffle,
        **options,
    )
    comparison = Comparison(plan, concurrency=concurrency, name=name, executor=executor)
    run = await carried_out(comparison)
    if chosen:
        await run.score(chosen)
    return run


def _scorers(scorers: Sequence[Scoring] | Scoring) -> list[Scorer]:
    return [] if isinstance(scorers, Sequence) and not scorers else named_apart(scorers)


def estimate(
    prompts: str | Dialogue | Sequence[Question] | pd.Series[Any] | pd.DataFrame,
    models: Asked | Sequence[Asked] | Mapping[str, Asked],
    *,
    template: str | Sequence[str] | None = None,
    column: str | None = None,
    system: str | Sequence[str] | Mapping[str, str] | None = None,
    grid: Mapping[str, Iterable[Any]] | None = None,
    repeats: int = 1,
    scorers: Sequence[Scoring] | Scoring = (),
    name: str | None = None,
    concurrency: int | None = None,
    **options: Any,
) -> pd.DataFrame:
    """Estimate what a comparison would ask, in tokens and time; nobody is asked.

    Args:
        prompts: As for `compare`.
        models: As for `compare`.
        template: As for `compare`.
        column: As for `compare`.
        system: As for `compare`.
        grid: As for `compare`.
        repeats: As for `compare`.
        scorers: As for `compare`; those that ask a model have a row of their own.
        name: The name under which it would be kept; what is answered there already is not asked again.
        concurrency: As for `compare`.
        options: As for `compare`.

    Returns:
        A row for each candidate: `model`, `cells`, `answered` (already), and of what is left `prompt_tokens`,
        `answer_tokens` and `seconds`. They follow what the same models answered in the comparisons that are kept in
        this folder; `answers_known` is how many that are. Without any, prompts count a token for three characters,
        answers as many tokens as `max_tokens` allows, and no time is told.

    Raises:
        UsageError: If it cannot be asked so.
        JournalError: If what is kept under the name cannot be read.

    >>> estimate(["Was ist ein Amt?", "Wer ist zuständig?"], "embedded", repeats=3)["cells"].tolist()
    [6]
    """
    plan = make_plan(
        prompts, models, template=template, column=column, system=system, grid=grid, repeats=repeats, **options
    )
    return _estimate(plan, name, concurrency=concurrency, scorers=_scorers(scorers))


def report(run: Run, path: str | Path, *, scorer: str | None = None, title: str | None = None) -> Path:
    """Write a comparison as one HTML page that opens with no server and no network, for reading, printing and filing.

    Args:
        run: The comparison.
        path: The file, .html or .htm; one that is there is replaced once the new one is whole. `~` is the user's home.
        scorer: Name of the score whose verdict is told; None takes the only one, if the run was scored.
        title: Heading of the page.

    Returns:
        The file.

    Raises:
        UsageError: If `run` is not a run, there is no such score, or the file has another ending or cannot be written.
    """
    run = as_run(run)
    path, title = at_home(path), None if title is None else as_text("title=", title)
    if path.suffix.lower() not in (".html", ".htm"):
        raise UsageError("a report is a page of HTML", where=str(path), advice="let its name end in .html or .htm")
    scores = run.scores
    scored = None if scores.empty else scores
    page = report_html(
        run.frame,
        scored,
        run.verdict(scorer) if scored is not None and len(run.plan.candidates) > 1 else None,
        scorer=scorer,
        title=title,
        options=_options(run),
    )
    return write_whole(path, lambda fresh: fresh.write_text(page, encoding="utf-8"))


def _options(run: Run) -> dict[str, dict[str, Any] | None]:
    """What each candidate was asked with besides the prompts, by its label; None of a function."""
    found: dict[str, dict[str, Any] | None] = {}
    for one in run.plan.candidates:
        # A candidate that was opened from a journal has its options in what its answers depended on.
        asked: Any = one.options.asked() if isinstance(one, connections.Model) else one.identity.get("options")
        found[one.label] = None if asked is None else ({"system": one.system} if one.system else {}) | asked
    return found

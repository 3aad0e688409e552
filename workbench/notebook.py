"""The notebook's door: what is awaited in a cell, with a live view while it runs and a table that stays."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

import pandas as pd
from IPython.core.getipython import get_ipython
from IPython.display import display

from workbench import connections
from workbench.compare import (
    Asked,
    Cell,
    Comparison,
    Dialogue,
    Question,
    Result,
    Row,
    Run,
    Scorer,
    make_plan,
    write_whole,
)
from workbench.compare import estimate as _estimate
from workbench.connections import Overview, Steps
from workbench.connections.doctor import Diagnosis
from workbench.connections.doctor import doctor as _doctor
from workbench.errors import UsageError
from workbench.language import Language, language
from workbench.messages import Piece, Progress
from workbench.views import (
    Answer,
    CompareView,
    PanelView,
    ProgressBar,
    comparison_table,
    comparison_text,
    diagnosis_table,
    diagnosis_text,
    panel_table,
    panel_text,
    progress_words,
    static_line,
    warning,
    words,
)
from workbench.views.report import report_html

Show = Callable[[Progress], object]
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

    All servers are asked at once, each model by model. In a notebook a live view with a Stop button runs along, and
    a table stays when it is over, which a saved notebook still shows without a kernel.

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
            where it stopped, even after the kernel was killed, and asks only what is new. None keeps nothing.
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
    chosen = _scorers(scorers) if scorers else []  # now, as after hours of asking is too late to tell of a wrong one
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
    run = await (comparison.run() if get_ipython() is None else _seen(comparison))
    if chosen:
        await run.score(chosen)
    return run


def _scorers(scorers: Sequence[Scoring] | Scoring) -> list[Scorer]:
    # Loaded here, as most comparisons are not scored at once.
    from workbench.compare.scorers import named_apart

    return named_apart(scorers)


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
    """Say what a comparison would ask, and about how many tokens and how much time that takes; nobody is asked.

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
    return _estimate(plan, name, concurrency=concurrency, scorers=_scorers(scorers) if scorers else [])


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
        UsageError: If `run` is no run, there is no such score, or the file has another ending or cannot be written.
    """
    if not isinstance(run, Run):
        raise UsageError(
            f"a report tells of a run, not of a {type(run).__name__}", advice="give what `await wb.compare(…)` gives"
        )
    if Path(path).suffix.lower() not in (".html", ".htm"):
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
    return write_whole(Path(path), lambda fresh: fresh.write_text(page, encoding="utf-8"))


def _options(run: Run) -> dict[str, dict[str, Any] | None]:
    """What each candidate was asked with besides the prompts, by its label; None of a function."""
    found: dict[str, dict[str, Any] | None] = {}
    for one in run.plan.candidates:
        # A candidate that was opened from a journal has its options in what its answers depended on.
        asked: Any = one.options.asked() if isinstance(one, connections.Model) else one.identity.get("options")
        found[one.label] = None if asked is None else ({"system": one.system} if one.system else {}) | asked
    return found


def doctor(name: str = "embedded", *, again: bool = False) -> Diagnosis:
    """Find out what works on a connection, what does not, and what to do about it; in a notebook as a table.

    The server is reached step by step, and the first step that fails ends it. Then the model is asked short questions,
    each of which shows one capability; no probe takes more than 30 seconds, and none leaves a request running. What
    was found is used by `ask`, `compare` and agents, and kept on disk until the server's version or the model changes.

    Args:
        name: "connection", or "connection/model" for another than its first model.
        again: Ask the model anew, though nothing has changed.

    Returns:
        The diagnosis; its `frame`, `advice`, `capabilities`, `model_info` (for AutoGen) and `json` say what was found.

    Raises:
        ConnectionUnknownError: If there is no such connection.

    >>> doctor("embedded").reached
    True
    """
    found = _doctor(name, again=again)
    if get_ipython() is not None:
        table = diagnosis_table(found, language())
        display({"text/html": table, "text/plain": diagnosis_text(found, language())}, raw=True)  # type: ignore[no-untyped-call]
    return found


def panel() -> None:
    """Show all connections and their models: what is loaded, how much memory is left, and how busy a vLLM is.

    Models of Ollama can be fetched, loaded, unloaded and deleted there, by the keyboard alone too. The panel looks at
    the servers every two seconds, and only while a page shows it. A saved notebook keeps a table of what there was.

    Raises:
        ConfigurationError: If a configuration file cannot be used.

    >>> panel()
    """
    spoken = language()
    found = connections.wait(connections.overview())
    if get_ipython() is None:
        return
    view = PanelView(_Manager(), language=spoken)
    view.show(found)
    display(view)  # type: ignore[no-untyped-call]
    table = {"text/html": panel_table(found, spoken), "text/plain": panel_text(found, spoken)}
    display(table, raw=True)  # type: ignore[no-untyped-call]


class _Manager:
    """What the panel does when something is pressed."""

    async def overview(self) -> Overview:
        return await connections.overview()

    def pull(self, name: str) -> Steps:
        return connections.pull(name)

    async def load(self, name: str, keep_alive: str, context: int | None) -> None:
        await connections.load(name, keep_alive=keep_alive, context=context)

    async def unload(self, name: str) -> None:
        await connections.unload(name)

    async def delete(self, name: str) -> None:
        await connections.delete(name)


async def _seen(comparison: Comparison) -> Run:
    """Carry out a comparison with a live view, and publish its table once, at the end, however it ends."""
    spoken, plan = language(), comparison.plan
    view = CompareView(
        [plan.prompt_text(number) for number in range(len(plan.prompts))],
        [candidate.label for candidate in plan.candidates],
        plan.repeats,
        stop=comparison.stop,
        language=spoken,
    )
    comparison.watch(_Shown(view, spoken))
    display(view)  # type: ignore[no-untyped-call]
    start = perf_counter()
    try:
        return await comparison.run()
    finally:
        run = comparison.result
        counts = run.counts
        progress = words(spoken).progress(
            {
                "answered": counts["answered"],
                "failed": counts["failed"],
                "stopped": counts["stopped"],
                "waiting": counts["not asked"],
            }
        )
        view.finish(f"{progress} · {_seconds(perf_counter() - start, spoken)}")
        display(_published(run, spoken), raw=True)  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True)
class _Shown:
    """A watcher that tells a view what happens."""

    view: CompareView
    language: Language
    begun: set[int] = field(default_factory=set)

    def began(self, cell: Cell) -> None:
        if cell.index in self.begun:
            self.view.add(cell.index, f"\n{words(self.language).again}\n")
        self.begun.add(cell.index)
        self.view.began(cell.index)

    def piece(self, cell: Cell, piece: Piece) -> None:
        self.view.add(cell.index, piece.text)

    def ended(self, cell: Cell, result: Result) -> None:
        self.view.ended(cell.index, result.status, _note(result, self.language))


async def pull(name: str, *, insecure: bool = False, show: Show | None = None) -> None:
    """Fetch a model from a registry onto its server, with a bar that shows how far it is.

    In a notebook the bar has a Cancel button; what was fetched until then stays, and the same call goes on from there.

    Args:
        name: "connection/model", such as "ollama/qwen3:4b"; another registry's host comes before the model:
            "ollama/registry.example.org/space/model".
        insecure: Whether the registry may be reached without TLS.
        show: Called with every step, instead of showing a bar.

    Raises:
        UnsupportedError: If the connection is not one to Ollama.
        PolicyError: If the policy does not allow the registry's host.
        EngineError: If server or registry fail.
    """
    await _worked(name, connections.pull(name, insecure=insecure), show)


async def create(name: str, *, show: Show | None = None, **how: Any) -> None:
    """Make a model from a GGUF file, from another model, or from a Modelfile, with a bar that shows how far it is.

    Args:
        name: "connection/model" of the new model; one that has this name is replaced.
        show: Called with every step, instead of showing a bar.
        how: Exactly one of `file` (a GGUF file on this machine), `base` (a model of the same server) and `modelfile`
            (a Modelfile's text, which says all the rest); and `adapter` (a GGUF file), `template`, `system`,
            `parameters` (options by Ollama's names) and `quantize`.

    Raises:
        UsageError: If what is given cannot be used; nothing was made.
        EngineError: If the server fails, or has no model `base`.
    """
    await _worked(name, connections.create(name, **how), show)


async def delete(name: str, *, sure: bool | None = None) -> None:
    """Delete a model, once its name was typed again.

    Args:
        name: "connection/model".
        sure: True asks nobody.

    Raises:
        UsageError: If the name was not typed again, or nobody can be asked; nothing was deleted.
        EngineError: If the server fails, or has no such model.
    """
    if not sure:
        _ask_whether(name)
    await connections.delete(name)


def _ask_whether(name: str) -> None:
    try:
        typed = input(progress_words(language()).question.format(model=name))
    except (EOFError, NotImplementedError):  # ipykernel's error where nobody sits is a NotImplementedError
        raise UsageError("nobody can be asked here", where=name, advice="give sure=True to delete it") from None
    if typed.strip() != name:
        raise UsageError("nothing was deleted: the name was not typed again", where=name, advice=f"type {name!r}")


async def _worked(name: str, steps: Steps, show: Show | None) -> None:
    """Carry out a work to its end, with a bar where there is a notebook and nothing else shows it."""
    if show is not None or get_ipython() is None:
        await _drained(steps, show or (lambda _: None))
        return
    spoken, loop = language(), asyncio.get_running_loop()
    known = progress_words(spoken)
    working: asyncio.Task[None] | None = None
    bar = ProgressBar(name, cancel=lambda: loop.call_soon_threadsafe(_cancel, working), language=spoken)
    display(bar)  # type: ignore[no-untyped-call]
    working, outcome = asyncio.create_task(_drained(steps, bar.take)), known.failed
    try:
        await working
        outcome = known.done
    except asyncio.CancelledError:
        outcome = known.cancelled
        this = asyncio.current_task()
        if this is not None and this.cancelling():  # not by the button
            raise
    finally:
        line = bar.finish(outcome)
        shown = {"text/html": static_line(name, line, spoken), "text/plain": f"{name}: {line}"}
        display(shown, raw=True)  # type: ignore[no-untyped-call]


async def _drained(steps: Steps, show: Show) -> None:
    async with aclosing(steps):
        async for step in steps:
            show(step)


def _cancel(working: asyncio.Task[None] | None) -> None:
    if working is not None:
        working.cancel()


def _published(run: Run, spoken: Language) -> dict[str, str]:
    prompts = [run.plan.prompt_text(number) for number in range(len(run.plan.prompts))]
    labels = [candidate.label for candidate in run.plan.candidates]
    cells = [
        [
            [_answer(run, run.result(prompt, candidate, repeat), spoken) for repeat in range(run.plan.repeats)]
            for candidate in range(len(labels))
        ]
        for prompt in range(len(prompts))
    ]
    return {
        "text/html": comparison_table(prompts, labels, cells, language=spoken),
        "text/plain": comparison_text(prompts, labels, cells, language=spoken),
    }


def _answer(run: Run, result: Result | None, spoken: Language) -> Answer:
    if result is None:
        return Answer("waiting", "", "")
    return Answer(result.status, run.told(result), _note(result, spoken))


def _note(result: Result, spoken: Language) -> str:
    if result.problem is not None or result.reply is None:
        return result.problem or ""
    tokens = result.reply.usage.completion_tokens
    counted = [] if tokens is None else [f"{tokens} {'Token' if spoken == 'de' else 'tokens'}"]
    warned = [f"⚠ {warning(line, spoken)}" for line in result.reply.warnings]
    return ", ".join([_seconds(result.reply.timing.total_s, spoken), *counted, *warned])


def _seconds(seconds: float, spoken: Language) -> str:
    text = f"{seconds:.1f} s"
    return text.replace(".", ",") if spoken == "de" else text

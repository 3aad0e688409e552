"""A run as logs of inspect_ai, written through its own interface, for its viewer and its analyses."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.comparison.export._exported_run import ExportedRun
from workbench.comparison.plan._candidate import Candidate
from workbench.comparison.plan._dialogue import conversation
from workbench.comparison.results._result import Result
from workbench.conversation import data_url
from workbench.errors import ToolCallError, UsageError
from workbench.files._values import json_value
from workbench.files._whole import make_folder, write_whole
from workbench.messages import Message, ToolCall

if TYPE_CHECKING:
    from inspect_ai.log import EvalError, EvalLog, EvalSample, EvalScore
    from inspect_ai.model import ChatMessage, Content, ModelOutput, ModelUsage, StopReason
    from inspect_ai.scorer import Score
    from inspect_ai.tool import ToolCall as InspectCall

_STOP_REASONS: dict[str, StopReason] = {
    "stop": "stop",
    "length": "max_tokens",
    "tool_calls": "tool_calls",
    "content_filter": "content_filter",
}


def inspect_log(run: ExportedRun, scores: pd.DataFrame | None, path: Path) -> list[Path]:
    """Write a run as logs of inspect_ai: one file for each candidate, in a folder.

    Samples are numbered from 1, repeats become epochs. Cells that were never asked are left out; the log's results
    count them. A score without a value stands in the log as inspect_ai's own mark of that, which is not a number.
    Scores of cells that a verdict does not count are in the samples, whose metadata say why, and not in the means. The
    status of a candidate all of whose cells failed is "error".

    Args:
        run: The run.
        scores: Long table with `prompt_id`, `model`, `repeat`, `scorer`, `value` and `note`; None without scores.
        path: The folder; it is made where it is missing, and `~` is the user's home. Logs of the same names are
            replaced, each once the new one is whole.

    Returns:
        The files, in the order of the candidates; `inspect view --log-dir FOLDER` shows them.

    Raises:
        UsageError: If inspect_ai is not installed, or a log cannot be written.
    """
    try:
        from inspect_ai.log import write_eval_log_async
    except ImportError:
        raise UsageError(
            "a log of inspect_ai needs that package, which is not installed", advice="run: pip install inspect-ai"
        ) from None

    def write(log: EvalLog, file: Path) -> None:
        # In a thread of its own, as a notebook has a loop running already; inspect_ai's own wait leaves its loops open.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, write_eval_log_async(log, file, format="eval")).result()

    path = make_folder(path)
    found = _scores_by_cell(scores)
    written = []
    for number, candidate in enumerate(run.plan.candidates):
        file = path / f"{number + 1:02}_{re.sub(r'[^A-Za-z0-9.-]+', '-', candidate.label).strip('-.')[:80]}.eval"
        written.append(write_whole(file, partial(write, _log(run, number, candidate, found))))
    return written


_Scores = dict[tuple[int, str, int], dict[str, "Score"]]


def _scores_by_cell(scores: pd.DataFrame | None) -> _Scores:
    from inspect_ai.scorer import Score

    found: _Scores = {}
    if scores is None:
        return found
    for prompt, model, repeat, scorer, value, note in scores[
        ["prompt_id", "model", "repeat", "scorer", "value", "note"]
    ].itertuples(index=False, name=None):
        score = Score(
            value=float("nan") if pd.isna(value) else float(value), explanation=None if pd.isna(note) else str(note)
        )
        found.setdefault((int(prompt), str(model), int(repeat)), {})[str(scorer)] = score
    return found


def _log(run: ExportedRun, number: int, candidate: Candidate, scores: _Scores) -> EvalLog:
    from inspect_ai.log import EvalConfig, EvalDataset, EvalLog, EvalResults, EvalSpec, EvalStats
    from inspect_ai.model import GenerateConfig

    now = datetime.now(UTC).isoformat(timespec="seconds")
    samples = [
        _sample(run, prompt, repeat, candidate, result, scores.get((prompt, candidate.label, repeat), {}))
        for prompt in range(len(run.plan.prompts))
        for repeat in range(run.plan.repeats)
        if (result := run.result(prompt, number, repeat)) is not None
    ]
    options = candidate.options.asked()
    shared = {name: options[name] for name in ("temperature", "top_p", "seed", "max_tokens") if name in options}
    problems = [sample.error.message for sample in samples if sample.error]
    failure = None
    if problems and len(problems) == len(samples) and not run.stopped:
        failure = _error(f"{len(problems)} of {len(samples)} failed, the first: {problems[0]}")
    return EvalLog(
        status="cancelled" if run.stopped else "error" if failure else "success",
        error=failure,
        eval=EvalSpec(
            created=now,
            task="comparison",
            dataset=EvalDataset(
                name="prompts", samples=len(run.plan.prompts), sample_ids=list(range(1, len(run.plan.prompts) + 1))
            ),
            model=candidate.name,
            model_generate_config=GenerateConfig(**shared),
            config=EvalConfig(epochs=run.plan.repeats),
            metadata={"label": candidate.label, "options": {name: str(value) for name, value in options.items()}},
        ),
        results=EvalResults(
            total_samples=len(run.plan.prompts) * run.plan.repeats,
            completed_samples=sum(sample.error is None for sample in samples),
            scores=_means(samples),
        ),
        stats=EvalStats(completed_at=now, model_usage={candidate.name: _added(samples)}),
        samples=samples,
    )


def _sample(
    run: ExportedRun, prompt: int, repeat: int, candidate: Candidate, result: Result, scores: dict[str, Score]
) -> EvalSample:
    from inspect_ai.log import EvalSample

    asked = _messages(conversation(run.plan.prompts[prompt], result.earlier), candidate)
    output = _output(candidate, result)
    given = run.plan.table
    about: dict[str, Any] = {"tries": result.tries, "warnings": list(result.reply.warnings) if result.reply else []}
    if result.left_out:
        about["left_out"] = result.left_out
    if given is not None:
        row = {str(name): json_value(value) for name, value in given.iloc[prompt].items()}
        about["given"] = {name: value for name, value in row.items() if value is not None}
    return EvalSample(
        id=prompt + 1,
        epoch=repeat + 1,
        input=list(asked),
        target="",
        messages=[*asked, *(choice.message for choice in output.choices)],
        output=output,
        scores=scores or None,
        metadata=about,
        model_usage={candidate.name: output.usage} if output.usage else {},
        total_time=result.reply.timing.total_s if result.reply else None,
        error=_error(result.problem) if result.problem else None,
    )


def _error(message: str) -> EvalError:
    from inspect_ai.log import EvalError

    return EvalError(message=message, traceback="", traceback_ansi="")


def _messages(asked: Sequence[Message], candidate: Candidate) -> list[ChatMessage]:
    from inspect_ai.model import ChatMessageAssistant, ChatMessageSystem, ChatMessageTool, ChatMessageUser

    made: list[ChatMessage] = [ChatMessageSystem(content=candidate.system)] if candidate.system else []
    for message in asked:
        match message.role:
            case "system":
                made.append(ChatMessageSystem(content=message.content))
            case "assistant":
                made.append(ChatMessageAssistant(content=message.content, tool_calls=_calls(message.tool_calls)))
            case "tool":
                made.append(ChatMessageTool(content=message.content, tool_call_id=message.tool_call_id))
            case _:
                made.append(ChatMessageUser(content=_shown(message)))
    return made


def _shown(message: Message) -> str | list[Content]:
    """What a user says, with the images that are shown with it."""
    from inspect_ai.model import ContentImage, ContentText

    if not message.images:
        return message.content
    images = [ContentImage(image=data_url(one)) for one in message.images]
    return [ContentText(text=message.content), *images] if message.content else [*images]


def _calls(made: Sequence[ToolCall]) -> list[InspectCall] | None:
    from inspect_ai.tool import ToolCall as InspectCall

    calls = []
    for call in made:
        try:
            arguments, problem = call.parsed, None
        except ToolCallError as error:
            arguments, problem = None, error.what
        if not isinstance(arguments, dict):
            arguments, problem = {"arguments": call.arguments}, problem or "not a JSON object"
        calls.append(InspectCall(id=call.id, function=call.name, arguments=arguments, parse_error=problem))
    return calls or None


def _output(candidate: Candidate, result: Result) -> ModelOutput:
    from inspect_ai.model import ChatCompletionChoice, ChatMessageAssistant, ModelOutput, ModelUsage

    reply = result.reply
    if reply is None:
        return ModelOutput(model=candidate.name, error=result.problem)
    read, wrote = reply.usage.prompt_tokens or 0, reply.usage.completion_tokens or 0
    return ModelOutput(
        model=reply.served_by or candidate.name,
        choices=[
            ChatCompletionChoice(
                message=ChatMessageAssistant(
                    content=reply.text,
                    model=candidate.name,
                    source="generate",
                    tool_calls=_calls(reply.tool_calls),
                ),
                stop_reason=_STOP_REASONS.get(reply.finish, "unknown"),
            )
        ],
        usage=ModelUsage(
            input_tokens=read,
            output_tokens=wrote,
            total_tokens=read + wrote,
            input_tokens_cache_read=reply.usage.cached_tokens,
        ),
        time=reply.timing.total_s,
        error=result.problem,
    )


def _added(samples: list[EvalSample]) -> ModelUsage:
    from inspect_ai.model import ModelUsage

    return sum((usage for sample in samples for usage in sample.model_usage.values()), ModelUsage())


def _means(samples: list[EvalSample]) -> list[EvalScore]:
    from inspect_ai.log import EvalMetric, EvalScore

    values: dict[str, list[float]] = {}
    for sample in samples:
        counts = "left_out" not in sample.metadata
        for name, score in (sample.scores or {}).items():
            values.setdefault(name, []).append(score.as_float() if counts else float("nan"))
    made = []
    for name, all_of_them in values.items():
        known = [value for value in all_of_them if value == value]
        metrics = {"mean": EvalMetric(name="mean", value=sum(known) / len(known))} if known else {}
        made.append(
            EvalScore(
                name=name,
                scorer=name,
                scored_samples=len(known),
                unscored_samples=len(all_of_them) - len(known),
                metrics=metrics,
            )
        )
    return made

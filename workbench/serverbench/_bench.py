"""What a server bench found: a row for each request, a row for each load, and where more load brings no more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from workbench.arguments import in_language
from workbench.errors import UsageError
from workbench.language import Language, localized, usual_language
from workbench.serverbench._request import Measured
from workbench.serverbench._words import WORDS, BenchWords

MEASURES = ("first_token_s", "inter_token_s", "end_to_end_s")
_SHARES = (0.5, 0.9, 0.99)
_TYPES = {
    "load": "Float64",
    "due_s": "Float64",
    "sent_s": "Float64",
    "first_token_s": "Float64",
    "inter_token_s": "Float64",
    "end_to_end_s": "Float64",
    "end_s": "Float64",
    "input_tokens": "Int64",
    "output_tokens": "Int64",
    "error": "string",
}
_RECORDED = {"recorded_at": "string"}


@dataclass(frozen=True, slots=True, eq=False)
class Bench:
    """What was measured of a server.

    Attributes:
        model: "connection/model".
        is_open: Whether requests came by themselves (open loop: loads are requests per second), or each waited for
            another to end (closed loop: loads are requests in flight).
        requests: What was measured of each.
        within: The bounds that a good answer keeps, in seconds by the name of the measure.
        refused: How often the server said that it was asked too much, by load; such a request was sent again.
        limit_met: Whether the time was over before all loads were measured.
        recorded_at: When a load was measured, in ISO 8601, where it was played from a cassette, by load; its figures
            are those of then.
    """

    model: str
    is_open: bool
    requests: Sequence[Measured] = field(repr=False)
    within: Mapping[str, float] = field(default_factory=dict)
    refused: Mapping[float, int] = field(default_factory=dict, repr=False)
    limit_met: bool = False
    recorded_at: Mapping[float, str] = field(default_factory=dict, repr=False)

    @property
    def frame(self) -> pd.DataFrame:
        """One row for each request.

        Columns: `load`, `due_s`, `sent_s` and `end_s` (seconds from the beginning of the load), `first_token_s`,
        `inter_token_s` and `end_to_end_s` (seconds), `input_tokens`, `output_tokens`, `error` (in one line),
        `recorded_at` (when it was measured, in ISO 8601, where that was played from a cassette).
        """
        rows = [
            {name: getattr(request, name) for name in _TYPES} | {"recorded_at": self._recorded_at(request.load)}
            for request in self.requests
        ]
        types = _TYPES | _RECORDED
        return pd.DataFrame(rows, columns=list(types)).astype(types)

    @property
    def table(self) -> pd.DataFrame:
        """One row for each load.

        Columns: `in_flight` or `requests_per_s_wanted` (the load), `requests`, `failed`, `refused` (how often the
        server said that it was asked too much), `duration_s` (from the first request to the last end),
        `requests_per_s`, `input_tokens_per_s` and `output_tokens_per_s` (of whole answers), `good` (share of the
        requests that kept within the bounds; missing without bounds), for `first_token_s`, `inter_token_s` and
        `end_to_end_s` the percentiles `_p50`, `_p90` and `_p99` over the whole answers, and `recorded_at` (when the
        load was measured, in ISO 8601, where that was played from a cassette).

        First token: from when the request was due. Inter-token: of each answer the mean time between its tokens after
        the first, (end - first token) / (tokens - 1), which `vllm bench serve` calls time per output token.
        """
        name = "requests_per_s_wanted" if self.is_open else "in_flight"
        frame = self.frame
        loads = sorted({request.load for request in self.requests})
        rows = [{name: load, **self._row(load, frame[frame["load"] == load])} for load in loads]
        table = pd.DataFrame(rows)
        if rows:
            table = table.astype(_RECORDED)
        return table if self.is_open or table.empty else table.astype({name: int})

    def _recorded_at(self, load: float) -> str | None:
        return self.recorded_at.get(load) or None

    @property
    def recorded(self) -> int:
        """How many of the requests were measured earlier, and played from a cassette."""
        return sum(self._recorded_at(request.load) is not None for request in self.requests)

    def _row(self, load: float, part: pd.DataFrame) -> dict[str, float | str | None]:
        whole = part[part["error"].isna()]
        seconds = float(part["end_s"].max() - part["due_s"].min())
        row: dict[str, float | str | None] = {
            "requests": len(part),
            "failed": len(part) - len(whole),
            "refused": self.refused.get(load, 0),
            "duration_s": seconds,
            "requests_per_s": len(whole) / seconds,
            "input_tokens_per_s": float(whole["input_tokens"].sum()) / seconds,
            "output_tokens_per_s": float(whole["output_tokens"].sum()) / seconds,
            "good": self._good(whole) / len(part) if self.within else float("nan"),
        }
        for measure in MEASURES:
            for share in _SHARES:
                row[f"{measure}_p{share * 100:.0f}"] = _quantile(whole[measure], share)
        return row | {"recorded_at": self._recorded_at(load)}

    def _good(self, whole: pd.DataFrame) -> int:
        kept = pd.Series(data=True, index=whole.index)
        for measure, most in self.within.items():
            kept &= (whole[measure] <= most).fillna(value=False).astype(bool)
        return int(kept.sum())

    @property
    def knee(self) -> float:
        """The load from which more costs more time than it brings tokens: where their ratio is best.

        That ratio is power, tokens per second over the median time of an answer; it is greatest where a server has
        enough to do and nobody waits for long.
        Source: L. Kleinrock, Power and Deterministic Rules of Thumb for Probabilistic Problems in Computer
        Communications, IEEE International Conference on Communications 1979.

        Raises:
            UsageError: If there is no whole answer.
        """
        table = self.table
        power = table["output_tokens_per_s"] / table["end_to_end_s_p50"] if len(table) else pd.Series(dtype=float)
        if power.isna().all():
            raise UsageError("there is no whole answer to judge by", advice="see the errors in bench.frame")
        return float(table.iloc[:, 0].to_numpy()[power.fillna(0.0).to_numpy().argmax()])

    @property
    def words(self) -> str:
        """The knee and the most in a sentence each, or that there is no whole answer; in the language of views.

        A further line says so where the figures were recorded earlier.
        """
        return self.in_words(usual_language())

    def in_words(self, language: Language) -> str:
        """Say the same in a language, "en" or "de". Raises UsageError for another."""
        told = self._judged(language)
        if count := self.recorded:
            one, several = WORDS[language].recorded
            told += f"\n{one if count == 1 else several.format(count)}"
        return told

    def _judged(self, language: Language) -> str:
        said = in_language(WORDS, language)
        if all(request.error for request in self.requests):
            return said.nothing
        table, knee = self.table, self.knee
        at_knee = table[table.iloc[:, 0] == knee].iloc[0]
        at_most = table.iloc[int(table["output_tokens_per_s"].to_numpy().argmax())]
        failed = int(table["failed"].sum())
        sentences = [
            said.knee.format(
                load=self._load(knee, said),
                tokens=said.number(at_knee["output_tokens_per_s"], 0),
                first=said.number(at_knee["first_token_s_p50"], 2),
                whole=said.number(at_knee["end_to_end_s_p50"], 2),
            )
        ]
        if (most := float(at_most.iloc[0])) != knee:
            times = at_most["end_to_end_s_p50"] / at_knee["end_to_end_s_p50"]
            tokens = said.number(at_most["output_tokens_per_s"], 0)
            sentences.append(said.most.format(tokens=tokens, load=self._load(most, said), times=said.number(times, 1)))
        if failed:
            sentences.append(said.failed.format(failed=failed, requests=int(table["requests"].sum())))
        if self.limit_met:
            sentences.append(said.over)
        return " ".join(sentences)

    def _load(self, load: float, said: BenchWords) -> str:
        one, several = (said.one_arriving, said.arriving) if self.is_open else (said.one_in_flight, said.in_flight)
        return one if load == 1 else several.format(localized(f"{load:g}", said.language))

    def __repr__(self) -> str:
        return f"{self.model}: {self.words}"


def _quantile(values: pd.Series, share: float) -> float:
    known = values.dropna()
    return float(known.astype(float).quantile(share)) if len(known) else float("nan")

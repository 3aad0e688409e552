"""The live view of a comparison: its Python side, which keeps the text and tells the page what is new."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate, takewhile
from typing import Any, Literal

import anywidget
import traitlets

from workbench.errors import WorkbenchError
from workbench.language import Language
from workbench.texts import plain, shorten
from workbench.views._words import Status, words
from workbench.views.compare._code_text import code_text
from workbench.views.compare._deltas import Batch, Change, Deltas
from workbench.views.compare._details import Details
from workbench.views.compare._figures import Figures
from workbench.views.compare._pace import Pace
from workbench.views.compare._parcel import Parcel, in_parts, packed, parcel
from workbench.views.compare._sketch import sketch
from workbench.views.compare._words import page_words
from workbench.views.page import new_place, script, styles

_MESSAGES_PER_SECOND = 9  # each costs a kilobyte beside what it tells, and the page a layout
_PROMPT_LIMIT = 2000  # characters of a prompt that the page gets: enough to recognise it
_PROMPTS_AT_ONCE = 500_000  # characters of all prompts that the page gets with the view; others come as they are seen
_ANSWERS_LIMIT = 40_000_000  # characters of all answers that a page gets without opening one
_LEAST_LIMIT = 500  # characters of an answer that it gets in any case
_ROWS_AT_ONCE = 200  # that a page gets when it has them in sight


class CompareView(anywidget.AnyWidget):
    """A grid of prompts and candidates in which the answers grow while they arrive.

    Cells are counted prompt by prompt, within a prompt candidate by candidate, within a candidate repeat by repeat:
    `index = (prompt * len(candidates) + candidate) * repeats + repeat`, each from 0. All methods may be called from any
    thread; what they report reaches the page at most 9 times a second. Whatever a model writes is shown as text.

    A page gets as much text at once as it can hold; of a comparison of many cells it gets what it has in sight, and of
    all others only how they stand, so that it can be filtered and sorted.

    Args:
        prompts: The prompts, as text.
        candidates: The labels of the models.
        repeats: Answers to each prompt from each candidate.
        stop: Called, possibly in another thread, when someone presses Stop.
        headway: Called for each message, possibly in another thread: how fast it goes and what is left, as a phrase.
        details: Gives all that is known of a cell, by its index, possibly in another thread; None where only what the
            page has is shown of an answer that someone opens.
        again: Called, possibly in another thread, with the cells that someone wants to be asked again, by their index;
            None where that cannot be.
        anew: Called, possibly in another thread, with cells that have an answer and that someone wants to be asked
            again, by their index; None where that cannot be.
        code: Gives the code that asks all of it, possibly in another thread; None where there is none to be shown.
        stop_cell: Called, possibly in another thread, with the cell whose answer someone wants to end, by its index;
            None where only all can be ended.
        rate: Called, possibly in another thread, with a cell's index, whether someone finds its answer good (None for
            neither) and a comment; None where nobody is asked for that.
        language: "en" or "de".

    Raises:
        UsageError: No view speaks the language.

    >>> view = CompareView(prompts=["Was ist Subsidiarität?"], candidates=["embedded", "gpu"], stop=lambda: None)
    >>> view.began(1); view.add(1, "Ein "); view.add(1, "Prinzip."); view.ended(1, "answered", "1.2 s, 34 tokens")
    >>> view.finish("1 of 2 answered")
    '1 of 2 answered'
    >>> view
    Comparison, live view
    """

    _esm = script("compare")
    _css = styles("compare")

    place = traitlets.Unicode().tag(sync=True)
    count = traitlets.Int(0).tag(sync=True)
    prompts = traitlets.List(traitlets.Unicode()).tag(sync=True)
    candidates = traitlets.List(traitlets.Unicode()).tag(sync=True)
    asks = traitlets.Bool(False).tag(sync=True)
    asks_anew = traitlets.Bool(False).tag(sync=True)
    has_code = traitlets.Bool(False).tag(sync=True)
    stops_cells = traitlets.Bool(False).tag(sync=True)
    rates = traitlets.Bool(False).tag(sync=True)
    repeats = traitlets.Int(1).tag(sync=True)
    language = traitlets.Unicode("en").tag(sync=True)
    words = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        prompts: Sequence[str],
        candidates: Sequence[str],
        repeats: int = 1,
        *,
        stop: Callable[[], object],
        headway: Callable[[], str] = str,
        details: Callable[[int], Details] | None = None,
        again: Callable[[list[int]], object] | None = None,
        anew: Callable[[list[int]], object] | None = None,
        code: Callable[[], str] | None = None,
        stop_cell: Callable[[int], object] | None = None,
        rate: Callable[[int, bool | None, str], object] | None = None,
        language: Language = "en",
    ) -> None:
        self._headway = headway
        self._remark = ""
        self._words = words(language)
        self._stop = stop
        self._details = details
        self._again = again
        self._anew = anew
        self._code = code
        self._stop_cell = stop_cell
        self._rate = rate
        self._speaks: Language = language
        self._lock = threading.Lock()
        self._deltas = Deltas()
        self._pace = Pace(self._tell, _MESSAGES_PER_SECOND)
        cells = len(prompts) * len(candidates) * repeats
        self._statuses: list[Status] = ["waiting"] * cells
        self._counts: Counter[Status] = Counter(self._statuses)
        self._longest = max(_LEAST_LIMIT, _ANSWERS_LIMIT // max(cells, 1))
        self._said: dict[int, int] = {}  # what was answered, by its hash: a number for each
        self._scored: set[int] = set()
        self._summary: str | None = None
        self._prompts = [shorten(plain(prompt), _PROMPT_LIMIT) for prompt in prompts]
        lengths = takewhile(lambda length: length <= _PROMPTS_AT_ONCE, accumulate(map(len, self._prompts)))
        super().__init__(
            place=new_place(),
            count=len(prompts),
            prompts=self._prompts[: sum(1 for _ in lengths)],
            candidates=[plain(candidate) for candidate in candidates],
            repeats=repeats,
            asks=again is not None,
            asks_anew=anew is not None,
            has_code=code is not None,
            stops_cells=stop_cell is not None,
            rates=rate is not None,
            language=language,
            words=page_words(self._words, language, self._words.progress(self._counts)),
        )
        self.on_msg(self._on_message)

    def __repr__(self) -> str:
        return self._words.live_view

    def waits(self, index: int) -> None:
        """Say that a cell is to be asked again; what had come of it is gone."""
        self._change(index, "waiting", Change(fresh=True, note="", marks=[], cut=False))

    def began(self, index: int) -> None:
        """Say that a cell has been asked."""
        self._change(index, "answering", Change(note="", marks=[], cut=False))

    def add(self, index: int, text: str) -> None:
        """Add text to the end of a cell's answer."""
        with self._lock:
            self._deltas.add(index, {"text": plain(text)})
        self._pace.soon()

    def ended(
        self,
        index: int,
        status: Literal["answered", "failed", "stopped"],
        note: str,
        *,
        marks: Sequence[str] = (),
        cut: bool = False,
        figures: Figures | None = None,
    ) -> None:
        """Say how a cell ended.

        Args:
            index: Number of the cell.
            status: How it ended.
            note: What to show beside the status: time and tokens, or the line of the error.
            marks: What is to be known of the answer, each in a word or two.
            cut: Whether the answer was cut by a limit.
            figures: How it came about in numbers, where that is known.
        """
        change = Change(note=plain(note), marks=[plain(mark) for mark in marks], cut=cut)
        if figures is not None:
            change["figures"] = figures.rounded
        self._change(index, status, change)

    def rated(self, index: int, good: bool | None, comment: str) -> None:
        """Say what somebody thinks of a cell's answer."""
        self._add_now({index: Change(good=good, comment=plain(comment))})

    def scored(self, scores: Mapping[str, Mapping[int, float]]) -> None:
        """Say how the answers were scored, in place of what was said before.

        Args:
            scores: By the name of the score the values, by the cell's index.
        """
        of_cells: dict[int, dict[str, float]] = {index: {} for index in self._scored}
        for name, values in scores.items():
            for index, value in values.items():
                of_cells.setdefault(index, {})[plain(name)] = round(value, 4)
        self._scored = set(of_cells)
        self._add_now({index: Change(scores=said) for index, said in of_cells.items()})

    def remark(self, text: str) -> None:
        """Say something of the whole comparison, which stays beside its counts."""
        with self._lock:
            self._remark = plain(text)
        self._pace.soon()

    def finish(self, summary: str) -> str:
        """Say that all is over: the view keeps its answers and has no more button.

        Args:
            summary: The line, such as "60 of 60 answered in 41 s".

        Returns:
            The line as the view has it, with what was remarked.
        """
        with self._lock:
            self._summary = plain(summary)
            self._send_new()
            return self._beside(self._summary)

    def go_on(self) -> None:
        """Say that it is not over: cells are asked again. `finish` says once more when it is."""
        with self._lock:
            self._summary = None
            self._send_cells(self._deltas.number, {})
        self._pace.soon()

    def _change(self, index: int, status: Status, change: Change) -> None:
        with self._lock:
            self._counts[self._statuses[index]] -= 1
            self._counts[status] += 1
            self._statuses[index] = status
            if status == "answered":
                text = self._deltas.text(index)
                change["says"] = self._said.setdefault(hash(text.strip()), len(self._said) + 1)
                change["sketch"] = sketch(text)
            self._deltas.add(index, Change(status=status, **change))
        self._pace.soon()

    def _add_now(self, batch: Batch) -> None:
        """Add changes that may also come when all is over, and so no more batches come by themselves."""
        with self._lock:
            for index, change in batch.items():
                self._deltas.add(index, change)
            if self._summary is not None:
                self._send_new()
                return
        self._pace.soon()

    def _tell(self) -> None:
        with self._lock:
            if self._summary is None:
                self._send_open()

    def _send_open(self) -> None:
        """Send what is new, if anything is; with the lock held."""
        after = self._deltas.number
        if batch := self._deltas.close():
            self._send_cells(after, batch)

    def _send_new(self) -> None:
        """Send all that is new at once, and how it stands; with the lock held."""
        after = self._deltas.number
        self._send_cells(after, self._deltas.close())

    def _send_cells(self, after: int, batch: Mapping[int, Change]) -> None:
        """Send changes to pages that have all up to a batch, and how all stands; with the lock held."""
        told = parcel(batch, lambda index: self._for_page(index, batch[index]))
        self._send_whole(after, told)
        for some in in_parts(told.others):
            self._send_short(some, None)

    def _send_short(self, indexes: Sequence[int], page: object) -> None:
        """Send how cells stand to one page or, for None, to all; with the lock held."""
        number = self._deltas.number
        columns = packed({index: self._deltas.standing(index) for index in indexes})
        self.send({"after": number, "number": number, "short": True, "page": page}, [columns])

    def _send_whole(self, after: int, told: Parcel) -> None:
        message: dict[str, Any] = {
            "after": after,
            "number": self._deltas.number,
            "cells": told.cells,
            "more": len(told.others),  # cells that are told in short by the next messages
            "counts": {status: count for status, count in self._counts.items() if count},
        }
        if self._summary is not None:
            message["summary"] = self._beside(self._summary)
        else:
            message["progress"] = self._beside(self._words.progress(self._counts), self._headway())
        self.send(message)

    def _now_for_page(self, index: int) -> Change:
        return self._for_page(index, self._deltas.now(index))

    def _for_page(self, index: int, change: Change) -> Change:
        """A change as the page gets it: of an answer that has ended no more text than it is to hold."""
        text = change.get("text", "") if change.get("fresh") or "status" not in change else self._deltas.text(index)
        if self._statuses[index] == "answering" or len(text) <= self._longest:
            return change
        shown = shorten(text, self._longest)
        return Change(**{**change, "fresh": True, "text": shown, "rest": len(text) - len(shown)})

    def _beside(self, *phrases: str) -> str:
        """Phrases with the remark behind them, as one line."""
        return " · ".join(filter(None, (*phrases, self._remark)))

    def _on_message(self, _widget: object, content: dict[str, Any], _buffers: object) -> None:
        if "stop" in content:
            self._stop()
        elif isinstance(ended := content.get("stop_cell"), int):
            if self._stop_cell is not None and 0 <= ended < len(self._statuses):
                self._stop_cell(ended)
        elif isinstance(rated := content.get("rate"), int):
            self._take_rating(rated, content.get("good"), content.get("comment"))
        elif not self._on_question(content):
            self._take_wishes(content)

    def _on_question(self, content: dict[str, Any]) -> bool:
        """Tell a page what it wants to know, if it wants to know anything."""
        page = content.get("page")
        if isinstance(content.get("open"), int):
            self._tell_details(content["open"], content.get("baseline"), page)
        elif self._code is not None and "code" in content:
            self.send({"code": code_text(self._code, self._speaks), "page": page})
        elif isinstance(content.get("have"), int):
            self._catch_up(content["have"], page)
        elif isinstance(content.get("rows"), list):
            self._tell_rows(content["rows"], page)
        elif isinstance(content.get("find"), str):
            self._tell_found(content["find"], page)
        else:
            return False
        return True

    def _take_wishes(self, content: dict[str, Any]) -> None:
        """Have cells asked again: those that have no answer, or those that have one."""
        for name, ask in (("again", self._again), ("anew", self._anew)):
            wanted = content.get(name)
            if ask is not None and isinstance(wanted, list):
                ask([one for one in wanted if isinstance(one, int) and 0 <= one < len(self._statuses)])

    def _take_rating(self, index: int, good: object, comment: object) -> None:
        if self._rate is not None and 0 <= index < len(self._statuses):
            self._rate(index, good if isinstance(good, bool) else None, comment if isinstance(comment, str) else "")

    def _tell_details(self, index: int, baseline: object, page: object) -> None:
        """Tell a page what it has opened, beside the answer of its baseline, which is a candidate's number."""
        if self._details is None or not 0 <= index < len(self._statuses):
            return
        others = len(self.candidates) * self.repeats
        base = None
        if isinstance(baseline, int) and 0 <= baseline < len(self.candidates):
            base = index - index % others + baseline * self.repeats + index % self.repeats
        try:
            opened = self._details(index)
            beside = self._details(base) if base is not None and base != index else None
        except WorkbenchError as error:
            opened, beside = Details(prompt=self._prompts[index // others], problem=str(error)), None
        self.send({"opened": index, "page": page, "details": opened.page(beside, self._speaks)})

    def _catch_up(self, have: int, page: object) -> None:
        self._tell()  # so that views which are up to date stay so, and pass over the message that now follows
        with self._lock:
            told = parcel(self._deltas.since(have), self._now_for_page)
            self._send_whole(have, told)
        for some in in_parts(told.others):
            with self._lock:  # which others get in between, as this takes a while
                self._send_short(some, page)

    def _tell_rows(self, rows: list[object], page: object) -> None:
        """Tell a page all of the prompts and cells that it has in sight."""
        wanted = [row for row in rows if isinstance(row, int) and 0 <= row < len(self._prompts)][:_ROWS_AT_ONCE]
        others = len(self.candidates) * self.repeats
        with self._lock:
            if self._summary is None:
                self._send_open()  # what is told now is all up to here
            indexes = [index for row in wanted for index in range(row * others, (row + 1) * others)]
            self.send(
                {
                    "rows": {row: self._prompts[row] for row in wanted},
                    "cells": {index: self._now_for_page(index) for index in indexes},
                    "number": self._deltas.number,
                    "page": page,
                }
            )

    def _tell_found(self, wanted: str, page: object) -> None:
        """Tell a page in which prompts and answers a text stands, as it does not have all of them."""
        lower = wanted.lower()
        with self._lock:
            found = [index for index, text in self._deltas.texts() if lower in text.lower()]
        rows = [row for row, prompt in enumerate(self._prompts) if lower in prompt.lower()]
        self.send({"found": wanted, "answers": found, "prompts": rows, "page": page})

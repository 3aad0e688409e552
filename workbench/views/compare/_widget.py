"""The live view of a comparison: its Python side, which keeps the text and tells the page what is new."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Literal

import anywidget
import traitlets

from workbench.errors import WorkbenchError
from workbench.language import Language
from workbench.texts import line, plain, shorten
from workbench.views._words import Status, Words, words
from workbench.views.compare._deltas import Batch, Change, Deltas
from workbench.views.compare._details import Details
from workbench.views.compare._pace import Pace
from workbench.views.compare._words import compare_words
from workbench.views.page import new_place, script, styles

_MESSAGES_PER_SECOND = 9  # each costs a kilobyte beside what it tells, and the page a layout
_PROMPT_LIMIT = 2000  # characters of a prompt that the page gets: enough to recognise it
_CODE_LIMIT = 200_000  # characters of code that the page gets; a part of it would ask something else


class CompareView(anywidget.AnyWidget):
    """A grid of prompts and candidates in which the answers grow while they arrive.

    Cells are counted prompt by prompt, within a prompt candidate by candidate, within a candidate repeat by repeat:
    `index = (prompt * len(candidates) + candidate) * repeats + repeat`, each from 0. All methods may be called from any
    thread; what they report reaches the page at most 9 times a second. Whatever a model writes is shown as text.

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
        self._statuses: list[Status] = ["waiting"] * (len(prompts) * len(candidates) * repeats)
        self._summary: str | None = None
        super().__init__(
            place=new_place(),
            prompts=[shorten(plain(prompt), _PROMPT_LIMIT) for prompt in prompts],
            candidates=[plain(candidate) for candidate in candidates],
            repeats=repeats,
            asks=again is not None,
            asks_anew=anew is not None,
            has_code=code is not None,
            stops_cells=stop_cell is not None,
            rates=rate is not None,
            language=language,
            words=_page_words(self._words, language, self._words.progress(Counter(self._statuses))),
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
    ) -> None:
        """Say how a cell ended.

        Args:
            index: Number of the cell.
            status: How it ended.
            note: What to show beside the status: time and tokens, or the line of the error.
            marks: What is to be known of the answer, each in a word or two.
            cut: Whether the answer was cut by a limit.
        """
        self._change(index, status, Change(note=plain(note), marks=[plain(mark) for mark in marks], cut=cut))

    def rated(self, index: int, good: bool | None, comment: str) -> None:
        """Say what somebody thinks of a cell's answer."""
        with self._lock:
            self._deltas.add(index, Change(good=good, comment=plain(comment)))
            if self._summary is not None:  # no more batches come by themselves
                self._send_new()
                return
        self._pace.soon()

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
            self._deltas.unite()
            return self._beside(self._summary)

    def go_on(self) -> None:
        """Say that it is not over: cells are asked again. `finish` says once more when it is."""
        with self._lock:
            self._summary = None
            number = self._deltas.number
            self.send(self._message(number, {}))
        self._pace.soon()

    def _change(self, index: int, status: Status, change: Change) -> None:
        with self._lock:
            self._statuses[index] = status
            self._deltas.add(index, Change(status=status, **change))
        self._pace.soon()

    def _tell(self) -> None:
        with self._lock:
            if self._summary is not None:
                return
            after = self._deltas.number
            if batch := self._deltas.close():
                self.send(self._message(after, batch))

    def _send_new(self) -> None:
        """Send all that is new at once, and how it stands; with the lock held."""
        after = self._deltas.number
        self.send(self._message(after, self._deltas.close()))

    def _message(self, after: int, batch: Batch) -> dict[str, Any]:
        counts = Counter(self._statuses)
        message: dict[str, Any] = {
            "after": after,
            "number": self._deltas.number,
            "cells": batch,
            "counts": dict(counts),
        }
        if self._summary is not None:
            return message | {"summary": self._beside(self._summary)}
        return message | {"progress": self._beside(self._words.progress(counts), self._headway())}

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
        elif isinstance(content.get("open"), int):
            self._tell_details(content["open"], content.get("baseline"), content.get("page"))
        elif "code" in content:
            self._tell_code(content.get("page"))
        elif isinstance(content.get("have"), int):
            self._tell()  # so that views which are up to date stay so, and pass over the message that now follows
            self._catch_up(content["have"])
        else:
            self._take_wishes(content)

    def _take_wishes(self, content: dict[str, Any]) -> None:
        """Have cells asked again: those that have no answer, or those that have one."""
        for name, ask in (("again", self._again), ("anew", self._anew)):
            wanted = content.get(name)
            if ask is not None and isinstance(wanted, list):
                ask([one for one in wanted if isinstance(one, int) and 0 <= one < len(self._statuses)])

    def _take_rating(self, index: int, good: object, comment: object) -> None:
        if self._rate is not None and 0 <= index < len(self._statuses):
            self._rate(index, good if isinstance(good, bool) else None, comment if isinstance(comment, str) else "")

    def _tell_code(self, page: object) -> None:
        """Tell a page the code that asks all of it; one that is too long for it is only told of."""
        if self._code is None:
            return
        try:
            code = self._code()
        except WorkbenchError as error:
            code = f"# {line(str(error))}"
        if len(code) > _CODE_LIMIT:
            code = f"# {compare_words(self._speaks)['code_long'].format(len(code))}"
        self.send({"code": plain(code), "page": page})

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
            opened, beside = Details(prompt=self.prompts[index // others], problem=str(error)), None
        self.send({"opened": index, "page": page, "details": opened.page(beside, self._speaks)})

    def _catch_up(self, have: int) -> None:
        with self._lock:
            self.send(self._message(have, self._deltas.since(have)))


def _page_words(known: Words, language: Language, progress: str) -> dict[str, Any]:
    return {
        **compare_words(language),
        "progress": progress,
        "status": dict(known.status),
        "title": known.title,
        "prompt": known.prompt,
        "repeat": known.repeat,
        "stop": known.stop,
        "stopping": known.stopping,
        "unasked": known.unasked,
        "gone": known.gone,
        "empty": known.empty,
    }

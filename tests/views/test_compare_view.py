"""The Python side of the live view, with a recorder in the place of the page."""

from __future__ import annotations

import asyncio
import threading
import time
from itertools import pairwise
from typing import Any

import pytest

from workbench.errors import UsageError
from workbench.views import CompareView
from workbench.views.compare._pace import Pace


class Recorded(CompareView):
    """A view that keeps what it would send to the page, with the time."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self.sent: list[dict[str, Any]] = []
        self.times: list[float] = []
        super().__init__(*args, **options)

    def send(self, content: dict[str, Any], buffers: object = None) -> None:
        self.sent.append(content)
        self.times.append(time.monotonic())


class Page:
    """What a page holds that follows the rules of compare.js."""

    def __init__(self, view: Recorded) -> None:
        self.view, self.have, self.read = view, 0, 0
        self.texts: dict[int, str] = {}
        self.statuses: dict[int, str] = {}
        self.notes: dict[int, str] = {}
        self.summary: str | None = None

    def ask(self) -> None:
        self.view._handle_custom_msg({"have": self.have}, [])

    def receive(self) -> None:
        for message in self.view.sent[self.read :]:
            self.summary = message.get("summary", self.summary)
            if message.get("after") == self.have:
                self._apply(message)
        self.read = len(self.view.sent)

    def _apply(self, message: dict[str, Any]) -> None:
        self.have = message["number"]
        for index, change in message["cells"].items():
            before = "" if change.get("fresh") else self.texts.get(index, "")
            self.texts[index] = before + change.get("text", "")
            self.statuses[index] = change.get("status", self.statuses.get(index, "waiting"))
            self.notes[index] = change.get("note", self.notes.get(index, ""))


def make(prompts: int = 2, candidates: int = 2, **options: Any) -> Recorded:
    options.setdefault("stop", lambda: None)
    return Recorded(["?"] * prompts, [f"m{number}" for number in range(candidates)], **options)


def settle(view: Recorded) -> None:
    """Waits until everything is sent."""
    deadline = time.monotonic() + 10
    while view._pace._is_due or view._deltas._open:
        assert time.monotonic() < deadline, "the view did not send what it had"
        time.sleep(0.005)


def test_first_tokens_are_sent_without_being_asked_for() -> None:
    view = make()
    view.began(0)
    view.add(0, "Bonn")
    settle(view)
    page = Page(view)
    page.receive()
    assert page.texts == {0: "Bonn"}
    assert page.statuses == {0: "answering"}


def test_a_flood_of_tokens_becomes_few_messages_a_second() -> None:
    view = make(8, 2)
    began = time.monotonic()
    while time.monotonic() - began < 1.0:
        for index in range(16):
            view.add(index, "x")
        time.sleep(0.001)
    settle(view)
    gaps = [later - sooner for sooner, later in zip(view.times, view.times[1:], strict=False)]
    assert len(view.times) >= 3, "text must arrive while it is written"
    assert min(gaps) >= 0.045
    assert len(view.times) <= 20 * (view.times[-1] - view.times[0]) + 2


def test_nothing_is_lost_or_doubled_when_many_threads_report() -> None:
    view = make(4, 2)

    def answer(index: int) -> None:
        view.began(index)
        for number in range(200):
            view.add(index, f"{number},")
        view.ended(index, "answered", "done")

    threads = [threading.Thread(target=answer, args=(index,)) for index in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    settle(view)
    page = Page(view)
    page.receive()
    assert page.texts == dict.fromkeys(range(8), "".join(f"{number}," for number in range(200)))
    assert set(page.statuses.values()) == {"answered"}


async def test_tokens_leave_while_the_event_loop_is_blocked() -> None:
    view = make()
    await asyncio.sleep(0)
    view.add(0, "Bonn")
    deadline = time.monotonic() + 5
    while not view.sent:
        assert time.monotonic() < deadline
        time.sleep(0.01)  # noqa: ASYNC251
    assert view.sent[0]["cells"][0]["text"] == "Bonn"


def test_batches_are_numbered_without_gaps() -> None:
    view = make()
    for text in ("a", "b", "c"):
        view.add(0, text)
        settle(view)
    assert [(message["after"], message["number"]) for message in view.sent] == [(0, 1), (1, 2), (2, 3)]


def test_a_late_page_gets_the_rest_and_a_current_one_passes_over_it() -> None:
    view = make()
    early, late = Page(view), Page(view)
    view.began(0)
    view.add(0, "Bo")
    settle(view)
    early.receive()
    late.read = len(view.sent)  # nobody listened yet
    view.add(0, "nn")
    view.ended(0, "answered", "0.2 s")
    late.ask()
    early.receive()
    late.receive()
    for page in (early, late):
        assert (page.texts, page.statuses, page.notes) == ({0: "Bonn"}, {0: "answered"}, {0: "0.2 s"})
    view.add(1, "Berlin")
    settle(view)
    early.receive()
    late.receive()
    assert early.texts == late.texts == {0: "Bonn", 1: "Berlin"}


def test_a_page_that_missed_a_message_catches_up_from_where_it_is() -> None:
    view = make()
    page = Page(view)
    view.add(0, "a")
    settle(view)
    page.receive()
    view.add(0, "b")
    settle(view)
    page.read = len(view.sent)  # this one got lost
    view.add(0, "c")
    settle(view)
    page.receive()
    assert page.texts == {0: "a"}, "a message after a gap must not be applied"
    page.ask()
    page.receive()
    assert page.texts == {0: "abc"}


def test_progress_counts_what_ended() -> None:
    view = make(2, 2)
    view.ended(0, "answered", "")
    view.ended(1, "failed", "the server failed")
    view.ended(2, "stopped", "")
    settle(view)
    assert view.sent[-1]["progress"] == "1 of 4 answered, 1 failed, 1 stopped"
    assert view.sent[-1]["counts"] == {"answered": 1, "failed": 1, "stopped": 1, "waiting": 1}


def test_stop_calls_back() -> None:
    pressed: list[bool] = []
    view = make(stop=lambda: pressed.append(True))
    view._handle_custom_msg({"stop": True}, [])
    assert pressed == [True]


@pytest.mark.parametrize("message", [{}, {"have": "all"}, {"have": None}, {"run": "rm -rf"}])
def test_other_messages_from_the_page_do_nothing(message: dict[str, Any]) -> None:
    pressed: list[bool] = []
    view = make(stop=lambda: pressed.append(True))
    view._handle_custom_msg(message, [])
    assert view.sent == []
    assert pressed == []


def test_the_end_keeps_the_answers_for_every_page_early_or_late() -> None:
    view = make()
    early, late = Page(view), Page(view)
    view.add(0, "Bonn")
    settle(view)
    view.ended(0, "answered", "1 s")
    assert view.finish("1 of 4 answered") == "1 of 4 answered"
    view.add(1, "too late")
    late.read = len(view.sent)  # nobody listened yet
    late.ask()
    for page in (early, late):
        page.receive()
        assert page.summary == "1 of 4 answered"
        assert (page.texts, page.statuses) == ({0: "Bonn"}, {0: "answered"})


def test_a_page_that_missed_the_end_gets_every_text_once() -> None:
    view = make()
    page = Page(view)
    view.add(0, "Bo")
    settle(view)
    page.receive()
    view.add(0, "n")
    settle(view)
    view.add(0, "n")
    view.finish("done")
    page.read = len(view.sent)  # these got lost
    page.ask()
    page.receive()
    assert (page.texts, page.summary) == ({0: "Bonn"}, "done")


def test_repeats_have_cells_of_their_own() -> None:
    view = make(1, 2, repeats=3)
    view.ended(5, "answered", "")
    settle(view)
    assert view.sent[-1]["progress"] == "1 of 6 answered"
    with pytest.raises(IndexError):
        view.ended(6, "answered", "")


def test_hostile_text_reaches_the_page_as_readable_signs() -> None:
    view = make()
    view.add(0, "<img src=x onerror=alert(1)></script>")
    view.add(0, "\x1b[31m\u202egpj.exe\udc80\U000e0041")
    view.ended(0, "failed", "\x07bell")
    settle(view)
    page = Page(view)
    page.receive()
    assert page.texts[0] == "<img src=x onerror=alert(1)></script>␛[31m[U+202E]gpj.exe\ufffd[U+E0041]"
    assert page.notes[0] == "␇bell"


def test_names_are_made_plain_and_long_prompts_are_shortened_for_the_page() -> None:
    view = CompareView(["p" * 100_000, "a\u202eb"], ["gpu/\x1b[1mx"], stop=lambda: None)
    assert len(view.prompts[0]) == 2000
    assert view.prompts[0].endswith("…")
    assert view.prompts[1] == "a[U+202E]b"
    assert view.candidates == ["gpu/␛[1mx"]


def test_the_plain_text_in_a_notebook_is_the_same_in_every_run() -> None:
    bundle, _ = make()._repr_mimebundle_()
    assert bundle["text/plain"] == "Comparison, live view"
    bundle, _ = make(language="de")._repr_mimebundle_()
    assert bundle["text/plain"] == "Vergleich, Live-Ansicht"


def test_the_page_gets_the_words_for_a_kernel_that_is_gone() -> None:
    """It has nobody to ask then."""
    for language, told in (("en", "Kernel gone; answers so far"), ("de", "Kernel beendet; Antworten bis dahin")):
        view = make(language=language)
        assert view.get_state()["words"]["gone"] == told
        assert view.get_state()["words"]["unasked"] in ("not asked", "nicht gefragt")


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(UsageError, match="must be 'en' or 'de'"):
        make(language="fr")


def test_how_it_gets_on_and_a_remark_stand_beside_the_counts() -> None:
    view = make(headway=lambda: "10 tokens/s, 3 left")
    view.began(0)
    settle(view)
    assert view.sent[-1]["progress"] == "0 of 4 answered · 10 tokens/s, 3 left"
    view.remark("kept in <b>here</b>")
    view.add(0, "Bonn")
    settle(view)
    assert view.sent[-1]["progress"] == "0 of 4 answered · 10 tokens/s, 3 left · kept in <b>here</b>"
    view.finish("4 of 4 answered")
    assert view.sent[-1]["summary"] == "4 of 4 answered · kept in <b>here</b>"


async def test_the_pace_is_kept_where_there_are_no_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_thread(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("threading.Thread.start", no_thread)
    done: list[float] = []
    pace = Pace(lambda: done.append(time.monotonic()), per_second=20)
    for _ in range(10):
        pace.soon()
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.2)
    assert 2 <= len(done) <= 5
    assert all(later - earlier >= 0.04 for earlier, later in pairwise(done))


def test_a_rating_reaches_the_page_in_mid_run_and_after_the_end_with_what_was_remarked() -> None:
    asked: list[tuple[int, bool | None, str]] = []
    view = make(rate=lambda *rating: asked.append(rating))
    view._handle_custom_msg({"rate": 1, "good": True, "comment": "gut"}, [])
    view._handle_custom_msg({"rate": 1, "good": "ja", "comment": 7}, [])
    view._handle_custom_msg({"rate": 4, "good": True, "comment": ""}, [])  # there is no such cell
    assert asked == [(1, True, "gut"), (1, None, "")]
    view.rated(1, True, "gut")
    settle(view)
    assert view.sent[-1]["cells"] == {1: {"good": True, "comment": "gut"}}
    assert view.finish("4 of 4 answered") == "4 of 4 answered"
    view.remark("the journal cannot be written")
    view.rated(1, None, "")
    assert view.sent[-1]["cells"] == {1: {"good": None, "comment": ""}}
    assert view.sent[-1]["summary"] == "4 of 4 answered · the journal cannot be written"

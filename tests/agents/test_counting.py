"""Tokens of conversations with images, as far as servers tell."""

from __future__ import annotations

from workbench.agents._counting import Counter
from workbench.connections import model
from workbench.connections.doctor._probes import picture
from workbench.messages import Message

SEEN = picture((255, 0, 0))
TEXT = Message("user", "Was steht da?")
SHOWN = Message("user", "Was steht da?", images=(SEEN,))


class Estimating(Counter):
    """Where the server has no tokeniser."""

    def __init__(self) -> None:
        super().__init__(model("embedded"))
        self._has_tokeniser = False


def test_an_image_counts_as_many_tokens_as_one_took_before() -> None:
    for counter in (Counter(model("embedded")), Estimating()):
        text = counter.count([TEXT], ())
        assert counter.count([SHOWN], ()) == text  # nobody knows yet
        counter.note([SHOWN, SHOWN], (), counter.count([TEXT, TEXT], ()) + 2 * 144)
        assert counter.count([SHOWN], ()) == text + 144
        assert counter.count([SHOWN, TEXT, SHOWN], ()) == counter.count([TEXT] * 3, ()) + 288
        assert counter.count([TEXT], ()) == text  # images make no text longer


def test_an_image_that_took_nothing_counts_nothing() -> None:
    counter = Estimating()
    counter.note([SHOWN], (), 1)
    assert counter.count([SHOWN], ()) == counter.count([TEXT], ())

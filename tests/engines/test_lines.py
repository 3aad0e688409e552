import json
import random
from itertools import pairwise

import pytest

from workbench.engines.wire._records import EventReader, LineReader, TooLongError

STREAM = b': a comment\r\n\r\ndata: {"a": 1}\r\n\r\nevent: x\ndata: one\ndata: two\n\ndata:[DONE]\r\rid: 7\n\n'


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 1000])
def test_events_are_the_same_however_the_network_splits_them(size: int) -> None:
    reader = EventReader()
    found = [event for at in range(0, len(STREAM), size) for event in reader.feed(STREAM[at : at + size])]
    assert found + reader.close() == [b'{"a": 1}', b"one\ntwo", b"[DONE]"]


# What may stand between two blank lines, and the data that it carries.
BLOCKS = {
    b"data: one": b"one",
    b"data:two": b"two",
    b"data: a\ndata: b": b"a\nb",
    b"event: x\ndata: c": b"c",
    b"data: d\nid: 7": b"d",
    b"data: ": b"",
    b"": b"",
    b": a comment": b"",
    b"data: e\n: a comment": b"e",
    b"data: data: f": b"data: f",
}


@pytest.mark.parametrize("seed", range(20))
def test_plain_and_other_events_mixed_and_split_anyhow(seed: int) -> None:
    drawn = random.Random(seed)
    plain = [b"data: one"] * drawn.choice([0, 5])  # most streams hold nothing else
    blocks = [drawn.choice([*plain, *BLOCKS]) for _ in range(30)]
    stream = b"".join(block + b"\n\n" for block in blocks)
    cuts = sorted(drawn.choices(range(len(stream)), k=4))
    reader = EventReader()
    parts = [stream[start:end] for start, end in pairwise([0, *cuts, len(stream)])]
    found = [event for part in parts for event in reader.feed(part)]
    assert found == [data for block in blocks if (data := BLOCKS[block])]


def test_an_event_without_its_blank_line_is_given_at_the_end() -> None:
    reader = EventReader()
    assert reader.feed(b"data: last") == []
    assert reader.close() == [b"last"]
    assert reader.close() == []


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_any_line_end_may_be_cut_anywhere(end: bytes) -> None:
    stream = end.join([b"data: a", b"data: b", b"", b"data: c", b"", b""])
    for cut in range(len(stream) + 1):
        reader = EventReader()
        found = reader.feed(stream[:cut]) + reader.feed(stream[cut:])
        # A lone return at the very end may still be followed by its newline.
        assert found + reader.close() == [b"a\nb", b"c"], cut


def test_a_return_at_the_end_of_a_piece_waits_for_its_newline() -> None:
    reader = EventReader()
    assert reader.feed(b"data: a\r\n\r") == []
    assert reader.feed(b"\ndata: b\r\n\r\n") == [b"a", b"b"]


@pytest.mark.parametrize("cut", range(4))
def test_a_byte_order_mark_before_the_stream_is_passed_over(cut: int) -> None:
    stream = b"\xef\xbb\xbfdata: a\n\ndata: b\n\n"
    reader = EventReader()
    assert reader.feed(stream[:cut]) + reader.feed(stream[cut:]) == [b"a", b"b"]


def test_an_empty_event_among_plain_ones_is_passed_over() -> None:
    assert EventReader().feed(b"data: a\n\ndata: \n\ndata: b\n\n") == [b"a", b"b"]


def test_events_of_several_lines_among_plain_ones_are_joined() -> None:
    assert EventReader().feed(b"data: a\n\ndata: b\ndata: c\n\ndata: d\n\n") == [b"a", b"b\nc", b"d"]


def test_only_one_blank_after_the_colon_is_no_part_of_the_data() -> None:
    assert EventReader().feed(b"data:  a\n\nid: 1\ndata:  b\n\n") == [b" a", b" b"]


@pytest.mark.parametrize(
    ("block", "said"),
    [
        (b'event: error\ndata: {"message": "boom"}', {"message": "boom"}),
        (b'data: {"message": "boom"}\nevent:error', {"message": "boom"}),
        (b'error: {"code": 500}', {"code": 500}),
        (b'error:{"code": 500}\ndata: beside', {"code": 500}),
        (b"event: error\ndata: boom", "boom"),
        (b'event: error\ndata: "boom"', "boom"),
        (b"event: error\ndata: the proxy\ndata: said no", "the proxy\nsaid no"),
        (b"event: error\ndata: \xff", "\ufffd"),
        (b"event: error", "an error without words"),
        (b'{"error": "boom"}', "boom"),
    ],
)
def test_an_error_in_any_shape_is_an_object_that_says_so(block: bytes, said: object) -> None:
    reader = EventReader()
    first, event = reader.feed(b"data: before\n\n" + block + b"\n\n")
    assert (first, json.loads(event)) == (b"before", {"error": said})
    assert reader.feed(block) == []
    (last,) = reader.close()
    assert json.loads(last) == {"error": said}


def test_an_event_over_the_limit_is_refused() -> None:
    reader = EventReader(limit=10)
    with pytest.raises(TooLongError, match="10 bytes"):
        reader.feed(b"data: " + b"x" * 20)
    assert EventReader(limit=10).feed(b"data: xxxx") == []
    with pytest.raises(TooLongError, match="10 bytes"):
        EventReader(limit=10).feed(b"data: xxxxx")
    assert EventReader(limit=10).feed(b"data: " + b"x" * 20 + b"\n\n") == [b"x" * 20]


@pytest.mark.parametrize("size", [1, 4, 1000])
def test_lines_are_the_same_however_the_network_splits_them(size: int) -> None:
    stream = b'{"a": 1}\n\n{"b": 2}\n{"c"'
    reader = LineReader()
    found = [line for at in range(0, len(stream), size) for line in reader.feed(stream[at : at + size])]
    assert found + reader.close() == [b'{"a": 1}', b'{"b": 2}', b'{"c"']


def test_a_line_over_the_limit_is_refused() -> None:
    with pytest.raises(TooLongError, match="10 bytes"):
        LineReader(limit=10).feed(b"x" * 11)
    assert LineReader(limit=10).feed(b"x" * 10) == []
    assert LineReader().close() == []


def test_a_blank_line_at_the_end_is_none() -> None:
    reader = LineReader()
    assert reader.feed(b'{"a": 1}\n  ') == [b'{"a": 1}']
    assert reader.close() == []

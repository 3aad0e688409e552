"""No form of a secret in what a server says, however it is cut."""

import base64
import html
import json
from urllib.parse import quote, quote_plus

import pytest

from workbench.engines.wire._secrets import MASK, StreamMask, forms, masked

SECRET = 'geheim& "4711"/ü'


def through(text: str, size: int, secrets: tuple[str, ...]) -> str:
    mask = StreamMask(secrets)
    return "".join(mask.feed(text[at : at + size]) for at in range(0, len(text), size)) + mask.close()


@pytest.mark.parametrize(
    "written",
    [
        SECRET,
        json.dumps(SECRET)[1:-1],
        html.escape(SECRET),
        quote(SECRET),
        quote(SECRET, ""),
        quote_plus(SECRET),
        quote(SECRET, "").replace("%C3%BC", "%c3%bc").replace("%26", "%26").replace("%2F", "%2f"),
    ],
    ids=["plain", "JSON", "HTML", "path", "query", "form", "small escapes"],
)
@pytest.mark.parametrize("size", [1, 3, 7, 1000])
def test_every_way_of_writing_a_secret_is_masked(written: str, size: int) -> None:
    secrets = forms([SECRET])
    text = f"the key {written} and {written} again"
    assert masked(text, secrets) == f"the key {MASK} and {MASK} again"
    assert through(text, size, secrets) == f"the key {MASK} and {MASK} again"


@pytest.mark.parametrize("before", ["", "a", "ab", "abc", "Bearer ", "user:"])
@pytest.mark.parametrize("secret", ["a-secret-of-some-length-4711", "12345678"])
def test_a_secret_in_base64_is_masked_wherever_it_stands(before: str, secret: str) -> None:
    text = base64.b64encode(f"{before}{secret}".encode()).decode()
    # All groups of three bytes that are its own; those that it shares with what stands beside it are left.
    own = slice(-(-len(before) // 3) * 4, (len(before) + len(secret)) // 3 * 4)
    assert masked(text, forms([secret])) == text[: own.start] + MASK + text[own.stop :]


def test_the_shortest_secret_that_is_masked_has_eight_characters() -> None:
    assert masked("12345678", forms(["12345678"])) == MASK
    assert forms(["1234567"]) == ()
    assert masked("key 1234567", forms(["1234567"])) == "key 1234567"


def test_a_longer_secret_goes_before_one_that_it_holds() -> None:
    secrets = forms(["12345678", "123456789abc"])
    assert [len(form) for form in secrets] == sorted((len(form) for form in secrets), reverse=True)
    assert masked("123456789abc", secrets) == MASK


def test_what_may_be_the_beginning_of_a_secret_waits_and_nothing_else() -> None:
    mask = StreamMask(forms(["geheim-4711"]))
    assert mask.feed("so geheim") == "so "
    assert mask.held == "geheim"
    assert mask.feed("nis") == "geheimnis"
    assert mask.held == ""
    assert mask.feed("g") == ""
    assert mask.close() == "g"
    assert mask.close() == ""


@pytest.mark.parametrize("written", forms(["geheim&4711"]))
def test_only_the_last_letter_missing_waits_too(written: str) -> None:
    mask = StreamMask(forms(["geheim&4711"]))
    assert mask.feed(written[:-1]) == ""
    assert mask.feed(written[-1]) == MASK


def test_two_beginnings_at_once_are_both_kept() -> None:
    mask = StreamMask(forms(["aab-aab-aac"]))
    assert through("xaab-aab-aab-aac", 1, forms(["aab-aab-aac"])) == f"xaab-{MASK}"
    assert mask.feed("aab-aab-aab") == "aab-"


def test_without_secrets_all_is_shown_at_once() -> None:
    mask = StreamMask(())
    assert mask.feed("geheim") == "geheim"
    assert mask.close() == ""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from workbench.engines.wire._pauses import pause_wanted, renewed_in

SPANS = {
    "2": 2.0,
    " 2 ": 2.0,
    "1.5": 1.5,
    "0": 0.0,
    "0.25": 0.25,
    "1s": 1.0,
    "250ms": 0.25,
    "6m0s": 360.0,
    "2 seconds": 2.0,
}
NONE = ["", "-5", "soon", "1e999", "²", "nan", "inf", "1,5", "Wed, 99 Foo 2026 00:00:00 GMT"]
DATES: dict[str, Callable[[datetime], str]] = {
    "IMF": lambda when: format_datetime(when, usegmt=True),
    "RFC 850": lambda when: when.strftime("%A, %d-%b-%y %H:%M:%S GMT"),
    "asctime": lambda when: when.strftime("%a %b %e %H:%M:%S %Y"),
    "ISO": lambda when: when.isoformat(),
    "seconds": lambda when: str(int(when.timestamp())),
    "milliseconds": lambda when: str(int(when.timestamp() * 1000)),
}


@pytest.mark.parametrize(("text", "seconds"), SPANS.items())
def test_a_span(text: str, seconds: float) -> None:
    assert pause_wanted({"Retry-After": text}) == seconds
    assert pause_wanted({"llm_provider-Retry-After": text}) == seconds


@pytest.mark.parametrize("text", NONE)
def test_what_says_nothing_is_passed_over(text: str) -> None:
    assert pause_wanted({"Retry-After": text}) is None


@pytest.mark.parametrize("form", DATES)
def test_a_date(form: str) -> None:
    when = datetime.now(UTC) + timedelta(seconds=300)
    found = pause_wanted({"Retry-After": DATES[form](when)})
    assert found is not None
    assert 200 < found <= 300


def test_a_date_that_is_over_is_no_pause() -> None:
    assert pause_wanted({"Retry-After": "Sun, 06 Nov 1994 08:49:37 GMT"}) == 0.0


@pytest.mark.parametrize("text", ["9" * 400, "99999999", "Fri, 01 Jan 9999 00:00:00 GMT"])
def test_a_giant_is_bounded(text: str) -> None:
    assert pause_wanted({"Retry-After": text}) == 7 * 24 * 3600


def test_milliseconds_have_a_header_of_their_own_which_is_the_finer() -> None:
    assert pause_wanted({"retry-after-ms": "250", "Retry-After": "1"}) == 0.25


@pytest.mark.parametrize(
    ("body", "seconds"),
    [
        ('{"error": {"message": "Please retry in 34.5s."}}', 34.5),
        ('{"error": {"details": [{"retryDelay": "34s"}]}}', 34.0),
        ("Please retry after 2 seconds.", 2.0),
        ("Rate limit reached. Please try again in 1m30s. Visit", 90.0),
        ('{"error": "Model is currently loading", "estimated_time": 20.0}', 20.0),
        ("Please try again later.", None),
        ("", None),
    ],
)
def test_some_servers_say_it_in_the_body_alone(body: str, seconds: float | None) -> None:
    assert pause_wanted({}, body) == seconds


def test_a_limit_that_is_used_up_begins_anew() -> None:
    headers = {
        "x-ratelimit-remaining-requests": "12",
        "x-ratelimit-reset-requests": "10m",
        "x-ratelimit-remaining-tokens": "0",
        "x-ratelimit-reset-tokens": "1m30s",
    }
    assert renewed_in(headers) == 90.0
    assert renewed_in({"x-ratelimit-reset": "20"}) == 20.0
    assert renewed_in({}) is None

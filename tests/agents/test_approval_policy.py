"""Policies: words by patterns of tools and arguments, and what they are not fooled by."""

from typing import Any

import pytest
from agents.calling import Done, deleting, once, session_of

from workbench import errors
from workbench.agents import Call, Verdict
from workbench.agents._desk import Waiting
from workbench.agents._visible import canonical, spoken, visible
from workbench.agents.session.approval._approval import approvals


async def word(policy: Any, tool: str = "delete", arguments: Any = None, *, read_only: bool = False) -> str:
    """What a policy makes of a call: "runs", "waits" or "denied"."""
    given = canonical({} if arguments is None else arguments)
    try:
        verdict = await approvals(policy).judge(Call("1", "clerk", tool, given, read_only=read_only))
    except Waiting:
        return "waits"
    return "runs" if verdict.runs else "denied"


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("ask", "waits"),
        ("allow", "runs"),
        ("deny", "denied"),
        ({}, "waits"),
        ({"delete": "allow"}, "runs"),
        ({"del*": "deny", "delete": "allow"}, "denied"),
        ({"delete": "allow", "del*": "deny"}, "runs"),
        ({"other": "allow"}, "waits"),
        ({"*": "deny"}, "denied"),
        ({"Delete": "allow"}, "waits"),
        ({"delet?": "allow"}, "runs"),
        ({"delete(path=/tmp/*)": "allow"}, "runs"),
        ({"delete(path=/tmp/*, deep=false)": "allow"}, "runs"),
        ({"delete(path=/tmp/*, deep=true)": "allow"}, "waits"),
        ({"delete(path=/etc/*)": "deny", "*": "allow"}, "runs"),
        ({"delete(nothing=*)": "allow"}, "waits"),
    ],
)
async def test_the_first_pattern_that_fits_counts(policy: Any, expected: str) -> None:
    assert await word(policy, arguments={"path": "/tmp/x", "deep": False}) == expected


async def test_a_mark_lets_run_what_no_pattern_names() -> None:
    assert await word("ask", read_only=True) == "runs"
    assert await word("deny", read_only=True) == "runs"
    assert await word({"delete": "ask"}, read_only=True) == "waits"
    assert await word({"delete": "deny"}, read_only=True) == "denied"


@pytest.mark.parametrize(
    "path",
    [
        "/tmp/../etc/passwd", "/tmp/..", "/tmp/a\\..\\b", "/tmp/%2e%2e/etc", "/tmp/%252e%252e/etc", "/tmp/x\x00",
        "/tmp/\u202ex", "/tmp/\u200bx", "/tmp\u2215x/tmp/", "/tmp/․․/etc", "/tmp/x\n/etc", "/tmp/x; rm -rf /",
        "/tmp/$(id)", "/tmp/`id`", "/tmp/x | sh", "/tmp/p\u0430ypal", "/tmp/\uff0e\uff0e/etc", ["/tmp/x", "/etc"],
        {"tmp": "/tmp/x"}, "/tmp/\u3164", "/tmp/\ud800",
    ],
)  # fmt: skip
async def test_a_pattern_lets_nothing_run_that_may_be_more_than_it_sees(path: Any) -> None:
    for policy in (
        {"delete(path=/tmp*)": "allow"},
        {"delete(path=*tmp*)": "allow"},
        {"delete(path=/etc/*)": "deny", "delete": "allow"},
        {"delete(path=/etc/*)": "deny", "*": "allow"},
    ):
        assert await word(policy, arguments={"path": path}) == "waits"


async def test_a_default_that_a_pattern_would_forbid_is_asked_for() -> None:
    assert await word({"delete(path=/etc/*)": "deny", "*": "allow"}, arguments={}) == "waits"


async def test_a_name_that_looks_like_another_is_asked_for() -> None:
    assert await word({"d*": "allow"}, tool="d\u0435lete") == "waits"
    assert await word({"*": "allow"}, tool="delete\u200b") == "waits"
    assert await word({"d*": "allow"}, tool="dämpfe") == "runs"


@pytest.mark.parametrize(
    ("pattern", "value"),
    [
        ('say(text="Hallo, *")', "Hallo, Welt"),
        ("say(text=f(x))", "f(x)"),
        ("say(text=f(*))", "f(a(b))"),
        ("say(text=Kö*n)", "Ko\u0308ln"),
        ("say(text=[ab])", "[ab]"),
        ("say(text=[!x]*)", "[!x]y"),
        ("say(text='x')", "'x'"),
        ("say(text=a=b)", "a=b"),
        ("say(text=https://example.org/*)", "https://example.org/?a=1&b=2"),
        ("  say ( text = x y )  ".replace("say (", "say("), "x y"),
        ("say(zahl=4?)", None),
    ],
)
async def test_patterns_with_signs_mean_those_signs(pattern: str, value: str | None) -> None:
    arguments = {"zahl": 42} if value is None else {"text": value}
    assert await word({pattern: "allow"}, "say", arguments) == "runs"
    assert await word({pattern: "allow"}, "say", {"text": "a", "zahl": 1}) == "waits"


@pytest.mark.parametrize(
    "pattern",
    ["", "say(", "say)", "say()", "say(text)", "say(=x)", "say(a=1, a=2)", "say(a=1,b)", 'say(a="x)', "say(a=1)x", 5],
)
def test_a_pattern_that_can_mean_nothing_is_refused_in_one_line(pattern: Any) -> None:
    with pytest.raises(errors.UsageError, match="is not a pattern of calls") as caught:
        approvals({pattern: "allow"})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("approve", ["yes", True, None, 5, {"*": True}, {"*": "yes"}, ["allow"]])
def test_what_is_no_policy_is_refused(approve: Any) -> None:
    with pytest.raises(errors.UsageError):
        approvals(approve)


async def test_edits_cannot_go_round_the_policy() -> None:
    done: Done = []
    policy = {"delete(path=/etc/*)": "deny"}
    session = await session_of(once(("delete", {"path": "/tmp/x"})), deleting(done), approve=policy).run()
    with pytest.raises(errors.UsageError, match="the policy forbids"):
        session.approve(arguments={"path": "/etc/passwd"})
    assert done == []


def test_what_is_hidden_is_shown_and_can_still_be_read() -> None:
    assert visible("soft\u00adhyphen") == "soft\\u00adhyphen"
    assert visible("Straße „Köln“ – 5 €, 👍") == "Straße „Köln“ – 5 €, 👍"
    assert visible("сору", latin=True) == "\\u0441\\u043e\\u0440\\u0443"
    assert spoken("f", '{"a": "x\\u2215y", "b": 1}') == "f(a='x\\u2215y', b=1)"
    assert spoken("f", '{"a=1, b": "x"}') == "f('a=1, b'='x')"
    assert spoken("f", "[1]") == "f([1])"
    long = spoken("f", canonical({"a": "x" * 9999 + "rm -rf /"}))
    assert long.endswith("more characters])")
    assert "\n" not in spoken("f", canonical({"a": "x\ny\u2028z"}))
    assert repr(Call("1", "clerk", "f\u200b", "{}")) == "clerk: 'f\\u200b'()"


async def test_a_verdict_counts_for_one_use() -> None:
    asked = approvals(lambda call: Verdict(runs=True))
    call = Call("1", "clerk", "delete", "{}")
    assert (await asked.judge(call)).runs
    assert (await asked.use(call)).runs
    assert len(asked.frame) == 1
    await asked.use(call)
    assert len(asked.frame) == 2


async def test_a_yes_ends_with_its_turn() -> None:
    asked = approvals("ask")
    call = Call("1", "clerk", "delete", "{}")
    for _ in range(2):
        with pytest.raises(Waiting):
            await asked.judge(call)
        asked.approve(None, None, always=False, reason="")
        asked.end_turn()
    assert asked.frame.empty

"""A recorded call of a model as the text of a test.

Whatever a model or a name says in it is data: it stands as JSON in a raw text, in which nothing can end that text.
"""

from __future__ import annotations

import inspect
import json
import re
import textwrap
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from workbench.agents._visible import visible
from workbench.errors import UsageError

Check = str | Sequence[str] | Callable[[str], bool]
"""Texts that the answer has to hold, or a function of the answer's text."""

_TEST = '''\
"""{title}: what its model was asked there, asked again.

`pytest` plays the answer that was recorded; with WORKBENCH_MODE=live the model is asked anew.
"""

from __future__ import annotations

import json

import workbench as wb

CALL = json.loads(
    r\'\'\'
{call}
\'\'\'
)
{function}

def test_{name}() -> None:
    answer = wb.agents.ask_again(CALL)
{asserted}
'''


def written_test(call: Mapping[str, Any], number: int, agent: str, check: Check | None) -> str:
    """The text of a test that asks a recorded call again, and says what has to come.

    Args:
        call: The call, as `record_of` gives it.
        number: The number of its turn.
        agent: Who took the turn.
        check: What the answer's text has to hold; without it an answer has to call the same tools with the same
            arguments, or say the very same.

    Raises:
        UsageError: If the check does not hold for the recorded answer, or cannot be written down.
    """
    who = re.sub(r"\W+", "_", agent, flags=re.ASCII).strip("_")[:40]
    return _TEST.format(
        title=f"Turn {number} of {who or 'a team'}",
        name=f"turn_{number}" + (f"_of_{who}" if who else ""),
        call=_json(call, indent=1),
        function=f"\n\n{_source(check)}\n" if callable(check) else "",
        asserted="\n".join(f"    assert {one}" for one in _asserted(call["answer"], check)),
    )


def _asserted(answer: Mapping[str, Any], check: Check | None) -> list[str]:
    calls = [f"answer.calls == json.loads({_raw(answer['calls'])})"] if answer["calls"] else []
    if check is None:
        return calls or ["not answer.calls", f"answer.text == json.loads({_raw(answer['text'])})"]
    if callable(check):
        if not check(answer["text"]):
            raise _untrue()
        return [*calls, f"{check.__name__}(answer.text)"]
    texts = [check] if isinstance(check, str) else list(check)
    if not texts or not all(isinstance(one, str) for one in texts):
        raise UsageError("check= says nothing that can be checked", advice="give texts, or a function of the text")
    if not all(one in answer["text"] for one in texts):
        raise _untrue()
    return [*calls, *(f"json.loads({_raw(one)}) in answer.text" for one in texts)]


def _source(check: Callable[[str], bool]) -> str:
    """The text of a function that needs nothing but itself. Raises UsageError for any other."""
    name = getattr(check, "__name__", "")
    try:
        source = textwrap.dedent(inspect.getsource(check)).strip()
        needed = inspect.getclosurevars(check)
    except (OSError, TypeError):
        raise _unwritable("its text is not known") from None
    if not source.startswith("def ") or name.startswith("test"):
        raise _unwritable("it is not a plain function, or is named like a test")
    if needed.globals or needed.nonlocals or check.__defaults__ or check.__kwdefaults__:
        raise _unwritable("it needs what stands outside of it")
    return source


def _raw(value: Any) -> str:
    return f"r'''{_json(value)}'''"


def _json(value: Any, indent: int | None = None) -> str:
    """A value as JSON that is legible, shows what is hidden, and can stand in a raw text in single quotes."""
    lines = json.dumps(value, ensure_ascii=False, indent=indent, default=str).replace("'", r"\u0027").split("\n")
    return "\n".join(map(visible, lines))


def _untrue() -> UsageError:
    return UsageError("the check does not hold for the recorded answer", advice="check what the answer does hold")


def _unwritable(why: str) -> UsageError:
    return UsageError(
        f"this check cannot be written into a test: {why}",
        advice="write def check(text): … that imports what it needs inside of it",
    )

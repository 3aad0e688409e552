"""What the Tab key offers behind the name of a magic: options, connections and models."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from IPython.core.completer import CompletionContext, SimpleCompletion, SimpleMatcherResult, context_matcher

from workbench.connections import model_names

_ASKING = ("%%ask", "%%compare")
_NAMING = ("%models", "%doctor")


def complete_magics(parsers: dict[str, Any]) -> Any:
    """Make what completes the lines of our magics, and leaves all others alone.

    Args:
        parsers: What reads the options of each magic, by its name with the percent signs.
    """

    @context_matcher()
    def workbench_magics(context: CompletionContext) -> SimpleMatcherResult:
        words = context.text_until_cursor.split(" ")
        magic, typed = words[0].strip(), words[-1]
        is_ours = magic in _NAMING or (magic in _ASKING and context.cursor_line == 0)
        if not is_ours or len(words) < 2:
            return SimpleMatcherResult(completions=[], suppress=False)
        offered: Iterable[str] = ()
        if typed.startswith("-"):
            offered = sorted(parsers[magic]._option_string_actions)
        elif magic in _NAMING or words[-2] in ("-m", "--model"):
            names = model_names()
            offered = (name for name in names if "/" not in name) if magic == "%models" else names
        found = [SimpleCompletion(text=one, type="model") for one in offered if one.startswith(typed)]
        # Nothing else is meant there: neither a file nor a variable.
        return SimpleMatcherResult(completions=found, matched_fragment=typed, suppress=bool(found), ordered=True)

    return workbench_magics

"""An answer in the output of a cell, as it arrives."""

from __future__ import annotations

import sys
from contextlib import aclosing

from workbench.connections import Model
from workbench.language import usual_language
from workbench.messages import Reply
from workbench.texts import plain
from workbench.views import warning, words


async def print_answer(asked: Model, prompt: str) -> Reply:
    """Print an answer while it arrives, as text and nothing else, then what is to be known of it; give its reply."""
    language = usual_language()
    said = words(language)
    reply, begun = Reply(text="", finish="unknown"), False
    try:
        async with aclosing(asked.stream(prompt)) as answering:
            async for piece in answering:
                reply = piece.reply or reply
                if piece.was_reasoning:
                    print(f"\n{said.thoughts_end}")
                begun = begun or bool(piece.text)
                print(plain(piece.text), end="")
                sys.stdout.flush()
    finally:
        if begun:
            print()
    recorded = [f"⏺ {said.recorded_at(reply.recorded_at)}"] if reply.recorded_at else []
    for line in (*recorded, *(f"⚠ {warning(one, language)}" for one in reply.warnings)):
        print(plain(line), file=sys.stderr)
    return reply

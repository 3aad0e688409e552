"""Texts made plain: no character of a prompt, an answer or a name may end what draws it."""

from __future__ import annotations

from pathlib import Path

import pytest
from views.test_charts import frame_of, means_of, scores_of, texts

import workbench as wb
from workbench.views.charts import heat_map, latency_chart, scores_chart, speed_chart, svg


@pytest.mark.parametrize("character", ["\ufffe", "\uffff", "\ufdd0", "\U0010fffe", "\x00", "\x0b"])
def test_characters_that_xml_does_not_allow_are_made_visible(character: str) -> None:
    """The drawing library ends the whole process at one of them."""
    frame = frame_of([f"a{character}"]).assign(prompt=f"b{character}")
    means, scores = means_of([f"a{character}"]), scores_of(frame)
    charts = [
        heat_map(frame, scores), latency_chart(frame), speed_chart(frame, means), scores_chart(means),
    ]  # fmt: skip
    for chart in charts:
        shown = [svg(chart), chart._repr_mimebundle_()["image/svg+xml"]]  # as a file, and as a notebook shows it
        assert all(character not in picture for picture in shown)
        assert character not in chart.to_dict()["description"]
        if ord(character) >= 0xFDD0:
            assert f"a[U+{ord(character):04X}]" in texts(shown[0])


@pytest.mark.parametrize("character", ["\ufffe", "\uffff", "\x0b"])
async def test_no_character_of_an_answer_ends_the_process(tmp_path: Path, character: str) -> None:
    async def one(prompt: str) -> str:
        return prompt

    async def two(prompt: str) -> str:
        return prompt * 2

    run = await wb.compare([f"a{character}"], [one, two])
    await run.score(lambda row: True)
    page = wb.report(run, tmp_path / "x.html", title=f"t{character}").read_text("utf-8")
    assert character not in page

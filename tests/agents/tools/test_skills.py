"""Agent skills: read by name, never run, and no path leads out of their folders."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from agents.teams import Said, agent
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_core import CancellationToken

from workbench import agents, errors
from workbench.agents.tools import skills

LETTERS = """---
name: letters
description: Write letters
  to citizens.
allowed-tools: Bash(*)
---
# Letters
Be brief.
"""


def skill(folder: Path, text: str = LETTERS, **files: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "SKILL.md").write_text(text, encoding="utf-8")
    for name, content in files.items():
        (folder / f"{name}.md").write_text(content, encoding="utf-8")
    return folder


async def called(tool: Any, **arguments: Any) -> str:
    return str(await tool.run_json(arguments, CancellationToken()))


async def test_a_skill_is_offered_by_its_description_and_loaded_by_name(tmp_path: Path) -> None:
    skill(tmp_path / "letters", form="Sehr geehrte", hidden="a\u202eb")
    skill(tmp_path / "maps", "---\nname: maps\ndescription: Draw maps.\n---\nUse ink.")
    load, read = skills(tmp_path)
    assert "- letters: Write letters to citizens.\n- maps: Draw maps." in load.description
    assert load.schema["parameters"]["properties"]["name"]["enum"] == ["letters", "maps"]  # type: ignore[typeddict-item]
    text = await called(load, name="letters")
    assert text.startswith("# Letters\nBe brief.\n")
    assert text.endswith("- form.md\n- hidden.md")
    assert await called(load, name="maps") == "Use ink."
    assert await called(read, skill="letters", path="form.md") == "Sehr geehrte"
    assert await called(read, skill="letters", path="hidden.md") == "a[U+202E]b"
    with pytest.raises(ValueError, match="maps"):
        await called(load, name="other")


async def test_an_agent_loads_a_skill_and_that_is_seen(tmp_path: Path) -> None:
    def answer(prompt: str, number: int, offered: list[str]) -> Said:
        return "done" if "Be brief." in prompt else [("load_skill", json.dumps({"name": "letters"}))]

    clerk = agent("clerk", answer, tools=skills(skill(tmp_path / "letters")), max_tool_iterations=2)
    session = await agents.session(RoundRobinGroupChat([clerk], max_turns=1), "Los.").run()
    assert not session.waiting
    assert [*session.tools["arguments"]] == ['{"name": "letters"}']
    assert "Be brief." in session.tools["result"][0]
    assert "ToolCallRequestEvent" in [*session.events["kind"]]


def _lead_out(folder: Path) -> None:
    outside = folder.parent / "outside"
    outside.mkdir()
    (outside / "secret.md").write_text("geheim")
    (folder / "link.md").symlink_to(outside / "secret.md")
    (folder / "linked").symlink_to(outside)
    (folder / "inner").mkdir()
    (folder / "binary.md").write_bytes(b"\xff\xfe\x00")
    os.mkfifo(folder / "fifo.md")


@pytest.mark.parametrize(
    "path",
    [
        "../outside/secret.md", "inner/../../outside/secret.md", "/etc/passwd", "link.md", "linked/secret.md",
        "fifo.md", "inner", "binary.md", "none.md", "", ".", "a\0b", "..\\outside\\secret.md", "C:/secret.md",
        "x" * 5000,
    ],
)  # fmt: skip
async def test_no_path_leads_out_of_a_skill(path: str, tmp_path: Path) -> None:
    folder = skill(tmp_path / "letters")
    _lead_out(folder)
    _, read = skills(folder)
    with pytest.raises(errors.SkillError) as caught:
        await called(read, skill="letters", path=path)
    assert "\n" not in str(caught.value)


async def test_links_and_hidden_files_are_not_listed(tmp_path: Path) -> None:
    folder = skill(tmp_path / "letters", form="a")
    _lead_out(folder)
    (folder / "inner" / "more.md").write_text("b")
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text("c")
    load, _ = skills(folder)
    listed = (await called(load, name="letters")).partition("reads:\n")[2].splitlines()
    assert listed == ["- binary.md", "- form.md", "- inner/more.md"]


async def test_a_large_file_is_cut_and_that_is_said(tmp_path: Path) -> None:
    folder = skill(tmp_path / "letters", form="ü" * 100)
    _, read = skills(folder, file_bytes=11)
    assert await called(read, skill="letters", path="form.md") == "üüüüü… [189 more bytes]"


def matter(text: str) -> str:
    return f"---\nname: letters\ndescription: Write.\n{text}\n---\nBe brief."


BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Be brief.", "does not begin with"),
        ("---\nname: letters\n", "does not begin with"),
        ("---\n---\n", "not a table of names"),
        ("---\n- letters\n---\n", "not a table of names"),
        ("---\ndescription: Write.\n---\n", "its name"),
        ("---\nname: Letters\ndescription: Write.\n---\n", "its name"),
        ("---\nname: ../letters\ndescription: Write.\n---\n", "its name"),
        ("---\nname: letters\n---\n", "its description"),
        ("---\nname: letters\ndescription: [a]\n---\n", "its description"),
        (f"---\nname: letters\ndescription: {'x' * 1025}\n---\n", "its description"),
        (matter(BOMB), "refers to parts of itself"),
        (matter("a: " + "[" * 500 + "]" * 500), "nested too deeply"),
        (matter("a: " + "x" * 20_000), "more than 16 KiB"),
        (matter("name: other"), "says 'name' twice"),
        (matter("a: [b"), "not YAML"),
        (matter("a: b: c"), "not YAML"),
        ("---\nname: letters\n" + "x" * 300_000, "more than 262,144 bytes"),
    ],
)
def test_what_is_no_skill_is_refused_with_the_reason(text: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(errors.SkillError) as caught:
        skills(skill(tmp_path / "letters", text))
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_objects_of_python_are_texts_and_nothing_is_run(tmp_path: Path) -> None:
    text = matter(f"a: !!python/object/apply:os.mkdir [{tmp_path}/made]\nb: 2026-99-99")
    load, _ = skills(skill(tmp_path / "letters", text))
    assert load.name == "load_skill"
    assert not (tmp_path / "made").exists()


def test_a_folder_without_a_skill_or_with_links_or_twice_the_same_is_refused(tmp_path: Path) -> None:
    with pytest.raises(errors.SkillError, match="no such folder"):
        skills(tmp_path / "none")
    with pytest.raises(errors.SkillError, match="no skill"):
        skills(tmp_path)
    skill(tmp_path / "letters")
    skill(tmp_path / "other")
    with pytest.raises(errors.SkillError, match="two skills are named letters"):
        skills(tmp_path)
    assert len(skills(tmp_path, only="letters")) == 2
    with pytest.raises(errors.UsageError, match="no skill"):
        skills(tmp_path, only="lettres")
    (tmp_path / "linked").symlink_to(tmp_path / "letters")
    with pytest.raises(errors.SkillError, match="is a link"):
        skills(tmp_path, only="linked")
    (tmp_path / "third").mkdir()
    (tmp_path / "third" / "SKILL.md").symlink_to(tmp_path / "letters" / "SKILL.md")
    with pytest.raises(errors.SkillError, match="is a link"):
        skills(tmp_path, only="third")

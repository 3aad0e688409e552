"""Every reason that a session gives has a German form, and so has every one of AutoGen's own."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from types import ModuleType

import pytest
from agents.calling import deleting, once, session_of
from agents.teams import agent, round_robin
from autogen_agentchat.agents import UserProxyAgent
from autogen_agentchat.conditions import _terminations
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_agentchat.teams._group_chat import _base_group_chat_manager
from autogen_agentchat.teams._group_chat._graph import _digraph_group_chat
from autogen_agentchat.teams._group_chat._magentic_one import _magentic_one_orchestrator

import workbench.agents
from workbench import agents
from workbench.agents._reasons import _AUTOGEN, _OWN, because, in_language
from workbench.notebook.agents._pictures import conversation
from workbench.notebook.agents._steered import Steered

FAILED = {"An error occurred in the group chat."}  # of a turn that raises, which tells its own error


def modules() -> Iterator[ModuleType]:
    for each in pkgutil.walk_packages(workbench.agents.__path__, "workbench.agents."):
        if not each.name.endswith("_child"):  # scripts
            yield importlib.import_module(each.name)


def given(module: ModuleType) -> Iterator[str]:
    """The sentences that a module makes reasons of: written in the call, or in what it names of the module."""
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        match node:
            case ast.Call(func=ast.Name(id="because"), args=[ast.Constant(value=str(sentence)), *_]):
                yield sentence
            case ast.Call(func=ast.Name(id="because"), args=[ast.Name(id=name), *_]):
                yield getattr(module, name)
            case ast.Call(func=ast.Name(id="because"), args=[ast.Subscript(value=ast.Name(id=name)), *_]):
                yield from getattr(module, name).values()
            case ast.Call(func=ast.Name(id="because")):
                raise AssertionError(f"{module.__name__}, line {node.lineno}: not a sentence that can be listed")


def said_by_autogen(module: ModuleType) -> Iterator[str]:
    """Why AutoGen ends a team, with "7" for each value."""
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        match node:
            case ast.Call(func=ast.Name(id="StopMessage"), keywords=keywords):
                value = next(one.value for one in keywords if one.arg == "content")
            case ast.Call(func=ast.Attribute(attr="_prepare_final_answer"), args=[value, *_]):
                pass
            case ast.Assign(targets=[ast.Name(id="content" | "_DIGRAPH_STOP_MESSAGE")], value=value):
                pass
            case _:
                continue
        match value:
            case ast.Constant(value=str(text)):
                yield text
            case ast.JoinedStr(values=parts):
                yield "".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in parts)


def test_every_reason_has_a_german_form_and_every_form_a_reason() -> None:
    sentences = {sentence for module in modules() for sentence in given(module)}
    assert sentences == set(_OWN)
    for sentence in sentences:
        english = because(sentence, *["7"] * sentence.count("{}"))
        assert in_language(english, "de") != english
        assert in_language(english, "en") == english
        assert _OWN[sentence].count("{}") == sentence.count("{}")
    with pytest.raises(KeyError, match="no German form"):
        because("it is Monday")


def test_every_reason_for_which_autogen_ends_a_team_has_a_german_form() -> None:
    ends = [_terminations, _base_group_chat_manager, _digraph_group_chat, _magentic_one_orchestrator]
    said = {text for module in ends for text in said_by_autogen(module)} - FAILED
    assert len(said) == len(_AUTOGEN)
    assert {text for text in said if in_language(text, "de") == text} == set()


async def test_the_controls_say_why_in_german() -> None:
    session = agents.session(round_robin(), "Prüfe.", limits=agents.Limits(turns=3))
    german = Steered(session, "de")
    await session.run(agents.Until(agent="b", text="Bonn"))
    assert conversation(session, "de").reason == "bevor b spricht oder nach einer Nachricht mit 'Bonn'"
    await session.run()
    assert german.situation().conversation.reason == "die Grenze der Züge (3) ist erreicht"
    assert session.halted == "the limit of turns (3) is reached"  # data, and English
    german.session = session.fork(at=1, edit="Bonn", system={"b": "Kurz."})
    session.rewind(2)
    branches = german.situation().conversation.branches
    assert [one.change for one in branches] == [
        "",
        "Zug 1 geändert; b: andere Systemnachricht",
        "beim Zurückgehen verlassen",
    ]
    assert [one.state for one in branches] == ["geht weiter", "geht weiter", "die Grenze der Züge (3) ist erreicht"]


async def test_the_controls_say_in_german_why_they_ask() -> None:
    session = session_of(once(("delete", {"path": "/"})), deleting([]))
    await session.run()
    (call,) = Steered(session, "de").situation().calls
    assert call.why == "es ist nicht als nur lesend markiert"
    assert conversation(session, "de").reason == "clerk will delete(path='/') aufrufen: zustimmen oder ablehnen"
    team = RoundRobinGroupChat([UserProxyAgent("citizen")], max_turns=1)
    session = await agents.session(team, "Frage.").run()
    assert conversation(session, "de").reason.startswith("citizen wird gefragt und hat noch nichts gesagt")
    session.answer("Ja.")
    await session.run()
    assert conversation(session, "de").reason == "die Höchstzahl der Züge (1) ist erreicht"


async def test_loops_are_named_in_german() -> None:
    team = RoundRobinGroupChat([agent("a", lambda *_: "Ja.")], max_turns=4)
    session = await agents.session(team, "Prüfe.").run()
    assert conversation(session, "de").warnings == ("Schritt wiederholt: a sagte 'ja.' 4-mal (Züge 1, 2, 3, 4)",)


def test_what_is_no_reason_stays_as_it_is() -> None:
    assert in_language("APPROVED or not", "de") == "APPROVED or not"
    assert in_language("", "de") == ""

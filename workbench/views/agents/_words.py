"""Every word in the picture of a session of agents, in English and German."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from workbench.arguments import in_language
from workbench.language import Language
from workbench.views.agents._data import BarKind, LinkKind, Mark, Role, State, WayKind


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentWords:
    """The words of one language.

    Attributes:
        session: Names the whole.
        columns: Heads of the timeline: turn, what happened, cost.
        task: What turn 0 is.
        turns: One turn and several, for counting; so are tokens, calls and the like below.
        tokens: Counted tokens.
        questions: What models, tools and persons were asked.
        recorded: Answers that were taken from what was noted.
        undone: On a turn that was taken back.
        under_way: On a turn that waits.
        at_work: On a turn that is being taken.
        nothing: Stands where nothing was said.
        thoughts: On what unfolds an agent's thoughts, with the count of characters.
        arguments: Before what a tool is given.
        result: Before what it gave.
        passed_on: Stands for a message that only repeats results of tools.
        hands_over: Before the name of whom is handed over to.
        before: Before what the model had answered.
        marks: What is to be known of a part.
        states: Whether a session goes on.
        ways: What can be done next, by its kind.
        speakers: Heads the graph.
        speakers_columns: Heads of its table.
        links: What its lines mean, by their kind.
        speakers_told: The graph as a sentence; `{}` is its lines.
        branches: Heads the tree.
        branch_columns: Heads of its table.
        branches_told: The tree as a sentence; `{}` is its branches.
        score: Before how good the end of a branch is; `{}` is the score.
        differs: On the first turn that differs; `{}` is its number.
        elsewhere: On what unfolds the same turn of another branch; `{}` is the branch.
        here: On the branch that is looked at.
        leaves: Says where a branch leaves another.
        bars: What the bars of the waterfall are, by their kind.
        bars_told: The waterfall as a sentence; `{}` is its steps.
        in_order: Says that its bars tell the order and no times.
        no_pauses: Says that pauses between turns are left out.
        more_bars: Stands where bars are left out; `{}` is their number.
        as_table: On what unfolds the table beside a picture.
        turn: Names one turn.
        kinds: Who was asked, by kind.
        roles: The parts of the context.
        fills: Heads the bar.
        counted: Says what the bar counts, where the server counted tokens.
        uncounted: The same where it did not.
        characters: Counted characters.
        messages: Heads the messages that a model was handed.
        message_columns: Heads of their table.
        tools: Heads the tools that it was offered.
        no_tools: Stands where there were none.
        settings: Heads the other settings of a request.
        answer: Heads the answer as it came.
        finish: Before the reason why a model ended.
        nobody: Stands where a turn asked nobody.

    >>> agent_words("de").states["ended"]
    'beendet'
    """

    session: str
    columns: tuple[str, str, str]
    task: str
    turns: tuple[str, str]
    tokens: tuple[str, str]
    questions: tuple[str, str]
    recorded: tuple[str, str]
    undone: str
    under_way: str
    at_work: str
    nothing: str
    thoughts: str
    arguments: str
    result: str
    passed_on: str
    hands_over: str
    before: str
    marks: Mapping[Mark, str]
    states: Mapping[State, str]
    ways: Mapping[WayKind, str]
    speakers: str
    speakers_columns: tuple[str, str, str, str]
    links: Mapping[LinkKind, str]
    speakers_told: str
    branches: str
    branch_columns: tuple[str, ...]
    branches_told: str
    score: str
    differs: str
    elsewhere: str
    here: str
    leaves: str
    bars: Mapping[BarKind, str]
    bars_told: str
    in_order: str
    no_pauses: str
    more_bars: str
    as_table: str
    turn: str
    kinds: Mapping[str, str]
    roles: Mapping[Role, str]
    fills: str
    counted: str
    uncounted: str
    characters: tuple[str, str]
    messages: str
    message_columns: tuple[str, str, str]
    tools: str
    no_tools: str
    settings: str
    answer: str
    finish: str
    nobody: str


_WORDS: Mapping[str, AgentWords] = {
    "en": AgentWords(
        session="Session",
        columns=("Turn", "What happened", "Cost"),
        task="task",
        turns=("1 turn", "{} turns"),
        tokens=("1 token", "{} tokens"),
        questions=("1 question", "{} questions"),
        recorded=("1 recorded", "{} recorded"),
        undone="taken back",
        under_way="waits",
        at_work="at work",
        nothing="(nothing said)",
        thoughts="Thoughts, {} characters",
        arguments="given",
        result="result",
        passed_on="(passes the results on)",
        hands_over="hands over to",
        before="the model had answered:",
        marks={
            "failed": "failed",
            "recorded": "recorded",
            "waiting": "waits for approval",
            "changed": "changed after the model answered",
        },
        states={"ended": "ended", "halted": "halted", "goes on": "goes on", "not begun": "not begun"},
        ways={
            "approve": "{} waits for a word: session.approve() or session.reject(…), then await session.run()",
            "answer": "{} waits for what a person says: session.answer(…), then await session.run()",
            "limit": "session.limit(…) allows more, then await session.run()",
            "queue": "session.queue holds what nobody has heard yet, to be edited, dropped or redirected; the next step"
            " delivers it",
            "step": "await session.step() takes the next turn",
            "run": "await session.run() goes on with {}",
            "ended": "session.rewind(k) or session.fork(at=k) goes on from an earlier turn, session.send(…) begins"
            " anew",
        },
        speakers="Who speaks to whom",
        speakers_columns=("From", "To", "How", "Times"),
        links={"speaks": "heard, and answered next", "hands": "hands over", "delegates": "gives a task"},
        speakers_told="Who speaks to whom: {}.",
        branches="Branches",
        branch_columns=("Branch", "From", "After turn", "Change", "Turns", "Differs at", "State"),
        branches_told="Tree of branches: {}.",
        score="score {}",
        differs="differs at turn {}",
        elsewhere="differs from branch {}, where it was",
        here="shown above",
        leaves="leaves {parent} after turn {at}",
        bars={"step": "turn", "agent": "agent at work", "model": "model asked", "tool": "tool called"},
        bars_told="What took how long: {}.",
        in_order="played from a recording: the order, and no times",
        no_pauses="pauses between turns are left out",
        more_bars="… and {} more",
        as_table="As a table",
        turn="Turn",
        kinds={"model": "Model asked", "tool": "Tool called", "person": "Person asked", "code": "Code run"},
        roles={
            "system": "system message",
            "tools": "tools offered",
            "conversation": "conversation",
            "results": "results of tools",
            "answer": "answer",
        },
        fills="What fills the context",
        counted="tokens as the server counted them; shares of the prompt by characters",
        uncounted="characters, as the server counted no tokens",
        characters=("1 character", "{} characters"),
        messages="Messages, as the model was handed them",
        message_columns=("Part", "From", "Text"),
        tools="Tools offered",
        no_tools="no tools offered",
        settings="Other settings",
        answer="Answer, as it came",
        finish="ended by",
        nobody="This turn asked nobody.",
    ),
    "de": AgentWords(
        session="Sitzung",
        columns=("Zug", "Was geschah", "Aufwand"),
        task="Aufgabe",
        turns=("1 Zug", "{} Züge"),
        tokens=("1 Token", "{} Token"),
        questions=("1 Frage", "{} Fragen"),
        recorded=("1 aufgezeichnet", "{} aufgezeichnet"),
        undone="zurückgenommen",
        under_way="wartet",
        at_work="arbeitet",
        nothing="(nichts gesagt)",
        thoughts="Gedanken, {} Zeichen",
        arguments="gegeben",
        result="Ergebnis",
        passed_on="(gibt die Ergebnisse weiter)",
        hands_over="übergibt an",
        before="das Modell hatte geantwortet:",
        marks={
            "failed": "fehlgeschlagen",
            "recorded": "aufgezeichnet",
            "waiting": "wartet auf Zustimmung",
            "changed": "nach der Antwort des Modells geändert",
        },
        states={"ended": "beendet", "halted": "angehalten", "goes on": "geht weiter", "not begun": "nicht begonnen"},
        ways={
            "approve": "{} wartet auf ein Wort: session.approve() oder session.reject(…), dann await session.run()",
            "answer": "{} wartet auf die Antwort eines Menschen: session.answer(…), dann await session.run()",
            "limit": "session.limit(…) erlaubt mehr, dann await session.run()",
            "queue": "session.queue hält, was noch niemand gehört hat: ändern, streichen, umleiten; der nächste Schritt"
            " stellt es zu",
            "step": "await session.step() nimmt den nächsten Zug",
            "run": "await session.run() geht mit {} weiter",
            "ended": "session.rewind(k) oder session.fork(at=k) geht von einem früheren Zug weiter, session.send(…)"
            " beginnt neu",
        },
        speakers="Wer mit wem spricht",
        speakers_columns=("Von", "An", "Wie", "Male"),
        links={"speaks": "gehört und als Nächstes beantwortet", "hands": "übergibt", "delegates": "gibt eine Aufgabe"},
        speakers_told="Wer mit wem spricht: {}.",
        branches="Zweige",
        branch_columns=("Zweig", "Von", "Nach Zug", "Änderung", "Züge", "Anders ab", "Stand"),
        branches_told="Baum der Zweige: {}.",
        score="Wertung {}",
        differs="anders ab Zug {}",
        elsewhere="anders als Zweig {}, wo er so war",
        here="oben gezeigt",
        leaves="verlässt {parent} nach Zug {at}",
        bars={"step": "Zug", "agent": "Agent an der Arbeit", "model": "Modell gefragt", "tool": "Werkzeug aufgerufen"},
        bars_told="Was wie lange dauerte: {}.",
        in_order="aus einer Aufzeichnung gespielt: die Reihenfolge, keine Zeiten",
        no_pauses="Pausen zwischen den Zügen sind weggelassen",
        more_bars="… und {} weitere",
        as_table="Als Tabelle",
        turn="Zug",
        kinds={
            "model": "Modell gefragt",
            "tool": "Werkzeug aufgerufen",
            "person": "Mensch gefragt",
            "code": "Code ausgeführt",
        },
        roles={
            "system": "Systemnachricht",
            "tools": "angebotene Werkzeuge",
            "conversation": "Gespräch",
            "results": "Ergebnisse von Werkzeugen",
            "answer": "Antwort",
        },
        fills="Was den Kontext füllt",
        counted="Token, wie der Server sie gezählt hat; Anteile des Prompts nach Zeichen",
        uncounted="Zeichen, da der Server keine Token gezählt hat",
        characters=("1 Zeichen", "{} Zeichen"),
        messages="Nachrichten, wie das Modell sie bekam",
        message_columns=("Teil", "Von", "Text"),
        tools="Angebotene Werkzeuge",
        no_tools="keine Werkzeuge angeboten",
        settings="Weitere Einstellungen",
        answer="Antwort, wie sie kam",
        finish="beendet durch",
        nobody="Dieser Zug hat niemanden gefragt.",
    ),
}


def agent_words(language: Language) -> AgentWords:
    """Look up the words of a language.

    Raises:
        UsageError: No view speaks the language.
    """
    return in_language(_WORDS, language)


def counted(forms: tuple[str, str], number: int, language: Language) -> str:
    """A number with its noun.

    >>> counted(("1 token", "{} tokens"), 1234, "de")
    '1.234 tokens'
    """
    written = f"{number:,}"
    return forms[number != 1].format(written.replace(",", ".") if language == "de" else written)

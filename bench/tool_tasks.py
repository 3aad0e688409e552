"""A hundred requests of citizens and clerks for twenty tools, in English and German, with what each should call.

`tool_tasks.jsonl` has the requests, the tools are here.

They are held out: the ways of asking for a tool were chosen on other tasks, and none may be chosen on these. Each tool
has five requests. The tools take enumerations, whole and decimal numbers, truth values, nested objects, lists, optional
arguments, dates and times.
"""

from __future__ import annotations

import datetime as dt
import json
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ValidationError

from workbench.connections import first_fault

OFFERED = 4


class Child(BaseModel):
    """A child."""

    name: str
    birthday: dt.date


class Sender(BaseModel):
    """Who has sent a parcel."""

    name: str
    town: str


class Parcel(BaseModel):
    """A parcel."""

    sender: Sender
    weight_kg: float


class Bewohner(BaseModel):
    """Wer umgezogen ist."""

    vorname: str
    nachname: str
    alter: int


class Anschrift(BaseModel):
    """Wohin."""

    strasse: str
    hausnummer: int
    ort: str


class Arguments(BaseModel, extra="forbid"):
    """The arguments of a tool; its docstring is what the tool does."""


class marriage_certificate(Arguments):
    """Order copies of the marriage certificate of two people."""

    first: str
    second: str
    copies: int


class swimming_pass(Arguments):
    """Price of a swimming pass for a person of some age and a season."""

    age: int
    season: Literal["summer", "winter", "year"]


class rent_hall(Arguments):
    """Rent a hall of the town on a date for some hours."""

    hall: Literal["town_hall", "sports_hall", "library"]
    day: dt.date
    hours: float


class report_pothole(Arguments):
    """Report a hole in the surface of a street, with its depth."""

    street: str
    depth_cm: float
    dangerous: bool


class enrol_child(Arguments):
    """Enrol a child at a school."""

    child: Child
    school: str


class fell_tree(Arguments):
    """Ask for permission to cut down a tree of some height in metres."""

    species: Literal["oak", "birch", "pine", "maple"]
    height: int
    protected: bool


class invite_committee(Arguments):
    """Invite members of a committee to a meeting at a time of day."""

    members: list[str]
    at: dt.time


class taxi_licence(Arguments):
    """Apply for a taxi licence for a number of vehicles."""

    vehicles: int
    wheelchair: bool | None = None


class bulky_waste(Arguments):
    """Have bulky waste collected from the house."""

    items: list[str]
    day: dt.date | None = None


class accept_parcel(Arguments):
    """Note a parcel that has arrived at the post room."""

    parcel: Parcel
    floor: int | None = None


class wohngeld(Arguments):
    """Wohngeld für einen Haushalt mit einer Zahl von Personen und einer Miete in Euro berechnen."""

    personen: int
    miete: float


class fuehrungszeugnis(Arguments):
    """Ein Führungszeugnis für eine Person beantragen."""

    name: str
    art: Literal["einfach", "erweitert"]


class kita_gebuehr(Arguments):
    """Gebühr einer Kindertagesstätte für Stunden am Tag, mit oder ohne Geschwister."""

    stunden: int
    geschwister: bool


class ummelden(Arguments):
    """Eine Person nach einem Umzug an der neuen Anschrift anmelden."""

    person: Bewohner
    anschrift: Anschrift


class trauung(Arguments):
    """Eine Trauung an einem Tag zu einer Uhrzeit anmelden."""

    tag: dt.date
    uhrzeit: dt.time
    ort: Literal["Rathaus", "Schloss", "Park"]


class rundschreiben(Arguments):
    """Ein Rundschreiben an Ämter verschicken."""

    aemter: list[Literal["Bauamt", "Ordnungsamt", "Jugendamt", "Sozialamt"]]
    dringend: bool


class angelschein(Arguments):
    """Einen Fischereischein für eine Person bis zu einem Tag ausstellen."""

    name: str
    gueltig_bis: dt.date


class spende(Arguments):
    """Eine Spende in Euro für einen Zweck buchen."""

    betrag: float
    zweck: Literal["Tierheim", "Feuerwehr", "Museum"]
    anonym: bool | None = None


class heizung(Arguments):
    """Die Heizung eines Gebäudes auf eine Temperatur in Grad stellen."""

    gebaeude: str
    grad: float


class fundsache(Arguments):
    """Eine Fundsache mit dem Ort ihres Fundes aufnehmen."""

    gegenstand: str
    fundort: str


ENGLISH: tuple[type[Arguments], ...] = (
    marriage_certificate,
    swimming_pass,
    rent_hall,
    report_pothole,
    enrol_child,
    fell_tree,
    invite_committee,
    taxi_licence,
    bulky_waste,
    accept_parcel,
)
GERMAN: tuple[type[Arguments], ...] = (
    wohngeld,
    fuehrungszeugnis,
    kita_gebuehr,
    ummelden,
    trauung,
    rundschreiben,
    angelschein,
    spende,
    heizung,
    fundsache,
)


@dataclass(frozen=True)
class Task:
    """A request, the tools that are offered for it, and what should be called.

    Attributes:
        text: The request.
        wanted: The right tool.
        arguments: Its right arguments; what is left out is not to be said.
        tools: The tools that are offered, in a drawn order; all in the request's language.
    """

    text: str
    wanted: type[Arguments]
    arguments: dict[str, Any]
    tools: tuple[type[Arguments], ...]

    @property
    def is_german(self) -> bool:
        """Whether it is in German."""
        return self.wanted in GERMAN


def tasks() -> list[Task]:
    """All tasks, each with the right tool among others that are always the same."""
    by_name = {tool.__name__: tool for tool in (*ENGLISH, *GERMAN)}
    lines = Path(__file__).with_suffix(".jsonl").read_text(encoding="utf-8").splitlines()
    found = []
    for number, line in enumerate(map(json.loads, lines)):
        wanted = by_name[line["tool"]]
        found.append(Task(line["request"], wanted, line["arguments"], _offered(number, wanted)))
    return found


def _offered(number: int, wanted: type[Arguments]) -> tuple[type[Arguments], ...]:
    drawn = random.Random(number)
    others = [tool for tool in (GERMAN if wanted in GERMAN else ENGLISH) if tool is not wanted]
    several = [*drawn.sample(others, OFFERED - 1), wanted]
    drawn.shuffle(several)
    return tuple(several)


@dataclass(frozen=True)
class Judged:
    """What a call is worth."""

    valid: bool
    right_tool: bool
    right_arguments: bool


def judge(task: Task, name: str, arguments: Any) -> Judged:
    """Whether a call is one of an offered tool with arguments that it takes, of the right tool, and the right call.

    Upper case, full stops at an end, seconds and offsets of a time that are zero make no difference, and an optional
    argument that is null or false is as good as none.
    """
    tool = next((tool for tool in task.tools if tool.__name__ == name), None)
    try:
        valid = tool is not None and bool(tool.model_validate(arguments))
        valid = valid and tool is not None and first_fault(tool.model_json_schema(), arguments) is None
    except ValidationError:
        valid = False
    right_tool = tool is task.wanted
    same = right_tool and valid and _plain(arguments) == _plain(task.arguments)
    return Judged(valid, right_tool, same)


def _plain(value: Any) -> Any:
    match value:
        case str():
            return _time(value.strip().strip(".,").casefold())
        case bool():
            return value
        case int() | float():
            return float(value)
        case list():
            return [_plain(one) for one in value]
        case dict():
            return {key: _plain(one) for key, one in value.items() if one is not None and one is not False}
    return value


def _time(text: str) -> str:
    try:
        return dt.time.fromisoformat(text.upper()).replace(tzinfo=None).isoformat()
    except ValueError:
        return text

"""Reading a Modelfile: Ollama's recipe for a model, which its server does not read but its clients do."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, NamedTuple

from workbench.engines.ollama._package import ollama
from workbench.errors import UnsupportedError, UsageError

_COMMANDS = ("from", "parameter", "template", "system", "adapter", "message", "license")
# Those of the newest models; the `ollama` package cannot send them.
_ONLY_BY_COMMAND = ("renderer", "parser", "requires")
_ROLES = ("system", "user", "assistant")
# min_p is missing in the package's options, though the server has it.
_PARAMETERS = (*ollama.Options.model_fields, "min_p")


@dataclass(frozen=True, slots=True, kw_only=True)
class Modelfile:
    """What a Modelfile says.

    Attributes:
        base: The model or file that it starts from.
        adapters: Files of adapters.
        template: How messages become a prompt, in Go's template language; None takes the base's.
        system: System message; None takes the base's.
        parameters: Options by Ollama's names.
        messages: A conversation that every chat starts with, as role and content.
        licenses: Texts of licences.

    >>> Modelfile(base="smollm2").template is None
    True
    """

    base: str
    adapters: tuple[str, ...] = ()
    template: str | None = None
    system: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    messages: tuple[tuple[str, str], ...] = ()
    licenses: tuple[str, ...] = ()


class _Command(NamedTuple):
    """A command with its line, the word that follows PARAMETER or MESSAGE, and the rest."""

    number: int
    name: str
    word: str
    value: str


def read_modelfile(text: str) -> Modelfile:
    '''What a Modelfile says.

    Args:
        text: The Modelfile. Texts of several lines stand in three quotation marks, as for `ollama create`.

    Raises:
        UsageError: If it cannot be read; names the line.
        UnsupportedError: For RENDERER, PARSER and REQUIRES, which the `ollama` package cannot send.

    >>> recipe = read_modelfile("""FROM smollm2
    ... PARAMETER temperature 0
    ... SYSTEM You are a clerk.""")
    >>> recipe.base, recipe.parameters, recipe.system
    ('smollm2', {'temperature': 0.0}, 'You are a clerk.')
    '''
    found: dict[str, list[_Command]] = {name: [] for name in _COMMANDS}
    for command in _commands(text):
        found[_known(command)].append(command)
    if not found["from"]:
        raise UsageError("the Modelfile has no line FROM", where="Modelfile", advice="write FROM and a model or a file")
    return Modelfile(
        base=found["from"][-1].value,
        adapters=tuple(command.value for command in found["adapter"]),
        template=found["template"][-1].value if found["template"] else None,
        system=found["system"][-1].value if found["system"] else None,
        parameters=_parameters(found["parameter"]),
        messages=tuple((_role(command), command.value) for command in found["message"]),
        licenses=tuple(command.value for command in found["license"]),
    )


def shown_parameters(lines: str) -> dict[str, Any]:
    """The parameters of a model as Ollama shows them: one a line, its name and its value.

    >>> shown_parameters('num_ctx    4096')
    {'num_ctx': 4096}
    """
    values: dict[str, list[str]] = {}
    for line in lines.splitlines():
        name, value = _parts(line)
        if name:
            values.setdefault(name, []).append(_unquoted(value) or value)
    shown: dict[str, Any] = {}
    for name, given in values.items():
        try:
            shown[name] = parameter(name, given, "")
        except UsageError:  # of a newer server
            shown[name] = given[-1]
    return shown


def shown_system(text: str) -> str:
    r"""The system message in the Modelfile that Ollama shows of a model; "" where it has none.

    >>> shown_system("FROM smollm2\nPARSER harmony\nSYSTEM You are a clerk.")
    'You are a clerk.'
    """
    try:
        return next((command.value for command in _commands(text) if command.name == "system"), "")
    except UsageError:
        return ""


def parameter(name: str, values: list[str], where: str) -> Any:
    """The value of a parameter, of the type that Ollama wants. Raises UsageError, offering the nearest name.

    >>> parameter("num_ctx", ["4096"], "Modelfile, line 2")
    4096
    """
    if name not in _PARAMETERS:
        # The server would keep any name without a word, and never use it.
        near = get_close_matches(name, _PARAMETERS, n=1)
        advice = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(_PARAMETERS)}"
        raise UsageError(f"Ollama has no parameter {name!r}", where=where, advice=advice)
    if name == "stop":
        return values
    try:
        if name == "min_p":
            return float(values[-1])
        return getattr(ollama.Options.model_validate({name: values[-1]}), name)
    except ValueError:
        what = f"{values[-1]!r} is not a value of the parameter {name!r}"
        raise UsageError(what, where=where, advice="write a number, or true or false") from None


def _commands(text: str) -> Iterator[_Command]:
    lines = iter(enumerate(text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n"), 1))
    for number, line in lines:
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, rest = _parts(line)
        name, word = name.lower(), ""
        if name in ("parameter", "message"):
            word, rest = _parts(rest)
        while (value := _unquoted(rest)) is None:
            following = next(lines, None)
            if following is None:
                raise _unreadable(number, "its quotation marks are not closed", "close them")
            rest += "\n" + following[1]
        yield _Command(number, name, word, value)


def _known(command: _Command) -> str:
    if command.name in _ONLY_BY_COMMAND:
        raise UnsupportedError(
            f"{command.name.upper()} cannot be sent by the ollama package",
            where=f"Modelfile, line {command.number}",
            advice="leave it out: it comes along from a base that has it; or run `ollama create -f`",
        )
    if command.name not in _COMMANDS:
        raise _unreadable(
            command.number, "it must begin with a command", f"write one of {', '.join(_COMMANDS).upper()} first"
        )
    return command.name


def _unquoted(value: str) -> str | None:
    """A value without its quotation marks; None while they are not closed."""
    value = value.strip()
    for mark in ('"""', '"'):
        if value.startswith(mark):
            closed = len(value) >= 2 * len(mark) and value.endswith(mark)
            return value[len(mark) : -len(mark)] if closed else None
    return value


def _parameters(commands: list[_Command]) -> dict[str, Any]:
    values: dict[str, list[str]] = {}
    places: dict[str, str] = {}
    for command in commands:
        places[command.word] = f"Modelfile, line {command.number}"
        values.setdefault(command.word, []).append(command.value)
    return {name: parameter(name, given, places[name]) for name, given in values.items()}


def _role(command: _Command) -> str:
    if command.word not in _ROLES:
        raise _unreadable(command.number, f"{command.word!r} is not a role", f"write one of {', '.join(_ROLES)}")
    return command.word


def _parts(line: str) -> tuple[str, str]:
    """The first word and the rest."""
    parts = re.split(r"[ \t]+", line.strip(), maxsplit=1)
    return parts[0], parts[1] if len(parts) > 1 else ""


def _unreadable(number: int, what: str, advice: str) -> UsageError:
    return UsageError(f"the line cannot be read: {what}", where=f"Modelfile, line {number}", advice=advice)

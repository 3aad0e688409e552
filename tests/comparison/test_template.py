"""Templates as people write them: every column can be named, and one that names none is told."""

import unicodedata
import warnings
from typing import Any

import pandas as pd
import pytest

from workbench.comparison import make_plan
from workbench.errors import PromptError

NAMES = [
    "text",
    "Anliegen Text",
    "PLZ-Ort",
    "2. Frage",
    "Straße",
    "in",
    "true",
    "not",
    "Preis €",
    'a"b',
    "range",
    "dict",
]
TABLE = pd.DataFrame({name: [f"<{name}>", "zwei"] for name in NAMES})


def first(template: Any, table: pd.DataFrame = TABLE) -> str:
    return make_plan(table, "embedded", template=template).prompt_text(0)


def refused(template: Any, table: pd.DataFrame = TABLE) -> str:
    with pytest.raises(PromptError) as told:
        make_plan(table, "embedded", template=template)
    assert "\n" not in str(told.value)
    return str(told.value)


@pytest.mark.parametrize("name", NAMES)
def test_every_column_can_be_named(name: str) -> None:
    assert first(f"Zu: {{{{ {name} }}}}!") == f"Zu: <{name}>!"
    assert first(f"Zu: {{{{{name}}}}}") == f"Zu: <{name}>"
    quoted = name.replace('"', '\\"')
    assert first(f'{{{{ row["{quoted}"] | upper }}}}') == f"<{name}>".upper()


def test_a_name_is_the_same_however_its_umlauts_are_written() -> None:
    for one, other in (("NFC", "NFD"), ("NFD", "NFC")):
        table = pd.DataFrame({unicodedata.normalize(one, name): ["x"] for name in ("Öl", "Öl Preis")})
        for name in ("Öl", "Öl Preis"):
            assert first("{{ " + unicodedata.normalize(other, name) + " }}", table) == "x"


def test_a_column_called_row_is_that_column() -> None:
    table = pd.DataFrame({"row": ["Reihe"], "a b": ["zwei Wörter"]})
    assert first("{{ row }} {{ a b }}", table) == "Reihe zwei Wörter"


def test_what_is_raw_or_a_comment_stays() -> None:
    assert first("{% raw %}{{ PLZ-Ort }}{% endraw %} {{ text }}{# {{ Anliegen Text }} #}") == "{{ PLZ-Ort }} <text>"


@pytest.mark.parametrize("template", ["Kürze: {text}", "Kürze: ${text}", "Kürze: { text }", "{text!r}", "{text:>9}"])
def test_single_braces_are_told(template: str) -> None:
    told = refused(template)
    assert "names no column" in told
    assert "write {{ text }}" in told


def test_single_braces_around_a_name_with_a_blank_are_told_with_the_way_to_write_it() -> None:
    assert 'write {{ row["Anliegen Text"] }}' in refused("Zu {Anliegen Text}")


@pytest.mark.parametrize(
    "template", ["Fasse zusammen.", "", "$text", "{% raw %}{{ text }}{% endraw %}", ["Eins", "Zwei"]]
)
def test_a_template_without_any_column_is_told(template: Any) -> None:
    assert "every row would be asked the same" in refused(template)


def test_a_turn_of_a_dialogue_needs_no_column() -> None:
    assert first(["Guten Tag.", "{{ text }}"]) == "user: Guten Tag.\nuser: <text>"


def test_single_braces_beside_a_column_are_warned_of() -> None:
    with pytest.warns(UserWarning, match=r"holds \{text\} as text.*\{\{ text \}\}"):
        assert first("{{ in }} {text}") == "<in> {text}"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert first('{{ in }} {"city": 1} {other}') == '<in> {"city": 1} {other}'


@pytest.mark.parametrize(
    ("template", "hint"),
    [
        ("{{ TEXT }}", "did you mean 'text'?"),
        ("{{ txt }}", "did you mean 'text'?"),
        ("{{ Strasse }}", "did you mean 'Straße'?"),
        ('{{ row["Anliegn Text"] }}', "did you mean 'Anliegen Text'?"),
        ("{{ row['nichts'] }}", "which is not a column"),
        ("{{ row.nichts }}", "row 1"),
        ("{{ Anliegen Text | upper }}", '{{ row["Anliegen Text"] }}'),
        ("{{ text", "{{ text }}"),
        ("{{{ text }}}", "cannot be read"),
    ],
)
def test_a_slip_is_told_with_the_way_to_write_it(template: str, hint: str) -> None:
    table = TABLE[["text", "Anliegen Text", "Straße"]]
    assert hint in refused(template, table)


@pytest.mark.parametrize("nothing", [None, pd.NA, float("nan"), pd.NaT])
@pytest.mark.parametrize("dtype", ["object", "string"])
def test_a_missing_prompt_is_told_with_its_row(nothing: Any, dtype: str) -> None:
    table = pd.DataFrame({"prompt": pd.Series(["Wo?", nothing, "Wer?"], dtype=dtype)})
    with pytest.raises(PromptError, match=r"no prompt in column 'prompt' \(prompt 2 of 3\): write one in row 2"):
        make_plan(table, "embedded")

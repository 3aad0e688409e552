"""What a plan holds, and what is refused before anything is sent."""

import functools
import inspect
from typing import Any

import numpy as np
import pandas as pd
import pytest
from advised import says_what_to_do
from scripted_model import echo, scripted

import workbench as wb
from workbench.comparison import Cell, dialogue, make_plan
from workbench.connections import Model, as_messages
from workbench.errors import ConnectionUnknownError, PromptError, UsageError
from workbench.messages import Message

LETTERS = pd.DataFrame({"letter": ["Hund", None], "plz": ["01067", "10115"], "count": [0, 2]})


def test_cells_count_prompts_slowest_and_repeats_fastest() -> None:
    plan = make_plan(["a", "b"], [scripted("x/1", echo), scripted("x/2", echo)], repeats=2)
    assert [(c.prompt, c.candidate, c.repeat) for c in plan.cells()] == [
        (0, 0, 0), (0, 0, 1), (0, 1, 0), (0, 1, 1),
        (1, 0, 0), (1, 0, 1), (1, 1, 0), (1, 1, 1),
    ]  # fmt: skip
    assert [cell.index for cell in plan.cells()] == list(range(len(plan)))
    assert plan.cell(1, 0, 1) == Cell(5, 1, 0, 1)


def test_prompts_are_texts_or_conversations() -> None:
    turns: list[Message | dict[str, Any]] = [
        Message("user", "Hallo"),
        {"role": "assistant", "content": "Guten Tag"},
        Message("user", "Wo ist das Rathaus?"),
    ]
    plan = make_plan(["Hallo", turns], "embedded")
    assert [plan.prompt_text(0), plan.prompt_text(1)] == [
        "Hallo",
        "user: Hallo\nassistant: Guten Tag\nuser: Wo ist das Rathaus?",
    ]


def test_a_prompt_is_never_formatted() -> None:
    for text in ("{x} {0} %s %(y)s $z", "{{ secret }}", "{% raw %}"):
        assert make_plan(text, "embedded").prompts == (text,)
        assert make_plan(pd.DataFrame({"prompt": [text]}), "embedded").prompts == (text,)


def test_a_value_of_a_table_is_no_template() -> None:
    table = pd.DataFrame({"letter": ["{{ plz }} {% x %}"], "plz": ["01067"]})
    assert make_plan(table, "embedded", template="An: {{ letter }}").prompts == ("An: {{ plz }} {% x %}",)


def test_a_table_gives_its_prompts_by_column_or_template() -> None:
    assert make_plan(LETTERS.rename(columns={"plz": "prompt"}), "embedded").prompts == ("01067", "10115")
    assert make_plan(LETTERS, "embedded", column="plz").prompts == ("01067", "10115")
    assert make_plan(LETTERS, "embedded", template="{{ plz }}: {{ count }}").prompts == ("01067: 0", "10115: 2")


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA, pd.NaT])
def test_a_missing_value_is_an_empty_text_in_a_template(missing: object) -> None:
    table = pd.DataFrame({"name": ["Ada", missing]}, dtype=object)
    prompts = make_plan(table, "embedded", template="Wer ist {{ name }}{% if not name %}niemand{% endif %}?").prompts
    assert prompts == ("Wer ist Ada?", "Wer ist niemand?")


def test_a_later_change_of_the_table_changes_no_plan() -> None:
    table = LETTERS.copy()
    plan = make_plan(table, "embedded", column="plz")
    table.loc[0, "plz"] = "99999"
    assert plan.table is not None
    assert plan.table["plz"].tolist() == ["01067", "10115"]


@pytest.mark.parametrize(
    ("template", "hint"),
    [
        ("{{ leter }}", "did you mean 'letter'?"),
        ("{{ strasse }}", "there are 'letter', 'plz', 'count'"),
        ("{% if count > 99 %}{{ strasse }}{% endif %}", "'strasse', which is not a column"),
        ("{{ letter", "cannot be read"),
        ("{{ letter.owner }}", "row 1"),
        ("{{ 1 / count }}", "division by zero (row 1)"),
        ("{{ count + 'a' }}", "row 1"),
        ("{% for i in range(10 ** 9) %}x{% endfor %}", "Range too big"),
        ("{{ ''.__class__.__mro__ }}", "unsafe"),
        ("{% include 'passwd' %}", "no loader"),
        ("{{ plz.nothing() }}", "row 1"),
    ],
)
def test_a_template_that_cannot_be_used_is_told_in_one_line(template: str, hint: str) -> None:
    with pytest.raises(PromptError) as caught:
        make_plan(LETTERS, "embedded", template=template)
    assert hint in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_template_cannot_change_the_table() -> None:
    table = pd.DataFrame({"offices": [["Bürgeramt"]]})
    with pytest.raises(PromptError, match="unsafe"):
        make_plan(table, "embedded", template="{{ offices.append('Standesamt') }}")
    assert table["offices"][0] == ["Bürgeramt"]


@pytest.mark.parametrize(
    ("prompts", "arguments", "hint"),
    [
        ([], {}, "there is no prompt"),
        (pd.DataFrame({"prompt": []}), {}, "there is no prompt"),
        ("", {}, "prompt 1 of 1"),
        (["Hallo", " \n"], {}, "the prompt is empty (prompt 2 of 2)"),
        ([[]], {}, "prompt 1 of 1"),
        ([[Message("user", "")]], {}, "the last message is empty"),
        (["Hallo", None], {}, "prompt 2 of 2"),
        (pd.DataFrame({"prompt": ["Hallo", None]}), {}, "prompt 2 of 2"),
        (5, {}, "must be a list, not int"),
        ([{"role": "user", "content": "Hallo"}], {}, "into a list"),
        ([[{"role": "boss", "content": "Hallo"}]], {}, "message 1"),
        (["halb \ud83d"], {}, "not valid Unicode"),
        (pd.DataFrame({"Prompt": ["Hallo"]}), {}, "did you mean 'Prompt'?"),
        (LETTERS, {"column": "pzl"}, "did you mean 'plz'?"),
        (pd.DataFrame([["a", "b"]], columns=["prompt", "prompt"]), {}, "two columns"),
        (LETTERS, {"column": "plz", "template": "{{ plz }}"}, "exclude each other"),
        (["Hallo"], {"template": "{{ plz }}"}, "needs a table"),
        (["Hallo"], {"column": "plz"}, "needs a table"),
        (LETTERS, {"template": 5}, "template= must be a text, or a list of texts for dialogues, not 5"),
        (LETTERS, {"template": "{{ plz|nothing }}"}, "the template cannot be read"),
        (LETTERS.rename(columns={"plz": "self"}), {"template": "{{ self }}"}, "'self', which Jinja keeps"),
    ],
)
def test_prompts_that_cannot_be_asked(prompts: Any, arguments: dict[str, Any], hint: str) -> None:
    with pytest.raises(PromptError) as caught:
        make_plan(prompts, "embedded", **arguments)
    assert hint in str(caught.value)
    assert "\n" not in str(caught.value)
    assert says_what_to_do(caught.value)


async def shout(prompt: object) -> str:
    return str(prompt).upper()


class Office:
    """Something that answers when it is called."""

    async def __call__(self, prompt: object) -> str:
        return "Bauamt"


def test_whatever_answers_may_be_labelled() -> None:
    both = make_plan("Hallo", {"loud": shout, "partly": functools.partial(shout), "small": "embedded"}).candidates
    assert [one.label for one in both] == ["loud", "partly", "small"]
    assert [one.label for one in make_plan("Hallo", [functools.partial(shout), Office()]).candidates] == [
        "shout",
        "Office",
    ]


def test_a_series_and_numbers_of_numpy_are_taken() -> None:
    plan = make_plan(LETTERS["plz"], "embedded", repeats=np.int64(2), shuffle=np.int64(1))
    assert (len(plan), type(plan.repeats)) == (2 * len(LETTERS), int)


def test_whole_numbers_stay_whole_where_some_are_missing() -> None:
    table = pd.DataFrame({"number": [1, None, 3], "share": [0.5, None, 1.0]})
    prompts = make_plan(table, "embedded", template="Nr. {{ number }}: {{ share }}!").prompts
    assert prompts == ("Nr. 1: 0.5!", "Nr. : !", "Nr. 3: 1.0!")


@pytest.mark.parametrize(
    ("models", "arguments", "hint"),
    [
        ([], {}, "no model to compare"),
        (5, {}, "not a model"),
        ([5], {}, "not a model"),
        (["embedded", "embedded"], {}, "two candidates are called"),
        ("embedded", {"temprature": 0}, "did you mean temperature=?"),
        ("embedded", {"temperature": "hot"}, "temperature= must be a number from 0, not 'hot'"),
        ("embedded", {"seed": 1.5}, "seed= must be a whole number"),
        ("embedded", {"max_tokens": "many"}, "max_tokens= must be a whole number from 1, not 'many'"),
        ("embedded", {"repeats": 0}, "repeats= must be a whole number from 1, not 0"),
        ("embedded", {"repeats": 1.5}, "repeats= must be a whole number from 1, not 1.5"),
        ("embedded", {"repeats": True}, "repeats= must be a whole number from 1, not True"),
        ("embedded", {"grid": {"temperature": 0.5}}, "no list of values for 'temperature'"),
        ("embedded", {"grid": {"label": ["a"]}}, "'label', which is not an option"),
        ("embedded", {"grid": [1]}, "grid= must be a dict, not [1]"),
        ("embedded", {"system": 5}, "system= must be a text"),
        ("embedded", {"shuffle": [1]}, "shuffle= must be a whole number"),
        ({"": "embedded"}, {}, "the label ''"),
        ({}, {}, "no model to compare"),
        (shout, {"temprature": 3}, "temprature= is for models"),
        (shout, {"schema": {"type": "object"}}, "schema= is for models"),
        (shout, {"grid": {"temperature": [0, 1]}}, "grid= is for models"),
        (shout, {"system": "Kurz."}, "system= is for models"),
        ([shout, shout], {}, "two candidates are called 'shout'"),
    ],
)
def test_models_and_options_that_cannot_be_asked(models: Any, arguments: dict[str, Any], hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        make_plan("Hallo", models, **arguments)
    assert hint in str(caught.value)
    assert says_what_to_do(caught.value)


def test_an_unknown_connection_offers_the_nearest() -> None:
    with pytest.raises(ConnectionUnknownError, match="embedded"):
        make_plan("Hallo", "embeded/smollm2")


def test_a_candidate_keeps_what_it_sets_itself(embedded: Model) -> None:
    own = embedded.using(label="own", system="Knapp.", temperature=0)
    plan = make_plan("Hallo", [own, "embedded"], system="Lang.", temperature=1, max_tokens=9)
    first, second = plan.candidates
    assert (first.system, first.options.temperature, first.options.max_tokens) == ("Knapp.", 0, 9)
    assert (second.system, second.options.temperature, second.options.max_tokens) == ("Lang.", 1, 9)


def test_repeats_count_the_seed_up() -> None:
    plan = make_plan(["a", "b"], "embedded", repeats=3, seed=40)
    assert [plan.candidate(cell).options.seed for cell in plan.cells()] == [40, 41, 42, 40, 41, 42]
    unseeded = make_plan("a", "embedded", repeats=3)
    assert [unseeded.candidate(cell).options.seed for cell in unseeded.cells()] == [None, None, None]


@pytest.mark.parametrize(
    "prompts",
    [
        np.array(["Wo?", "Wer?"]),
        np.array(["Wo?", "Wer?"], dtype=object),
        pd.Series(["Wo?", "Wer?"], dtype="string"),
        pd.Index(["Wo?", "Wer?"]),
        (text for text in ["Wo?", "Wer?"]),
        dict.fromkeys(["Wo?", "Wer?"]).keys(),
        [np.str_("Wo?"), np.array("Wer?")],
        pd.DataFrame({"prompt": pd.Series(["Wo?", "Wer?"], dtype="string")}),
    ],
    ids=range(8),
)
def test_prompts_may_be_any_list_of_texts(prompts: Any) -> None:
    found = make_plan(prompts, "embedded").prompts
    assert found == ("Wo?", "Wer?")
    assert all(type(one) is str for one in found)


def test_a_text_of_numpy_is_one_prompt() -> None:
    assert make_plan(np.array("Wo?"), "embedded").prompts == make_plan(np.str_("Wo?"), "embedded").prompts == ("Wo?",)


@pytest.mark.parametrize(
    ("prompts", "hint"),
    [
        (pd.Series(["Wo?", None], dtype="string"), "the prompt is missing (prompt 2 of 2)"),
        (["Wo?", float("nan")], "the prompt is missing (prompt 2 of 2)"),
        (pd.DataFrame({"prompt": ["Wo?", pd.NA]}), "(prompt 2 of 2): write one in row 2"),
        (
            pd.DataFrame({"prompt": ["Wo?", "\ud83d"]}, dtype=object),
            "not valid Unicode (prompt 2 of 2): in row 2 of the table, read",
        ),
        ({"Wo?", "Wer?"}, "sort it: a set has another order each time"),
        ({"a": "Wo?"}, "prompts= must be a list, not dict"),
        (np.array([["Wo?"]]), "prompts= must be a list, not ndarray"),
        ([b"Wo?"], "a prompt must be a text or a list of messages, not bytes (prompt 1 of 1)"),
        ([[{"role": "user", "content": None}]], "message 1 has no content (prompt 1 of 1)"),
        ([dialogue("Wo?", "\ud83d")], "not valid Unicode (prompt 1 of 1)"),
        ([Message("user", "Wo?")], "into a list"),
    ],
    ids=range(11),
)
def test_prompts_that_cannot_be_sent_are_told_with_their_row(prompts: Any, hint: str) -> None:
    with pytest.raises(PromptError) as caught:
        make_plan(prompts, "embedded")
    assert hint in str(caught.value)
    assert "\n" not in str(caught.value)


def test_models_systems_and_grids_may_be_of_numpy() -> None:
    plan = make_plan(
        "Wo?",
        np.array(["embedded"]),
        system=pd.Series(["Kurz.", "Lang."]),
        grid={"temperature": np.linspace(0, 1, 2), "seed": (number for number in (1, 2)), "stop": np.array(["END"])},
        max_tokens=np.int64(3),
    )
    options = [candidate.options for candidate in plan.candidates]
    assert {(one.temperature, one.seed, one.max_tokens, one.stop) for one in options} == {
        (temperature, seed, 3, ("END",)) for temperature in (0.0, 1.0) for seed in (1, 2)
    }
    assert {candidate.system for candidate in plan.candidates} == {"Kurz.", "Lang."}
    assert plan.candidates[0].label.endswith("· system 1 · temperature=0.0 · seed=1 · stop=END")


def test_a_grid_from_a_generator_counts_for_every_model() -> None:
    both = [scripted("x/1", echo), scripted("x/2", echo)]
    assert len(make_plan("Wo?", both, grid={"seed": iter([1, 2])}).candidates) == 4


def test_the_seed_of_the_last_repeat_is_checked_before_asking() -> None:
    make_plan("Wo?", "embedded", seed=2**63 - 2, repeats=2)
    with pytest.raises(UsageError, match=r"seed= must be a whole number .*, not \d+"):
        make_plan("Wo?", "embedded", seed=2**63 - 2, repeats=3)


def test_conversations_keep_their_tool_calls() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
    turns: list[Any] = [
        {"role": "user", "content": "Wetter?"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "Regen"},
    ]
    plan = make_plan([turns, iter(turns)], "embedded")
    assert plan.prompts[0] is turns
    assert plan.prompts[1] == as_messages(turns)
    assert plan.prompt_text(0) == plan.prompt_text(1)


def test_who_makes_a_plan_by_another_call_gives_the_same() -> None:
    """`wb.compare` and `wb.estimate` hand their arguments on, so a name or default may not differ from the plan's."""
    planned, compared, estimated = (
        {name: (part.kind, part.default, part.annotation) for name, part in inspect.signature(call).parameters.items()}
        for call in (make_plan, wb.compare, wb.estimate)
    )
    assert compared | planned == compared
    assert compared | estimated == compared
    assert set(planned) - set(estimated) == {"shuffle"}  # the order of the prompts changes no estimate

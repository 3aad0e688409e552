"""The names that each room shows to the others: a name that comes or goes is a decision, not an accident."""

import importlib
import pkgutil
from pathlib import Path

import pytest

import workbench
from workbench.public_names import names_of_stub

SHOWN = {
    "workbench": """
        Connection Message Model Reply Tool WorkbenchError __version__ agents ask_again audit benchmark branch_tree
        cassette charts chat compare connect controls copy create delete dialogue doctor embed errors estimate load
        loaded model models open panel pull read_table report rerun roles runs scorers show speakers statistics suffices
        trust unload vote votes waterfall
    """,
    "workbench.agents": """
        Call Limits ModelClient Receiver Session Until Verdict ask_again client export_traces load read_only
        score_branches session spans tools variants
    """,
    "workbench.agents.autogen": """
        DeskClient Entry Event GROWING Grown Held Holder MANAGER ModelRequest Rest Stage State Task
        TellsRequestSettings as_frame asked_instead chat_messages check has_end is_data kinds_of_messages messages_of
        noting originals read_only said_otherwise unmarked
    """,
    "workbench.agents.calls": """
        Check ask_again call_of_turn messages_of record_of written_test
    """,
    "workbench.agents.file": """
        Book begun tree_of
    """,
    "workbench.agents.session": """
        Approvals Approve Attempt Branch LimitLog Limits Models Play Scorer Session Shared Turn Until approvals
        clients_of cost_of_turns interval loops_in repeated score_all watch
    """,
    "workbench.agents.session.approval": """
        Approvals Approve approvals
    """,
    "workbench.agents.traces": """
        SCHEMA_URL Span export_traces spans spans_of spans_to traced
    """,
    "workbench.agents.imposed": """
        called chosen filled in_plain_turns prepared together
    """,
    "workbench.agents.tools": """
        DocumentSearch McpServer call code documents executor mcp skills sql
    """,
    "workbench.agents.tools.confined": """
        ADVICE Allowance Ended MEGABYTE run seen_in why_not_confined
    """,
    "workbench.agents.tools.search": """
        DocumentSearch documents
    """,
    "workbench.agents.tools.servers": """
        Connected http_transport process_transport there
    """,
    "workbench.agents.variants": """
        Answered roles_of swaps variants
    """,
    "workbench.chats": """
        Answer Chat Turn members
    """,
    "workbench.cli": """
        main
    """,
    "workbench.cli.language": """
        GERMAN in_language paragraphs said
    """,
    "workbench.comparison": """
        Asked Cell Comparison Dialogue Kept LeftOut Plan Question Rerun Result Row Run Score Scorer Status Watcher
        are_kept asked_again cells_of check_writable dialogue estimate inspect_log make_plan open_run plan_again
        preference_pairs read_table runs unfinished what_changed write_frame write_jsonl write_whole
    """,
    "workbench.comparison.scorers": """
        Referee Vote as_scorer bleu chrf contains exact fields judge named_apart number pair_votes pairwise
        perplexity referee regex rouge_l schema score_rows similarity tool_calls vote_table
    """,
    "workbench.comparison.scoring": """
        tell_of_scores watch_scoring
    """,
    "workbench.comparison.statistics": """
        Agreement Pair Strengths Verdict agreement bradley_terry verdict
    """,
    "workbench.comparison.voting": """
        Ballot BlindVote Standing Tally merged_votes standing_words votes_path
    """,
    "workbench.connections": """
        Claim Connection KeyReference Model ModelState Overview Prompt Receiver Schema ServerState Steps Trusted
        as_json_schema as_messages aside audit cassette check_schema claims connect connection connections copy create
        delete deliver_traces embed facts first_fault folders_file forget is_reference is_trusted load loaded model
        model_names models named_place overview placed policy pull show tools_seen trust trusted unload wait
        with_options
    """,
    "workbench.connections.doctor": """
        Diagnosis Finding Progress Step doctor examine interrupted
    """,
    "workbench.connections.kinds": """
        Api KINDS Kind Said kind_named
    """,
    "workbench.conversation": """
        Prompt Turn as_image as_messages data_url image_text message_text told_body
    """,
    "workbench.engines": """
        BREAKER_PAUSE_S EmbeddedEngine Engine Exchange FoundEngine Gate Key Limits OllamaEngine OllamaModels
        Open OpenAIEngine Place Transport find_kind forget_kinds known_kind part_thoughts times_busy
        undisturbed
    """,
    "workbench.engines.cassette": """
        Call Cassette Difference Entry Header MODE Mode Recording SPEED Speed TapedEngine answer_of as_mode
        as_recorded as_speed asked_cassette asked_for call cassette_path current differences eject encoded
        insert note_sent playing question_of read_cassette refuse_sending taped word_difference
    """,
    "workbench.magics": """
        load
    """,
    "workbench.notebook": """
        ask_again benchmark chat compare create delete doctor estimate open_run panel pull report rerun trust vote
        votes
    """,
    "workbench.notebook.agents": """
        branch_tree controls roles session_html speakers suffices turn_html waterfall
    """,
    "workbench.serverbench": """
        Bench benchmark
    """,
    "workbench.views": """
        Answer ChatView CompareView Course Details DiagnosisLines Figures Headway PanelView ProgressWords Status
        VoteView Words WorkView answer_words bench_table chat_table chat_text comparison_table comparison_text
        diagnosis_table diagnosis_text doctor_words duration one_line panel_table panel_text progress_words static_line
        trust_outcome trust_table trust_text trust_words verdict_table vote_result vote_text vote_words warning words
    """,
    "workbench.views.agents": """
        Bar BarKind Branch Conversation Drawing Handed Link LinkKind Mark Part Question State Turn Way agent_words
        branch_tree branches_section inspector speakers speakers_section timeline turn_row waterfall
    """,
    "workbench.views.charts": """
        ChartWords chart_words heat_map latency_chart load_chart scores_chart speed_chart strengths_chart svg theme
    """,
    "workbench.views.chat": """
        ChatView chat_table chat_text
    """,
    "workbench.views.compare": """
        CompareView Details Figures answer_words
    """,
    "workbench.views.controls": """
        Changeable Controls ControlsView Pending Situation Waiting control_words
    """,
    "workbench.views.doctor": """
        DiagnosisLines diagnosis_table diagnosis_text doctor_words
    """,
    "workbench.views.page": """
        Parts new_place placed script styles
    """,
    "workbench.views.panel": """
        PanelActions PanelView panel_table panel_text
    """,
    "workbench.views.report": """
        report_html verdict_table
    """,
    "workbench.views.vote": """
        VoteView Voting vote_result vote_text vote_words
    """,
    "workbench.views.work": """
        WorkView
    """,
}


def rooms() -> dict[str, list[str]]:
    names = [
        "workbench",
        *(each.name for each in pkgutil.walk_packages(workbench.__path__, "workbench.") if each.ispkg),
    ]
    shown = {name: getattr(importlib.import_module(name), "__all__", []) for name in names}
    return {name: list(there) for name, there in shown.items() if there}


def test_every_room_that_shows_names_is_pinned() -> None:
    assert set(rooms()) == set(SHOWN)


@pytest.mark.parametrize("room", SHOWN)
def test_a_room_shows_these_names(room: str) -> None:
    shown = rooms()[room]
    assert sorted(shown) == SHOWN[room].split()
    assert len(set(shown)) == len(shown)
    there = importlib.import_module(room)
    assert [name for name in shown if not hasattr(there, name)] == []


@pytest.mark.parametrize("room", ["workbench", "workbench.views"])
def test_what_type_checkers_read_in_a_stub_is_what_is_loaded(room: str) -> None:
    there = importlib.import_module(room)
    scope: dict[str, object] = {}
    exec(Path(str(there.__file__)).with_suffix(".pyi").read_text(encoding="utf-8"), scope)
    shown = set(there.__all__) - {"__version__"}
    assert set(scope) - {"__builtins__", "__annotations__", "open_run"} == shown
    assert [name for name in shown if getattr(there, name) is not scope[name]] == []


def test_a_name_that_no_stub_lists_is_missing() -> None:
    load, names = names_of_stub("workbench", str(workbench.__file__))
    assert "open" in names
    with pytest.raises(AttributeError, match="module 'workbench' has no attribute 'open_run'"):
        load("open_run")

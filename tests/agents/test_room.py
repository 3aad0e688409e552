from workbench import agents


def test_the_room_shows_these_names() -> None:
    assert agents.__all__ == [
        "Call", "Limits", "ModelClient", "Receiver", "Session", "Until", "Verdict", "ask_again", "client",
        "export_traces", "load", "read_only", "score_branches", "session", "spans",
    ]  # fmt: skip

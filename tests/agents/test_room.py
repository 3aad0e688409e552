from workbench import agents


def test_the_room_shows_these_names() -> None:
    assert agents.__all__ == [
        "Call", "Limits", "ModelClient", "Session", "Until", "Verdict", "ask_again", "client", "load", "read_only",
        "session",
    ]  # fmt: skip

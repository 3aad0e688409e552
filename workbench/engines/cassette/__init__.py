"""Recorded answers: what servers were asked, kept in a file, and played from it without them."""

from workbench.engines.cassette._calls import Call, asked_for, call
from workbench.engines.cassette._cassette import Cassette, Mode, Speed
from workbench.engines.cassette._engine import TapedEngine
from workbench.engines.cassette._entry import Entry, encoded
from workbench.engines.cassette._file import Header, read_cassette
from workbench.engines.cassette._inserted import MODE, SPEED, current, eject, insert, playing, refuse_sending
from workbench.engines.cassette._inside import note_sent
from workbench.engines.cassette._reading import Difference, answer_of, differences, question_of, word_difference
from workbench.engines.cassette._recording import Recording
from workbench.engines.cassette._settings import as_mode, as_speed, cassette_path
from workbench.engines.cassette._taped import as_recorded, asked_cassette, taped

__all__ = [
    "MODE",
    "SPEED",
    "Call",
    "Cassette",
    "Difference",
    "Entry",
    "Header",
    "Mode",
    "Recording",
    "Speed",
    "TapedEngine",
    "answer_of",
    "as_mode",
    "as_recorded",
    "as_speed",
    "asked_cassette",
    "asked_for",
    "call",
    "cassette_path",
    "current",
    "differences",
    "eject",
    "encoded",
    "insert",
    "note_sent",
    "playing",
    "question_of",
    "read_cassette",
    "refuse_sending",
    "taped",
    "word_difference",
]

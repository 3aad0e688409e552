"""The engines: one file for each kind of server, all following one protocol."""

from workbench.engines._collector import undisturbed
from workbench.engines._protocol import Engine
from workbench.engines.answer._thoughts import part_thoughts
from workbench.engines.embedded._engine import EmbeddedEngine
from workbench.engines.found import FoundEngine, find_kind, forget_kinds, known_kind
from workbench.engines.ollama._engine import OllamaEngine
from workbench.engines.ollama._models import OllamaModels
from workbench.engines.openai._engine import OpenAIEngine
from workbench.engines.wire._breaker import PAUSE_S as BREAKER_PAUSE_S
from workbench.engines.wire._busy import times_busy
from workbench.engines.wire._gate import Exchange, Gate, Open
from workbench.engines.wire._limits import Limits
from workbench.engines.wire._place import Key, Place
from workbench.engines.wire._transport import Transport

__all__ = [
    "BREAKER_PAUSE_S",
    "EmbeddedEngine",
    "Engine",
    "Exchange",
    "FoundEngine",
    "Gate",
    "Key",
    "Limits",
    "OllamaEngine",
    "OllamaModels",
    "Open",
    "OpenAIEngine",
    "Place",
    "Transport",
    "find_kind",
    "forget_kinds",
    "known_kind",
    "part_thoughts",
    "times_busy",
    "undisturbed",
]

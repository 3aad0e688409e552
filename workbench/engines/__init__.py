"""The engines: one file for each kind of server, all following one protocol."""

from workbench.engines._breaker import PAUSE_S as BREAKER_PAUSE_S
from workbench.engines._busy import times_busy
from workbench.engines._collector import undisturbed
from workbench.engines._limits import Limits
from workbench.engines._place import Exchange, Gate, Key, Open, Place
from workbench.engines._protocol import Engine
from workbench.engines._thoughts import part_thoughts
from workbench.engines._transport import Transport
from workbench.engines.embedded import EmbeddedEngine
from workbench.engines.found import FoundEngine, find_kind, forget_kinds, known_kind
from workbench.engines.ollama import OllamaEngine
from workbench.engines.ollama_models import OllamaModels
from workbench.engines.openai import OpenAIEngine

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

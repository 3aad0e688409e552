"""The engines: one file for each kind of server, all following one protocol."""

from workbench.engines._place import Key, Place
from workbench.engines._protocol import Engine
from workbench.engines.embedded import EmbeddedEngine
from workbench.engines.ollama import OllamaEngine
from workbench.engines.openai import OpenAIEngine

__all__ = ["EmbeddedEngine", "Engine", "Key", "OllamaEngine", "OpenAIEngine", "Place"]

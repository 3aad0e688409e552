"""The engine for Ollama, and what it does with models."""

"""The engine for vLLM and all servers that speak the OpenAI API."""

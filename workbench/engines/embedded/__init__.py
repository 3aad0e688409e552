"""The engine in this process: llama.cpp over one file."""

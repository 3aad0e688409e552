"""Taking what a model writes: text, thoughts, tool calls, and how it ended."""

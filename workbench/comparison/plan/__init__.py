"""What is to be asked: prompts, candidates, and how often."""

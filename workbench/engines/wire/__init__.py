"""Moving bytes: where a request goes, what may fail on the way, and which secrets nobody may see."""

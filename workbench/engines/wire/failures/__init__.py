"""What failed on the way, as errors that say what to do."""

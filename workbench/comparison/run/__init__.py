"""What a user holds: a run, saved runs, an estimate, the difference of two runs."""

"""Results in a file that outlives the process."""

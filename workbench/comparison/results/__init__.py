"""What came of the cells of a plan."""

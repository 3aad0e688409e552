"""Under which conditions a comparison was asked."""

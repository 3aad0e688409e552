"""A run as the code that asks it: the call of `wb.compare` as Python."""

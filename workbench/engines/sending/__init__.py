"""Sending a request: whether it may leave, how often it is tried, and what is noted of it."""

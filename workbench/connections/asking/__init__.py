"""Asking one model, within what is known of it and what a schema allows."""

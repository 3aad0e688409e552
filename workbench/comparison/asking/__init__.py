"""Asking every cell, as fast as each server takes it, here or on a cluster."""

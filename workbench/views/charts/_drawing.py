"""Altair, drawing on this machine: its own way to show a picture in a notebook fetches a program from the internet."""

import altair as alt

__all__ = ["alt"]

if alt.renderers.active == "default":  # whoever has chosen another has their reasons
    alt.renderers.enable("svg")

"""Pictures of comparisons and server benches: scores, strengths, delays, speed, prompts by models, load."""

from workbench.views.charts._delays import latency_chart, speed_chart
from workbench.views.charts._intervals import strengths_chart
from workbench.views.charts._load import load_chart
from workbench.views.charts._scores import heat_map, scores_chart
from workbench.views.charts._theme import svg, theme
from workbench.views.charts._words import ChartWords, chart_words

__all__ = [
    "ChartWords",
    "chart_words",
    "heat_map",
    "latency_chart",
    "load_chart",
    "scores_chart",
    "speed_chart",
    "strengths_chart",
    "svg",
    "theme",
]

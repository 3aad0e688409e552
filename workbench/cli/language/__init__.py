"""The language of the command line: that of views, for its help and all that it prints."""

from workbench.cli.language._german import GERMAN
from workbench.cli.language._said import in_language, paragraphs, said

__all__ = ["GERMAN", "in_language", "paragraphs", "said"]

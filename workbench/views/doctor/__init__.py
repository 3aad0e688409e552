"""What the doctor finds, while it looks and afterwards: as a table in HTML, and as plain text line by line."""

from workbench.views.doctor._table import diagnosis_table
from workbench.views.doctor._text import DiagnosisLines, diagnosis_text
from workbench.views.doctor._words import doctor_words

__all__ = ["DiagnosisLines", "diagnosis_table", "diagnosis_text", "doctor_words"]

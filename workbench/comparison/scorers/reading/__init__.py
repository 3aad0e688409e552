"""Reading values out of answers and references: texts, numbers, dates, JSON and grades."""

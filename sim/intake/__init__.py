"""The form that both teams fill in: a workbook that is written, read, checked, and turned into a scenario."""

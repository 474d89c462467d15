"""Forecasting: what demand will be, with its own doubt, from what it was; and how much a promotion adds.

It reads histories and writes forecasts that a scenario's demand can follow; it runs no simulation.
"""

"""Demand: the rate of orders over time, and real orders from files."""

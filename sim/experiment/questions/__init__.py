"""The questions asked of a laboratory: sweep, select, optimise, explain, robust; each with its answer."""

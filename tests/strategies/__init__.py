"""Hypothesis strategies: small scenarios and plans, every feature on or off; a run takes milliseconds.

Numbers are drawn from short lists of telling values (zero, one, odd fractions, clock times that coincide), because
defects sit where things happen at once.
"""

from tests.strategies.measures import plans
from tests.strategies.worlds import scenarios

__all__ = ["plans", "scenarios"]

"""Speed of the simulator, measured by hand: ``python -m benchmarks.engine``."""

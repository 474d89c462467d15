"""Statistics of replications: intervals, how many replications are enough, and which system is best."""

"""Planning both ways: from the warehouse to the largest campaign that it bears, and from a campaign to its needs."""

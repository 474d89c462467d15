"""What a planner writes: the scenario and the plans, validated once."""

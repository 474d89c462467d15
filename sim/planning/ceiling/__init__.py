"""From capacity to campaign: the largest one that meets the targets with a stated probability."""

"""The laboratory: runs what is asked for and not there yet, and keeps it: store, keys, designs, tidy tables."""

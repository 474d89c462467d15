"""What a campaign needs of the warehouse, the carriers and the desk: by closed form, tuned and proven by simulation."""

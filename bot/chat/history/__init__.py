"""What was ordered once, with its results."""

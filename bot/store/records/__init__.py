"""What was done and is owed, and what has to be forgotten."""

"""What becomes of generations under way: hints, surveys, and how each one ended."""

"""What becomes of generations in flight: events and lists, and how each one ended."""

"""What is stored about a member, and how they have it deleted."""

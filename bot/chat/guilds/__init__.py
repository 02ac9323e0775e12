"""What a guild is told, and what it and its members may know."""

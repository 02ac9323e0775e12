"""What is kept about persons and guilds, and how it is forgotten."""

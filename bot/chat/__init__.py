"""All that speaks discord.py and is not a command."""

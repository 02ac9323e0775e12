"""The guild's queue as members and moderators see it."""

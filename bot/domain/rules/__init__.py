"""A guild's rules and limits. Pure."""

"""The guild's rules and its fair queue."""

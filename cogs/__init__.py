"""Slash commands, one file per family. A callback translates; it does not decide."""

"""Oxen from a shell, without Discord: order, watch, fetch, cancel, look back. Speaks to people and to scripts."""

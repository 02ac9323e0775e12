"""The control API under /sandbox/api: be a member, watch, break things. README.md lists it."""

from sandbox.discord.control.routes import Control

__all__ = ["Control"]

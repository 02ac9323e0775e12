"""Drover: a durable tracker of paid generations, with Discord as its front end."""

__version__ = "0.1.0"

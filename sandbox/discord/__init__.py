"""A local stand-in for Discord: REST v10 and gateway v10 on one loopback port.

It is written from the public documentation and the public schema, for any well-behaved Discord library; it knows
nothing of the bot that talks to it. README.md beside this file describes the control API.
"""

"""The demo: both stand-ins and the bot as processes, two small communities that use it, and what came of it.

The bot is started and watched from outside only, as an operator and the members of a server would.
"""

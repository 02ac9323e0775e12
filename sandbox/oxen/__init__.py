"""A local stand-in for the Oxen.ai generation API: real HTTP, real media, no money.

`command.py` starts it from a shell, `server.py` inside a test. The provider's documentation is the source of
the behaviour: "Async Queue", "Video Generation" and "Server-Sent Events" of the Oxen.ai inference reference.
"""

"""A local stand-in for the Oxen.ai generation API: real HTTP, real media, no money.

`command.py` starts it from a shell, `server.py` inside a test. Which edition of the API it speaks is in
`dialects.py`, what can be made to go wrong in `faults.py`. The provider's documentation is the source of the
behaviour: "Async Queue", "Video Generation" and "Server-Sent Events" of the Oxen.ai inference reference.
"""

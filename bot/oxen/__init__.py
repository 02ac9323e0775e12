"""The provider, Oxen.ai: a client of its queue, catalogue and event stream. Usable on its own."""

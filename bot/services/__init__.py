"""Use cases: what Drover does, between the rows, the provider and the chat."""

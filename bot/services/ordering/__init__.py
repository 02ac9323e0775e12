"""Orders on their way to the provider, and back to whoever asks for them."""

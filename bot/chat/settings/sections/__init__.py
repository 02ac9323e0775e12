"""The sections of `/settings`, one module each."""

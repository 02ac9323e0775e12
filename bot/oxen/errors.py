"""What can go wrong with the provider, named for what the caller should do next.

OxenError
├── Unavailable      nothing happened upstream: ask again later
├── Rejected         it said no, and will say no again: tell the person
│   └── KeyRefused   the key is wrong or may not do this: tell the operator
├── NotFound         no such generation (any more)
└── Ambiguous        it may or may not have happened: look before asking again
"""


class OxenError(Exception):
    """Base of all. The message never holds a key or a prompt."""


class Unavailable(OxenError):
    """Surely nothing happened: refused, no such host, TLS failed, 429, or a read that failed."""


class Rejected(OxenError):
    """The provider answered 4xx. `detail` is its own text, for the person and for no log: it may quote the prompt."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(f"status {status}")
        self.status = status
        self.detail = detail


class KeyRefused(Rejected):
    """401 or 403."""


class NotFound(OxenError):
    """404 for a generation id: never there, or in the `ephemeral` dialect over."""


class Ambiguous(OxenError):
    """A POST left, and what became of it is not known: timeout, reset, 5xx, an answer that makes no sense."""

"""What can go wrong with the provider, named for what the caller should do next.

OxenError
├── Unavailable      nothing happened upstream: ask again later
├── Rejected         it said no, and will say no again: tell the person
│   └── KeyRefused   the key is wrong or may not do this: tell the operator
├── KeyGone          the key is deleted, or refused for good: nobody can ask any more
├── NotFound         no such generation, model or history (any more)
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


class KeyGone(OxenError):
    """The key that an order was placed by is deleted, or was found to be refused for good. Nothing was sent."""


class NotFound(OxenError):
    """404 for a read: no such generation (in the `ephemeral` dialect also when it is over), model or history."""


class Ambiguous(OxenError):
    """A POST left, and what became of it is not known: timeout, reset, 5xx, an answer that makes no sense.

    `detail` is the provider's own text where it gave any, for the person and for no log.
    """

    def __init__(self, message: str, detail: str = "") -> None:
        super().__init__(message)
        self.detail = detail

"""Who pays for an order: a namespace, and the key by which the provider is asked to bill it."""

import enum
import hashlib
from dataclasses import dataclass
from typing import NewType

KeyId = NewType("KeyId", str)

_SHOWN = 16  # hexadecimal digits: 64 bits of a hash of something unguessable tell keys apart and give none away


@dataclass(frozen=True, slots=True, kw_only=True)
class Payer:
    """`key` None: the operator's. `namespace` None: the key's own."""

    key: KeyId | None = None
    namespace: str | None = None


def fingerprint(key: str) -> KeyId:
    """What stands for `key` in rows and logs; two servers that entered the same key have the same."""
    return KeyId(hashlib.sha256(key.encode()).hexdigest()[:_SHOWN])


class Unbilled(enum.StrEnum):
    """What happens to a guild that has neither named a namespace nor entered a key: the operator's choice."""

    REFUSE = "refuse"
    OWN = "own"  # the operator's own namespace pays
    TRIAL = "trial"  # as OWN, up to an amount for each guild


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What a guild has settled about its money. `tail` is the last four characters of its own key, if it has one.

    `refused`: the provider does not take that key any more.
    """

    namespace: str | None = None
    key: KeyId | None = None
    tail: str | None = None
    refused: bool = False

"""Identifiers: ours are short, sortable by time and unguessable; Discord's and Oxen's keep their own shape."""

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import NewType

from bot.domain.clock import Clock, to_millis

OrderId = NewType("OrderId", str)
GenerationId = NewType("GenerationId", str)
PostId = NewType("PostId", str)
StyleId = NewType("StyleId", str)
ProviderName = NewType("ProviderName", str)  # whose keys, models and ids they are
RemoteId = NewType("RemoteId", str)  # what a provider calls a generation; unique for that provider alone
ModelId = NewType("ModelId", str)
GuildId = NewType("GuildId", int)
ChannelId = NewType("ChannelId", int)
MessageId = NewType("MessageId", int)
UserId = NewType("UserId", int)
RoleId = NewType("RoleId", int)

OXEN = ProviderName("oxen")  # Oxen.ai, the one provider today
NOBODY = UserId(0)  # stands where a person was forgotten, and where something happened by itself

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's: no i, l, o, u to misread
_TIME_CHARS = 10  # 50 bits of unix milliseconds
_RANDOM_CHARS = 14  # 70 bits
ID_LENGTH = _TIME_CHARS + _RANDOM_CHARS  # 24: a post's id is its nonce, and Discord takes 25 characters there


class IdMaker:
    """Makes ids of 24 characters that sort by the time at which they were made."""

    def __init__(self, clock: Clock, randbits: Callable[[int], int] = secrets.randbits) -> None:
        self._clock = clock
        self._randbits = randbits

    def __call__(self) -> str:
        return before_ids_of(self._clock.now()) + _encode(self._randbits(5 * _RANDOM_CHARS), _RANDOM_CHARS)


def before_ids_of(moment: datetime) -> str:
    """A text that sorts before all ids made from that moment on, and after those made before."""
    return _encode(to_millis(moment), _TIME_CHARS)


def is_id(text: str) -> bool:
    """Whether `text` has the shape of one of our ids."""
    return len(text) == ID_LENGTH and set(text) <= set(_ALPHABET)


def short(an_id: str) -> str:
    """The part of one of our ids that a person can read out: its last six characters."""
    return an_id[-6:]


def _encode(number: int, width: int) -> str:
    return "".join(_ALPHABET[number >> (5 * place) & 31] for place in reversed(range(width)))

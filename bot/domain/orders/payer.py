"""Who pays for an order: a namespace of a provider's, and the key by which the provider is asked to bill it."""

import enum
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NewType

from bot.domain.ids import OXEN, GuildId, ProviderName

KeyId = NewType("KeyId", str)

_SHOWN = 16  # hexadecimal digits: 64 bits of a hash of something unguessable tell keys apart and give none away


@dataclass(frozen=True, slots=True, kw_only=True)
class Payer:
    """`key` None: the operator's. `namespace` None: the key's own."""

    provider: ProviderName = OXEN
    key: KeyId | None = None
    namespace: str | None = None


def fingerprint(key: str, provider: ProviderName = OXEN) -> KeyId:
    """What stands for the provider's `key` in rows and logs; two servers that entered the same key have the same."""
    told = key if provider == OXEN else f"{provider} {key}"  # Oxen's are older than the second name
    return KeyId(hashlib.sha256(told.encode()).hexdigest()[:_SHOWN])


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


_OPENED = re.compile(r"(?P<name>[^\s=,*]+)(?:=(?P<guild>\d{1,20}))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenNamespaces:
    """The namespaces that servers may name for the operator's key to bill. As it stands here, none.

    That key bills its owner's own namespace, and those of every organization that took its owner in: the provider lets
    it, so only the operator can know which of them are a server's. `to` says by name (lower case) for which server,
    None for any; `everything` opens whatever the key may bill to whoever comes first.
    """

    to: Mapping[str, frozenset[GuildId] | None] = field(default_factory=dict[str, frozenset[GuildId] | None])
    everything: bool = False

    def allows(self, namespace: str, guild_id: GuildId) -> bool:
        """Whether the server may have the operator's key bill the namespace."""
        if self.everything:
            return True
        guilds = self.to.get(namespace.casefold(), frozenset[GuildId]())
        return guilds is None or guild_id in guilds


def parse_open(text: str) -> OpenNamespaces:
    """Names between commas, each alone or as `name=server id`; `*` is everything. Raises `ValueError`."""
    to: dict[str, frozenset[GuildId] | None] = {}
    entries = [entry for each in text.split(",") if (entry := each.strip())]
    for entry in entries:
        match = _OPENED.fullmatch(entry)
        if match is None and entry != "*":
            raise ValueError(f"has “{entry[:40]}”, which is neither a name, nor name=server id, nor *")
        if match is not None:
            name, guild = match["name"].casefold(), match["guild"]
            before = to.get(name, frozenset[GuildId]())
            to[name] = before | {GuildId(int(guild))} if guild is not None and before is not None else None
    return OpenNamespaces(to=to, everything="*" in entries)

"""Whose money: which namespace an order of a guild is billed to."""

import re
from typing import Protocol

from bot.domain.errors import Refusal
from bot.domain.ids import GuildId

# What a namespace's name may look like: it goes into a query string and into a text that a server reads.
_NAMESPACE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,62}[A-Za-z0-9])?")


class NamespaceBook(Protocol):
    """Where the guilds' namespaces are kept."""

    async def namespace(self, guild_id: GuildId) -> str | None: ...


class Billing:
    """`own_pays` is the operator's choice for guilds without a namespace: the key's own pays, or they are refused."""

    def __init__(self, book: NamespaceBook, *, own_pays: bool) -> None:
        self._book = book
        self._own_pays = own_pays

    async def payer(self, guild_id: GuildId) -> str | None:
        """The namespace that pays, or None for the key's own. Raises `Refusal` when nobody would."""
        namespace = await self._book.namespace(guild_id)
        if namespace is None and not self._own_pays:
            raise Refusal("no-namespace")
        return namespace


def check_namespace(name: str) -> str:
    """`name` without blanks around it. Raises `Refusal` when no namespace can be called that."""
    stripped = name.strip()
    if not _NAMESPACE.fullmatch(stripped):
        raise Refusal("namespace-name", given=stripped[:70])
    return stripped

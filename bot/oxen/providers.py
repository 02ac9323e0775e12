"""One client for each key: opened when somebody first needs it, shared by all who do, closed when nobody may.

A key is in memory inside its client and nowhere else. The client of a key that is still good is kept, because it has
learnt which dialect is spoken and has a connection that stands.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from bot.domain.orders.payer import KeyId
from bot.domain.provider import KeyGone
from bot.oxen.client import OxenClient

log = logging.getLogger(__name__)

Reveal = Callable[[KeyId], Awaitable[str | None]]


@dataclass(slots=True)
class _Shared:
    """A client, how many use it right now, and whether it is to be closed when the last of them is done."""

    client: OxenClient
    open: AsyncExitStack = field(default_factory=AsyncExitStack)
    users: int = 0
    retired: bool = False


class OxenProviders:
    """Use as `async with OxenProviders(own, connect, reveal) as providers:`; it closes what it opened, not `own`.

    `own` is the operator's client. `connect` makes a client of a key; `reveal` tells the key with a fingerprint, or
    None when it is deleted or refused for good.
    """

    def __init__(self, own: OxenClient, connect: Callable[[str], OxenClient], reveal: Reveal) -> None:
        self._own = own
        self._connect = connect
        self._reveal = reveal
        self._shared: dict[KeyId, _Shared] = {}
        self._changing = asyncio.Lock()  # a key that is deleted while its client is opened must not stay behind

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for shared in self._shared.values():
            await shared.open.aclose()
        self._shared.clear()

    @property
    def opened(self) -> Collection[KeyId]:
        return tuple(self._shared)

    @asynccontextmanager
    async def of(self, key: KeyId | None) -> AsyncGenerator[OxenClient]:
        """The client of `key` (None: the operator's) for as long as the block lasts. Raises `KeyGone`."""
        if key is None:
            yield self._own
            return
        shared = self._shared.get(key) or await self._opened(key)
        shared.users += 1
        try:
            yield shared.client
        finally:
            shared.users -= 1
            if shared.retired and not shared.users:
                await shared.open.aclose()

    @asynccontextmanager
    async def trial(self, key: str) -> AsyncGenerator[OxenClient]:
        """A client of a key that nobody has entered yet, to find out what it may do."""
        async with self._connect(key) as client:
            yield client

    async def retire(self, key: KeyId) -> None:
        """The key is not to be used again: whoever is in the middle of a call ends it, and nobody begins another."""
        async with self._changing:
            shared = self._shared.pop(key, None)
        if shared is None:
            return
        shared.retired = True
        log.info("client retired", extra={"key_id": key, "users": shared.users})
        if not shared.users:
            await shared.open.aclose()

    async def _opened(self, key: KeyId) -> _Shared:
        async with self._changing:
            shared = self._shared.get(key)
            if shared is None:
                secret = await self._reveal(key)
                if secret is None:
                    raise KeyGone(key)
                shared = _Shared(self._connect(secret))
                await shared.open.enter_async_context(shared.client)
                self._shared[key] = shared
        return shared

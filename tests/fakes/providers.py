"""Providers by key, in memory: a `bot.domain.provider.Providers`.

What it promises is what `tests/oxen/test_providers.py` asks of it and of the real one alike.
"""

from collections.abc import AsyncGenerator, Collection, Mapping
from contextlib import asynccontextmanager

from bot.domain.orders.payer import KeyId, fingerprint
from bot.domain.provider import KeyGone, KeyRefused, Provider


class FakeProviders:
    """`known` are the keys that the provider knows, as they are typed; `stored` the ones that servers have entered.

    Who enters a key in a test puts its fingerprint into `stored`; `retired` holds those that were given up.
    """

    def __init__(self, own: Provider, known: Mapping[str, Provider] | None = None) -> None:
        self._own = own
        self._known = dict(known or {})
        self.stored = {fingerprint(key) for key in self._known}
        self.retired: list[KeyId] = []

    @property
    def opened(self) -> Collection[KeyId]:
        return tuple(self.stored)

    @asynccontextmanager
    async def of(self, key: KeyId | None) -> AsyncGenerator[Provider]:
        if key is None:
            yield self._own
            return
        found = next((p for text, p in self._known.items() if fingerprint(text) == key), None)
        if found is None or key not in self.stored:
            raise KeyGone(key)
        yield found

    @asynccontextmanager
    async def trial(self, key: str) -> AsyncGenerator[Provider]:
        found = self._known.get(key)
        if found is None:
            raise KeyRefused(401, "A valid API key is required.")
        yield found

    async def retire(self, key: KeyId) -> None:
        self.retired.append(key)
        self.stored.discard(key)

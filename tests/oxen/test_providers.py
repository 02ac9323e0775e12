"""What every `Providers` promises: one suite for the fake and for the real one, on the stand-in."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import pytest

from bot.domain.orders.payer import KeyId, fingerprint
from bot.domain.provider import KeyGone, KeyRefused, Providers
from bot.oxen.client import OxenClient
from bot.oxen.providers import OxenProviders
from sandbox.oxen.server import OxenSandbox
from tests.fakes.clock import ManualClock
from tests.fakes.orders import KEY, video_request
from tests.fakes.oxen import FakeOxen
from tests.fakes.providers import FakeProviders
from tests.sandbox_oxen.support import Blank

FIRST, SECOND, STRANGE = "first-key-of-a-server", "second-key-of-a-server", "a-key-that-oxen-does-not-know"
UNKNOWN = KeyId("0123456789abcdef")


@asynccontextmanager
async def fake() -> AsyncGenerator[Providers]:
    clock = ManualClock()
    first, second = (FakeOxen(clock, own=name, name=name) for name in ("first", "second"))
    yield FakeProviders(FakeOxen(clock), {FIRST: first, SECOND: second})


@asynccontextmanager
async def real() -> AsyncGenerator[Providers]:
    keys = {KEY: None, FIRST: ("first",), SECOND: ("second",)}
    stored = {fingerprint(key): key for key in (FIRST, SECOND)}

    async def reveal(key: KeyId) -> str | None:
        return stored.get(key)

    async with OxenSandbox(speed=1e6, renderer=Blank(), keys=keys) as sandbox:
        connect = partial(OxenClient, sandbox.url)
        async with connect(KEY) as own, OxenProviders(own, connect, reveal) as providers:
            retire = providers.retire

            async def forget(key: KeyId) -> None:
                stored.pop(key, None)  # whoever retires a key has deleted it
                await retire(key)

            providers.retire = forget  # type: ignore[method-assign]
            yield providers


@pytest.fixture(params=[fake, real])
async def providers(request: pytest.FixtureRequest) -> AsyncIterator[Providers]:
    async with request.param() as each:
        yield each


async def test_the_operators_key_is_always_there(providers: Providers) -> None:
    for _ in range(2):
        async with providers.of(None) as oxen:
            assert await oxen.list(None) == []


async def test_each_key_sees_its_own_work_and_nothing_else(providers: Providers) -> None:
    async with providers.of(fingerprint(FIRST)) as first, providers.of(fingerprint(SECOND)) as second:
        (ours,) = await first.enqueue(video_request(), 1, "first")
        (theirs,) = await second.enqueue(video_request(), 1, "second")
        assert {row.id for row in await first.list("first")} <= {ours}
        assert {row.id for row in await second.list("second")} <= {theirs}


async def test_all_who_use_a_key_share_one_client(providers: Providers) -> None:
    async def use() -> object:
        async with providers.of(fingerprint(FIRST)) as oxen:
            await oxen.list(None)
            return oxen

    assert len({id(oxen) for oxen in await asyncio.gather(*(use() for _ in range(10)))}) == 1


async def test_a_key_that_nobody_has_entered_is_gone(providers: Providers) -> None:
    with pytest.raises(KeyGone):
        async with providers.of(UNKNOWN):
            raise AssertionError


async def test_a_retired_key_is_gone_for_whoever_comes_next(providers: Providers) -> None:
    key = fingerprint(FIRST)
    async with providers.of(key) as oxen:
        await providers.retire(key)
        with pytest.raises(KeyGone):
            async with providers.of(key):
                raise AssertionError
        assert await oxen.list(None) == []  # whoever was at it comes to an end in peace
    await providers.retire(key)
    async with providers.of(fingerprint(SECOND)) as other:
        assert await other.list(None) == []


async def test_a_key_can_be_tried_before_it_is_entered(providers: Providers) -> None:
    async with providers.trial(FIRST) as oxen:
        assert await oxen.list(None) == []
    with pytest.raises(KeyRefused):
        async with providers.trial(STRANGE) as oxen:
            await oxen.list(None)


# The real one alone.


async def test_a_client_is_opened_when_it_is_needed_and_closed_when_its_key_is_retired() -> None:
    revealed: list[KeyId] = []

    async def reveal(key: KeyId) -> str | None:
        revealed.append(key)
        await asyncio.sleep(0)
        return FIRST

    async with OxenSandbox(renderer=Blank(), keys={KEY: None, FIRST: ("first",)}) as sandbox:
        connect = partial(OxenClient, sandbox.url)
        async with connect(KEY) as own, OxenProviders(own, connect, reveal) as providers:
            assert not providers.opened
            async with providers.of(fingerprint(FIRST)) as oxen:
                await providers.retire(fingerprint(FIRST))
                assert not providers.opened
                assert await oxen.list(None) == []
            with pytest.raises(RuntimeError, match="closed"):
                await oxen.list(None)
            async with providers.of(fingerprint(FIRST)), providers.of(fingerprint(FIRST)):
                assert len(providers.opened) == 1
            assert len(providers.opened) == 1  # it has learnt the dialect, and its connection stands
        assert revealed == [fingerprint(FIRST)] * 2
        assert not providers.opened

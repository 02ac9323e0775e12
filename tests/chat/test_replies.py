"""What an interaction is answered with, and when."""

import asyncio
import gc
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest

from bot.chat.kit.replies import acknowledge_after
from bot.domain.errors import Refusal


class CutOff:
    """The connection breaks whenever somebody acknowledges, and `broken` is set."""

    def __init__(self) -> None:
        self.broken = asyncio.Event()

    async def defer(self, **_: Any) -> None:
        self.broken.set()
        raise aiohttp.ClientConnectionResetError("cut")


async def test_what_was_begun_ends_though_nobody_can_be_told(caplog: pytest.LogCaptureFixture) -> None:
    """Else its refusal would be logged as an error that nobody took."""
    response, ended = CutOff(), asyncio.Event()
    interaction: Any = SimpleNamespace(response=response)

    async def cancels() -> None:
        await response.broken.wait()
        ended.set()
        raise Refusal("cancel-over")

    with pytest.raises(aiohttp.ClientConnectionResetError):
        await acknowledge_after(interaction, cancels())
    await ended.wait()
    await asyncio.sleep(0)
    gc.collect()
    assert caplog.records == []

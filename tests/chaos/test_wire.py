"""The wire between the bot and a stand-in does what the rounds believe it does."""

import asyncio

import pytest

from tests.chaos.wire import Wire


async def test_a_wire_that_is_refused_twice_at_once_is_there_again_afterwards() -> None:
    async with (
        await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0) as behind,
        Wire(behind.sockets[0].getsockname()[1]) as wire,
    ):
        refusals = [asyncio.create_task(wire.refuse(0.0)) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", wire.port)
        async with asyncio.timeout(5):
            await asyncio.gather(*refusals)
        reader, writer = await asyncio.open_connection("127.0.0.1", wire.port)
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()

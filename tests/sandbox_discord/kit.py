"""Raw REST, a raw gateway client and a discord.py client for these tests."""

import asyncio
import io
import json
import sys
import warnings
import zlib
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

import aiohttp
import pytest
import yarl

from sandbox.discord.server import DiscordSandbox

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

with warnings.catch_warnings():
    # discord.py imports audioop for voice, which warns on Python 3.11 and 3.12.
    warnings.filterwarnings("ignore", "'audioop' is deprecated", DeprecationWarning)
    import discord
    from discord import app_commands


class Bot(discord.Client):
    """A client with a command tree and nothing else; tests hang their commands on `tree`."""

    def __init__(self, intents: int | None = None) -> None:
        wanted = discord.Intents(guilds=True) if intents is None else discord.Intents._from_value(intents)
        super().__init__(intents=wanted)
        self.tree = app_commands.CommandTree(self)
        self.resumed = asyncio.Event()

    async def setup_hook(self) -> None:
        await self.tree.sync()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Without the five seconds discord.py waits before it identifies again."""

    async def on_resumed(self) -> None:
        self.resumed.set()


def point_at(sandbox: DiscordSandbox, patch: pytest.MonkeyPatch) -> None:
    """discord.py finds the stand-in in place of Discord."""
    patch.setattr(discord.http.Route, "BASE", f"{sandbox.url}/api/v10")
    gateway = yarl.URL(sandbox.url.replace("http", "ws", 1) + "/")
    patch.setattr(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", gateway)


@asynccontextmanager
async def running(bot: Bot, token: str) -> AsyncGenerator[Bot]:
    """The client logged in; it is closed after the block."""
    bot._connection.guild_ready_timeout = 0.01
    await bot.login(token)
    task = asyncio.create_task(bot.connect())
    ready = asyncio.create_task(bot.wait_until_ready())
    try:
        await asyncio.wait({task, ready}, return_when=asyncio.FIRST_COMPLETED, timeout=10)
        if task.done():
            task.result()
        yield bot
    finally:
        ready.cancel()
        await bot.close()
        await asyncio.gather(task, return_exceptions=True)


RunBot: TypeAlias = Callable[[Bot], AbstractAsyncContextManager[Bot]]


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: Any


class Rest:
    """Raw REST with the bot token: what a library would send, without the library."""

    def __init__(self, session: aiohttp.ClientSession, sandbox: DiscordSandbox) -> None:
        self.session = session
        self.base = f"{sandbox.url}/api/v10"
        self.headers = {"Authorization": f"Bot {sandbox.token}"}

    async def __call__(
        self, method: str, path: str, body: object = None, *, files: dict[str, bytes] | None = None
    ) -> tuple[int, Any]:
        """The status and the parsed answer."""
        answer = await self.whole(method, path, body, files=files)
        return answer.status, answer.body

    async def whole(
        self, method: str, path: str, body: object = None, *, files: dict[str, bytes] | None = None
    ) -> Answer:
        """The same with headers."""
        kwargs: dict[str, Any] = {"json": body} if body is not None else {}
        if files is not None:
            form = aiohttp.FormData(quote_fields=False)
            form.add_field("payload_json", json.dumps(body or {}))
            for index, (name, content) in enumerate(files.items()):
                form.add_field(f"files[{index}]", io.BytesIO(content), filename=name)
            kwargs = {"data": form}
        async with self.session.request(method, f"{self.base}{path}", headers=self.headers, **kwargs) as response:
            raw = await response.read()
            return Answer(status=response.status, headers=response.headers, body=json.loads(raw) if raw else None)


class Socket:
    """A raw gateway client: plain text, payloads compressed one by one, or a stream when asked for."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, compress: str | None = None) -> None:
        self.socket = socket
        self.sorts: set[str] = set()
        """How what came was written."""
        self._compress = compress
        self._inflate = zlib.decompressobj()
        self._zstd = zstd.ZstdDecompressor()
        self.sequence = 0

    async def receive(self) -> dict[str, Any]:
        message = await self.socket.receive(timeout=5)
        assert message.type in {aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY}, message
        payload = json.loads(self._read(message.data))
        self.sequence = payload.get("s") or self.sequence
        return payload

    def _read(self, data: str | bytes) -> str | bytes:
        if isinstance(data, str):
            self.sorts.add("text")
            return data
        self.sorts.add(self._compress or "zlib")
        if self._compress == "zstd-stream":
            return self._zstd.decompress(data)
        if self._compress is None:
            return zlib.decompress(data)
        assert data.endswith(b"\x00\x00\xff\xff")
        return self._inflate.decompress(data)

    async def until(self, event: str) -> dict[str, Any]:
        """The data of the next event of that name."""
        while True:
            payload = await self.receive()
            if payload.get("t") == event:
                return payload["d"]

    async def closed(self) -> int:
        """The close code."""
        while not self.socket.closed:
            await self.socket.receive(timeout=5)
        return self.socket.close_code or 0

    async def send(self, operation: int, data: object) -> None:
        await self.socket.send_str(json.dumps({"op": operation, "d": data}))

    async def identify(self, token: str, intents: int = 1, **more: object) -> None:
        await self.send(2, {"token": token, "intents": intents, "properties": {"os": "test"}, **more})

"""Gateway sessions: what each may get, what it got, and what it is owed when it comes back."""

import json
import secrets
import zlib
from collections import deque
from dataclasses import dataclass, field

from aiohttp import WSMessage, web

from sandbox.discord import wire
from sandbox.discord.forms import Json
from sandbox.discord.world import Dispatch

_KEPT = 1000
MESSAGE_CONTENT, GUILD_MEMBERS = 1 << 15, 1 << 1
PRIVILEGED = MESSAGE_CONTENT | GUILD_MEMBERS | (1 << 8)


class Wire:
    """One websocket, compressed as a whole when the client asked for zlib-stream."""

    def __init__(self, socket: web.WebSocketResponse, *, compressed: bool) -> None:
        self.socket = socket
        self._deflate = zlib.compressobj() if compressed else None

    async def send(self, payload: Json) -> None:
        """Write one payload; a client that went away is not an error."""
        text = json.dumps(payload, separators=(",", ":"))
        try:
            if self._deflate is None:
                await self.socket.send_str(text)
            else:
                # Every message ends with the suffix 00 00 ff ff (public documentation: events/gateway).
                data = self._deflate.compress(text.encode()) + self._deflate.flush(zlib.Z_SYNC_FLUSH)
                await self.socket.send_bytes(data)
        except (ConnectionError, RuntimeError):
            return

    async def receive(self) -> WSMessage:
        return await self.socket.receive()


@dataclass(slots=True, kw_only=True)
class Session:
    """`outbox` holds what the socket still has to send; `sent` what a resume may replay."""

    intents: int
    shard: tuple[int, int]
    bot_id: int
    id: str = field(default_factory=lambda: secrets.token_hex(16))
    sequence: int = 0
    sent: deque[Json] = field(default_factory=lambda: deque[Json](maxlen=_KEPT))
    connected: bool = True
    resumable: bool = True

    def wants(self, event: Dispatch) -> bool:
        if event.intent and not self.intents & event.intent:
            return False
        number, count = self.shard
        home = 0 if event.guild_id is None else (event.guild_id >> 22) % count
        return number == home

    def record(self, event: Dispatch) -> Json:
        """Number an event for this session and keep it for a resume."""
        data = event.data
        if event.name.startswith("MESSAGE_") and not self.intents & MESSAGE_CONTENT and event.guild_id is not None:
            data = wire.hide_content(data, self.bot_id)
        self.sequence += 1
        payload: Json = {"op": 0, "t": event.name, "s": self.sequence, "d": data}
        self.sent.append(payload)
        return payload

    def missed(self, sequence: int) -> list[Json] | None:
        """What came after that number; None when it cannot be told any more."""
        if sequence > self.sequence:
            return None
        owed = [payload for payload in self.sent if payload["s"] > sequence]
        return owed if len(owed) == self.sequence - sequence else None

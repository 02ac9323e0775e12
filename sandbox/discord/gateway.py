"""The gateway: HELLO, IDENTIFY or RESUME, heartbeats, dispatches (public documentation: events/gateway)."""

import asyncio
import json
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from sandbox.discord import objects
from sandbox.discord.forms import Json, as_list, as_object
from sandbox.discord.sessions import GUILD_MEMBERS, PRIVILEGED, Session, Wire
from sandbox.discord.world import Dispatch, World

HEARTBEAT_MS = 41_250
_PATIENCE = 2.0  # heartbeat intervals without a beat before the connection is a zombie
_SENDS, _SENDS_SECONDS = 120, 60.0
_LARGEST_PAYLOAD = 4096
# How long a session waits for its resume; Discord names no time.
_RESUMABLE_SECONDS = 5 * 60
_MOST_GUILDS = 2500
_GUILDS = 1 << 0


class Closing(Exception):
    """End this connection with a close code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(slots=True, kw_only=True, eq=False)
class Connection:
    wire: Wire
    version: str
    outbox: asyncio.Queue[Json | Closing] = field(default_factory=asyncio.Queue[Json | Closing])
    session: Session | None = None
    sends: list[float] = field(default_factory=list[float])
    last_beat: float = 0.0
    left_with: int | None = None
    """The close code the client said good-bye with."""


class Gateway:
    """All connections and sessions. `dispatch` hands an event to every session that may have it."""

    def __init__(self, world: World, *, observe: Callable[[Json], None] | None = None) -> None:
        self.world = world
        self.sessions: dict[str, Session] = {}
        self.connections: set[Connection] = set()
        self.identifies_left = 1000
        self.heartbeat_ms = HEARTBEAT_MS
        self._observe = observe or _unobserved
        self._live: dict[str, Connection] = {}
        world.dispatch = self.dispatch

    def dispatch(self, event: Dispatch) -> None:
        for session in self.sessions.values():
            if session.wants(event):
                self._deliver(session, event)

    def _deliver(self, session: Session, event: Dispatch) -> None:
        payload = session.record(event)
        self._observe(payload)
        connection = self._live.get(session.id)
        if connection is not None:
            connection.outbox.put_nowait(payload)

    # What a test may do to those who are connected.

    def reconnect_all(self) -> None:
        """Op 7: come back and resume."""
        self._tell_all({"op": 7, "d": None, "s": None, "t": None})

    def invalidate_all(self, *, resumable: bool) -> None:
        """Op 9: the session is over, or at least this connection of it."""
        for session in self.sessions.values():
            session.resumable = session.resumable and resumable
        self._tell_all({"op": 9, "d": resumable, "s": None, "t": None})

    def close_all(self, code: int, reason: str = "") -> None:
        for connection in list(self._live.values()):
            connection.outbox.put_nowait(Closing(code, reason))

    def _tell_all(self, payload: Json) -> None:
        for connection in self._live.values():
            connection.outbox.put_nowait(payload)

    async def shut(self) -> None:
        closing = [one.wire.socket.close(code=1001, message=b"going away") for one in self.connections]
        await asyncio.gather(*closing, return_exceptions=True)

    # One connection.

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        # Some clients do not answer a close; they are not waited for long.
        socket = web.WebSocketResponse(timeout=0.5, max_msg_size=1024 * 1024, compress=False)
        await socket.prepare(request)
        compressed = request.query.get("compress") == "zlib-stream"
        connection = Connection(wire=Wire(socket, compressed=compressed), version=request.query.get("v", "10"))
        self.connections.add(connection)
        writer = asyncio.create_task(self._write(connection))
        watcher = asyncio.create_task(self._watch(connection))
        try:
            await self._read(connection)
        finally:
            writer.cancel()
            watcher.cancel()
            self._forget(connection)
        return socket

    def _forget(self, connection: Connection) -> None:
        """Keep the session for a resume, unless the client ended it with 1000 or 1001."""
        self.connections.discard(connection)
        session = connection.session
        if session is None or self._live.get(session.id) is not connection:
            return
        del self._live[session.id]
        session.connected = False
        if connection.left_with in {1000, 1001} or not session.resumable:
            self.sessions.pop(session.id, None)
        else:
            self.world.clock.call_later(_RESUMABLE_SECONDS, lambda: self._expire(session))

    def _expire(self, session: Session) -> None:
        if session.id not in self._live:
            self.sessions.pop(session.id, None)

    async def _write(self, connection: Connection) -> None:
        hello = {"heartbeat_interval": self.heartbeat_ms, "_trace": ["sandbox"]}
        await connection.wire.send({"op": 10, "d": hello, "s": None, "t": None})
        while True:
            item = await connection.outbox.get()
            if isinstance(item, Closing):
                await connection.wire.socket.close(code=item.code, message=item.reason.encode())
                return
            await connection.wire.send(item)

    async def _watch(self, connection: Connection) -> None:
        """A client that stops its heartbeats is cut off; it may resume."""
        loop = asyncio.get_running_loop()
        connection.last_beat = loop.time()
        patience = self.heartbeat_ms / 1000 * _PATIENCE
        left = patience
        while left > 0:
            await asyncio.sleep(left)
            left = connection.last_beat + patience - loop.time()
        connection.outbox.put_nowait(Closing(4009, "Session timed out."))

    async def _read(self, connection: Connection) -> None:
        while True:
            message = await connection.wire.receive()
            if message.type is WSMsgType.CLOSE:
                connection.left_with = message.data
            if message.type not in {WSMsgType.TEXT, WSMsgType.BINARY}:
                return
            try:
                self._take(connection, message.data)
            except Closing as closing:
                connection.outbox.put_nowait(closing)

    def _take(self, connection: Connection, raw: str | bytes) -> None:
        now = asyncio.get_running_loop().time()
        connection.sends = [*(sent for sent in connection.sends if now - sent < _SENDS_SECONDS), now]
        if len(connection.sends) > _SENDS:
            raise Closing(4008, "Rate limited.")
        if len(raw) > _LARGEST_PAYLOAD:
            raise Closing(4002, "Error while decoding payload.")
        try:
            payload = as_object(json.loads(raw))
        except ValueError:
            raise Closing(4002, "Error while decoding payload.") from None
        if connection.version not in {"9", "10"}:
            raise Closing(4012, "Invalid API version.")
        self._act(connection, payload.get("op"), payload.get("d"), now)

    def _act(self, connection: Connection, operation: Any, data: Any, now: float) -> None:
        if operation == 1:
            connection.last_beat = now
            connection.outbox.put_nowait({"op": 11, "d": None, "s": None, "t": None})
        elif operation == 2:  # noqa: PLR2004 - IDENTIFY
            self._identify(connection, as_object(data))
        elif operation == 6:  # noqa: PLR2004 - RESUME
            self._resume(connection, as_object(data))
        elif operation not in {3, 4, 8, 31}:
            raise Closing(4001, "Unknown opcode.")
        elif connection.session is None:
            raise Closing(4003, "Not authenticated.")
        elif operation == 8:  # noqa: PLR2004 - REQUEST_GUILD_MEMBERS
            self._chunk(connection.session, as_object(data))

    def _check_token(self, token: Any) -> None:
        if str(token).removeprefix("Bot ") != self.world.application.token:
            raise Closing(4004, "Authentication failed.")

    def _identify(self, connection: Connection, data: Json) -> None:
        if connection.session is not None:
            raise Closing(4005, "Already authenticated.")
        self._check_token(data.get("token"))
        session = Session(intents=_intents(data), shard=_shard(data), bot_id=self.world.application.id)
        if session.intents & PRIVILEGED & ~self.world.application.privileged_intents:
            raise Closing(4014, "Disallowed intent(s).")
        if sum(guild.installed for guild in self.world.guilds.values()) > _MOST_GUILDS * session.shard[1]:
            raise Closing(4011, "Sharding required.")
        self.identifies_left -= 1
        self.sessions[session.id] = session
        self._live[session.id] = connection
        connection.session = session
        self._welcome(session)
        self.world.feed.add("gateway_ready", session=session.id, shard=list(session.shard))

    def _welcome(self, session: Session) -> None:
        world = self.world
        guilds = [guild for guild in world.guilds.values() if guild.installed]
        guilds = [guild for guild in guilds if (guild.id >> 22) % session.shard[1] == session.shard[0]]
        ready: Json = {
            "v": 10,
            "user": objects.own_user(world.bot),
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
            "session_id": session.id,
            "resume_gateway_url": f"{world.url.replace('http', 'ws', 1)}/",
            "shard": list(session.shard),
            "application": {"id": str(world.application.id), "flags": 0},
            "private_channels": [],
            "session_type": "normal",
            "_trace": ["sandbox"],
        }
        self._deliver(session, Dispatch(name="READY", data=ready))
        if session.intents & _GUILDS:
            for guild in [one for one in guilds if one.available]:
                data = objects.guild_create(world, guild, all_members=bool(session.intents & GUILD_MEMBERS))
                self._deliver(session, Dispatch(name="GUILD_CREATE", data=data, guild_id=guild.id))

    def _resume(self, connection: Connection, data: Json) -> None:
        if connection.session is not None:
            raise Closing(4005, "Already authenticated.")
        self._check_token(data.get("token"))
        session = self.sessions.get(str(data.get("session_id")))
        sequence = data.get("seq")
        if session is None or not session.resumable or not isinstance(sequence, int):
            connection.outbox.put_nowait({"op": 9, "d": False, "s": None, "t": None})
            return
        missed = session.missed(sequence)
        if missed is None:
            raise Closing(4007, "Invalid seq.")
        self._live[session.id] = connection
        connection.session, session.connected = session, True
        for payload in missed:
            connection.outbox.put_nowait(payload)
        self._deliver(session, Dispatch(name="RESUMED", data={"_trace": ["sandbox"]}))
        self.world.feed.add("gateway_resumed", session=session.id, replayed=len(missed))

    def _chunk(self, session: Session, data: Json) -> None:
        guild = self.world.guilds.get(int(data.get("guild_id") or 0))
        if guild is None or not guild.installed:
            return
        wanted = {int(one) for one in as_list(data.get("user_ids"))}
        members = [one for one in guild.members.values() if not wanted or one.user_id in wanted]
        chunk: Json = {
            "guild_id": str(guild.id),
            "members": [objects.member(self.world, one) for one in members],
            "chunk_index": 0,
            "chunk_count": 1,
            "not_found": [str(one) for one in wanted - set(guild.members)],
        }
        chunk |= {"nonce": data["nonce"]} if data.get("nonce") else {}
        self._deliver(session, Dispatch(name="GUILD_MEMBERS_CHUNK", data=chunk, guild_id=guild.id))


def _unobserved(_payload: Json) -> None:
    """Nobody watches the dispatches."""


def _intents(data: Json) -> int:
    intents = data.get("intents")
    if isinstance(intents, bool) or not isinstance(intents, int) or intents < 0 or intents >= 1 << 26:
        raise Closing(4013, "Invalid intent(s).")
    return intents


def _shard(data: Json) -> tuple[int, int]:
    numbers = [one for one in as_list(data.get("shard", [0, 1])) if isinstance(one, int)]
    if len(numbers) != 2 or not 0 <= numbers[0] < numbers[1] < math.inf:  # noqa: PLR2004
        raise Closing(4010, "Invalid shard.")
    return numbers[0], numbers[1]

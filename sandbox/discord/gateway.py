"""The gateway: HELLO, IDENTIFY or RESUME, heartbeats, dispatches (public documentation: events/gateway)."""

import asyncio
import json
import math
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, cast

from aiohttp import WSMsgType, web

from sandbox.discord import requested, welcome
from sandbox.discord.forms import Json, as_list
from sandbox.discord.sessions import PRIVILEGED, Session, Starts
from sandbox.discord.transport import Transport
from sandbox.discord.world import Dispatch, World

HEARTBEAT_MS = 41_250
_PATIENCE = 2.0  # heartbeat intervals without a beat before the connection is a zombie
_SENDS, _SENDS_SECONDS = 120, 60.0
_LARGEST_PAYLOAD = 4096
# How long a session waits for its resume; "a few minutes", says the documentation.
_RESUMABLE_SECONDS = 5 * 60
_MOST_GUILDS = 2500
_GUILDS_A_SHARD = 1000
_THRESHOLDS = range(50, 251)
_AT_ONCE = 50
"""Guilds that arrive before others get their turn: a shard has thousands."""
_MOMENT = 0.01
"""Seconds until a client that is behind is looked at again."""
_VERSIONS = frozenset({"9", "10"})


class Closing(Exception):
    """End this connection with a close code; with None cut it off, without a word."""

    def __init__(self, code: int | None, reason: str = "") -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(slots=True, kw_only=True, eq=False)
class Connection:
    wire: Transport
    outbox: asyncio.Queue[Json | Closing] = field(default_factory=asyncio.Queue[Json | Closing])
    session: Session | None = None
    """None until it identified or resumed, and again when its session was invalidated."""
    silent: bool = False
    """A zombie: it stays open, but nothing is sent on it any more, acknowledgements included."""
    sends: list[float] = field(default_factory=list[float])
    last_beat: float = 0.0
    left_with: int | None = None
    """The close code the client said good-bye with."""


@dataclass(slots=True, kw_only=True)
class Gateway:
    """All connections and sessions. `dispatch` hands an event to every session that may have it."""

    world: World
    starts: Starts
    observe: Callable[[Json], None] | None = None
    sessions: dict[str, Session] = field(default_factory=dict[str, Session])
    connections: set[Connection] = field(default_factory=set[Connection])
    heartbeat_ms: int = HEARTBEAT_MS
    most_guilds: int = _MOST_GUILDS
    """More of them in one shard is 4011."""
    guilds_after: float = 0.0
    """Seconds (of the stand-in's clock) between READY and the guilds it promised."""
    shards: int | None = None
    """How many are recommended; None: one for each thousand guilds."""
    _live: dict[str, Connection] = field(default_factory=dict[str, Connection])
    _asked: dict[int, float] = field(default_factory=dict[int, float])

    def __post_init__(self) -> None:
        self.world.dispatch = self.dispatch

    def dispatch(self, event: Dispatch) -> None:
        for session in self.sessions.values():
            if session.wants(event):
                self._deliver(session, event)

    def recommended_shards(self) -> int:
        guilds = sum(guild.installed for guild in self.world.guilds.values())
        return self.shards or max(1, math.ceil(guilds / _GUILDS_A_SHARD))

    def _deliver(self, session: Session, event: Dispatch) -> None:
        payload = session.record(event)
        if self.observe is not None:
            self.observe(payload)
        connection = self._live.get(session.id)
        if connection is not None:
            connection.outbox.put_nowait(payload)

    # What a test may do to those who are connected, or to one shard of them.

    def reconnect(self, shard: int | None = None) -> None:
        """Op 7: come back and resume."""
        for connection, _session in self._of(shard):
            connection.outbox.put_nowait(_message(7))

    def invalidate(self, shard: int | None = None, *, resumable: bool) -> None:
        """Op 9: the session is over, or has only lost this connection: the client may resume on the same one."""
        for connection, session in self._of(shard):
            self._detach(connection)
            if not resumable:
                self._end(session)
            connection.outbox.put_nowait(_message(9, data=resumable))

    def close(self, code: int | None, shard: int | None = None) -> None:
        """End the connections with a close code; None cuts them off, as a network does."""
        for connection, _session in self._of(shard):
            connection.outbox.put_nowait(Closing(code))

    def ask_for_heartbeats(self, shard: int | None = None) -> None:
        """Op 1 from the server: the client sends a heartbeat at once."""
        for connection, _session in self._of(shard):
            connection.outbox.put_nowait(_message(1))

    def fall_silent(self, shard: int | None = None) -> None:
        """Leave the connections open and dead; who waits for an acknowledgement notices."""
        for connection, _session in self._of(shard):
            connection.silent = True

    def _of(self, shard: int | None) -> Iterator[tuple[Connection, Session]]:
        for session_id, connection in list(self._live.items()):
            session = self.sessions[session_id]
            if shard is None or session.shard[0] == shard:
                yield connection, session

    async def shut(self) -> None:
        closing = [one.wire.close(1001, "going away") for one in self.connections]
        await asyncio.gather(*closing, return_exceptions=True)

    # One connection.

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        if request.query.get("encoding", "json") != "json":
            raise web.HTTPBadRequest(text="the stand-in speaks JSON only")
        # Some clients do not answer a close; they are not waited for long.
        socket = web.WebSocketResponse(timeout=0.5, max_msg_size=1024 * 1024, compress=False)
        await socket.prepare(request)
        connection = Connection(wire=Transport(socket, request))
        self.connections.add(connection)
        hello = _message(10, {"heartbeat_interval": self.heartbeat_ms, "_trace": ["sandbox"]})
        right = request.query.get("v", "10") in _VERSIONS
        connection.outbox.put_nowait(hello if right else Closing(4012, "Invalid API version."))
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
        session = self._detach(connection)
        if session is not None and connection.left_with in {1000, 1001}:
            self._end(session)

    def _attach(self, connection: Connection, session: Session) -> None:
        """A session has one connection: who resumes it takes it from where it was."""
        before = self._live.get(session.id)
        if before is not None:
            before.session = None
            before.outbox.put_nowait(Closing(4000, "Resumed elsewhere."))
        if session.expiry is not None:
            session.expiry.cancel()
        self.sessions[session.id] = session
        self._live[session.id] = connection
        connection.session, session.connected = session, True

    def _detach(self, connection: Connection) -> Session | None:
        """Leave the session without a connection; it waits for its resume."""
        session, connection.session = connection.session, None
        if session is not None:
            del self._live[session.id]
            session.connected = False
            session.expiry = self.world.clock.call_later(_RESUMABLE_SECONDS, lambda: self._end(session))
        return session

    def _end(self, session: Session) -> None:
        self.sessions.pop(session.id, None)
        if session.expiry is not None:
            session.expiry.cancel()

    async def _write(self, connection: Connection) -> None:
        while True:
            item = await connection.outbox.get()
            if isinstance(item, Closing):
                if item.code is None:
                    connection.wire.cut()
                else:
                    await connection.wire.close(item.code, item.reason)
                return
            if not connection.silent:
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
        if len(raw.encode() if isinstance(raw, str) else raw) > _LARGEST_PAYLOAD:
            raise _undecodable()
        try:
            payload = _object(json.loads(raw))
        except (ValueError, RecursionError):
            raise _undecodable() from None
        operation = payload.get("op")
        if isinstance(operation, bool) or not isinstance(operation, int):
            raise _undecodable()
        self._act(connection, operation, payload.get("d"), now)

    def _act(self, connection: Connection, operation: int, data: Any, now: float) -> None:
        if operation == 1:
            connection.last_beat = now
            connection.outbox.put_nowait(_message(11))
        elif operation == 2:  # noqa: PLR2004 - IDENTIFY
            self._identify(connection, _object(data))
        elif operation == 6:  # noqa: PLR2004 - RESUME
            self._resume(connection, _object(data))
        elif operation not in {3, 4, 8, 31, 43}:
            raise Closing(4001, "Unknown opcode.")
        elif connection.session is None:
            raise Closing(4003, "Not authenticated.")
        else:
            self._answer(connection.session, operation, _object(data))

    def _answer(self, session: Session, operation: int, data: Json) -> None:
        """What it asked for. Presences and voice states have nobody to see them."""
        ask = {
            8: lambda: requested.members(self.world, session, data, self._asked),
            31: lambda: requested.soundboards(self.world, session, data),
            43: lambda: requested.channel_info(self.world, session, data),
        }.get(operation)
        try:
            for event in ask() if ask is not None else ():
                self._deliver(session, event)
        except requested.Malformed:
            raise _undecodable() from None

    def _check_token(self, token: Any) -> None:
        if str(token).removeprefix("Bot ") != self.world.application.token:
            raise Closing(4004, "Authentication failed.")

    def _identify(self, connection: Connection, data: Json) -> None:
        if connection.session is not None:
            raise Closing(4005, "Already authenticated.")
        self._check_token(data.get("token"))
        threshold = data.get("large_threshold", _THRESHOLDS.start)
        session = Session(
            intents=_intents(data), shard=_shard(data), bot_id=self.world.application.id,
            large_threshold=int(threshold) if threshold in _THRESHOLDS else _THRESHOLDS.start,
        )  # fmt: skip
        if session.intents & PRIVILEGED & ~self.world.application.privileged_intents:
            raise Closing(4014, "Disallowed intent(s).")
        guilds = welcome.guilds(self.world, session)
        if len(guilds) > self.most_guilds:
            raise Closing(4011, "Sharding required.")
        if not self.starts.remaining():
            self._reset_token()
            return
        if not self.starts.take(session.shard[0]):
            connection.outbox.put_nowait(_message(9, data=False))
            return
        connection.wire.payloads = data.get("compress") is True
        self._attach(connection, session)
        self._deliver(session, welcome.ready(self.world, session, guilds))
        self.world.feed.add("gateway_ready", session=session.id, shard=list(session.shard))
        arriving = welcome.arrivals(self.world, session)
        if self.guilds_after:
            self.world.clock.call_later(self.guilds_after, lambda: self._bring_guilds(session, arriving))
        else:
            self._bring_guilds(session, arriving)

    def _bring_guilds(self, session: Session, arriving: Iterator[Dispatch]) -> None:
        """Made when they are sent, so that what a client has not read yet takes no memory."""
        connection = self._live.get(session.id)
        behind = connection is not None and connection.outbox.qsize() > _AT_ONCE
        brought = [] if behind else list(islice(arriving, _AT_ONCE))
        for event in brought:
            self._deliver(session, event)
        if session.id in self.sessions and (behind or len(brought) == _AT_ONCE):
            asyncio.get_running_loop().call_later(_MOMENT if behind else 0, self._bring_guilds, session, arriving)

    def _reset_token(self) -> None:
        """One IDENTIFY too many: sessions end, and the token is no longer one (events/gateway, "Identifying")."""
        head = self.world.application.token.split(".")[0]
        token = f"{head}.{secrets.token_hex(3)}.{secrets.token_hex(19)}"
        self.world.application = replace(self.world.application, token=token)
        for session in list(self.sessions.values()):
            self._end(session)
        self._live.clear()
        for connection in self.connections:
            connection.session = None
            connection.outbox.put_nowait(Closing(4004, "Authentication failed."))

    def _resume(self, connection: Connection, data: Json) -> None:
        if connection.session is not None:
            raise Closing(4005, "Already authenticated.")
        self._check_token(data.get("token"))
        session, sequence = self.sessions.get(str(data.get("session_id"))), data.get("seq")
        if isinstance(sequence, bool) or not isinstance(sequence, int):
            raise _undecodable()
        if session is not None and not 0 <= sequence <= session.sequence:
            raise Closing(4007, "Invalid seq.")
        missed = None if session is None else session.missed(sequence)
        if session is None or missed is None:
            connection.outbox.put_nowait(_message(9, data=False))
            return
        self._attach(connection, session)
        for payload in missed:
            connection.outbox.put_nowait(payload)
        self._deliver(session, Dispatch(name="RESUMED", data={"_trace": ["sandbox"]}))
        self.world.feed.add("gateway_resumed", session=session.id, replayed=len(missed))


def _message(operation: int, data: Any = None) -> Json:
    return {"op": operation, "d": data, "s": None, "t": None}


def _undecodable() -> Closing:
    return Closing(4002, "Error while decoding payload.")


def _object(value: Any) -> Json:
    if not isinstance(value, dict):
        raise _undecodable()
    return cast("Json", value)


def _intents(data: Json) -> int:
    intents = data.get("intents")
    if isinstance(intents, bool) or not isinstance(intents, int) or intents < 0 or intents >= 1 << 26:
        raise Closing(4013, "Invalid intent(s).")
    return intents


def _shard(data: Json) -> tuple[int, int]:
    wanted = data.get("shard")
    numbers = [one for one in as_list([0, 1] if wanted is None else wanted) if isinstance(one, int)]
    if len(numbers) != 2 or not 0 <= numbers[0] < numbers[1] < math.inf:  # noqa: PLR2004
        raise Closing(4010, "Invalid shard.")
    return numbers[0], numbers[1]

"""Gateway sessions: what each may get, what it got, and what it is owed when it comes back; how many may be started."""

import secrets
from collections import deque
from dataclasses import dataclass, field

from sandbox.discord import wire
from sandbox.discord.clock import Clock, Timer
from sandbox.discord.forms import Json
from sandbox.discord.world import Dispatch

_KEPT = 1000
GUILDS, GUILD_MEMBERS, GUILD_PRESENCES, MESSAGE_CONTENT = 1 << 0, 1 << 1, 1 << 8, 1 << 15
PRIVILEGED = MESSAGE_CONTENT | GUILD_MEMBERS | GUILD_PRESENCES
_DAY = 24 * 3600.0


@dataclass(slots=True, kw_only=True)
class Session:
    """`sent` is what a resume may replay."""

    intents: int
    shard: tuple[int, int]
    bot_id: int
    large_threshold: int = 50
    id: str = field(default_factory=lambda: secrets.token_hex(16))
    sequence: int = 0
    sent: deque[Json] = field(default_factory=lambda: deque[Json](maxlen=_KEPT))
    connected: bool = True
    expiry: Timer | None = None
    """Ends it when nobody resumes it."""

    def has(self, guild_id: int | None) -> bool:
        """Does that guild's traffic come here; what has no guild goes to the first shard."""
        number, count = self.shard
        return number == (0 if guild_id is None else (guild_id >> 22) % count)

    def wants(self, event: Dispatch) -> bool:
        return (not event.intent or bool(self.intents & event.intent)) and self.has(event.guild_id)

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
        owed = [payload for payload in self.sent if payload["s"] > sequence]
        return owed if len(owed) == self.sequence - sequence else None


@dataclass(slots=True, kw_only=True)
class Starts:
    """How many sessions may still be started today, and how close together (events/gateway, "Identifying").

    `seconds` is the pause between two shards of one key (`shard_id % max_concurrency`); 0 lets all start at once.
    """

    clock: Clock
    seconds: float = 5.0
    max_concurrency: int = 1
    total: int = 1000
    used: int = 0
    too_soon: int = 0
    """How many came too soon after another one of their key."""
    _ends: float = 0.0
    _last: dict[int, float] = field(default_factory=dict[int, float])

    def remaining(self) -> int:
        return self.total if self.clock.now() >= self._ends else max(0, self.total - self.used)

    def leave(self, remaining: int) -> None:
        """Play that others were used today."""
        if self.clock.now() >= self._ends:
            self._ends = self.clock.now() + _DAY
        self.used = self.total - remaining

    def take(self, shard_id: int) -> bool:
        """Count a session; False, and none counted, when it comes too soon after another one of its key."""
        now = self.clock.now()
        key = shard_id % self.max_concurrency
        if now - self._last.get(key, now - self.seconds) < self.seconds:
            self.too_soon += 1
            return False
        if now >= self._ends:
            self._ends, self.used = now + _DAY, 0
        self.used += 1
        self._last[key] = now
        return True

    def describe(self) -> Json:
        """The session start limit object."""
        return {
            "total": self.total,
            "remaining": self.remaining(),
            "reset_after": max(0, round((self._ends - self.clock.now()) * 1000)),
            "max_concurrency": self.max_concurrency,
        }

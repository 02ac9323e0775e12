"""How this process stands, from memory: for `/healthz`, `/readyz` and `/metrics`."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from bot import __version__
from bot.domain.contact import Contact
from bot.domain.roles import NO_ROLE
from bot.ops import reasons
from bot.ops.watching import OLD_NEWS, Sizes, Watch
from bot.services.engine import Engine
from bot.store.database import Database


@dataclass(frozen=True, slots=True)
class Reading:
    """One metric of whoever knows it: its name without `drover_`, what it says, and its value, or one for each label.

    `label` names what the values are told apart by, or several in their order. A counter never falls while the process
    lives.
    """

    name: str
    says: str
    value: float | Mapping[str, float] | Mapping[tuple[str, ...], float]
    label: str | tuple[str, ...] = ()
    counts: bool = False


class Gateway(Protocol):
    """The connections to Discord, one for each shard (`bot.chat.client.DroverClient`)."""

    @property
    def shard_ids(self) -> Sequence[int] | None: ...
    @property
    def shard_count(self) -> int | None: ...
    @property
    def connected(self) -> set[int]: ...
    @property
    def is_connected(self) -> bool: ...
    @property
    def worst_latency(self) -> float: ...
    @property
    def guilds(self) -> Sequence[object]: ...


class Requests(Protocol):
    """The bot's own requests to Discord (`bot.chat.kit.rate_limiter.RateLimiter`)."""

    @property
    def contact(self) -> Contact: ...
    @property
    def answers(self) -> dict[str, int]: ...
    @property
    def waiting(self) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """`gateway` and `requests` are Discord's, `oxen` is what became of requests to `oxen_url`."""

    engine: Engine
    db: Database
    gateway: Gateway
    requests: Requests
    oxen: Contact
    oxen_url: str
    watch: Watch
    sizes: Sizes
    closing: asyncio.Event

    def missing(self) -> list[str]:
        """What members lack; what is old in it is looked at anew, for who asks next."""
        if self.oxen.quiet_for >= OLD_NEWS:
            self.oxen.doubt()
        away, unanswered = self.oxen.trouble, self.requests.contact.fresh_trouble
        if self.db.role == NO_ROLE:
            return [reasons.STANDING_BY]
        connected, shards = len(self.gateway.connected), len(self.gateway.shard_ids or ())
        found = {
            reasons.STOPPING: self.closing.is_set(),
            reasons.DISCORD_OFF: not connected and self.db.role.shards is not None,
            reasons.discord_partly(connected, shards): 0 < connected < shards,
            reasons.discord_away(unanswered or ""): unanswered is not None and self.gateway.is_connected,
            reasons.oxen_away(self.oxen_url, away or ""): away is not None,
            reasons.KEY_REFUSED: self.oxen.refused,
            reasons.NO_CATALOGUE: self.engine.catalogue_cache.catalogue is None,
        }
        return [*(reason for reason, holds in found.items() if holds), *self.watch.reasons]

    def facts(self) -> dict[str, Any]:
        return {
            "version": __version__,
            "discord": self.gateway.is_connected,
            "event_stream": self.engine.background.inbox.of(None).up,
            "models": len(self.engine.catalogue_cache.catalogue or ()),
            "drift_usd": float(sum(self.engine.background.ledger_comparer.drift.values())),
        }

    def readings(self) -> list[Reading]:
        """What is measured here, whatever the rows and the loops say."""
        facts, role = self.facts(), self.db.role
        answers = {outcome: float(self.oxen.outcomes[outcome]) for outcome in ("answered", "failed")}
        statuses = dict.fromkeys(("2xx", "4xx", "429", "5xx"), 0) | self.requests.answers
        served, connected = len(self.gateway.shard_ids or ()), len(self.gateway.connected)
        shards = [
            Reading("discord_connected", "Whether all shards are connected.", float(self.gateway.is_connected)),
            Reading(
                "discord_shards",
                "Connections to the gateway: of this process, how many of them stand, and of all processes.",
                {"served": served, "connected": connected, "all": self.gateway.shard_count or 0},
                "what",
            ),
            Reading("discord_latency_seconds", "Of the slowest shard's heartbeat.", self.gateway.worst_latency),
            Reading("discord_guilds", "Servers that the bot is in.", float(len(self.gateway.guilds))),
        ]
        work = [
            Reading("oxen_last_answer_age_seconds", "Since Oxen gave an answer that made sense.", self.oxen.age),
            Reading("oxen_key_refused", "Whether Oxen refuses OXEN_API_KEY.", float(self.oxen.refused)),
            Reading("event_stream_up", "Of the operator's key.", float(facts["event_stream"])),
            Reading("ledger_drift_usd", "Oxen's totals less the ledger's.", facts["drift_usd"]),
        ]
        return [
            Reading("works", "Whether this process does what all servers share.", float(role.work)),
            *(shards if role.shards is not None else ()),
            *(work if role.work else ()),
            Reading("discord_waiting", "Requests that wait for their turn.", float(self.requests.waiting)),
            Reading(
                "discord_answers_total",
                "Answers to the bot's own requests.",
                {status: float(count) for status, count in statuses.items()},
                "status",
                counts=True,
            ),
            Reading("oxen_requests_total", "What became of requests to Oxen.", answers, "outcome", counts=True),
            Reading("models", "On offer.", float(facts["models"])),
            Reading(
                "database_pool", "Connections to PostgreSQL, and who waits for one.", self.db.connections(), "what"
            ),
            Reading("lease_held", "Whether this process may act outside.", float(self.db.lease.held)),
            Reading(
                "clock_ahead_seconds",
                "This machine's clock, of the database's, if it differs.",
                self.db.clock_ahead.total_seconds(),
            ),
            Reading("disk_free_bytes", "On the disk of a folder.", self.sizes.free, "folder"),
            Reading("database_file_bytes", "SQLite's file and its log.", self.sizes.files, "file"),
            Reading("info", "1, with the version.", {__version__: 1.0}, "version"),
        ]

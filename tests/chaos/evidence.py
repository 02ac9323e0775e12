"""What can be seen from the outside after a round: rows, channel, interactions, the provider's books, the wire."""

import asyncio
import json
import re
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from bot.store.storage import Storage
from sandbox.discord.client import Interaction, Message
from tests.chaos.harness import RUNNING, Harness
from tests.chaos.members import PRESS
from tests.chaos.wire import Sending

_TABLES = ("orders", "generations", "posts", "entries", "tallies", "queue_positions")
_TAG = re.compile(r"chaos-\d+-\d+-\d+")
# One of the members speaks German.
_MARK = re.compile(r"^-# (?:Order|Auftrag) (\w+/\d+)$", re.MULTILINE)
_ENDLESS = 100_000  # messages
_ATTEMPTS = 20
_LOOK = 0.15  # seconds between two looks whether all is over
_STEADY = 3  # looks in a row that find nothing to do
# Discord was away at the start: then the bot ends and says so, and is started again.
# Who was paused for longer than its lease, ends as soon as it knows. So does one whose database is away at its start.
_SAID_SO = (
    *("Discord cannot be reached", "no Discord answers", "was counted as gone", "no PostgreSQL answers"),
    *("PostgreSQL at",),
)

Row = dict[str, Any]
K = TypeVar("K")
T = TypeVar("T")


@dataclass(kw_only=True)
class Evidence:
    """`looking`: generations whose answer was lost and of which the bot has not yet found out what became of them.

    `forgets`: what was made may be found by nobody, because the provider forgets it. `budget` in USD, of the one guild
    that has one. `vanished`: what the provider left no trace of, and charged nothing for.
    """

    orders: dict[str, Row]
    generations: dict[str, Row]
    posts: dict[str, Row]
    entries: list[Row]
    tallies: list[Row]
    places: list[Row]
    messages: list[Message]
    interactions: dict[str, Interaction | None]
    accepted: dict[str, list[list[str]]]  # by tag: the ids of each POST that the provider accepted
    charges: list[Row]
    sendings: list[Sending]
    ends: list[str] = field(default_factory=list[str])
    looking: int = 0
    forgets: bool = False
    vanished: frozenset[str] = frozenset()
    budget: Decimal | None = None

    def tag(self, order_id: str) -> str:
        return self._tags[order_id]

    def tagged(self, tag: str) -> list[str]:
        """The orders with that tag."""
        return self._by_tag.get(tag, [])

    def of(self, order_id: str) -> list[Row]:
        """The generations of an order."""
        return self._by_order.get(order_id, [])

    def told_by(self, post_id: str) -> list[Row]:
        """The generations of a post."""
        return self._by_post.get(post_id, [])

    def booked(self, generation_id: str) -> list[Row]:
        """The entries for a generation."""
        return self._by_generation.get(generation_id, [])

    @cached_property
    def _tags(self) -> dict[str, str]:
        return {order_id: tag_of(order["prompt"]) for order_id, order in self.orders.items()}

    @cached_property
    def _by_tag(self) -> dict[str, list[str]]:
        return _grouped((tag, order_id) for order_id, tag in self._tags.items())

    @cached_property
    def _by_order(self) -> dict[str, list[Row]]:
        return _grouped((row["order_id"], row) for row in self.generations.values())

    @cached_property
    def _by_post(self) -> dict[str, list[Row]]:
        return _grouped((row["post_id"], row) for row in self.generations.values())

    @cached_property
    def _by_generation(self) -> dict[str, list[Row]]:
        return _grouped((row["generation_id"], row) for row in self.entries)

    @property
    def children(self) -> list[Row]:
        """The orders that were made from a result."""
        return [order for order in self.orders.values() if order["parent_id"] is not None]

    @cached_property
    def answered(self) -> dict[str, str]:
        """The order of each tag and of each press that led to one: its card is the answer to the press."""
        cards = {str(order["card_message_id"]): order["id"] for order in self.children}
        presses = {tag: asked for tag, asked in self.interactions.items() if tag.startswith(PRESS) and asked}
        by_press = {tag: cards.get(asked.response_message_id or "") for tag, asked in presses.items()}
        by_tag = {self.tag(order["id"]): order["id"] for order in self.orders.values() if order["parent_id"] is None}
        return by_tag | {tag: order_id for tag, order_id in by_press.items() if order_id is not None}

    @cached_property
    def unclear(self) -> set[str]:
        """The generations of which the books say that they may have been charged."""
        return {entry["generation_id"] for entry in self.entries if entry["kind"] == "unclear"}

    def mark(self, post: Row) -> str:
        """What tells this post's message from every other."""
        return f"{short(post['order_id'])}/{post['part']}"

    def posted(self, post: Row) -> list[Message]:
        """The messages of a post: one of them, if all is well."""
        return self.marked.get((str(self.orders[post["order_id"]]["channel_id"]), self.mark(post)), [])

    @cached_property
    def marked(self) -> dict[tuple[str, str], list[Message]]:
        """Result messages by their channel and mark."""
        return _grouped(((one.channel_id, mark), one) for one in self.messages if (mark := mark_of(one)))

    @cached_property
    def held_up(self) -> set[str]:
        """The orders that wait for their turn, and rightly, until those that are looked for are found or given up."""
        return held_up(self.generations.values(), self.places)

    @property
    def total(self) -> float:
        """What the provider charged, in USD."""
        return sum(float(charge["cost"]) for charge in self.charges)


def rows(database: Storage) -> dict[str, list[Row]]:
    """The tables as they are now, of one moment; read only, while the bot writes."""
    with database.reading() as db:
        if database.file is not None:
            db.execute("BEGIN")
        return {name: [dict(row) for row in db.execute(f"SELECT * FROM {name}").fetchall()] for name in _TABLES}  # noqa: S608


async def gather(harness: Harness, seen: dict[str, str]) -> Evidence:
    """All of it, of one moment. `seen`: the interaction of each tag."""
    tables: dict[str, list[Row]] = {}
    for _ in range(_ATTEMPTS):  # the bot lives on: a card may be drawn while one looks
        tables = rows(harness.database)
        found = await _gather(harness, seen, tables)
        if rows(harness.database) == tables:
            return found
    raise TimeoutError("the rows do not come to rest")


async def _gather(harness: Harness, seen: dict[str, str], tables: dict[str, list[Row]]) -> Evidence:
    known = {one.id: one for one in await harness.community.interactions()}
    messages: dict[str, Message] = {}
    for guild, channel in harness.places:
        # What they alone see is seen by them alone.
        for user in (None, *sorted({one.user for one in known.values()})):
            for one in await harness.community.messages(channel=channel, guild=guild, user=user, limit=_ENDLESS):
                messages.setdefault(one.id, one)
    enqueued, charges = await harness.upstream()
    accepted: defaultdict[str, list[list[str]]] = defaultdict(list)
    for one in enqueued:
        accepted[tag_of(one["request"]["prompt"])].append(one["generation_ids"])
    generations = {row["id"]: row for row in tables["generations"]}
    return Evidence(
        orders={row["id"]: row for row in tables["orders"]},
        generations=generations,
        posts={row["id"]: row for row in tables["posts"]},
        entries=tables["entries"],
        tallies=tables["tallies"],
        places=tables["queue_positions"],
        messages=list(messages.values()),
        interactions={tag: known.get(number) for tag, number in seen.items()},
        accepted=accepted,
        charges=charges,
        sendings=harness.to_oxen.sendings,
        ends=[end for each in harness.keepers for end in each.ends if not any(said in end for said in _SAID_SO)],
        looking=sum(row["state"] == "unknown" for row in generations.values()),
        forgets=harness.forgets,
        vanished=frozenset(harness.vanished),
        budget=harness.budget,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Whether one waits for `cards` that nobody drew (ten seconds), and for orders looked for (two minutes).

    Who does not wait for those does not wait either for what they keep from its turn.
    """

    cards: bool
    looking: bool


def open_matters(tables: dict[str, list[Row]], patience: Patience) -> list[str]:
    """What the bot has still to do, in words."""
    waiting = held_up(tables["generations"], tables["queue_positions"])
    cards = [row for row in tables["orders"] if is_stale(row)] if patience.cards else []
    return [
        *(
            f"{row['id']} is {row['state']}"
            for row in tables["generations"]
            if row["ended_at"] is None
            and (patience.looking or (row["state"] != "unknown" and row["order_id"] not in waiting))
        ),
        *(f"post {row['id']} is {row['state']}" for row in tables["posts"] if row["state"] in {"waiting", "claimed"}),
        *(f"the card of {row['id']} is old" for row in cards),
    ]


async def settled(harness: Harness, patience: Patience, seconds: float, look: float = _LOOK) -> list[str]:
    """Waits until all that was accepted is over, `seconds` at most; what is not, in words."""
    deadline = time.monotonic() + seconds
    quiet, left = 0, ["nothing seen yet"]
    while quiet < _STEADY and time.monotonic() < deadline:
        await asyncio.sleep(look)
        tables = await asyncio.to_thread(rows, harness.database)
        left = open_matters(tables, patience)
        if not harness.forgets:  # what was made for an order that is looked for, and has not been found yet
            owned = {row["remote_id"] for row in tables["generations"]}
            enqueued, _ = await harness.upstream()
            made = {remote_id for one in enqueued for remote_id in one["generation_ids"]}
            left += [f"{remote_id} is not found" for remote_id in made - owned - harness.vanished]
        quiet = 0 if left else quiet + 1
    return [f"not over after {seconds:g} s: {one}" for one in left]


def held_up(generations: Iterable[Row], places: Iterable[Row]) -> set[str]:
    """The orders that have to wait although nothing is under way but what is looked for: it may be under way too."""
    under_way = [row for row in generations if row["ended_at"] is None and row["state"] != "intended"]
    waiting = sorted(
        (place for place in places if place["stage"] == "waiting"),
        key=lambda place: (place["round"], place["position"], place["order_id"]),
    )
    full = waiting and len(under_way) + waiting[0]["open"] > RUNNING
    only_looked_for = under_way and all(row["state"] == "unknown" for row in under_way)
    return {place["order_id"] for place in waiting} if full and only_looked_for else set()


def is_stale(order: Row) -> bool:
    """Whether the card shows less than the rows know, and the bot knows that."""
    return order["card_message_id"] is not None and order["card_revision"] < order["revision"]


def complaints(folder: Path) -> list[str]:
    """What the bot's lives logged as errors, each with its count in words."""
    found: defaultdict[str, int] = defaultdict(int)
    for log in sorted(folder.glob("bot-*.log")):
        for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
            if '"level": "error"' in line or '"level": "critical"' in line:
                found[_gist(line)] += 1
    return [f"{times}x {gist}" for gist, times in sorted(found.items())]


def _grouped(pairs: Iterable[tuple[K, T]]) -> dict[K, list[T]]:
    found: defaultdict[K, list[T]] = defaultdict(list)
    for key, value in pairs:
        found[key].append(value)
    return dict(found)


def tag_of(text: str) -> str:
    found = _TAG.search(text)
    return found[0] if found else ""


def mark_of(message: Message) -> str | None:
    """What tells a result message from every other, `abc123/1`; None for any other message."""
    found = _MARK.findall(message.content)
    return found[-1] if found else None


def short(order_id: str) -> str:
    """As the bot's messages have it."""
    return order_id[-6:]


def _gist(line: str) -> str:
    try:
        fields: Row = json.loads(line)
    except ValueError:
        return line[:200]
    why = str(fields.get("exception", fields.get("error", ""))).strip().splitlines()
    return f"{fields.get('event')}: {why[-1][:200] if why else ''}"

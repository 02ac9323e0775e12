"""What a campaign has shown: the invariants over all of it, and the figures that are promised, each beside its aim."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from bench.figures import quantile, verdict
from bot.domain.money import to_micro
from bot.domain.shards import Shards
from tests.chaos.evidence import Evidence, Row
from tests.chaos.invariants import check

EVERYBODY = "everybody"
_TAKEOVER, _LATER = 10.0, 20.0  # seconds after a lapse: until the first answer; by which outcomes may be later
_CONNECTIONS = 8 + 4  # of a process: its pool, and others
_SHOWN = 40  # violations
_SHARDS, _WORK = "shards", "work"  # how roles begin


@dataclass(frozen=True, slots=True)
class Hit:
    """At `at` (unix seconds) who did `role` stopped doing it: `shards 0-0/2`, `work`; or nobody had the database."""

    at: float
    role: str

    @property
    def shards(self) -> Shards | None:
        """Whose guilds nobody served any more."""
        return Shards.parse(self.role.removeprefix(_SHARDS)) if self.role.startswith(_SHARDS) else None

    def concerns(self, guild_id: int) -> bool:
        """Whether what that guild ordered had to wait."""
        return self.shards is None or guild_id in self.shards


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """`seen` in the end, and `late` what was not over by then. `requests`: to Oxen in the end; `in_peace`: these and
    generations before the first blow. `refused`: answers 429 of Discord by scope. `lapse` in seconds.
    `by_the_old`: how often processes of the version before said what, after the first upgrade; None: there is none.
    """

    seen: Evidence
    late: Sequence[str]
    wanted: int
    seconds: float
    lapse: float
    struck: Sequence[str]
    hits: Sequence[Hit]
    in_peace: tuple[int, int]
    requests: int
    refused: Mapping[str, int]
    connections: int
    departures: int
    complaints: Sequence[str]
    by_the_old: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """`found`, beside what it should be; `met` is None where nothing is promised."""

    what: str
    found: str
    aim: str = ""
    met: bool | None = None

    def __str__(self) -> str:
        told = "" if self.met is None else verdict(met=self.met)
        return f"{self.what:<52} {self.found:<40} {self.aim:<12} {told}".rstrip()


@dataclass(frozen=True, slots=True)
class Table:
    """`violations` of what always holds."""

    lines: Sequence[Line]
    violations: Sequence[str]

    @property
    def failed(self) -> bool:
        return bool(self.violations) or any(line.met is False for line in self.lines)

    def __str__(self) -> str:
        shown = [f"  {one}" for one in self.violations[:_SHOWN]]
        return "\n".join([*map(str, self.lines), f"violations: {len(self.violations)}", *shown])


def takeover(lapse: float) -> float:
    """Seconds from a death until others have answered a first command, at most."""
    return lapse + _TAKEOVER


def tell(played: Played) -> Table:
    """The whole table."""
    seen = played.seen
    orders, failures = len(seen.orders), dict(Counter(played.struck))
    before, peaceful = played.in_peace
    violations = [*played.late, *check(seen)]
    lines = [
        Line("orders", f"{orders:,} in {played.seconds:,.0f} s", f"{played.wanted:,}", orders >= played.wanted),
        Line("blows", ", ".join(f"{times} {kind}" for kind, times in failures.items())),
        Line("commands that nobody answered", f"{sum(not each for each in _acknowledged(seen)):,}"),
        *_counts(seen),
        Line("guilds taken for left", f"{played.departures}", "0", played.departures == 0),
        *_takeovers(played),
        *_outcomes(played),
        *_side_by_side(played.by_the_old),
        Line(
            "requests to Oxen for each generation",
            f"{played.requests / max(1, len(seen.generations)):.2f}; in peace {before / max(1, peaceful):.2f}",
        ),
        Line("answers 429 of Discord", str(dict(played.refused) or 0), "0", not played.refused),
        Line("most connections of a process", f"{played.connections}", f"{_CONNECTIONS}",
             played.connections <= _CONNECTIONS),
        *(Line("logged as an error", one) for one in played.complaints),
    ]  # fmt: skip
    return Table(lines, violations)


def _acknowledged(seen: Evidence) -> list[bool]:
    return [asked is not None and asked.acknowledged for asked in seen.interactions.values()]


def _counts(seen: Evidence) -> Iterator[Line]:
    posts = seen.posts.values()
    open_still = [row for row in seen.generations.values() if row["ended_at"] is None]
    lost = {row["order_id"] for row in open_still if row["state"] != "unknown"}
    lost |= {post["order_id"] for post in posts if post["state"] != "delivered" or not seen.posted(post)}
    yield Line("orders lost", f"{len(lost)}", "0", not lost)
    orders, charges = Counter(map(seen.tag, seen.orders)), Counter(one["generation_id"] for one in seen.charges)
    twice = sum(len(sent) > orders[tag] for tag, sent in seen.accepted.items())
    twice += sum(times > 1 for times in charges.values())
    yield Line("orders paid twice", f"{twice}", "0", not twice)
    twice = sum(len(seen.posted(post)) > 1 for post in posts)
    yield Line("results posted twice", f"{twice}", "0", not twice)
    yield _ledger(seen)


def _ledger(seen: Evidence) -> Line:
    """What is charged. Costs that were not asked for yet, because they are few, are booked as they were estimated."""
    cost = {one["generation_id"]: to_micro(Decimal(one["cost"])) for one in seen.charges}
    known = [row for row in seen.generations.values() if row["cost_known_at"] is not None]
    booked = sum(
        entry["micro_usd"] for row in known for entry in seen.booked(row["id"]) if entry["kind"] in {"charge", "adjust"}
    )
    charged = sum(cost.get(row["remote_id"], 0) for row in known)
    reserved = sum(entry["micro_usd"] for entry in seen.entries if entry["kind"] in {"reserve", "release"})
    unasked = sum(row["state"] == "succeeded" and row["cost_known_at"] is None for row in seen.generations.values())
    found = f"{_usd(booked)}, {_usd(charged)}; reserved {_usd(reserved)}; {unasked} not asked yet"
    equal = booked == charged and (not reserved or seen.looking > 0)
    return Line("Drover's ledger, Oxen's charges, USD", found, "equal", equal)


def _takeovers(played: Played) -> Iterator[Line]:
    """From the blow to the first command that is answered, and to the first order that is sent.

    Where the next blow falls before that, it is counted from the next one.
    """
    seen, aim = played.seen, takeover(played.lapse)
    answered = [
        (asked.sent_at, asked.acknowledged_at, int(asked.channel_id))  # the channel's id tells the shard as well
        for asked in seen.interactions.values()
        if asked is not None and asked.acknowledged_at is not None
    ]
    sent = [(row["sent_at"] / 1000, row["sent_at"] / 1000, 0) for row in seen.orders.values() if row["sent_at"]]
    for what, whose, done in (
        ("first command answered after a takeover, s", _SHARDS, answered),
        ("first order sent after a takeover, s", _WORK, sent),
    ):
        waits: list[float] = []
        for hit in played.hits:
            if hit.role.startswith(whose):
                fit = (end for begun, end, where in done if begun >= hit.at and hit.concerns(where))
                first = min(fit, default=math.inf)
                again = {hit.role, EVERYBODY}
                if not any(hit.at < other.at < first and other.role in again for other in played.hits):
                    waits.append(first - hit.at)
        longest = max(waits, default=0.0)
        found = f"{len(waits)}: median {quantile(waits, 0.5):.1f}, longest {longest:.1f}"
        yield Line(what, found, f"{aim:g}", longest <= aim)


def _outcomes(played: Played) -> Iterator[Line]:
    """From an order to its last message, compared with what it usually takes without a blow."""
    seen, aim = played.seen, played.lapse + _LATER
    told: dict[str, float] = {}
    for post in seen.posts.values():
        if post["ended_at"] is not None:
            told[post["order_id"]] = max(told.get(post["order_id"], 0), post["ended_at"] / 1000)
    absent = {row["order_id"] for row in seen.generations.values() if row["state"] == "absent"}
    first = min((hit.at for hit in played.hits), default=math.inf)
    waits = {order: told[order] - _began(row) for order, row in seen.orders.items() if order in told}
    peace = [wait for order, wait in waits.items() if told[order] < first]
    usual = quantile(peace, 0.5)
    yield Line("from order to outcome in peace, s", f"median {usual:.1f}, longest {max(peace, default=math.nan):.1f}")
    later: defaultdict[int, list[float]] = defaultdict(list)  # by how many blows were felt meanwhile
    for order, wait in waits.items():
        if order not in absent and told[order] >= first:
            row = seen.orders[order]
            felt = [
                hit
                for hit in played.hits
                if _began(row) - takeover(played.lapse) < hit.at < told[order] and hit.concerns(row["guild_id"])
            ]
            later[max(1, len(felt))].append(wait - usual)
    for times, each in sorted(later.items()):
        found = f"{len(each):,}: p99 {quantile(each, 0.99):.1f}, longest {max(each):.1f}"
        yield Line(f"later than that with {times} takeovers, s", found, f"{aim * times:g}", max(each) <= aim * times)
    looked = [wait for order, wait in waits.items() if order in absent]
    if looked:
        yield Line("never arrived at Oxen, told after the look-up, s", f"{len(looked)}: longest {max(looked):.0f}")


def _side_by_side(by_the_old: Mapping[str, int] | None) -> Iterator[Line]:
    if by_the_old is not None:
        done = {what: by_the_old.get(what, 0) for what in ("order accepted", "order sent", "result delivered")}
        found = ", ".join(f"{what} {times}" for what, times in done.items())
        yield Line("by the version before, after an upgrade", found, "some each", 0 not in done.values())


def _began(order: Row) -> float:
    return float(order["created_at"]) / 1000


def _usd(micro: int) -> str:
    return f"{Decimal(micro) / 1_000_000:.2f}"

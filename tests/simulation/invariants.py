"""What must hold when a run is over (docs/architecture.md, "What always holds")."""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from bot.domain.money import to_micro
from bot.domain.orders.generation import MAY_HAVE_BEEN_MADE
from bot.services.wallet.costs import DAILY
from tests.simulation.discord import CHANNEL_GONE
from tests.simulation.oxen import DEARER
from tests.simulation.run import RULES, Run
from tests.simulation.virtual import opened

_GIVEN_UP = ("failed", "expired", "absent")
_UPSTREAM_END = {"succeeded": "succeeded", "failed": "failed", "cancelled": "cancelled"}


def check(run: Run) -> list[str]:
    """Every broken invariant, in words; [] when all hold."""
    db = opened(run.database)
    db.row_factory = sqlite3.Row
    try:
        return [
            *run.world.violations,
            *_every_order_ends(db, run),
            *_owned_by_its_own_order(db, run),
            *_the_end_is_the_truth(db, run),
            *_nothing_paid_in_silence(db, run),
            *_one_visible_outcome(db, run),
            *_one_child_for_each_press(db),
            *_what_is_taken_back_is_gone(db, run),
            *_the_showcase_has_each_result_once(db, run),
            *_nobody_is_shown_anothers_result(db, run),
            *_nobody_is_left_in_the_dark(db),
            *_every_card_shows_the_end(db, run),
            *_the_books_balance(db, run),
            *_what_was_charged_is_covered(db, run),
            *_the_wallet_is_right(db, run),
            *_no_budget_is_exceeded(db),
            *_a_revoked_key_is_told_once(db, run),
        ]
    finally:
        db.close()


def _every_order_ends(db: sqlite3.Connection, run: Run) -> Iterator[str]:
    for row in db.execute("SELECT id, state FROM generations WHERE ended_at IS NULL"):
        yield f"generation {row['id']} never ended: {row['state']}"
    known = {row["prompt"] for row in db.execute("SELECT prompt FROM orders")}
    yield from (f"order {tag} was accepted and is lost" for tag in run.accepted if tag not in known)


def _owned_by_its_own_order(db: sqlite3.Connection, run: Run) -> Iterator[str]:
    owners = db.execute(
        "SELECT g.remote_id, o.prompt FROM generations AS g JOIN orders AS o ON o.id = g.order_id "
        "WHERE g.remote_id IS NOT NULL"
    )
    for row in owners:
        upstream = run.oxen.rows[row["remote_id"]]
        if upstream.tag != row["prompt"]:
            yield f"{row['remote_id']} belongs to {upstream.tag}, not to {row['prompt']}"


def _the_end_is_the_truth(db: sqlite3.Connection, run: Run) -> Iterator[str]:
    query = "SELECT id, remote_id, state, reason, clarified_at FROM generations WHERE remote_id IS NOT NULL"
    for row in db.execute(query):
        upstream = run.oxen.rows[row["remote_id"]]
        told = _UPSTREAM_END.get(upstream.status)
        # Said as what it is: not known. How old it is, is not known either once a clock was wrong.
        weather = run.world.weather
        unknown = ("lost", "expired") if weather.clock_wrong or weather.clock_jumps else ("lost",)
        silent = run.oxen.dialect == "ephemeral" and row["reason"] in unknown
        blind = upstream.key is not None and run.revoked  # by a revoked key nobody can look again
        silent = silent or (row["reason"] in ("key-lost", "lost", "expired") and blind)
        if told is None and (row["state"] == "expired" or row["reason"] == "lost"):
            continue  # it expired upstream; with a clock set back, all that can be said is that it is gone
        if row["clarified_at"] is not None and told in ("failed", "cancelled") and row["state"] in _GIVEN_UP:
            continue  # it was given up, and has come to nothing indeed
        if row["state"] != told and not silent:
            yield f"{row['id']} says {row['state']}, upstream it is {upstream.status}"


def _nothing_paid_in_silence(db: sqlite3.Connection, run: Run) -> Iterator[str]:
    owned = {row["remote_id"] for row in db.execute("SELECT remote_id FROM generations")}
    told = db.execute(
        "SELECT DISTINCT o.prompt FROM generations AS g JOIN orders AS o ON o.id = g.order_id "
        "WHERE g.reason = 'forgotten'"
    )  # "it may have been made; look there before you order again"
    warned = {row["prompt"] for row in told} if run.oxen.dialect == "ephemeral" or run.revoked else set()
    weather = run.world.weather
    if weather.clock_jumps or weather.clock_wrong:
        # What only looks like an order, and is hours away from it by a clock that was wrong, may be somebody else's.
        absent = db.execute(
            "SELECT DISTINCT o.prompt FROM generations AS g JOIN orders AS o ON o.id = g.order_id "
            "WHERE g.reason = 'absent'"
        )
        warned |= {row["prompt"] for row in absent} if run.oxen.dialect == "persistent" else set()
    if run.revoked:  # what came up after an order had been found absent is seen by its key alone, and that is gone
        by_key = db.execute(
            "SELECT DISTINCT o.prompt FROM generations AS g JOIN orders AS o ON o.id = g.order_id "
            "WHERE g.reason = 'absent' AND g.key_id IS NOT NULL"
        )
        warned |= {row["prompt"] for row in by_key}
    for upstream in run.oxen.rows.values():
        if upstream.id not in owned and upstream.cost is not None and upstream.tag not in warned:
            yield f"{upstream.id} of {upstream.tag} was paid for, and nobody owns it"


def _one_visible_outcome(db: sqlite3.Connection, run: Run) -> Iterator[str]:
    shown = Counter(g for message in run.discord.sent for g in message.generations)
    posts = {row["id"]: row for row in db.execute("SELECT * FROM posts")}
    for post_id, times in Counter(message.post for message in run.discord.sent).items():
        if times > 1:
            yield f"post {post_id} is in the channel {times} times"
    deleted = {row["id"] for row in db.execute("SELECT id FROM orders WHERE deleted_at IS NOT NULL")}
    ended = "SELECT id, order_id, post_id, state, clarified_at FROM generations WHERE ended_at IS NOT NULL"
    for row in db.execute(ended):
        if row["order_id"] in deleted:
            continue
        post = posts.get(row["post_id"])
        if post is None:
            yield f"the end of {row['id']} is owed to nobody"
        elif post["state"] == "delivered" and shown[row["id"]] != 1 and not _told_twice(row, shown[row["id"]]):
            yield f"the end of {row['id']} is visible {shown[row['id']]} times"
        elif post["state"] == "dead" and not run.discord.channel_gone:
            yield f"post {post['id']} was given up though the channel is there: {post['dead_because']}"
        elif post["state"] not in ("delivered", "dead"):
            yield f"post {post['id']} is still {post['state']}"


def _one_child_for_each_press(db: sqlite3.Connection) -> Iterator[str]:
    for row in db.execute(
        "SELECT parent_id, card_message_id, COUNT(*) AS children FROM orders WHERE parent_id IS NOT NULL "
        "AND card_message_id IS NOT NULL "  # that of a deleted order is gone
        "GROUP BY parent_id, card_message_id HAVING COUNT(*) > 1"
    ):
        yield f"one press below {row['parent_id']} made {row['children']} orders"


def _what_is_taken_back_is_gone(db: sqlite3.Connection, run: Run) -> Iterator[str]:
    """Of what is deleted no message is left, and what is covered is covered; unless nobody can get at the channel."""
    query = "SELECT g.id, o.deleted_at, o.spoiler FROM generations AS g JOIN orders AS o ON o.id = g.order_id"
    rows = {row["id"]: row for row in db.execute(query)}
    for message in () if run.discord.channel_gone else run.discord.sent:
        for row in (rows[generation_id] for generation_id in message.generations):
            if row["deleted_at"] is not None:
                yield f"{row['id']} is deleted, and shown in {message.id}"
            elif row["spoiler"] and not message.covered:
                yield f"{row['id']} is covered, and its message is not"


def _the_showcase_has_each_result_once(db: sqlite3.Connection, run: Run) -> Iterator[str]:
    there = Counter(output for _, output in run.discord.pieces)
    yield from (f"{output} is in the showcase {times} times" for output, times in there.items() if times > 1)
    rows = db.execute("SELECT generation_id, state, because FROM showcase_posts")
    for row in () if run.discord.channel_gone else rows:
        if row["because"] == CHANNEL_GONE:  # it may come back, with what an attempt without an answer left there
            continue
        if (row["state"] == "shown") is not (row["generation_id"] in there):
            yield f"{row['generation_id']} is {row['state']}, and in the showcase {there[row['generation_id']]} times"


def _nobody_is_shown_anothers_result(db: sqlite3.Connection, run: Run) -> Iterator[str]:
    owners = dict(db.execute("SELECT id, remote_id FROM generations").fetchall())
    for message in run.discord.sent:
        for generation_id, shown in message.results.items():
            if shown != owners[generation_id]:
                yield f"{generation_id} is shown the result of {shown}, its own is {owners[generation_id]}"


def _nobody_is_left_in_the_dark(db: sqlite3.Connection) -> Iterator[str]:
    """What nobody could be told is told on the order's card, and owed to the log channel; once for each output."""
    told = {row["notice_key"].removeprefix("untold:") for row in db.execute("SELECT notice_key FROM notices")}
    # Held until its outputs were made after all: what is held now for them was said to the log channel then.
    replaced: defaultdict[str, set[str]] = defaultdict(set)
    for row in db.execute("SELECT id, order_id FROM posts WHERE dead_because = 'made after all'"):
        replaced[row["order_id"]].add(row["id"])
    for row in db.execute("SELECT id, order_id, state, held_at, dead_because FROM posts"):
        if row["state"] == "dead" and row["held_at"] is None and row["dead_because"] != "deleted":
            yield f"post {row['id']} was given up, and no card tells of it"
        if row["held_at"] is not None and not told & {row["id"], *replaced[row["order_id"]]}:
            yield f"post {row['id']} was held, and no log channel hears of it"


def _every_card_shows_the_end(db: sqlite3.Connection, run: Run) -> Iterator[str]:
    """Whichever token drew it, and whatever was on its way meanwhile. Compared orders have one."""
    with_card = "WHERE card_message_id IS NOT NULL AND deleted_at IS NULL"
    for row in db.execute(f"SELECT id, revision, card_revision FROM orders {with_card}"):
        shown = run.discord.cards.get(row["id"])
        if shown != row["revision"]:
            yield f"the card of {row['id']} shows {shown}, its order is at {row['revision']} ({row['card_revision']})"


def _told_twice(row: sqlite3.Row, times: int) -> bool:
    """A success that had been given up is told twice, unless it came before the first message."""
    return row["state"] == "succeeded" and row["clarified_at"] is not None and times == 2


def _the_books_balance(db: sqlite3.Connection, run: Run) -> Iterator[str]:
    reserved = "SELECT COALESCE(SUM(micro_usd), 0) FROM entries WHERE kind IN ('reserve', 'release')"
    (open_reservations,) = db.execute(reserved).fetchone()
    if open_reservations:
        yield f"{open_reservations} micro-USD are still reserved"
    unclear = dict(
        db.execute(
            "SELECT generation_id, SUM(micro_usd) FROM entries "
            "WHERE kind IN ('unclear', 'clear') GROUP BY generation_id"
        ).fetchall()
    )
    by_totals = "SELECT u.generation_id FROM entries AS u JOIN entries AS c ON c.generation_id = u.generation_id "
    by_totals += "WHERE u.kind = 'unclear' AND c.kind = 'clear' AND c.at - u.at >= ?"  # the totals agreed a day later
    cleared = {each["generation_id"] for each in db.execute(by_totals, [DAILY // timedelta(milliseconds=1)])}
    quotes = "SELECT g.id, g.state, g.reason, g.clarified_at, o.quote_micro_usd AS quote FROM generations AS g "
    for row in db.execute(quotes + "JOIN orders AS o ON o.id = g.order_id"):
        known = row["clarified_at"] is not None or row["id"] in cleared
        may_be_paid = row["reason"] in MAY_HAVE_BEEN_MADE and not known
        if unclear.get(row["id"], 0) != ((row["quote"] or 0) if may_be_paid else 0):
            yield f"{row['id']} is booked as unclear with {unclear.get(row['id'])}: {row['state']}, {row['reason']}"
    spent = dict(
        db.execute(
            "SELECT generation_id, SUM(micro_usd) FROM entries "
            "WHERE kind IN ('charge', 'adjust') GROUP BY generation_id"
        ).fetchall()
    )
    priced = "SELECT g.id, g.remote_id, g.state, g.cost_known_at, o.quote_micro_usd AS quote FROM generations AS g "
    for row in db.execute(priced + "JOIN orders AS o ON o.id = g.order_id"):
        upstream = run.oxen.rows.get(row["remote_id"])
        charged = upstream.cost if upstream is not None and row["state"] == "succeeded" else None
        told = to_micro(charged) if charged is not None else None
        # Where nobody tells what it cost, the estimate stands as the charge.
        expected = row["quote"] if charged is not None and row["cost_known_at"] is None else told
        if row["cost_known_at"] is None and run.oxen.dialect == "browse" and not run.revoked and charged is not None:
            yield f"{row['id']} has an estimate for its charge, though the provider tells what it was"
        if spent.get(row["id"]) != expected:
            yield f"{row['id']} is booked with {spent.get(row['id'])}, upstream charged {charged}"


def _what_was_charged_is_covered(db: sqlite3.Connection, run: Run) -> Iterator[str]:
    """For each payer: by what is charged and what is unclear, but for a cent where the provider could not tell."""
    booked: Counter[str | None] = Counter()
    for row in db.execute(
        "SELECT g.key_id, e.micro_usd FROM entries AS e JOIN generations AS g ON g.id = e.generation_id "
        "WHERE e.kind IN ('charge', 'adjust', 'unclear', 'clear')"
    ):
        booked[row["key_id"]] += row["micro_usd"]
    charged: Counter[str | None] = Counter()
    for upstream in run.oxen.rows.values():
        charged[upstream.key] += to_micro(upstream.cost or Decimal(0))
    for key, total in charged.items():
        untold = "SELECT COUNT(*) FROM generations WHERE key_id IS ? AND cost_known_at IS NULL"
        (count,) = db.execute(untold, (key,)).fetchone()
        if total > booked[key] + count * to_micro(DEARER):
            yield f"{key} was charged {total} micro-USD, and {booked[key]} are booked"


def _the_wallet_is_right(db: sqlite3.Connection, run: Run) -> Iterator[str]:
    """The tallies are the sums of the entries, and nobody waits in a queue any more."""
    tallied = dict(db.execute("SELECT guild_id, SUM(micro_usd) FROM tallies WHERE user_id = 0 GROUP BY guild_id"))
    entered = dict(db.execute("SELECT guild_id, SUM(micro_usd) FROM entries GROUP BY guild_id"))
    if any(tallied.get(guild, 0) != total for guild, total in entered.items()):
        yield f"the tallies say {tallied}, the entries {entered}"
    (members,) = db.execute("SELECT COALESCE(SUM(micro_usd), 0) FROM tallies WHERE user_id <> 0").fetchone()
    if members != sum(tallied.values()):
        yield f"the members' tallies are {members}, the guilds' {sum(tallied.values())}"
    (ordered,) = db.execute("SELECT COALESCE(SUM(orders), 0) FROM tallies WHERE user_id = 0").fetchone()
    if ordered != db.execute("SELECT COUNT(*) FROM orders").fetchone()[0]:
        yield f"{ordered} orders are tallied"
    if left := db.execute("SELECT COUNT(*) FROM queue_positions").fetchone()[0]:
        yield f"{left} orders of {len(run.accepted)} still have a place in a queue"


def _no_budget_is_exceeded(db: sqlite3.Connection) -> Iterator[str]:
    """No order was accepted that a budget had no room for, whatever was booked and given back before it."""
    spent: Counter[int] = Counter()
    budget = to_micro(RULES.month_budget or Decimal(0))
    for row in db.execute("SELECT guild_id, kind, micro_usd FROM entries ORDER BY rowid"):
        spent[row["guild_id"]] += row["micro_usd"]
        if row["kind"] == "reserve" and spent[row["guild_id"]] > budget:
            yield f"guild {row['guild_id']} has spent {spent[row['guild_id']]} micro-USD of {budget}"


def _a_revoked_key_is_told_once(db: sqlite3.Connection, run: Run) -> Iterator[str]:
    (refused,) = db.execute("SELECT COUNT(*) FROM keys WHERE refused_at IS NOT NULL").fetchone()
    (told,) = db.execute("SELECT COUNT(*) FROM notices WHERE kind = 'key-refused'").fetchone()
    if told != refused:
        yield f"{refused} keys are revoked, and {told} guilds were told"
    if refused and not run.revoked:
        yield "a key was taken for revoked that is not"

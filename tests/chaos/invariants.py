"""What must hold after every round (docs/architecture.md, "What always holds"), told from outside the bot."""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

from bot.domain.money import to_micro
from bot.settings import LOCALES
from bot.texts import Translations
from tests.chaos.evidence import Evidence, Row, is_stale, short

_SUCCEEDED = "succeeded"
_TRANSLATIONS = Translations(LOCALES)
_NOTHING_ORDERED = {
    _TRANSLATIONS.of(language)(key)
    for language in _TRANSLATIONS.languages
    for key in ("card-not-ordered", "error-unexpected")
}
_SURELY_REFUSED = range(400, 500)


def check(seen: Evidence) -> list[str]:
    """Every broken invariant, in words; [] when all hold."""
    return [
        *(f"the bot ended by itself: {end}" for end in seen.ends),
        *_every_order_ends(seen),
        *_one_child_for_each_press(seen),
        *_one_visible_outcome(seen),
        *_every_file_once(seen),
        *_sent_once(seen),
        *_owned(seen),
        *_charged_for_what_was_told(seen),
        *_the_books_balance(seen),
        *_the_tallies_are_the_entries(seen),
        *_the_budget_holds(seen),
        *_what_was_charged_is_covered(seen),
        *_nobody_waits_for_what_is_over(seen),
        *_nobody_is_left_without_an_answer(seen),
        *_cards_are_true(seen),
    ]


def _every_order_ends(seen: Evidence) -> Iterator[str]:
    for row in seen.generations.values():
        if row["ended_at"] is None and row["state"] != "unknown" and row["order_id"] not in seen.held_up:
            yield f"generation {row['id']} never ended: {row['state']}"
    for tag, times in Counter(seen.tag(row["id"]) for row in seen.orders.values() if not row["parent_id"]).items():
        if times > 1:
            yield f"{tag} was accepted {times} times"


def _one_child_for_each_press(seen: Evidence) -> Iterator[str]:
    """A press that led to an order led to one, and to nothing more however often it was told and the bot killed."""
    pressed = set(seen.answered.values())
    yield from (f"{row['id']} is an order that nobody pressed for" for row in seen.children if row["id"] not in pressed)
    for card, times in Counter(row["card_message_id"] for row in seen.orders.values()).items():
        if card is not None and times > 1:
            yield f"{times} orders have the card {card}"


def _one_visible_outcome(seen: Evidence) -> Iterator[str]:
    owed = set[str]()
    for post in seen.posts.values():
        there, mark = seen.posted(post), seen.mark(post)
        owed.update(one.id for one in there)
        if post["state"] != "delivered":
            yield f"post {mark} is {post['state']}: {post['dead_because']}"
        if len(there) != 1:
            yield f"post {mark} is in the channel {len(there)} times"
        elif str(post["message_id"]) != there[0].id:
            yield f"post {mark} is message {there[0].id}, and its row says {post['message_id']}"
    for (_, mark), messages in seen.marked.items():
        yield from (f"nobody owed the message {mark}" for one in messages if one.id not in owed)
    for row in seen.generations.values():
        if row["ended_at"] is not None and row["post_id"] not in seen.posts:
            yield f"the end of {row['id']} is owed to nobody"


def _every_file_once(seen: Evidence) -> Iterator[str]:
    names = Counter((one.channel_id, file.filename) for one in seen.messages for file in one.attachments)
    yield from (f"{name} is in the channel {times} times" for (_, name), times in names.items() if times > 1)
    for post in seen.posts.values():
        made = [row for row in seen.told_by(post["id"]) if row["state"] == _SUCCEEDED]
        wanted = {f"{short(post['order_id'])}-{row['ordinal']}" for row in made}
        for message in seen.posted(post):
            there = {file.filename.partition("-")[2].partition(".")[0] for file in message.attachments}
            if there != wanted:
                files = f"has the files {sorted(there)}, and owes {sorted(wanted)}"
                yield f"post {seen.mark(post)} {files}: {message.text!r}"


def _sent_once(seen: Evidence) -> Iterator[str]:
    """A second POST leaves only when the first was surely refused."""
    orders = Counter(seen.tag(order_id) for order_id in seen.orders)
    for tag, posts in seen.accepted.items():
        if len(posts) > orders[tag]:
            yield f"{tag} was accepted upstream {len(posts)} times for {orders[tag]} orders"
    attempts: dict[str, list[int | None]] = {}
    for sending in seen.sendings:
        attempts.setdefault(sending.tag, []).append(sending.status)
    for tag, statuses in attempts.items():
        # Those of several orders with one prompt are in no order; each order has one that was not surely refused.
        if sum(status not in _SURELY_REFUSED for status in statuses) > orders[tag] or (
            orders[tag] == 1 and statuses[-1] in _SURELY_REFUSED and not {*statuses} <= {*_SURELY_REFUSED}
        ):
            yield f"{tag} was sent again though nobody knew what had become of it: {statuses}"


def _owned(seen: Evidence) -> Iterator[str]:
    owners = {row["remote_id"]: row for row in seen.generations.values() if row["remote_id"] is not None}
    charged = {charge["generation_id"] for charge in seen.charges}
    for tag, posts in seen.accepted.items():
        # What was forgotten before it was found is booked as unclear, or still looked for.
        ownerless = [
            row
            for order_id in seen.tagged(tag)
            for row in seen.of(order_id)
            if seen.forgets
            if row["remote_id"] is None and (row["state"] == "unknown" or row["id"] in seen.unclear)
        ]
        for remote_id in (remote_id for ids in posts for remote_id in ids):
            row = owners.get(remote_id)
            if row is None and remote_id in seen.vanished:
                continue  # before it was found, and nobody paid
            if row is None and ownerless:
                ownerless.pop()
            elif row is None:
                money = "charged" if remote_id in charged else "not charged"
                yield f"{remote_id} of {tag} belongs to nobody ({money}): {_states(seen, tag)}"
            elif seen.tag(row["order_id"]) != tag:
                yield f"{remote_id} of {tag} belongs to {seen.tag(row['order_id'])}"


def _charged_for_what_was_told(seen: Evidence) -> Iterator[str]:
    told = {row["remote_id"]: row["state"] for row in seen.generations.values() if row["remote_id"] is not None}
    # That a forgotten one may have been charged is what its member was told.
    maybe = {row["remote_id"] for row in seen.generations.values() if seen.forgets and row["id"] in seen.unclear}
    for remote_id, times in Counter(charge["generation_id"] for charge in seen.charges).items():
        forgotten = remote_id in maybe or (seen.forgets and remote_id not in told)  # `_owned` looks at the latter
        if times > 1 or (told.get(remote_id) != _SUCCEEDED and not forgotten):
            yield f"{remote_id} was charged {times} times, and the member was told: {told.get(remote_id)}"
    charged = {charge["generation_id"] for charge in seen.charges}
    for remote_id in (one for one, state in told.items() if state == _SUCCEEDED and one not in charged):
        yield f"{remote_id} succeeded and was never charged"


def _the_books_balance(seen: Evidence) -> Iterator[str]:
    cost = {charge["generation_id"]: Decimal(charge["cost"]) for charge in seen.charges}
    for row in seen.generations.values():
        booked = {entry["kind"]: entry["micro_usd"] for entry in seen.booked(row["id"])}
        if row["ended_at"] is not None and booked.get("reserve", 0) + booked.get("release", 0):
            yield f"{row['id']} is {row['state']} and still has a reservation: {booked}"
        spent = {kind: amount for kind, amount in booked.items() if kind in {"charge", "adjust"}}
        charged = cost.get(row["remote_id"], Decimal(0)) * 1_000_000 if row["state"] == _SUCCEEDED else 0
        estimate = seen.orders[row["order_id"]]["quote_micro_usd"] if row["state"] == _SUCCEEDED else 0
        due = charged if row["cost_known_at"] is not None else estimate  # where nobody tells, the estimate stands
        if sum(spent.values()) != due:
            yield f"{row['id']} is {row['state']}, booked with {spent}, and was charged {charged} micro-USD"
        if charged > sum(amount for kind, amount in booked.items() if kind not in {"reserve", "release"}):
            yield f"{row['id']} was charged {charged} micro-USD, which {booked} does not cover"


def _the_tallies_are_the_entries(seen: Evidence) -> Iterator[str]:
    """For the guild as for its members: budgets are checked against the tallies, the provider against the entries."""
    entered = sum(entry["micro_usd"] for entry in seen.entries)
    for whose, rows in (
        ("the guild's", [row for row in seen.tallies if row["user_id"] == 0]),
        ("the members'", [row for row in seen.tallies if row["user_id"] != 0]),
    ):
        tallied, orders = (sum(row[name] for row in rows) for name in ("micro_usd", "orders"))
        if (tallied, orders) != (entered, len(seen.orders)):
            yield f"{whose} tallies are {tallied} of {orders} orders; entries {entered}, {len(seen.orders)} orders"


def _the_budget_holds(seen: Evidence) -> Iterator[str]:
    """No order was accepted that the budget had no room for, whatever was booked and given back before it."""
    spent = 0
    for entry in seen.entries if seen.budget is not None else ():
        spent += entry["micro_usd"]
        if entry["kind"] == "reserve" and spent > to_micro(seen.budget):
            yield f"{entry['generation_id']} was accepted, and then {spent} micro-USD were spent of {seen.budget} USD"


def _what_was_charged_is_covered(seen: Evidence) -> Iterator[str]:
    """All that the provider charged, by what is charged or unclear; or still reserved, for what is looked for."""
    cost = sum((Decimal(charge["cost"]) for charge in seen.charges), Decimal(0))
    booked = sum(entry["micro_usd"] for entry in seen.entries)
    if to_micro(cost) > booked:
        yield f"{cost} USD were charged, and {booked} micro-USD are booked"


def _nobody_waits_for_what_is_over(seen: Evidence) -> Iterator[str]:
    for place in seen.places:
        left = sum(row["ended_at"] is None for row in seen.of(place["order_id"]))
        if place["open"] != left:
            yield f"{seen.tag(place['order_id'])} holds {place['open']} places in the queue for {left} generations"


def _nobody_is_left_without_an_answer(seen: Evidence) -> Iterator[str]:
    accepted = seen.answered
    messages = {message.id: message for message in seen.messages}
    for tag, asked in seen.interactions.items():
        if asked is None or asked.state == "waiting":
            yield f"{tag} still waits for an answer: {asked}"
        elif tag in accepted and not asked.acknowledged:
            yield f"{tag} became an order, and its member was told that the bot does not answer"
        elif tag not in accepted and asked.acknowledged:
            answer = messages.get(asked.response_message_id or "")
            # A refusal is for nobody else. Who is killed on the way to it leaves the card saying that nothing was
            # ordered.
            shown = answer is not None and answer.components_v2 and answer.only_for is None
            if answer is not None and shown and answer.text not in _NOTHING_ORDERED:
                yield f"{tag} is no order, and its member was shown a card: {answer.text!r}"
    for tag in accepted.keys() - seen.interactions.keys():
        yield f"{tag} is an order that nobody placed"


def _cards_are_true(seen: Evidence) -> Iterator[str]:
    messages = {message.id: message for message in seen.messages}
    for order in seen.orders.values():
        card = messages.get(str(order["card_message_id"]))
        if order["card_message_id"] is None or is_stale(order):  # a later round of the stage sees it
            continue
        if card is None or card.loading or short(order["id"]) not in card.text:
            yield f"{seen.tag(order['id'])} has no card: {card.text if card else None!r}"
        elif bool(card.buttons) is all(row["ended_at"] is not None for row in seen.of(order["id"])):
            yield f"the card of {seen.tag(order['id'])} is not true: {card.text!r}"


def _states(seen: Evidence, tag: str) -> list[Row | str]:
    return [f"{row['state']} ({row['reason']})" for order_id in seen.tagged(tag) for row in seen.of(order_id)]

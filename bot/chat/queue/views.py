"""Values to messages: the list behind `/queue`, and one order of it for moderators. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import discord
from bot.chat.queue.controls import QueueButton, QueuePick
from bot.domain.ids import OrderId
from bot.domain.orders.order import OrderRecord
from bot.domain.orders.waiting import Place
from bot.domain.rules.policy import GuildPolicy
from discord import ui

from bot.chat.kit.translation import Texts
from bot.chat.kit.words import ago, escape_markdown, mention, title_of
from bot.chat.orders.cards import expected, place_line, state_in

PAGE = 6  # orders; the texts of a message share 4,000 characters
_PROMPT, _MODEL, _CHOICE = 50, 40, 100  # characters

Entry = tuple[int, OrderRecord]
"""The place in the server's list, from 1, and the order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePage:
    """One page of the list. `number` counts from 1; `scope` is "mine" or "server"; `moderator`: for such a reader.

    `unseen` are others' orders in channels that the reader cannot look into: of these they are not told the prompt.
    """

    entries: Sequence[Entry]
    scope: str
    number: int
    pages: int
    rules: GuildPolicy
    moderator: bool
    unseen: frozenset[OrderId] = frozenset()


def queue_view(page: QueuePage, texts: Texts) -> ui.LayoutView:
    """One line for each order in flight: place, card, model, states, age, who, and when it is expected."""
    view = ui.LayoutView(timeout=None)
    stopped = _stopped(page.rules, texts)
    if page.entries:
        view.add_item(ui.TextDisplay("\n".join([f"### {texts('queue-title', scope=page.scope)}", *stopped])))
        lines = [
            order_line(place, record, texts, seen=record.order.id not in page.unseen) for place, record in page.entries
        ]
        view.add_item(ui.TextDisplay("\n".join(lines)))
    else:
        view.add_item(ui.TextDisplay("\n".join([texts("queue-empty", scope=page.scope), *stopped])))
    if page.pages > 1:
        view.add_item(ui.TextDisplay(f"-# {texts('queue-page', page=str(page.number), pages=str(page.pages))}"))
    if page.moderator and page.entries:
        options = [
            discord.SelectOption(label=_choice(place, record, texts), value=record.order.id)
            for place, record in page.entries
        ]
        view.add_item(_row(QueuePick(placeholder=texts("queue-choose"), options=options)))
    for row in _buttons(page, texts):
        view.add_item(row)
    return view


def order_panel(entry: Entry, texts: Texts) -> ui.LayoutView:
    """One order as moderators see it, with what they can do about it."""
    place, record = entry
    view = ui.LayoutView(timeout=None)
    view.add_item(ui.TextDisplay(order_line(place, record, texts)))
    order_id = record.order.id
    if record.admitted_at is None:
        first = record.place is not None and record.place.ahead == 0
        view.add_item(
            _row(
                QueueButton("front", order_id, label=texts("queue-to-front"), disabled=first),
                QueueButton("up", order_id, label=texts("queue-up"), disabled=first),
                QueueButton("down", order_id, label=texts("queue-down")),
                QueueButton("end", order_id, label=texts("queue-to-end")),
            )
        )
    danger = discord.ButtonStyle.danger
    view.add_item(
        _row(
            QueueButton("stop", f"order-{order_id}", label=texts("queue-cancel-order"), style=danger),
            QueueButton("page", "server-1", label=texts("queue-back")),
        )
    )
    return view


def order_line(position: int, record: OrderRecord, texts: Texts, *, seen: bool = True) -> str:
    """The order in a line, and in a second one when it is its turn."""
    order = record.order
    counted = Counter(state_in(record, g, texts) for g in record.generations)
    states = ", ".join(texts("queue-state", count=n, state=state) for state, n in counted.items())
    line = texts(
        "queue-line",
        position=position,
        kind=order.request.kind.value,
        link=card_link(record) if seen else texts("queue-unseen"),
        model=escape_markdown(order.request.model_name, _MODEL),
        states=states,
        age=ago(order.created_at),
        user=mention(order.context.requester_id),
    )
    when = _when(record.place, texts) if record.place is not None else ""
    return f"{line}\n-# {when}" if when else line


def _when(place: Place, texts: Texts) -> str:
    if not place.admitted:
        return place_line(place, texts)
    if place.estimate is None or not place.estimate.at_most:  # it takes longer than nine of ten did
        return ""
    return expected(place.at, place.estimate, texts)


def card_link(record: OrderRecord) -> str:
    """The prompt's beginning, as a link to the order's card where that is known."""
    context, validated = record.order.context, record.order.request
    label = escape_markdown(" ".join(title_of(validated).split()), _PROMPT)
    if context.card_message_id is None:
        return label
    # A bracket in the label would end the link's text.
    label = label.replace("[", "(").replace("]", ")")
    place = f"{context.guild_id}/{context.channel_id}/{context.card_message_id}"
    return f"[{label}](https://discord.com/channels/{place})"


def _stopped(rules: GuildPolicy, texts: Texts) -> list[str]:
    return ([texts("queue-paused")] if rules.paused else []) + ([texts("queue-drained")] if rules.drained else [])


def _choice(place: int, record: OrderRecord, texts: Texts) -> str:
    title = " ".join(title_of(record.order.request).split())
    return texts("queue-choice", place=str(place), title=title)[:_CHOICE]


def _buttons(page: QueuePage, texts: Texts) -> list[ui.ActionRow[ui.LayoutView]]:
    def to(number: int, label: str, *, disabled: bool = False) -> QueueButton:
        return QueueButton("page", f"{page.scope}-{number}", label=label, disabled=disabled)

    turning: list[ui.Item[Any]] = []
    rows: list[ui.ActionRow[ui.LayoutView]] = []
    if page.pages > 1:
        turning += [
            to(page.number - 1, texts("queue-previous"), disabled=page.number == 1),
            to(page.number + 1, texts("queue-next"), disabled=page.number == page.pages),
        ]
    # Its custom_id must differ from those beside it.
    turning.append(QueueButton("again", f"{page.scope}-{page.number}", label=texts("queue-refresh")))
    rows.append(_row(*turning))
    if page.moderator:
        rows.append(_row(*_levers(page.rules, texts)))
    return rows


def _levers(rules: GuildPolicy, texts: Texts) -> list[ui.Item[Any]]:
    levers: list[ui.Item[Any]] = []
    if not rules.paused:
        levers.append(QueueButton("pause", label=texts("queue-pause")))
    if not rules.drained:
        levers.append(QueueButton("drain", label=texts("queue-drain")))
    if rules.paused or rules.drained:
        levers.append(QueueButton("resume", label=texts("queue-resume"), style=discord.ButtonStyle.success))
    levers.append(QueueButton("choose", label=texts("queue-cancel"), style=discord.ButtonStyle.danger))
    return levers


def _row(*items: ui.Item[Any]) -> ui.ActionRow[ui.LayoutView]:
    row: ui.ActionRow[ui.LayoutView] = ui.ActionRow()
    for item in items:
        row.add_item(item)
    return row

"""Values to messages: the list behind `/queue`, an order of it, and the question before orders are cancelled. Pure.

What a control does is in its custom_id: a verb, and the subject that it concerns.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import discord
from discord import ui

from bot.chat.kit.components import (
    RED,
    CustomId,
    PersistentItem,
    button,
    channel_select,
    layout,
    row,
    select,
    user_select,
)
from bot.chat.kit.words import ago, escape_markdown, mention, message_link
from bot.chat.orders.cards import place_line, ready_words, state_in
from bot.domain.errors import Refusal
from bot.domain.ids import ChannelId, OrderId, UserId, is_id
from bot.domain.orders.generation import UPSTREAM
from bot.domain.orders.order import OrderRecord
from bot.domain.orders.waiting import Scope, Weight
from bot.domain.rules.policy import GuildPolicy
from bot.texts import Texts

PAGE = 6  # orders; the texts of a message share 4,000 characters
_MODEL, _CHOICE = 40, 100  # characters
_DIGITS = 20  # of a snowflake
_DANGER = discord.ButtonStyle.danger
_VERBS = "page|again|pause|drain|resume|front|up|down|end|choose|stop|sure"
BUTTON = CustomId("drover:queue:{verb}:{subject}", verb=_VERBS, subject="[0-9a-z-]{0,60}")
PICK = CustomId("drover:queue-pick")  # an order of the list; the values are their ids
MEMBER = CustomId("drover:queue-member")  # whose orders are to be cancelled
CHANNEL = CustomId("drover:queue-channel")  # in which channel
_PLACES = (
    discord.ChannelType.text,
    discord.ChannelType.news,
    discord.ChannelType.voice,
    discord.ChannelType.stage_voice,
    discord.ChannelType.public_thread,
    discord.ChannelType.private_thread,
    discord.ChannelType.news_thread,
)

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
    stopped = [texts("queue-paused")] if page.rules.paused else []
    stopped += [texts("queue-drained")] if page.rules.drained else []
    title = f"### {texts('queue-title', scope=page.scope)}" if page.entries else texts("queue-empty", scope=page.scope)
    shown: list[ui.Item[Any] | str] = ["\n".join([title, *stopped])]
    if page.entries:
        lines = [
            order_line(place, record, texts, seen=record.order.id not in page.unseen) for place, record in page.entries
        ]
        shown.append("\n".join(lines))
    if page.pages > 1:
        shown.append(f"-# {texts('queue-page', page=str(page.number), pages=str(page.pages))}")
    if page.moderator and page.entries:
        options: list[discord.SelectOption] = []
        for place, record in page.entries:
            title = " ".join(record.order.request.title.split())
            label = texts("queue-choice", place=str(place), title=title)[:_CHOICE]
            options.append(discord.SelectOption(label=label, value=record.order.id))
        shown.append(row(select(PICK(), texts("queue-choose"), options)))

    turning: list[ui.Item[Any]] = []
    if page.pages > 1:
        first, last = page.number == 1, page.number == page.pages
        turning = [
            _button("page", texts("queue-previous"), f"{page.scope}-{page.number - 1}", disabled=first),
            _button("page", texts("queue-next"), f"{page.scope}-{page.number + 1}", disabled=last),
        ]
    # Its custom_id must differ from those beside it.
    shown.append(row(*turning, _button("again", texts("queue-refresh"), f"{page.scope}-{page.number}")))
    if page.moderator:
        levers = [] if page.rules.paused else [_button("pause", texts("queue-pause"))]
        levers += [] if page.rules.drained else [_button("drain", texts("queue-drain"))]
        if stopped:
            levers.append(_button("resume", texts("queue-resume"), style=discord.ButtonStyle.success))
        shown.append(row(*levers, _button("choose", texts("queue-cancel"), style=_DANGER)))
    return layout(*shown)


def _button(
    verb: str,
    label: str,
    subject: str = "",
    *,
    style: discord.ButtonStyle = discord.ButtonStyle.secondary,
    disabled: bool = False,
) -> PersistentItem:
    return button(BUTTON(verb=verb, subject=subject), label, style, disabled=disabled)


def order_panel(entry: Entry, texts: Texts) -> ui.LayoutView:
    """One order as moderators see it, with what they can do about it."""
    place, record = entry
    order_id = record.order.id
    shown: list[ui.Item[Any] | str] = [order_line(place, record, texts)]
    if record.admitted_at is None:
        first = record.place is not None and record.place.ahead == 0
        shown.append(
            row(
                _button("front", texts("queue-to-front"), order_id, disabled=first),
                _button("up", texts("queue-up"), order_id, disabled=first),
                _button("down", texts("queue-down"), order_id),
                _button("end", texts("queue-to-end"), order_id),
            )
        )
    stop = _button("stop", texts("queue-cancel-order"), dump_scope(Scope(order=order_id)), style=_DANGER)
    return layout(*shown, row(stop, _back(texts)))


def order_line(position: int, record: OrderRecord, texts: Texts, *, seen: bool = True) -> str:
    """The order in a line: when it will be ready, or how it stands; in a second one, when it is its turn."""
    order, place = record.order, record.place
    counted: Counter[str] = Counter()
    for g in record.generations:
        made = place is not None and place.admitted and g.state in UPSTREAM and g.cancel_requested_by is None
        counted[ready_words(place, texts) if place is not None and made else state_in(record, g, texts)] += 1
    line = texts(
        "queue-line",
        position=position,
        kind=order.request.kind.value,
        link=message_link(order.request.title, order.context, order.context.card_message_id)
        if seen
        else texts("queue-unseen"),
        model=escape_markdown(order.request.model_name, _MODEL),
        states=", ".join(texts("queue-state", count=n, state=state) for state, n in counted.items()),
        age=ago(order.created_at),
        user=mention(order.context.requester_id),
    )
    return line if place is None or place.admitted else f"{line}\n-# {place_line(record, texts)}"


def load_scope(text: str) -> Scope:
    """From what `dump_scope` made of it. Raises `Refusal` for anything else."""
    kind, _, which = text.partition("-")
    if kind == "order" and is_id(which):
        return Scope(order=OrderId(which))
    if kind in {"member", "channel"} and which.isdecimal() and len(which) <= _DIGITS:
        return Scope(member=UserId(int(which))) if kind == "member" else Scope(channel=ChannelId(int(which)))
    if text == "all":
        return Scope()
    raise Refusal("lapsed")


def dump_scope(scope: Scope) -> str:
    """As a custom_id says it."""
    return f"{scope.kind}-{scope.subject}" if scope.subject else scope.kind


def choose_view(texts: Texts) -> ui.LayoutView:
    """Which of the orders are to be cancelled."""
    return layout(
        f"### {texts('stop-title')}",
        row(user_select(MEMBER(), texts("stop-member"), least=1, most=1)),
        row(channel_select(CHANNEL(), texts("stop-channel"), _PLACES, least=1, most=1)),
        row(_button("stop", texts("stop-all"), dump_scope(Scope()), style=_DANGER), _back(texts)),
    )


def ask_view(scope: Scope, weight: Weight, texts: Texts) -> ui.LayoutView:
    """How many that are, what is reserved for them, what can be undone for sure, and the button that cancels them."""
    whose = f"<@{scope.member}>" if scope.member is not None else f"<#{scope.channel}>"
    what = texts("stop-what", scope=scope.kind, whose=whose)
    if not weight.generations:
        return layout(texts("stop-nothing", what=what), row(_back(texts)))
    lines = [f"### {texts('stop-ask', count=weight.generations, what=what)}"]
    if weight.reserved:
        lines.append(texts("stop-money", price=weight.reserved, count=weight.generations))
    if weight.unpriced:
        lines.append(texts("stop-unpriced", count=weight.unpriced))
    if weight.unsent == weight.generations:
        lines.append(texts("stop-all-unsent"))
    else:
        lines.append(texts("stop-some-unsent", count=weight.unsent) if weight.unsent else texts("stop-all-sent"))
    yes = _button("sure", texts("stop-yes"), dump_scope(scope), style=_DANGER)
    return layout("\n".join(lines), row(yes, _back(texts)), colour=RED)


def done_view(count: int, texts: Texts) -> ui.LayoutView:
    """How many are being cancelled now."""
    return layout(texts("stop-done", count=count), row(_back(texts)))


def banned_view(user_id: UserId, weight: Weight, texts: Texts) -> ui.LayoutView:
    """They may order nothing any more; what is under way of theirs can be cancelled from here."""
    text = texts("moderate-banned", user=f"<@{user_id}>", count=weight.orders)
    if not weight.orders:
        return layout(text)
    stop = _button("stop", texts("moderate-stop-theirs"), dump_scope(Scope(member=user_id)), style=_DANGER)
    return layout(text, row(stop))


def _back(texts: Texts) -> PersistentItem:
    return _button("page", texts("queue-back"), "server-1")

"""Values to messages: what moderators can cancel at once, and the question before it happens. Pure."""

from dataclasses import dataclass
from typing import Any, Self

import discord
from bot.chat.queue.controls import QueueButton, QueueChannel, QueueMember
from bot.domain.errors import Refusal
from bot.domain.ids import ChannelId, OrderId, UserId, is_id
from bot.domain.orders.waiting import Weight
from discord import ui

from bot.chat.kit.money import dollars
from bot.chat.kit.translation import Texts

_DIGITS = 20  # of a snowflake


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What is to be cancelled: one order, all of a member, all in a channel; with none of them, everything."""

    order: OrderId | None = None
    member: UserId | None = None
    channel: ChannelId | None = None

    @classmethod
    def load(cls, text: str) -> Self:
        """From what `dump` made of it. Raises `Refusal` for anything else."""
        kind, _, which = text.partition("-")
        if kind == "order" and is_id(which):
            return cls(order=OrderId(which))
        if kind in {"member", "channel"} and which.isdecimal() and len(which) <= _DIGITS:
            return cls(member=UserId(int(which))) if kind == "member" else cls(channel=ChannelId(int(which)))
        if text == "all":
            return cls()
        raise Refusal("lapsed")

    def dump(self) -> str:
        which = self.order or self.member or self.channel
        return f"{self.kind}-{which}" if which is not None else self.kind

    @property
    def kind(self) -> str:
        if self.order is not None:
            return "order"
        if self.member is not None:
            return "member"
        return "channel" if self.channel is not None else "all"

    def words(self, texts: Texts) -> str:
        """Which orders are meant: "of @Dev"."""
        whose = f"<@{self.member}>" if self.member is not None else f"<#{self.channel}>"
        return texts("stop-what", scope=self.kind, whose=whose)


def choose_view(texts: Texts) -> ui.LayoutView:
    """Which of the orders are to be cancelled."""
    view = ui.LayoutView(timeout=None)
    view.add_item(ui.TextDisplay(f"### {texts('stop-title')}"))
    view.add_item(_row(QueueMember(placeholder=texts("stop-member"))))
    view.add_item(_row(QueueChannel(placeholder=texts("stop-channel"))))
    everything = QueueButton("stop", "all", label=texts("stop-all"), style=discord.ButtonStyle.danger)
    view.add_item(_row(everything, _back(texts)))
    return view


def ask_view(scope: Scope, weight: Weight, texts: Texts) -> ui.LayoutView:
    """How many that are, what is reserved for them, and the button that cancels them."""
    view = ui.LayoutView(timeout=None)
    if not weight.generations:
        view.add_item(ui.TextDisplay(texts("stop-nothing", what=scope.words(texts))))
        view.add_item(_row(_back(texts)))
        return view
    lines = [f"### {texts('stop-ask', count=weight.generations, what=scope.words(texts))}"]
    if weight.reserved:
        priced = weight.generations - weight.unpriced
        lines.append(texts("stop-money", price=dollars(weight.reserved), count=priced))
    if weight.unpriced:
        lines.append(texts("stop-unpriced", count=weight.unpriced))
    lines.append(_undone(weight, texts))
    view.add_item(ui.TextDisplay("\n".join(lines)))
    yes = QueueButton("sure", scope.dump(), label=texts("stop-yes"), style=discord.ButtonStyle.danger)
    view.add_item(_row(yes, _back(texts)))
    return view


def _undone(weight: Weight, texts: Texts) -> str:
    """What of it can be undone for sure."""
    if weight.unsent == weight.generations:
        return texts("stop-all-unsent")
    return texts("stop-some-unsent", count=weight.unsent) if weight.unsent else texts("stop-all-sent")


def done_view(count: int, texts: Texts) -> ui.LayoutView:
    """How many are being cancelled now."""
    view = ui.LayoutView(timeout=None)
    view.add_item(ui.TextDisplay(texts("stop-done", count=count)))
    view.add_item(_row(_back(texts)))
    return view


def banned_view(user_id: UserId, weight: Weight, texts: Texts) -> ui.LayoutView:
    """They may order nothing any more; what is under way of theirs can be cancelled from here."""
    view = ui.LayoutView(timeout=None)
    view.add_item(ui.TextDisplay(texts("moderate-banned", user=f"<@{user_id}>", count=weight.orders)))
    if weight.orders:
        scope = Scope(member=user_id)
        label = texts("moderate-stop-theirs")
        view.add_item(_row(QueueButton("stop", scope.dump(), label=label, style=discord.ButtonStyle.danger)))
    return view


def _back(texts: Texts) -> QueueButton:
    return QueueButton("page", "server-1", label=texts("queue-back"))


def _row(*items: ui.Item[Any]) -> ui.ActionRow[ui.LayoutView]:
    row: ui.ActionRow[ui.LayoutView] = ui.ActionRow()
    for item in items:
        row.add_item(item)
    return row

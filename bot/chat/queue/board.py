"""The queue's panels: what each control shows or does. Everything is read anew from the rows at every press."""

from dataclasses import replace
from typing import Any

import discord
from bot.domain.errors import Refusal
from bot.domain.ids import OrderId
from bot.domain.orders.order import OrderRecord
from bot.services.queue.queueing import BACK, FRONT
from discord import ui

from bot.chat.kit.actor import Actor, actor
from bot.chat.kit.desk import Desk
from bot.chat.kit.replies import acknowledge
from bot.chat.kit.translation import Texts
from bot.chat.queue.stopping import Scope, ask_view, choose_view, done_view
from bot.chat.queue.views import PAGE, Entry, QueuePage, order_panel, queue_view

Interaction = discord.Interaction[Any]
_SCOPES = frozenset({"mine", "server"})


class QueueBoard:
    """`act` is called by the controls, `show` and `ask` by commands that have acknowledged."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def show(self, interaction: Interaction, scope: str, number: int = 1) -> None:
        """The page of that number, or the last one there is, in the answer to the interaction."""
        await interaction.edit_original_response(
            view=await self._list(actor(interaction), scope, number, self._desk.texts(interaction))
        )

    async def ask(self, interaction: Interaction, scope: Scope | None) -> None:
        """What would be cancelled, and whether it should be; None: which that should be."""
        who, texts = actor(interaction), self._desk.texts(interaction)
        view = choose_view(texts) if scope is None else await self._question(who, scope, texts)
        await interaction.edit_original_response(view=view)

    async def act(self, interaction: Interaction, verb: str, subject: str) -> None:
        """What the control for `verb` is for. Raises `Refusal` for whoever may not, and for what cannot be."""
        who = actor(interaction)
        if verb not in {"page", "again"}:
            moderators_only(who)
        await acknowledge(interaction)
        view = await self._acted(who, verb, subject, self._desk.texts(interaction))
        await interaction.edit_original_response(view=view)

    async def _acted(self, who: Actor, verb: str, subject: str, texts: Texts) -> ui.LayoutView:
        queueing, guild_id, by = self._desk.queueing, who.guild_id, who.user_id
        match verb:
            case "pause" | "drain" | "resume":
                steps = {"pause": queueing.pause, "drain": queueing.drain, "resume": queueing.resume}
                await steps[verb](guild_id, by)
                return await self._list(who, "server", 1, texts)
            case "order" | "front" | "up" | "down" | "end":
                if verb != "order":
                    await self._move(who, OrderId(subject), verb)
                return await self._order(who, subject, texts)
            case "choose":
                return choose_view(texts)
            case "stop":
                return await self._question(who, Scope.load(subject), texts)
            case "sure":
                scope = Scope.load(subject)
                count = await queueing.cancel_where(
                    guild_id, by, order=scope.order, member=scope.member, channel=scope.channel
                )
                return done_view(count, texts)
            case _:
                scope_name, _, number = subject.partition("-")
                return await self._list(who, scope_name, int(number) if number.isdecimal() else 1, texts)

    async def _list(self, who: Actor, scope: str, number: int, texts: Texts) -> ui.LayoutView:
        scope = scope if scope in _SCOPES else "server"
        found = await self._desk.ordering.queue(who.guild_id, who.user_id if scope == "mine" else None)
        pages = max(1, -(-len(found) // PAGE))
        number = min(max(1, number), pages)
        shown = found[(number - 1) * PAGE : number * PAGE]
        unseen = [
            record.order.id
            for _, record in shown
            if record.order.context.requester_id != who.user_id and not who.sees(record.order.context.channel_id)
        ]
        page = QueuePage(
            entries=[(place, await self._placed(who, record)) for place, record in shown],
            scope=scope,
            number=number,
            pages=pages,
            rules=self._desk.queueing.rules(who.guild_id),
            moderator=who.moderator,
            unseen=frozenset(unseen),
        )
        return queue_view(page, texts)

    async def _order(self, who: Actor, order_id: str, texts: Texts) -> ui.LayoutView:
        return order_panel(await self._entry(who, order_id), texts)

    async def _entry(self, who: Actor, order_id: str) -> Entry:
        for place, record in await self._desk.ordering.queue(who.guild_id):
            if record.order.id == order_id:
                return place, await self._placed(who, record)
        raise Refusal("queue-gone")

    async def _placed(self, who: Actor, record: OrderRecord) -> OrderRecord:
        return replace(record, place=await self._desk.queueing.place(who.guild_id, record.order.id))

    async def _move(self, who: Actor, order_id: OrderId, verb: str) -> None:
        place = await self._desk.queueing.place(who.guild_id, order_id)
        if place is None or place.admitted:
            raise Refusal("not-waiting")
        now = place.ahead + 1
        to = {"front": FRONT, "up": max(FRONT, now - 1), "down": now + 1, "end": BACK}[verb]
        await self._desk.queueing.move(order_id, who.guild_id, to, who.user_id)

    async def _question(self, who: Actor, scope: Scope, texts: Texts) -> ui.LayoutView:
        weight = await self._desk.queueing.weigh(
            who.guild_id, order=scope.order, member=scope.member, channel=scope.channel
        )
        return ask_view(scope, weight, texts)


def moderators_only(who: Actor) -> None:
    """Raises `Refusal` for others: a server may have opened a command to everybody, and old panels stay around."""
    if not who.moderator:
        raise Refusal("moderators-only")

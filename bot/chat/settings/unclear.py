"""Unclear money in the panel: outputs of which Oxen never told what became of them, for a manager to clear."""

from collections.abc import Sequence
from typing import ClassVar

import discord
from discord import ui

from bot.chat.kit.components import button, row, select
from bot.chat.kit.words import ago, escape_markdown, mention
from bot.chat.settings.section import Call, Items, Section, Turn
from bot.domain.ids import GenerationId, short
from bot.store.wallet.ledger import Unclear

_NAME, _LABEL, _LISTED = 60, 100, 10  # characters; lines


class UnclearSection(Section):
    """What may have been charged, one line for each output; the one that is chosen, with the two things that it may be.

    What is said here is about money alone, and stays in the audit log. A result that turns up later is delivered.
    """

    name = "unclear"
    acts: ClassVar[Sequence[str]] = ("pick", "charged", "free")

    async def draw(self, call: Call) -> Items:
        texts, found = call.texts, await call.services.unclear_money.of(call.guild_id)
        if not found:
            return [ui.TextDisplay(texts("unclear-none"))]
        chosen = next((each for each in found if each.generation_id == call.arg), None)
        if chosen is not None:
            buttons = [
                button(self.at(call, "free", chosen.generation_id), texts("unclear-free"), discord.ButtonStyle.primary),
                button(self.at(call, "charged", chosen.generation_id), texts("unclear-charged", price=chosen.usd)),
            ]
            return [ui.TextDisplay(f"{_line(call, chosen)}\n{texts('unclear-ask')}"), row(*buttons)]
        lines = [_line(call, each) for each in found[:_LISTED]]
        options = [
            discord.SelectOption(
                label=texts("unclear-option", order=short(each.order_id), number=each.ordinal, price=each.usd)[:_LABEL],
                value=each.generation_id,
                description=each.model_name[:_LABEL],
            )
            for each in found
        ]
        return [
            ui.TextDisplay("\n".join(lines)),
            row(select(self.at(call, "pick"), texts("unclear-pick"), options)),
        ]

    async def act(self, call: Call) -> Turn:
        if call.address.verb == "pick":
            return Turn(arg=call.values[0] if call.values else "")
        charged = call.address.verb == "charged"
        one = await call.services.unclear_money.settle(
            call.guild_id, GenerationId(call.arg), call.user_id, charged=charged
        )
        told = {"order": short(one.order_id), "price": one.usd}
        return Turn(news=call.texts("unclear-booked" if charged else "unclear-freed", **told))


def _line(call: Call, one: Unclear) -> str:
    """Which output of which order by whom, what it may have cost, and where its card is."""
    link = f"https://discord.com/channels/{call.guild_id}/{one.channel_id}/{one.card_message_id or ''}"
    model = escape_markdown(one.model_name, _NAME)
    return call.texts(
        "unclear-line",
        order=f"[{short(one.order_id)}]({link})",
        number=one.ordinal,
        user=mention(one.requester_id),
        model=model,
        price=one.usd,
        when=ago(one.at),
    )

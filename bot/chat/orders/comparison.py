"""Values to messages: one prompt to several models, on one card and in one message with a vote. Pure."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

import discord
from discord import ui

from bot.chat.kit.components import ROW_ID, CustomId, PersistentItem, button, custom_ids, with_labels
from bot.chat.kit.words import duration, estimate_words, mention, payer_words, quote, settings_line, short_price
from bot.domain.ids import GenerationId
from bot.domain.orders.estimate import together
from bot.domain.orders.generation import Generation, GenerationState
from bot.domain.orders.order import Order, OrderRecord, Post
from bot.texts import Texts

VOTE = CustomId("drover:vote:{id}", id=ROW_ID)  # a generation's
_PROMPT, _MODEL = 300, 40  # characters
_COUNTED = " 🗳 "  # between a label and its votes


def compared_items(orders: Sequence[Order], money: str, texts: Texts) -> list[ui.Item[Any] | str]:
    """Who asks whom for what, and what that costs: the head of the card."""
    context = orders[0].context
    title = texts("compare-title", user=mention(context.requester_id), count=len(orders))
    return [f"### {title}", quote(orders[0].request.prompt, _PROMPT), money]


def compared_price(orders: Sequence[Order], texts: Texts) -> str:
    """What all of it will cost together, as far as that is known."""
    estimates = [order.request.total for order in orders]
    known = [estimate for estimate in estimates if estimate is not None]
    if len(known) < len(estimates):
        return texts("card-price-unknown")
    return texts("compare-price", estimate=estimate_words(together(known), texts))


def compared_money(record: OrderRecord, texts: Texts) -> str:
    """What all of it will cost or has cost, and who pays."""
    records, payer = [record, *record.others], payer_words(record.order.payer, texts)
    booked = [each.booked for each in records if each.booked is not None]
    if len(booked) < len(records):
        return " · ".join([compared_price([each.order for each in records], texts), payer])
    charged = [each.charged for each in booked if each.charged is not None]
    unclear = [each.unclear for each in booked if each.unclear is not None]
    parts: list[str] = []
    if charged:
        told = all(each.told for each in booked)
        parts.append(texts("card-charged" if told else "card-charged-about", price=sum(charged, Decimal(0))))
    if unclear:
        parts.append(texts("card-unclear", price=sum(unclear, Decimal(0))))
    elif any(each.unknown for each in booked):
        parts.append(texts("card-unclear-unknown"))
    return " · ".join([f"💵 {', '.join(parts)}", payer]) if parts else texts("card-charged-nothing")


def model_line(order: Order, number: int, texts: Texts) -> str:
    """One of the models, with its settings and its price."""
    total = order.request.total
    price = f" · {short_price(total, texts)}" if total is not None else ""
    return f"{number}. {settings_line(order.request, texts)}{price}"


def compared_headline(post: Post, texts: Texts, *, brief: bool = False) -> str:
    """Who is told of how many results, and what they were made of; `brief`: not that."""
    ready = sum(g.state is GenerationState.SUCCEEDED for g in post.generations)
    user, count = mention(post.order.context.requester_id), len(post.generations)
    told = texts("compare-ready", user=user, ready=ready, count=count)
    return told if brief else f"{told}\n{quote(post.order.request.prompt, _PROMPT)}"


def compared_line(generation: Generation, order: Order, texts: Texts, *, brief: bool = False) -> str:
    """One result: its model, its price, and how long it took; or that there is none."""
    line = f"{generation.ordinal}." if brief else model_line(order, generation.ordinal, texts)
    if generation.state is not GenerationState.SUCCEEDED or generation.ended_at is None:
        return f"{line} · {texts(f'state-{generation.state.value}')}"
    return f"{line} · {texts('result-took', took=duration(generation.ended_at - order.created_at, texts))}"


def vote_buttons(post: Post, texts: Texts) -> list[PersistentItem]:
    """One for each result, where there is a choice. Nobody has voted yet."""
    ready = [each for each in post.generations if each.state is GenerationState.SUCCEEDED]
    if len(ready) < 2:  # noqa: PLR2004 - between fewer nobody can choose
        return []
    models = {each.id: post.order_of(each).request.model_name[:_MODEL] for each in ready}
    return [
        button(VOTE(id=each.id), texts("compare-vote", number=str(each.ordinal), model=models[each.id]))
        for each in ready
    ]


def with_counts(message: discord.Message, counts: Mapping[GenerationId, int]) -> ui.View | ui.LayoutView:
    """The buttons of the message, with the votes counted on them; others stay as they are."""

    def counted(count: int, label: str) -> str:
        bare = label.partition(_COUNTED)[0]
        return f"{bare}{_COUNTED}{count}" if count else bare

    voted = {custom_id: said["id"] for custom_id in custom_ids(message) if (said := VOTE.parse(custom_id)) is not None}
    return with_labels(
        message, {custom_id: partial(counted, counts.get(GenerationId(id_), 0)) for custom_id, id_ in voted.items()}
    )

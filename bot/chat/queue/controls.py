"""The queue's panels: what each control shows or does. Everything is read anew from the rows at every press."""

from dataclasses import replace

from discord import ui

from bot.chat.kit.context import InteractionContext
from bot.chat.kit.control import Control, Press
from bot.chat.kit.replies import acknowledge
from bot.chat.queue.views import (
    BUTTON,
    CHANNEL,
    MEMBER,
    PAGE,
    PICK,
    QueuePage,
    ask_view,
    choose_view,
    done_view,
    load_scope,
    order_panel,
    queue_view,
)
from bot.domain.errors import Refusal
from bot.domain.ids import OrderId
from bot.domain.orders.order import OrderRecord
from bot.domain.orders.waiting import Scope
from bot.services.queue.queue_service import BACK, FRONT

_SCOPES = frozenset({"mine", "server"})


async def show_queue(context: InteractionContext, scope: str) -> None:
    """The first page, in the answer to the interaction."""
    await context.interaction.edit_original_response(view=await _list(context, scope, 1))


async def ask_to_cancel(context: InteractionContext, scope: Scope | None) -> None:
    """What would be cancelled, and whether it should be; None: which that should be. In the answer."""
    view = choose_view(context.texts) if scope is None else await _question(context, scope)
    await context.interaction.edit_original_response(view=view)


def moderators_only(context: InteractionContext) -> None:
    """Raises `Refusal` for others: a server may have opened a command to everybody, and old panels stay around."""
    if not context.moderator:
        raise Refusal("moderators-only")


async def _act(press: Press, verb: str, subject: str) -> None:
    """Does `verb` with the subject, and shows what came of it. Raises `Refusal` for whoever may not."""
    context = press.context
    if verb not in {"page", "again"}:
        moderators_only(context)
    await acknowledge(press.interaction)
    queue_service, guild_id, by = press.services.queue_service, context.guild_id, context.user_id
    match verb:
        case "pause" | "drain" | "resume":
            steps = {"pause": queue_service.pause, "drain": queue_service.drain, "resume": queue_service.resume}
            await steps[verb](guild_id, by)
            view = await _list(context, "server", 1)
        case "order":
            view = await _order(context, subject)
        case "front" | "up" | "down" | "end":
            order_id = OrderId(subject)
            place = await queue_service.place(guild_id, order_id)
            if place is None or place.admitted:
                raise Refusal("not-waiting")
            now = place.ahead + 1
            to = {"front": FRONT, "up": max(FRONT, now - 1), "down": now + 1, "end": BACK}[verb]
            await queue_service.move(order_id, guild_id, to, by)
            view = await _order(context, subject)
        case "choose":
            view = choose_view(context.texts)
        case "stop":
            view = await _question(context, load_scope(subject))
        case "sure":
            count = await queue_service.cancel(guild_id, by, load_scope(subject))
            view = done_view(count, context.texts)
        case _:
            scope_name, _, number = subject.partition("-")
            view = await _list(context, scope_name, int(number) if number.isdecimal() else 1)
    await press.interaction.edit_original_response(view=view)


async def _list(context: InteractionContext, scope: str, number: int) -> ui.LayoutView:
    """The page of that number, or the last one there is."""
    scope = scope if scope in _SCOPES else "server"
    services = context.services
    found = await services.order_service.queue(context.guild_id, context.user_id if scope == "mine" else None)
    pages = max(1, -(-len(found) // PAGE))
    number = min(max(1, number), pages)
    shown = found[(number - 1) * PAGE : number * PAGE]
    unseen = [
        record.order.id
        for _, record in shown
        if record.order.context.requester_id != context.user_id and not context.sees(record.order.context.channel_id)
    ]
    page = QueuePage(
        entries=[(place, await _placed(context, record)) for place, record in shown],
        scope=scope,
        number=number,
        pages=pages,
        rules=services.policy_service.known(context.guild_id),
        moderator=context.moderator,
        unseen=frozenset(unseen),
    )
    return queue_view(page, context.texts)


async def _order(context: InteractionContext, order_id: str) -> ui.LayoutView:
    """Raises `Refusal` when it is over."""
    for place, record in await context.services.order_service.queue(context.guild_id):
        if record.order.id == order_id:
            return order_panel((place, await _placed(context, record)), context.texts)
    raise Refusal("queue-gone")


async def _placed(context: InteractionContext, record: OrderRecord) -> OrderRecord:
    return replace(record, place=await context.services.queue_service.place(context.guild_id, record.order.id))


async def _question(context: InteractionContext, scope: Scope) -> ui.LayoutView:
    weight = await context.services.queue_service.weigh(context.guild_id, scope)
    return ask_view(scope, weight, context.texts)


CONTROLS = (
    Control(BUTTON, lambda press: _act(press, press.values["verb"], press.values["subject"])),
    Control(PICK, lambda press: _act(press, "order", press.chosen[0])),
    Control(MEMBER, lambda press: _act(press, "stop", f"member-{press.chosen[0]}")),
    Control(CHANNEL, lambda press: _act(press, "stop", f"channel-{press.chosen[0]}")),
)

"""What the controls do that take a result back: in *Details*, below reports, below what waits for a moderator's yes.

Who presses is looked at anew each time, in the rows and in Discord's rights.
"""

from collections.abc import Coroutine, Sequence
from typing import Any

import discord

from bot.chat.kit.components import layout
from bot.chat.kit.context import InteractionContext
from bot.chat.kit.control import Control, Press
from bot.chat.kit.modal import text_of
from bot.chat.kit.replies import acknowledge, acknowledge_after, defer, say
from bot.chat.results.button import output_shown
from bot.chat.results.details import show_details
from bot.chat.results.takeback import (
    CASE,
    REPORT,
    RESULT,
    REVIEW,
    ask_to_delete,
    case_view,
    deleted_text,
    report_form,
    review_answered,
)
from bot.domain.errors import Refusal
from bot.domain.ids import GenerationId, OrderId, PostId
from bot.domain.orders.generation import Generation
from bot.domain.orders.order import Order, Review
from bot.domain.orders.taking_back import Tidied, Wrong
from bot.domain.records.reports import PastOrder


async def delete_by_menu(context: InteractionContext, message: discord.Message) -> None:
    """Asks whether to delete the result that the message is. Raises `Refusal`."""
    output, past = await _of_message(context, message)
    _check_own(context, past.order)
    view = ask_to_delete(await _whole(context, past), output, context.texts)
    await context.interaction.response.send_message(view=view, ephemeral=True)


async def report_by_menu(context: InteractionContext, message: discord.Message) -> None:
    """Opens the form to report the result that the message is. Raises `Refusal`."""
    output, past = await _of_message(context, message)
    context.services.takeback.check_report(past.order, context.user_id)
    await context.interaction.response.send_modal(report_form(output, context.texts))


async def _of_message(context: InteractionContext, message: discord.Message) -> tuple[GenerationId, PastOrder]:
    output = output_shown(message)
    if output is None or message.author.id != context.interaction.application_id:
        raise Refusal("no-result")
    return output, await context.services.order_history.of_output(context.reader, output)


async def _whole(context: InteractionContext, past: PastOrder) -> Sequence[PastOrder]:
    """All that is told of together: the orders of a comparison, or the one."""
    if past.order.compared_in is None:
        return [past]
    return await context.services.order_history.compared(context.guild_id, past.generations[0].id)


def _outputs(whole: Sequence[PastOrder]) -> list[Generation]:
    return [output for past in whole for output in past.generations]


def _check_own(context: InteractionContext, order: Order) -> None:
    """Raises `Refusal` unless it is theirs, or they moderate where it is, or where it is gone."""
    if order.context.requester_id != context.user_id and not context.moderates(order.context.channel_id):
        raise Refusal("result-not-yours")
    if order.deleted_at is not None:
        raise Refusal("result-deleted")


async def _act(press: Press) -> None:
    context, verb, output = press.context, press.values["verb"], GenerationId(press.values["id"])
    past = await press.services.order_history.of_output(context.reader, output)
    if verb == "report":
        press.services.takeback.check_report(past.order, context.user_id)
        await press.interaction.response.send_modal(report_form(output, press.texts))
        return
    if verb != "keep":
        _check_own(context, past.order)
    await acknowledge(press.interaction)
    takeback, texts, order = press.services.takeback, press.texts, past.order
    moderator = context.moderates(order.context.channel_id)
    match verb:
        case "delete":
            view = ask_to_delete(await _whole(context, past), output, texts)
            await press.interaction.edit_original_response(view=view, attachments=[])
        case "sure":
            outputs = _outputs(await _whole(context, past))
            tidied = await takeback.delete(order, outputs, context.user_id, moderator=moderator)
            view = layout(deleted_text(tidied, texts))
            await press.interaction.edit_original_response(view=view, attachments=[])
        case "cover" | "uncover":
            tidied = await takeback.cover(order, context.user_id, covered=verb == "cover", moderator=moderator)
            news = texts("covered-done" if verb == "cover" else "uncovered-done", messages=tidied.name.lower())
            await show_details(press, news)
        case _:
            await show_details(press)


async def _reported(press: Press) -> None:
    """The form was sent in. A reason that no version has offered is no reason."""
    context, output = press.context, GenerationId(press.values["id"])
    wrong = text_of(press.answers, "wrong")
    if wrong not in set(Wrong):
        raise Refusal("control-gone")
    await defer(press.interaction, ephemeral=True)
    past = await press.services.order_history.of_output(context.reader, output)
    words = text_of(press.answers, "words")
    told = await press.services.takeback.complain(past.order, context.user_id, Wrong(wrong), words)
    await say(press.interaction, press.texts("report-done", told=told.name.lower()))


async def _case(press: Press) -> None:
    """The loop brings the message of the case up to date as well, as it does when somebody acts elsewhere."""
    context, verb = press.context, press.values["verb"]
    past = await press.services.order_history.of_output(context.reader, OrderId(press.values["id"]))
    order, takeback, by = past.order, press.services.takeback, context.user_id
    _moderators(context, order)
    work: Coroutine[Any, Any, Tidied | None]
    match verb:
        case "delete":
            work = takeback.delete(order, _outputs(await _whole(context, past)), by, moderator=True)
        case "cover":
            work = takeback.cover(order, by, covered=True, moderator=True)
        case _:
            work = takeback.dismiss(order, by)
    await acknowledge_after(press.interaction, work)
    view = case_view(await takeback.case(order), context.public, direct=False)
    await press.interaction.edit_original_response(view=view)


async def _review(press: Press) -> None:
    context, approved = press.context, press.values["verb"] == "approve"
    takeback, post_id = press.services.takeback, PostId(press.values["id"])
    order = await takeback.reviewed(context.guild_id, post_id)
    _moderators(context, order)
    decided = takeback.decide(post_id, order, context.user_id, approved=approved)
    await acknowledge_after(press.interaction, decided)
    review = Review.APPROVED if approved else Review.REFUSED
    view = review_answered(review, context.public, press.interaction.user.display_name)
    await press.interaction.edit_original_response(view=view)


def _moderators(context: InteractionContext, order: Order) -> None:
    if not context.moderates(order.context.channel_id):
        raise Refusal("moderators-only")


CONTROLS = (Control(RESULT, _act), Control(REPORT, _reported), Control(CASE, _case), Control(REVIEW, _review))

"""Values to messages: what takes a result back, its reports for moderators, the question before others see it. Pure."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import discord
from discord import ui

from bot.chat.kit.components import AMBER, GREY, RED, ROW_ID, CustomId, button, layout, plain_view, row
from bot.chat.kit.modal import choice_field, form, text_field
from bot.chat.kit.words import ago, escape_markdown, mention, message_link
from bot.domain.ids import ID_LENGTH, GenerationId, short
from bot.domain.orders.generation import GenerationState
from bot.domain.orders.order import Post, Review
from bot.domain.orders.taking_back import Case, Tidied, Wrong
from bot.domain.records.reports import PastOrder
from bot.services.delivery.takeback import WORDS
from bot.texts import Texts

_LISTED, _WORDS_SHOWN = 10, 200  # reports in the message; characters
_DANGER, _PLAIN = discord.ButtonStyle.danger, discord.ButtonStyle.secondary
_VERBS = "delete|sure|keep|cover|uncover|report"
RESULT = CustomId("drover:result:{verb}:{id}", verb=_VERBS, id=ROW_ID)  # the id is an output's
REPORT = CustomId("drover:report:{id}", id=ROW_ID)  # the form; the same
CASE = CustomId("drover:case:{verb}:{id}", verb="delete|cover|dismiss", id=ROW_ID)  # the id is the order's
REVIEW = CustomId("drover:review:{verb}:{id}", verb="approve|refuse", id=ROW_ID)  # the id is the post's


def result_actions(
    past: PastOrder, output: GenerationId, texts: Texts, *, own: bool, moderator: bool
) -> list[ui.Item[Any]]:
    """What the reader may do to the result: who made it takes it back, as moderators do; others report it."""
    order = past.order
    if order.deleted_at is not None:
        return []
    items: list[ui.Item[Any]] = []
    if own or moderator:
        items.append(button(RESULT(verb="delete", id=output), texts("result-delete"), _DANGER))
        if any(one.state is GenerationState.SUCCEEDED for one in past.generations):
            covered = order.request.spoiler
            label = texts("result-uncover" if covered else "result-cover")
            items.append(button(RESULT(verb="uncover" if covered else "cover", id=output), label))
    if not own:
        items.append(button(RESULT(verb="report", id=output), texts("result-report")))
    return [row(*items)]


def ask_to_delete(whole: Sequence[PastOrder], output: GenerationId, texts: Texts) -> ui.LayoutView:
    """What goes and what stays, before it is too late. `whole`: the orders that are told of together."""
    outputs = [one for past in whole for one in past.generations]
    left = any(not one.state.ended for one in outputs)
    cost = sum((past.cost for past in whole if past.cost is not None), Decimal(0))
    lines = [texts("delete-ask", count=len(outputs), left="yes" if left else "no")]
    lines.append(texts("delete-money", cost=cost or "none"))
    yes = button(RESULT(verb="sure", id=output), texts("delete-yes"), _DANGER)
    return layout("\n".join(lines), row(yes, button(RESULT(verb="keep", id=output), texts("delete-keep"))), colour=RED)


def deleted_text(tidied: Tidied, texts: Texts) -> str:
    """What has become of the messages."""
    return texts("delete-done", messages=tidied.name.lower())


def report_form(output: GenerationId, texts: Texts) -> ui.Modal:
    """What is wrong with the result, and in the member's own words if they want."""
    choices = [(each.value, texts(f"wrong-{each.value}")) for each in Wrong]
    fields = [
        choice_field("wrong", texts("report-wrong"), choices, required=True),
        text_field("words", texts("report-words"), long=True, most=WORDS),
    ]
    return form(REPORT(id=output), texts("report-title"), fields)


def case_view(case: Case, texts: Texts, *, direct: bool) -> ui.LayoutView:
    """The reports of a result, with what moderators can do; in a direct message, where nothing can be pressed, how."""
    order, verdict = case.order, case.verdict
    open_ = verdict is None
    there = case.result.message_id if case.result is not None and case.result.direct_to is None else None
    link = message_link(order.request.title, order.context, there)
    lines = [texts("case-title", count=len(case.complaints), result=link)]
    lines.append(
        texts("case-about", user=mention(order.context.requester_id), channel=f"<#{order.context.channel_id}>")
    )
    for one in case.complaints[:_LISTED]:
        said = f": {escape_markdown(' '.join(one.words.split()), _WORDS_SHOWN)}" if one.words else ""
        lines.append(f"- {mention(one.by)} · {texts(f'wrong-{one.wrong.value}')}{said} · {ago(one.made_at)}")
    if len(case.complaints) > _LISTED:
        lines.append(texts("lineage-more", count=len(case.complaints) - _LISTED))
    shown: list[ui.Item[Any] | str] = ["\n".join(lines)]
    if verdict is not None:
        by = mention(case.decided_by) if case.decided_by else texts("act-nobody")
        shown.append(texts(f"verdict-{verdict.value}", user=by))
    if direct:
        shown.append(texts("case-direct"))
    elif open_:
        verbs = ("delete", "cover", "dismiss") if not order.request.spoiler else ("delete", "dismiss")
        styles = {"delete": _DANGER}
        shown.append(
            row(*(button(CASE(verb=v, id=order.id), texts(f"case-{v}"), styles.get(v, _PLAIN)) for v in verbs))
        )
    shown.append(f"-# {texts('card-footer', order=short(order.id))}")
    return layout(*shown, colour=AMBER if open_ else GREY)


def review_buttons(post: Post, texts: Texts) -> ui.View:
    """The yes and the no of moderators."""
    return plain_view(
        button(REVIEW(verb="approve", id=post.id), texts("review-approve"), discord.ButtonStyle.success),
        button(REVIEW(verb="refuse", id=post.id), texts("review-refuse"), _DANGER),
    )


def review_answered(review: Review, texts: Texts, who: str = "") -> ui.View:
    """What has become of the question, in the place of its buttons. `who` said so, if that is known."""
    label = texts("review-answered", review=review.value, who=who or "none")[:80]
    return plain_view(button(REVIEW(verb="approve", id="0" * ID_LENGTH), label, disabled=True))

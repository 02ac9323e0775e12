"""Values to messages: the post that tells a channel how an order ended. Pure; nothing here sends anything.

A plain message and not a card: its files play and download everywhere, and it can be searched and forwarded.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import discord
from discord import ui

from bot.chat.kit.components import ROW_ID, CustomId, button, custom_ids, plain_view
from bot.chat.kit.files import FileShown
from bot.chat.kit.input_files import result_url
from bot.chat.kit.words import duration, escape_markdown, mention, quote, settings_line, short_price
from bot.chat.orders.cards import FRESH_LINK, fresh_link
from bot.chat.orders.comparison import compared_headline, compared_line, vote_buttons
from bot.domain.ids import NOBODY, GenerationId, GuildId, short
from bot.domain.messenger import Form, OutgoingResult
from bot.domain.models.catalogue import MediaKind
from bot.domain.orders.generation import Generation, GenerationState, Reason
from bot.domain.orders.inputs import with_given_names
from bot.domain.orders.order import UNSEEN, Order, Post, ValidatedRequest
from bot.domain.orders.payer import Payer
from bot.services.ordering.links import Links
from bot.texts import Texts

CONTENT_LIMIT, ALT_LIMIT, MOST_BUTTONS = 2000, 1024, 25  # characters, and components (FACTS sections 2 and 4)
_PROMPT_SHOWN = 300  # characters; the rest is behind a button
_DETAIL_SHOWN = 300
_SUFFIXES = {MediaKind.VIDEO: "mp4", MediaKind.IMAGE: "png"}
TRY_AGAIN = CustomId("drover:again:{id}", id=ROW_ID)  # the id is the order's
TRY_SURELY = CustomId("drover:surely:{id}", id=ROW_ID)  # although it may be paid twice
_UNCLEAR = frozenset({Reason.LOST, Reason.FORGOTTEN, Reason.KEY_LOST})  # ended for us; it may well have been made


def result_text(outgoing: OutgoingResult, texts: Texts, *, spare: int = 0) -> str:
    """The text of the result message, within Discord's limit less `spare` characters.

    For whom, what was asked for, with which settings, what is to be said of single outputs, the price, the time taken.
    """
    post, request = outgoing.post, outgoing.post.order.request
    ends = [_made_line(post, texts), f"-# {post_mark(post, texts)}"]
    lines = [compared_headline(post, texts, brief=outgoing.form.brief) if post.compared else _headline(post, texts)]
    if not outgoing.form.brief and not post.compared:
        prompt = " ".join(request.prompt.split())
        lines += [quote(prompt, _PROMPT_SHOWN)] if prompt else []
        lines.append(settings_line(request, texts))
    untold = 0
    for generation in post.generations:
        if post.compared:
            lines.append(compared_line(generation, post.order_of(generation), texts, brief=outgoing.form.brief))
        said = list(exceptions(generation, outgoing, texts))
        fits = (each for each in said if len("\n".join([*lines, each, *ends])) <= CONTENT_LIMIT - spare)
        line = next((each for each in said if each in lines), None) or next(fits, None)
        if line is not None and line not in lines:  # four outputs may have failed for one reason
            lines.append(line)
        untold += line is None and bool(said)
    while untold:
        rest = texts("result-rest", count=untold)
        if len("\n".join([*lines, rest, *ends])) <= CONTENT_LIMIT - spare:
            lines.append(rest)
            break
        lines.pop()
        untold += 1
    return "\n".join([*lines, *(end for end in ends if end)])


def _made_line(post: Post, texts: Texts) -> str:
    """What it cost as far as that is known, how long it took, and that a machine made it; "" where nothing was made."""
    ends = [g.ended_at for g in post.generations if g.state is GenerationState.SUCCEEDED and g.ended_at is not None]
    if not ends:
        return ""
    if post.compared:  # each has its own price and time
        return f"-# {texts('made-with-ai')}"
    estimate = post.order.request.estimate
    parts = [short_price(estimate.times(len(ends)), texts)] if estimate is not None and estimate.known else []
    parts += [texts("result-took", took=duration(max(ends) - post.order.created_at, texts)), texts("made-with-ai")]
    return f"-# {' · '.join(parts)}"


def alt_text(generation: Generation, order: Order, texts: Texts) -> str:
    """What a file shows, for those who cannot see it."""
    request = order.request
    about = texts("result-alt", kind=request.kind.value, model=request.model_name, ordinal=str(generation.ordinal))
    words = " ".join(request.prompt.split())
    return f"{about} {words}".strip()[:ALT_LIMIT]


def post_mark(post: Post, texts: Texts) -> str:
    """What tells this post from every other in its channel: the order's short id and the part."""
    return texts("result-footer", order=short(post.order.id), part=str(post.part))


def _headline(post: Post, texts: Texts) -> str:
    user = mention(post.order.context.requester_id)
    states = [g.state for g in post.generations]
    ready, count = states.count(GenerationState.SUCCEEDED), len(states)
    values = {"user": user, "kind": post.order.request.kind.value}
    if ready and post.review is not None and post.review in UNSEEN:
        return texts("result-unseen", review=post.review.value, **values)
    if ready == count and any(generation.late for generation in post.generations):
        return texts("result-late", count=count, **values)
    if ready == count == post.order.request.count or (post.part > 1 and ready == count):
        return texts("result-ready" if post.part == 1 else "result-more", count=count, **values)
    if ready:
        return texts("result-partly", user=user, ready=ready, count=post.order.request.count)
    if all(state is GenerationState.CANCELLED for state in states):
        return texts("result-cancelled", count=count, **values)
    unclear = all(generation.reason in _UNCLEAR for generation in post.generations)
    return texts("result-unclear" if unclear else "result-failed", count=count, **values)


def exceptions(generation: Generation, outgoing: OutgoingResult, texts: Texts) -> Iterator[str]:
    """What is to be said of a generation beyond its attached file; the next where the first does not fit."""
    payer = outgoing.post.order.payer
    if generation.state is GenerationState.SUCCEEDED and outgoing.post.review in UNSEEN:
        return
    if generation.id in outgoing.copies and generation.id in outgoing.links and not outgoing.form.brief:
        copy, url = outgoing.copies[generation.id].value, outgoing.links[generation.id]
        original = texts(
            "result-original-covered" if outgoing.post.order.request.spoiler else "result-original", url=url
        )
        yield texts("result-copy", ordinal=generation.ordinal, copy=copy, original=original)
    if generation.id in outgoing.files:
        return
    if generation.id in outgoing.links and not outgoing.form.brief:
        covered, url = outgoing.post.order.request.spoiler, outgoing.links[generation.id]
        why = "forbidden" if outgoing.form is Form.LINKS else "large"
        yield texts("result-link-covered" if covered else "result-link", ordinal=generation.ordinal, url=url, why=why)
    if generation.state is GenerationState.SUCCEEDED and generation.id in outgoing.links:
        yield texts("result-kept", ordinal=generation.ordinal, id=generation.id)
    elif generation.state is GenerationState.SUCCEEDED:
        yield texts("result-unfetchable", ordinal=generation.ordinal, namespace=namespace_text(payer, texts))
    elif generation.reason is Reason.CANCELLED:
        if generation.cancel_requested_by == NOBODY:
            yield texts("result-cancelled-left")
        elif generation.cancel_requested_by is not None:
            yield texts("result-cancelled-by", user=mention(generation.cancel_requested_by))
        elif generation.detail:
            yield texts("reason-provider", detail=escape_markdown(generation.detail, _DETAIL_SHOWN))
    else:
        told = replace(generation, detail=None) if outgoing.form.brief else generation
        yield reason_line(told, outgoing.post.order_of(generation), texts)


def namespace_text(payer: Payer, texts: Texts) -> str:
    """The namespace by its name, or by whose it is."""
    return payer.namespace or texts("namespace-own" if payer.key is None else "namespace-key")


def reason_line(generation: Generation, order: Order, texts: Texts) -> str:
    """Why it ended without a result."""
    payer = order.payer
    detail = escape_markdown(with_given_names(generation.detail or "", order.request.inputs), _DETAIL_SHOWN)
    reason = generation.reason or Reason.LOST
    if reason is Reason.INPUT_REFUSED and not order.request.inputs:  # a link that was typed, or the words themselves
        reason = Reason.PROVIDER
    if reason is Reason.PROVIDER and not detail:
        return texts("reason-provider-silent")
    if reason is Reason.NO_CREDIT and payer == Payer():
        return texts("reason-no-credit-own")
    return texts(f"reason-{reason.value}", detail=detail, namespace=namespace_text(payer, texts))


def result_buttons(outgoing: OutgoingResult, texts: Texts, more: Sequence[ui.Item[Any]] = ()) -> ui.View | None:
    """A button for each result that is not attached as it was made, one to order again what failed, and `more`."""
    post = outgoing.post
    linked = [g for g in post.generations if g.id in outgoing.links and not outgoing.as_made(g.id)]
    items: list[ui.Item[Any]] = [*vote_buttons(post, texts)] if post.compared else []
    failed = {generation.order_id: generation for generation in post.generations if generation.worth_repeating}
    items += [fresh_link(g, texts) for g in linked[: MOST_BUTTONS - len(items) - len(failed) - len(more)]]
    for order_id, generation in failed.items():
        number = f" · {generation.ordinal}" if post.compared else ""
        label = f"{texts('result-try-again')}{number}"
        items.append(button(TRY_AGAIN(id=order_id), label, discord.ButtonStyle.primary))
    items += more
    return plain_view(*items) if items else None


async def large_results(message: discord.Message, guild_id: GuildId, links: Links) -> list[FileShown]:
    """The results that the message of ours only links to; the rows of the guild's orders tell what each of them is."""
    ids = map(FRESH_LINK.parse, custom_ids(message))
    found: list[FileShown] = []
    for generation_id in [GenerationId(each["id"]) for each in ids if each is not None]:
        validated = await links.request_in(guild_id, generation_id)
        if validated is not None:
            found.append(result_shown(generation_id, validated, len(found) + 1))
    return found


def result_shown(generation_id: GenerationId, validated: ValidatedRequest, number: int = 1) -> FileShown:
    """A result of ours as a file, wherever it is: its link is asked for when it is needed."""
    name = f"result-{number}.{_SUFFIXES[validated.kind]}"
    return FileShown(
        id=number, url=result_url(generation_id), name=name, spoiler=validated.spoiler, result=generation_id
    )

"""*Details*: all that is known of a result, for whoever presses it, with what it was made from and what came of it."""

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import discord
from discord import ui

from bot.chat.kit.components import layout
from bot.chat.kit.context import InteractionContext
from bot.chat.kit.control import Press
from bot.chat.kit.previews import Preview, Seen
from bot.chat.kit.replies import defer
from bot.chat.kit.words import (
    ago,
    duration,
    mention,
    message_link,
    quote,
    settings_line,
    shots_lines,
)
from bot.chat.orders.cards import state_line
from bot.chat.orders.messages import reason_line
from bot.chat.results.button import DETAILS_ID, ResultButton
from bot.chat.results.takeback import result_actions
from bot.domain.ids import GenerationId
from bot.domain.orders.generation import Generation, GenerationState, Reason
from bot.domain.records.reports import Lineage, PastOrder
from bot.services.delivery.delivery import file_stem
from bot.texts import Texts

_PROMPT, _SHOTS = 1800, 1800  # characters of a prompt, and of all shots
_ALT = 200  # characters of what a picture shows
_LINEAGE = 450  # characters, in each direction
_PROMPT_FILE = "prompt.txt"


def order_lines(past: PastOrder, texts: Texts, *, prompt: int = _PROMPT, shots: int = _SHOTS) -> list[str]:
    """Two texts: what was ordered, by whom, when and for how much; and how each output ended."""
    order, validated = past.order, past.order.request
    listed = validated.shots
    words = shots_lines(listed, texts)[:shots] if listed else quote(validated.prompt, prompt)
    if past.wordless or not (listed or validated.prompt):
        words = texts("history-forgotten" if past.wordless else "history-no-words")
    when = f"{discord.utils.format_dt(order.created_at, 'f')} ({ago(order.created_at)})"
    facts = texts(
        "history-facts", user=who(past, texts), when=when, cost=past.cost if past.cost is not None else "none"
    )
    ends = [one.ended_at for one in past.generations if one.ended_at and one.state is GenerationState.SUCCEEDED]
    if ends:
        facts = f"{facts} · {texts('result-took', took=duration(max(ends) - order.created_at, texts))}"
    states: list[str] = []
    for one in past.generations:
        state = texts("history-output", ordinal=str(one.ordinal), state=past_state(past, one, texts))
        states.append(f"{state} · `{one.id}`")
        if one.reason is not None and one.reason is not Reason.CANCELLED:
            states.append(f"-# {reason_line(one, order, texts)}")
    head = [f"### {link_to(past, texts)}", words, settings_line(validated, texts), facts]
    return ["\n".join(head), "\n".join(states)]


def past_state(past: PastOrder, one: Generation, texts: Texts) -> str:
    """How an output of it ended, or that it was deleted."""
    return texts("state-deleted") if past.order.deleted_at is not None else state_line(one, texts)


def lineage_lines(lineage: Lineage, texts: Texts) -> list[str]:
    """What it was made from, back to the first; what was made of it."""
    lines: list[str] = []
    if lineage.ancestors:
        lines.append(texts("lineage-from", orders=_shown(lineage.ancestors, texts)))
    if lineage.children:
        lines.append(texts("lineage-children", orders=_shown(lineage.children, texts)))
    return lines


def _shown(relatives: Sequence[PastOrder], texts: Texts) -> str:
    """Links are long: as many as there is room for, then how many more there are."""
    links: list[str] = []
    for past in relatives:
        link = texts("lineage-deleted") if past.order.deleted_at is not None else link_to(past, texts)
        if sum(map(len, links)) + len(link) > _LINEAGE:
            return f"{' · '.join(links)} · {texts('lineage-more', count=len(relatives) - len(links))}"
        links.append(link)
    return " · ".join(links)


def link_to(past: PastOrder, texts: Texts) -> str:
    """The prompt's beginning, as a link to the post, or to the order's card where there is none."""
    posted = next((past.posts[g.id] for g in past.generations if g.id in past.posts), None)
    return message_link(words_of(past, texts), past.order.context, posted or past.order.context.card_message_id)


def words_of(past: PastOrder, texts: Texts) -> str:
    """What it is about, in a few words; that they were deleted, when they were."""
    return texts("history-forgotten") if past.wordless else past.order.request.title


def who(past: PastOrder, texts: Texts) -> str:
    return texts("history-somebody") if past.forgotten else mention(past.order.context.requester_id)


def with_picture(line: str, past: PastOrder, picture: Preview | None, texts: Texts) -> ui.Item[Any] | str:
    """A line of a list, with the picture beside it where there is one; of what was deleted none is shown."""
    if picture is None or past.wordless:
        return line
    thumbnail = ui.Thumbnail[Any](picture.url, description=words_of(past, texts)[:_ALT], spoiler=picture.covered)
    return ui.Section(line, accessory=thumbnail)


async def previews_of(
    context: InteractionContext, wanted: Iterable[tuple[PastOrder, GenerationId]], *, requests: int
) -> Mapping[GenerationId, Preview | None]:
    """What these outputs look like, each as its message shows it; None of those whose message is gone.

    Of some it is not known, after so many requests at most, and some have no file in their message.
    """
    posted = [
        (past, one)
        for past, each in wanted
        for one in past.generations
        if one.id == each and each in past.posts and past.order.deleted_at is None
    ]
    places = [(past.order.context.channel_id, past.posts[one.id]) for past, one in posted]
    seen = await context.front_end.previews.of(context.guild_id, places, requests=requests)
    found: dict[GenerationId, Preview | None] = {}
    for past, one in posted:
        message = seen.get(past.posts[one.id], Seen())
        preview = message.files.get(file_stem(past.order, one))
        if message.gone:
            found[one.id] = None
        elif preview is not None:
            covered = past.order.request.spoiler or context.covers(past.order.context.channel_id)
            found[one.id] = replace(preview, covered=preview.covered or covered)
    return found


async def show_details(press: Press, news: str | None = None) -> None:
    """In a panel of one's own, below the `news`. A prompt that is too long for it comes as a file as well."""
    if not press.interaction.response.is_done():
        await defer(press.interaction, ephemeral=True)
    context, output = press.context, GenerationId(press.values["id"])
    history, texts = press.services.order_history, press.texts
    past = await history.of_output(context.reader, output)
    lineage = await history.lineage(past)
    shown: list[ui.Item[Any] | str] = [*([news] if news is not None else []), *order_lines(past, texts)]
    files: list[discord.File] = []
    if len(past.order.request.prompt) > _PROMPT and not past.wordless:
        files.append(discord.File(io.BytesIO(past.order.request.prompt.encode()), filename=_PROMPT_FILE))
        shown.append(ui.File(f"attachment://{_PROMPT_FILE}"))
    relatives = lineage_lines(lineage, texts)
    if relatives:
        shown.append("\n".join(relatives))
    own, moderator = (
        past.order.context.requester_id == context.user_id,
        context.moderates(past.order.context.channel_id),
    )
    shown += result_actions(past, output, texts, own=own, moderator=moderator)
    view = layout(*shown, f"-# {texts('made-with-ai')} · `{past.order.id}`")
    await press.interaction.edit_original_response(view=view, attachments=files)


DETAILS = ResultButton(
    id=DETAILS_ID,
    handle=show_details,
    label=lambda _, texts: texts("result-details"),
    applies=lambda _: True,
)

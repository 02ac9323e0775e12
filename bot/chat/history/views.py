"""Values to messages: pages of what was ordered once, and one order with its results. Pure."""

from collections import Counter
from collections.abc import Sequence

import discord
from bot.domain.ids import short
from bot.domain.orders.generation import Generation, Reason
from bot.domain.orders.order import Order
from bot.domain.records.history import Page, PastOrder, Way
from discord import ui

from bot.chat.history.controls import HistoryGo, HistoryOpen, Place
from bot.chat.history.results import Back
from bot.chat.kit.money import dollars
from bot.chat.kit.translation import Texts
from bot.chat.kit.words import ago, escape_markdown, mention, quote, settings_line, shots_lines, shots_of, title_of
from bot.chat.orders.cards import state_line
from bot.chat.orders.messages import namespace_text, reason_line

_LABEL, _PROMPT, _SHOTS = 50, 1000, 1500  # characters of a prompt: in a list, in full; of all shots
_ROOM = 3600  # characters; the texts of a message share 4,000
_GREY = 0x6B7280


def history_view(page: Page, place: Place, texts: Texts) -> ui.LayoutView:
    """The page, with a select to open an order and buttons to turn it."""
    container: ui.Container[ui.LayoutView] = ui.Container(accent_colour=discord.Colour(_GREY))
    title = texts(
        "history-title", whose="member" if place.member else "server", words=escape_markdown(place.words, 80) or "none"
    )
    container.add_item(ui.TextDisplay(f"### {title}"))
    lines = [_line(past, texts, named=place.member is None) for past in page.entries]
    container.add_item(ui.TextDisplay("\n".join(lines) or texts("history-none", more="yes" if page.older else "no")))
    if page.entries:
        options = [_option(past, texts) for past in page.entries]
        select: ui.ActionRow[ui.LayoutView] = ui.ActionRow()
        select.add_item(HistoryOpen(place, placeholder=texts("history-open"), options=options))
        container.add_item(select)
    if page.newer or page.older:
        row: ui.ActionRow[ui.LayoutView] = ui.ActionRow()
        newer, older = place.at(Way.NEWER, page.newer), place.at(Way.OLDER, page.older)
        row.add_item(HistoryGo(newer, label=texts("history-newer"), disabled=page.newer is None))
        row.add_item(HistoryGo(older, label=texts("history-older"), disabled=page.older is None))
        container.add_item(row)
    return _alone(container)


def order_view(past: PastOrder, results: Sequence[Back], place: Place | None, texts: Texts) -> ui.LayoutView:
    """One order, what became of it, and its results. `place` is the page to which a button leads back."""
    order, validated = past.order, past.order.request
    container: ui.Container[ui.LayoutView] = ui.Container(accent_colour=discord.Colour(_GREY))
    shots = shots_of(validated)
    words = shots_lines(shots, texts)[:_SHOTS] if shots else quote(validated.prompt, _PROMPT)
    if past.wordless or not (shots or validated.prompt):
        words = texts("history-forgotten" if past.wordless else "history-no-words")
    head = [f"### {_link(past, texts)}", words, settings_line(validated, texts), _facts(past, texts)]
    container.add_item(ui.TextDisplay("\n".join(head)))
    container.add_item(ui.TextDisplay("\n".join(_state(one, order, texts) for one in past.generations)))
    files = [discord.MediaGalleryItem(one.file, spoiler=validated.spoiler) for one in results if one.file is not None]
    if files:
        container.add_item(ui.MediaGallery(*files))
    room = _ROOM - sum(len(child.content) for child in container.children if isinstance(child, ui.TextDisplay))
    told = _told(past, results, room, texts)
    if told:
        container.add_item(ui.TextDisplay("\n".join(told)))
    if place is not None:
        row: ui.ActionRow[ui.LayoutView] = ui.ActionRow()
        row.add_item(HistoryGo(place, label=texts("history-back")))
        container.add_item(row)
    container.add_item(ui.TextDisplay(f"-# `{order.id}`"))
    return _alone(container)


def _alone(container: ui.Container[ui.LayoutView]) -> ui.LayoutView:
    view = ui.LayoutView(timeout=None)
    view.add_item(container)
    return view


def _line(past: PastOrder, texts: Texts, *, named: bool) -> str:
    counted = Counter(state_line(g, texts) for g in past.generations)
    states = ", ".join(texts("queue-state", count=n, state=state) for state, n in counted.items())
    return texts(
        "history-line",
        kind=past.order.request.kind.value,
        link=_link(past, texts),
        model=escape_markdown(past.order.request.model_name, 40),
        states=states,
        cost=_cost(past),
        age=ago(past.order.created_at),
        user=_who(past, texts) if named else "none",
    )


def _option(past: PastOrder, texts: Texts) -> discord.SelectOption:
    order = past.order
    label = texts("history-option", order=short(order.id), words=" ".join(words_of(past, texts).split()))
    return discord.SelectOption(label=label[:100], value=order.id, description=order.request.model_name[:100])


def words_of(past: PastOrder, texts: Texts) -> str:
    """What it is about, in a few words; that they were deleted, when they were."""
    return texts("history-forgotten") if past.wordless else title_of(past.order.request)


def _link(past: PastOrder, texts: Texts) -> str:
    """The prompt's beginning, as a link to the post, or to the order's card where there is none."""
    context = past.order.context
    label = escape_markdown(" ".join(words_of(past, texts).split()), _LABEL)
    message = next((past.posts[g.id] for g in past.generations if g.id in past.posts), context.card_message_id)
    if message is None:
        return label
    label = label.replace("[", "(").replace("]", ")")  # a bracket would end the link's text
    return f"[{label}](https://discord.com/channels/{context.guild_id}/{context.channel_id}/{message})"


def _who(past: PastOrder, texts: Texts) -> str:
    return texts("history-somebody") if past.forgotten else mention(past.order.context.requester_id)


def _cost(past: PastOrder) -> str:
    return dollars(past.cost) if past.cost is not None else "none"


def _facts(past: PastOrder, texts: Texts) -> str:
    created = past.order.created_at
    when = f"{discord.utils.format_dt(created, 'f')} ({ago(created)})"
    return texts("history-facts", user=_who(past, texts), when=when, cost=_cost(past))


def _state(generation: Generation, order: Order, texts: Texts) -> str:
    line = texts("history-output", ordinal=str(generation.ordinal), state=state_line(generation, texts))
    if generation.reason is None or generation.reason is Reason.CANCELLED:
        return f"{line} · `{generation.id}`"
    return f"{line} · `{generation.id}`\n-# {reason_line(generation, order, texts)}"


def _told(past: PastOrder, results: Sequence[Back], room: int, texts: Texts) -> list[str]:
    """What is to be said of results that cannot be played here. Links are long: there is room for a few."""
    namespace = namespace_text(past.order.payer, texts)
    others = [one for one in results if one.file is None]
    short_lines = [texts("history-alone", ordinal=str(one.generation.ordinal)) for one in others]
    room -= sum(len(line) + 1 for line in short_lines)
    lines: list[str] = []
    for one, short_line in zip(others, short_lines, strict=True):
        line = _outcome(one, namespace, texts, covered=past.order.request.spoiler)
        fits = len(line) - len(short_line) <= room
        room -= len(line) - len(short_line) if fits else 0
        lines.append(line if fits else short_line)
    return lines


def _outcome(one: Back, namespace: str, texts: Texts, *, covered: bool) -> str:
    ordinal = str(one.generation.ordinal)
    if one.link is not None:
        return texts("history-link-covered" if covered else "history-link", ordinal=ordinal, url=one.link)
    return texts(
        "history-later" if one.later else "history-gone", ordinal=ordinal, namespace=escape_markdown(namespace, 80)
    )

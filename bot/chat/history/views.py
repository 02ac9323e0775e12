"""Values to messages: a page of what was made, and one order of it with its results. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import discord
from discord import ui

from bot.chat.kit.components import ROW_ID, CustomId, button, layout, row, select
from bot.chat.kit.money import dollars
from bot.chat.kit.words import ago, escape_markdown, mention, quote, settings_line, shots_lines, shots_of, title_of
from bot.chat.orders.cards import state_line
from bot.chat.orders.messages import namespace_text, reason_line
from bot.domain.ids import OrderId, UserId, short
from bot.domain.orders.generation import Generation, Reason
from bot.domain.orders.order import Order
from bot.domain.records.reports import Page, PastOrder, Way
from bot.texts import Texts

_LABEL, _PROMPT, _SHOTS = 50, 1000, 1500  # characters of a prompt: in a list, in full; of all shots
_ROOM = 3600  # characters; the texts of a message share 4,000
_GREY = 0x6B7280


WORDS = 36  # characters to search for; a custom_id has 100 (FACTS section 2)
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_PLACE = {"way": "[noa]", "start": f"-|{ROW_ID}", "member": "[0-9a-z]{1,13}", "words": ".*"}
GO = CustomId("drover:past:{way}:{start}:{member}:{words}", **_PLACE)
OPEN = CustomId("drover:open:{way}:{start}:{member}:{words}", **_PLACE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in whose history somebody is: `member` None is the whole guild."""

    member: UserId | None
    words: str = ""
    way: Way = Way.NEWEST
    start: OrderId | None = None

    def at(self, way: Way, start: OrderId | None) -> "Place":
        return replace(self, way=way, start=start)

    def dump(self) -> dict[str, str]:
        """As a custom_id says it."""
        digits, number = "", self.member or 0
        while number:
            number, digit = divmod(number, 36)
            digits = _DIGITS[digit] + digits
        return {
            "way": self.way.value,
            "start": self.start or "-",
            "member": digits or "0",
            "words": self.words[:WORDS],
        }

    @classmethod
    def load(cls, values: Mapping[str, str]) -> Self:
        """What `dump` wrote."""
        start, member = values["start"], int(values["member"], 36)
        return cls(
            member=UserId(member) if member else None,
            words=values["words"],
            way=Way(values["way"]),
            start=OrderId(start) if start != "-" else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundResult:
    """A result that was looked for: `file` can be played in a message, `link` opens it elsewhere.

    Neither: it is gone, or (`later`) nobody could tell just now.
    """

    generation: Generation
    file: str | None = None
    link: str | None = None
    later: bool = False


def history_view(page: Page, place: Place, texts: Texts) -> ui.LayoutView:
    """The page, with a select to open an order and buttons to turn it."""
    title = texts(
        "history-title", whose="member" if place.member else "server", words=escape_markdown(place.words, 80) or "none"
    )
    lines = [_line(past, texts, named=place.member is None) for past in page.entries]
    listed = "\n".join(lines) or texts("history-none", more="yes" if page.older else "no")
    shown: list[ui.Item[Any] | str] = [f"### {title}", listed]
    if page.entries:
        options = [_option(past, texts) for past in page.entries]
        shown.append(row(select(OPEN(**place.dump()), texts("history-open"), options)))
    if page.newer or page.older:
        newer, older = place.at(Way.NEWER, page.newer), place.at(Way.OLDER, page.older)
        shown.append(
            row(
                button(GO(**newer.dump()), texts("history-newer"), disabled=page.newer is None),
                button(GO(**older.dump()), texts("history-older"), disabled=page.older is None),
            )
        )
    return layout(*shown, colour=_GREY)


def order_view(past: PastOrder, results: Sequence[FoundResult], place: Place | None, texts: Texts) -> ui.LayoutView:
    """One order, what became of it, and its results. `place` is the page to which a button leads back."""
    order, validated = past.order, past.order.request
    shots = shots_of(validated)
    words = shots_lines(shots, texts)[:_SHOTS] if shots else quote(validated.prompt, _PROMPT)
    if past.wordless or not (shots or validated.prompt):
        words = texts("history-forgotten" if past.wordless else "history-no-words")
    head = [f"### {_link(past, texts)}", words, settings_line(validated, texts), _facts(past, texts)]
    states = [_state(one, order, texts) for one in past.generations]
    texts_shown = ["\n".join(head), "\n".join(states)]
    shown: list[ui.Item[Any] | str] = [*texts_shown]
    files = [discord.MediaGalleryItem(one.file, spoiler=validated.spoiler) for one in results if one.file is not None]
    if files:
        shown.append(ui.MediaGallery(*files))
    told = _told(past, results, _ROOM - sum(map(len, texts_shown)), texts)
    if told:
        shown.append("\n".join(told))
    if place is not None:
        shown.append(row(button(GO(**place.dump()), texts("history-back"))))
    return layout(*shown, f"-# `{order.id}`", colour=_GREY)


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


def _told(past: PastOrder, results: Sequence[FoundResult], room: int, texts: Texts) -> list[str]:
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


def _outcome(one: FoundResult, namespace: str, texts: Texts, *, covered: bool) -> str:
    ordinal = str(one.generation.ordinal)
    if one.link is not None:
        return texts("history-link-covered" if covered else "history-link", ordinal=ordinal, url=one.link)
    return texts(
        "history-later" if one.later else "history-gone", ordinal=ordinal, namespace=escape_markdown(namespace, 80)
    )

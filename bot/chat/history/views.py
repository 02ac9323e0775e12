"""Values to messages: a page of what was made, and one order of it with its results. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import discord
from discord import ui

from bot.chat.kit.components import ROW_ID, CustomId, button, layout, row, select
from bot.chat.kit.previews import Preview
from bot.chat.kit.words import ago, escape_markdown
from bot.chat.orders.messages import namespace_text
from bot.chat.results.again import AGAIN as RESULT_AGAIN
from bot.chat.results.details import (
    lineage_lines,
    link_to,
    order_lines,
    past_state,
    who,
    with_picture,
    words_of,
)
from bot.domain.ids import GenerationId, OrderId, UserId, short
from bot.domain.orders.generation import Generation, GenerationState
from bot.domain.records.reports import Lineage, Page, PastOrder, Way
from bot.texts import Texts

_PROMPT, _SHOTS = 1000, 1500  # characters of a prompt, and of all shots
_ROOM = 3600  # characters; the texts of a message share 4,000

WORDS = 36  # characters to search for; a custom_id has 100 (FACTS section 2)
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_PLACE = {"way": "[noa]", "start": f"-|{ROW_ID}", "member": "[0-9a-z]{1,13}", "words": ".*"}
GO = CustomId("drover:past:{way}:{start}:{member}:{words}", **_PLACE)
AGAIN = CustomId("drover:repeat")  # what is chosen in it are outputs
OPEN = CustomId("drover:open:{way}:{start}:{member}:{words}", **_PLACE)


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryCursor:
    """Where in whose history somebody is: `member` None is the whole guild."""

    member: UserId | None
    words: str = ""
    way: Way = Way.NEWEST
    start: OrderId | None = None

    def dump(self) -> dict[str, str]:
        """As a custom_id says it."""
        digits, number = "", self.member or 0
        while number:
            number, digit = divmod(number, 36)
            digits = _DIGITS[digit] + digits
        start, words = self.start or "-", self.words[:WORDS]
        return {"way": self.way.value, "start": start, "member": digits or "0", "words": words}

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


def pictured(page: Page) -> Sequence[tuple[PastOrder, GenerationId]]:
    """Of each order on the page the first output that can be seen."""
    first: list[tuple[PastOrder, GenerationId]] = []
    for past in page.entries:
        ready = (one.id for one in past.generations if one.state is GenerationState.SUCCEEDED and one.id in past.posts)
        first += [(past, output) for output in ready][:1]
    return first


def history_view(
    page: Page, place: HistoryCursor, previews: Mapping[GenerationId, Preview | None], texts: Texts
) -> ui.LayoutView:
    """The page, with selects to open an order and to order one again, and buttons to turn it.

    A line has a picture where there is one in `previews`. A full page has 33 of Discord's 40 components.
    """
    title = texts(
        "history-title", whose="member" if place.member else "server", words=escape_markdown(place.words, 80) or "none"
    )
    shown: list[ui.Item[Any] | str] = [f"### {title}"]
    pictures = {past.order.id: previews.get(output) for past, output in pictured(page)}
    for past in page.entries:
        counted = Counter(past_state(past, g, texts) for g in past.generations)
        states = ", ".join(texts("queue-state", count=n, state=state) for state, n in counted.items())
        line = texts(
            "history-line",
            kind=past.order.request.kind.value,
            link=link_to(past, texts),
            model=escape_markdown(past.order.request.model_name, 40),
            states=states,
            cost=past.cost if past.cost is not None else "none",
            age=ago(past.order.created_at),
            user=who(past, texts) if place.member is None else "none",
        )
        shown.append(with_picture(line, past, pictures.get(past.order.id), texts))
    if page.entries:
        shown.append(row(select(OPEN(**place.dump()), texts("history-open"), _options(page.entries, texts))))
    else:
        shown.append(texts("history-none", more="yes" if page.older else "no"))
    whole = [past for past in page.entries if not past.wordless]
    if whole:
        shown.append(row(select(AGAIN(), texts("history-again"), _options(whole, texts, again=True))))
    if page.newer or page.older:
        newer, older = replace(place, way=Way.NEWER, start=page.newer), replace(place, way=Way.OLDER, start=page.older)
        shown.append(
            row(
                button(GO(**newer.dump()), texts("history-newer"), disabled=page.newer is None),
                button(GO(**older.dump()), texts("history-older"), disabled=page.older is None),
            )
        )
    return layout(*shown)


def _options(entries: Sequence[PastOrder], texts: Texts, *, again: bool = False) -> list[discord.SelectOption]:
    """The orders to choose from; `again`: each by its first output, which its children go on from."""
    return [
        discord.SelectOption(
            label=option_label(past, texts)[:100],
            value=past.generations[0].id if again else past.order.id,
            description=past.order.request.model_name[:100],
        )
        for past in entries
    ]


def order_view(
    past: PastOrder, lineage: Lineage, results: Sequence[FoundResult], place: HistoryCursor | None, texts: Texts
) -> ui.LayoutView:
    """One order, its results and its line of descent. `place` is the page to which a button leads back."""
    validated = past.order.request
    texts_shown = [*order_lines(past, texts, prompt=_PROMPT, shots=_SHOTS), *lineage_lines(lineage, texts)]
    shown: list[ui.Item[Any] | str] = [*texts_shown]
    files = [discord.MediaGalleryItem(one.file, spoiler=validated.spoiler) for one in results if one.file is not None]
    if files:
        shown.append(ui.MediaGallery(*files))
    told = _told(past, results, _ROOM - sum(map(len, texts_shown)), texts)
    if told:
        shown.append("\n".join(told))
    again = [button(RESULT_AGAIN.id(id=past.generations[0].id), texts("result-again"))] if not past.wordless else []
    back = [button(GO(**place.dump()), texts("history-back"))] if place is not None else []
    if again or back:
        shown.append(row(*again, *back))
    return layout(*shown, f"-# `{past.order.id}`")


def option_label(past: PastOrder, texts: Texts) -> str:
    """What stands for the order where one is chosen."""
    return texts("history-option", order=short(past.order.id), words=" ".join(words_of(past, texts).split()))


def _told(past: PastOrder, results: Sequence[FoundResult], room: int, texts: Texts) -> list[str]:
    """What is to be said of results that cannot be played here. Links are long: there is room for a few."""
    namespace = escape_markdown(namespace_text(past.order.payer, texts), 80)
    others = [one for one in results if one.file is None]
    short_lines = [texts("history-alone", ordinal=str(one.generation.ordinal)) for one in others]
    room -= sum(len(line) + 1 for line in short_lines)
    lines: list[str] = []
    for one, short_line in zip(others, short_lines, strict=True):
        ordinal = str(one.generation.ordinal)
        if one.link is not None:
            covered = past.order.request.spoiler
            line = texts("history-link-covered" if covered else "history-link", ordinal=ordinal, url=one.link)
        else:
            line = texts("history-later" if one.later else "history-gone", ordinal=ordinal, namespace=namespace)
        fits = len(line) - len(short_line) <= room
        room -= len(line) - len(short_line) if fits else 0
        lines.append(line if fits else short_line)
    return lines

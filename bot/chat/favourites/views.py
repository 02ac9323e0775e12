"""Values to messages: a page of one's own favourites. Pure."""

from collections.abc import Collection, Mapping
from typing import Any

from discord import ui

from bot.chat.kit.components import GOLD, ROW_ID, CustomId, button, layout, row
from bot.chat.kit.previews import Preview
from bot.chat.kit.words import ago, escape_markdown, message_link
from bot.chat.results.again import AGAIN
from bot.chat.results.details import who, with_picture, words_of
from bot.domain.ids import GenerationId
from bot.domain.records.stars import Favourite, Favourites
from bot.texts import Texts

_PAGE = "[1-9][0-9]{0,5}"
GO = CustomId("drover:favourites:{page}", page=_PAGE)
REMOVE = CustomId("drover:unstar:{id}:{page}", id=ROW_ID, page=_PAGE)
_MODEL = 40  # characters


def favourites_view(
    favourites: Favourites,
    previews: Mapping[GenerationId, Preview | None],
    unseen: Collection[GenerationId],
    texts: Texts,
) -> ui.LayoutView:
    """The page, with what can be done with each, and buttons to turn it.

    `previews` has None for those whose message was deleted. Of those that are `unseen`, because the member cannot look
    into their channels any more, nothing is shown.
    """
    shown: list[ui.Item[Any] | str] = [f"### {texts('favourites-title')}"]
    for one in favourites.entries:
        past, remove = one.past, REMOVE(id=one.output, page=str(favourites.page))
        buttons = [button(remove, texts("favourites-remove"))]
        if one.output in unseen:
            shown += [texts("favourites-unseen"), row(*buttons)]
            continue
        if not past.wordless:
            buttons.insert(0, button(AGAIN.id(id=one.output), texts("result-again")))
        shown.append(with_picture(_line(one, previews, texts), past, previews.get(one.output), texts))
        shown.append(row(*buttons))
    if not favourites.entries:
        shown.append(texts("favourites-none"))
    page, pages = favourites.page, favourites.pages
    if pages > 1:
        newer = button(GO(page=str(max(1, page - 1))), texts("favourites-newer"), disabled=page == 1)
        older = button(GO(page=str(page + 1)), texts("favourites-older"), disabled=page >= pages)
        shown.append(row(newer, older))
    return layout(*shown, colour=GOLD)


def _line(one: Favourite, previews: Mapping[GenerationId, Preview | None], texts: Texts) -> str:
    past = one.past
    message_id = past.posts.get(one.output)
    gone = message_id is None or (one.output in previews and previews[one.output] is None)
    link = message_link(words_of(past, texts), past.order.context, None if gone else message_id)
    model = escape_markdown(past.order.request.model_name, _MODEL)
    when = ago(past.order.created_at)
    facts = texts("favourites-line", model=model, count=one.stars, user=who(past, texts), age=when)
    return "\n".join([f"**{link}**", f"-# {facts}", *([f"-# {texts('favourites-gone')}"] if gone else [])])

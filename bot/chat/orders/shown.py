"""Values to components: the files of an order, as its card shows them. Pure."""

from collections import Counter
from collections.abc import Iterator, Sequence

import discord
from bot.domain.models.slots import InputKind
from bot.domain.orders.inputs import Input
from bot.domain.orders.order import RequestContext
from discord import ui

from bot.chat.kit.translation import Texts

_ELEMENTS = "elements"  # in the name of the slot that takes several pictures of one thing


def input_items(inputs: Sequence[Input], context: RequestContext, texts: Texts) -> Iterator[ui.Item[ui.LayoutView]]:
    """What is shown of `inputs`: their line, pictures and films in a gallery, sounds as files; covered as they were.

    Those that another message keeps (the order before, when this one repeats it) are linked to there.
    """
    if not inputs:
        return
    yield ui.TextDisplay(texts("card-inputs", inputs=" · ".join(input_names(inputs, texts))))
    elsewhere = {place for one in inputs if (place := _elsewhere(one, context)) is not None}
    for channel_id, message_id in sorted(elsewhere):
        url = f"https://discord.com/channels/{context.guild_id}/{channel_id}/{message_id}"
        yield ui.TextDisplay(texts("card-inputs-there", url=url))
    here = {one.attachment.name: one for one in inputs if _is_here(one, context)}
    shown = [name for name, one in here.items() if one.attachment.kind is not InputKind.AUDIO]
    if shown:
        yield ui.MediaGallery(
            *(discord.MediaGalleryItem(f"attachment://{name}", spoiler=here[name].attachment.spoiler) for name in shown)
        )
    for name in here.keys() - set(shown):
        yield ui.File(f"attachment://{name}", spoiler=here[name].attachment.spoiler)


def input_names(inputs: Sequence[Input], texts: Texts) -> list[str]:
    """What a prompt may call each input, and what it was given as: "@Image1 (first frame)".

    Counted as `domain.assigning` counts: all of a kind, in the order of the model's slots; pictures of an element
    are called by the element.
    """
    counted: Counter[str] = Counter()
    names: dict[str, None] = {}  # the pictures of an element have one name together
    for one in inputs:
        role = one.attachment.role
        if _ELEMENTS in one.slot:
            name = f"@Element{(one.position or 0) + 1}"
        else:
            word = one.attachment.kind.value.capitalize()
            counted[word] += 1
            name = f"@{word}{counted[word]}"
        about = f" ({texts(f'role-{role.value}')})" if role is not None else ""
        names[f"**{name}**{about}"] = None
    return list(names)


def _elsewhere(one: Input, context: RequestContext) -> tuple[int, int] | None:
    place = one.attachment.place
    if place is None or place.message_id == context.card_message_id:
        return None
    return place.channel_id, place.message_id


def _is_here(one: Input, context: RequestContext) -> bool:
    """Whether the card's own message keeps it; while files are stored, those have no place yet."""
    place = one.attachment.place
    if place is None:
        return one.attachment.name.startswith("input-")
    return place.message_id == context.card_message_id

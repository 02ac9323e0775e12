"""`/style`: what each of its commands does, and the pages of the list."""

import contextlib
from collections.abc import Sequence
from dataclasses import replace

from bot.chat.kit.context import InteractionContext
from bot.chat.kit.control import Control
from bot.chat.kit.errors import CALL_FAILED
from bot.chat.kit.replies import acknowledge, defer, say
from bot.chat.kit.words import escape_markdown
from bot.chat.orders.names import names_for
from bot.chat.orders.placing import answer, show_files, take_back
from bot.chat.styles.views import GO, PAGE, pictures_view, style_list, style_told
from bot.domain.errors import Refusal
from bot.domain.models.catalogue import MediaKind
from bot.domain.orders.inputs import Attachment
from bot.domain.orders.markup import plain_request, texts_of
from bot.domain.orders.order import GenerationRequest
from bot.services.ordering.styles import StyleDraft

_NAME = 80  # characters


async def save_style(context: InteractionContext, draft: StyleDraft) -> None:
    """Keeps the style as the member's own, its pictures in a message of the channel. Raises `Refusal`."""
    services, front_end, interaction = context.services, context.front_end, context.interaction
    written = GenerationRequest(kind=MediaKind.VIDEO, prompt=draft.template, more=draft.more)
    plainly = plain_request(written, await names_for(context, texts_of(written)))
    draft = replace(draft, template=plainly.prompt, more=plainly.more)
    style = services.style_service.read(draft, context.guild_id, context.user_id)
    if not style.pictures:
        await defer(interaction, ephemeral=True)
        before = await services.style_service.save(style)
    else:
        await front_end.input_files.check(style.pictures, context.guild_id)
        context.check_place()
        card = await answer(context)
        try:
            with front_end.pending_uploads.keeping():
                async with front_end.input_files.fetched(style.pictures, context.guild_id) as files:
                    view = pictures_view(style, files.attachments, context.texts)
                    message = await show_files(card, view, files.paths)
                    pictures = front_end.input_files.placed_in(message, files.attachments)
            style = replace(style, pictures=tuple(pictures))
            before = await services.style_service.save(style)
        except Refusal as refusal:
            await take_back(context, card, refusal)
            return
    if before is not None:
        await _drop_pictures(context, before.pictures)
    saved = context.texts("style-saved", style=escape_markdown(style.name, _NAME), replaced=str(before is not None))
    text = "\n".join((saved, style_told(style, context.texts)))
    await say(interaction, text, further=bool(style.pictures))


async def show_styles(context: InteractionContext, page: int) -> None:
    """Puts a page of the styles that the member can use into the answer; acknowledges a press first."""
    interaction, services = context.interaction, context.services
    if not interaction.response.is_done():
        await acknowledge(interaction)
    styles, count = await services.style_service.page(context.guild_id, context.user_id, page, PAGE)
    catalogue = services.catalogue_cache.catalogue

    def there(model: str) -> bool:
        return catalogue is None or catalogue.get(model) is not None

    await interaction.edit_original_response(view=style_list(styles, count, page, there, context.texts))


async def share_style(context: InteractionContext, name: str) -> None:
    """Makes a manager's own style the server's. Raises `Refusal`."""
    await defer(context.interaction, ephemeral=True)
    style = await context.services.style_service.share(context.guild_id, context.user_id, name, manager=context.manager)
    await say(context.interaction, context.texts("style-now-shared", style=escape_markdown(style.name, _NAME)))


async def delete_style(context: InteractionContext, name: str) -> None:
    """Deletes the member's own style, or for managers the server's, with the message that keeps its pictures."""
    await defer(context.interaction, ephemeral=True)
    style = await context.services.style_service.delete(
        context.guild_id, context.user_id, name, manager=context.manager
    )
    await _drop_pictures(context, style.pictures)
    await say(context.interaction, context.texts("style-deleted", style=escape_markdown(style.name, _NAME)))


async def _drop_pictures(context: InteractionContext, pictures: Sequence[Attachment]) -> None:
    """Deletes the messages that kept them. Orders made with them have copies of their own."""
    for place in {(one.place.channel_id, one.place.message_id) for one in pictures if one.place is not None}:
        with contextlib.suppress(*CALL_FAILED):
            channel = context.interaction.client.get_partial_messageable(place[0], guild_id=context.guild_id)
            await channel.get_partial_message(place[1]).delete()


CONTROLS = (Control(GO, lambda press: show_styles(press.context, int(press.values["page"]))),)

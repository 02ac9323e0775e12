"""`/favourites`: one's own, page by page; and what takes a result out of the showcase."""

from bot.chat.favourites.showcase import HIDE
from bot.chat.favourites.views import GO, REMOVE, favourites_view
from bot.chat.kit.context import InteractionContext
from bot.chat.kit.control import Control, Press
from bot.chat.kit.replies import acknowledge, say
from bot.chat.results.details import previews_of
from bot.domain.ids import GenerationId
from bot.services.ordering.stars import PAGE


async def show_favourites(context: InteractionContext, page: int) -> None:
    """Puts the page in the place of the answer; acknowledges a press first."""
    interaction = context.interaction
    if not interaction.response.is_done():
        await acknowledge(interaction)
    found = await context.services.star_service.favourites(context.reader, page)
    unseen = {one.output for one in found.entries if not context.sees(one.past.order.context.channel_id)}
    wanted = [(one.past, one.output) for one in found.entries if one.output not in unseen]
    previews = await previews_of(context, wanted, requests=PAGE)
    await interaction.edit_original_response(view=favourites_view(found, previews, unseen, context.texts))


async def _remove(press: Press) -> None:
    """Takes a star back, and shows the page without the result."""
    context = press.context
    await acknowledge(press.interaction)
    await press.services.star_service.take_back(context.reader, GenerationId(press.values["id"]))
    await show_favourites(context, int(press.values["page"]))


async def _hide(press: Press) -> None:
    """Its requester and moderators take a result out of the showcase, whose loop deletes the post."""
    await press.services.star_service.hide(press.context.reader, GenerationId(press.values["id"]))
    await say(press.interaction, press.texts("showcase-hidden"))


CONTROLS = (
    Control(GO, lambda press: show_favourites(press.context, int(press.values["page"]))),
    Control(REMOVE, _remove),
    Control(HIDE, _hide),
)

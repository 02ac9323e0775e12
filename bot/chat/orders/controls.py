"""The buttons of an order's card and of its result that act on the rows and draw nothing themselves."""

from bot.chat.kit.actor import actor
from bot.domain.ids import GenerationId, GuildId, OrderId, UserId

from bot.chat.kit.desk import Desk
from bot.chat.kit.replies import acknowledge, defer
from bot.chat.kit.row_button import Interaction, RowButton, template


class CancelOrder(RowButton, template=template("cancel")):
    """Cancels an order; for its requester and for moderators."""

    verb = "cancel"

    async def pressed(self, interaction: Interaction, client: Desk) -> None:
        who = actor(interaction)
        await client.ordering.cancel(OrderId(self.row_id), who.user_id, who.guild_id, moderator=who.moderator)
        await acknowledge(interaction)  # the card itself tells the rest


class FreshLink(RowButton, template=template("link")):
    """Gives whoever presses it a link to a result that is not attached. The provider's links expire."""

    verb = "link"

    async def pressed(self, interaction: Interaction, client: Desk) -> None:
        await defer(interaction, ephemeral=True)
        generation_id = GenerationId(self.row_id)
        if interaction.guild_id is not None:
            url = await client.links.fresh_in(GuildId(interaction.guild_id), generation_id)
        else:  # the result was handed over
            url = await client.links.fresh_for(UserId(interaction.user.id), generation_id)
        covered, texts = await client.links.covered(generation_id), client.texts(interaction)
        text = texts("link-fresh-covered" if covered else "link-fresh", url=url)
        await interaction.edit_original_response(content=text)

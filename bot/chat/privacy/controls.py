"""The buttons of `/privacy`. A press always concerns whoever pressed: nothing in them could be somebody else's."""

import asyncio
import io

import discord

from bot.chat.kit.context import InteractionContext
from bot.chat.kit.control import Control, Press
from bot.chat.kit.replies import acknowledge, defer
from bot.chat.privacy.views import PRIVACY, panel, promise, question
from bot.domain.errors import Refusal


async def show_privacy(context: InteractionContext) -> None:
    """Puts into the answer what is stored about whoever is behind the interaction."""
    stored = await context.services.privacy.stored(context.user_id, context.guild_id)
    await context.interaction.edit_original_response(view=panel(stored, context.texts))


async def _pressed(press: Press) -> None:
    context, act = press.context(), press.values["act"]
    if act == "export":
        await _export(context)
        return
    await acknowledge(press.interaction)
    if act == "keep":
        await show_privacy(context)
        return
    privacy = press.services.privacy
    stored = await privacy.stored(context.user_id, context.guild_id)
    if act == "delete":
        view = question(stored, context.texts)
    else:
        await privacy.forget(context.user_id, None if act == "everywhere" else context.guild_id)
        view = promise(stored, act, context.texts)
    await press.interaction.edit_original_response(view=view)


async def _export(context: InteractionContext) -> None:
    """Answers with a file of all that is stored. Raises `Refusal` where Discord takes none so large."""
    interaction = context.interaction
    await defer(interaction, ephemeral=True)
    export = await context.services.privacy.export(context.user_id)
    name, content = await asyncio.to_thread(export.file)
    if len(content) > interaction.filesize_limit:
        raise Refusal("privacy-too-large")
    file = discord.File(io.BytesIO(content), name)
    await interaction.edit_original_response(content=context.texts("privacy-exported"), attachments=[file])


CONTROLS = (Control(PRIVACY, _pressed),)

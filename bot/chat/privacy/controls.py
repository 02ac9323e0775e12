"""`/privacy`: what is stored about a member, for their eyes only, and how it can be deleted.

A press always concerns whoever pressed: nothing in them could be somebody else's.
"""

import asyncio
import io

import discord
from discord import ui, utils

from bot.chat.kit.components import RED, CustomId, button, layout, row
from bot.chat.kit.context import InteractionContext
from bot.chat.kit.control import Control, Press
from bot.chat.kit.replies import acknowledge, defer, say
from bot.domain.errors import Refusal
from bot.domain.records.privacy import KEPT_FOR
from bot.services.privacy.privacy import Stored
from bot.texts import Texts

PRIVACY = CustomId("drover:privacy:{act}", act="export|delete|here|everywhere|keep")
_DANGER = discord.ButtonStyle.danger


def panel(stored: Stored, texts: Texts) -> ui.LayoutView:
    """What is stored: here, altogether, for how long; and what can be done about it."""
    here, everything = stored.here, list(stored.everywhere.by_guild.values())
    lines = [
        texts("privacy-orders", count=here.orders, videos=str(here.videos), images=str(here.orders - here.videos)),
        texts("privacy-words", count=here.prompts, files=str(here.files)),
        texts("privacy-spent", spent=here.spent),
        texts("privacy-acts", count=here.acts),
        texts("privacy-styles", count=here.styles),
        texts("privacy-stars", count=here.stars),
        *([texts("privacy-reports", count=here.complaints)] if here.complaints else []),
    ]
    if here.since is not None:
        lines.insert(1, texts("privacy-since", since=utils.format_dt(here.since, "D")))
    if stored.banned:
        lines.append(texts("privacy-banned"))
    retention = texts("privacy-retention", count=stored.retention) if stored.retention else texts("privacy-kept")
    orders = sum(one.orders for one in everything)
    parts = [
        f"### {texts('privacy-title')}",
        "\n".join(f"- {line}" for line in lines),
        retention,
        texts("privacy-everywhere", count=orders, guilds=str(sum(one.orders > 0 for one in everything))),
    ]
    asked_at = stored.everywhere.asked_at.get(here.guild_id)
    if asked_at is not None:
        until = utils.format_dt(asked_at + KEPT_FOR, "D")
        parts.append(texts("privacy-asked", at=utils.format_dt(asked_at, "D"), until=until))
    export = button(PRIVACY(act="export"), texts("privacy-export"))
    delete = button(PRIVACY(act="delete"), texts("privacy-delete"), _DANGER)
    return layout(*parts, row(export, delete))


def question(stored: Stored, texts: Texts) -> ui.LayoutView:
    """What goes, what stays and why; and whether they mean it."""
    parts = [f"### {texts('privacy-delete-title')}", texts("privacy-delete-what"), texts("privacy-delete-stays")]
    if stored.here.open:
        parts.append(texts("privacy-delete-open", count=stored.here.open))
    here = button(PRIVACY(act="here"), texts("privacy-delete-here"), _DANGER)
    everywhere = button(PRIVACY(act="everywhere"), texts("privacy-delete-everywhere"), _DANGER)
    keep = button(PRIVACY(act="keep"), texts("privacy-keep"))
    return layout(*parts, row(here, everywhere, keep), colour=RED)


def promise(stored: Stored, scope: str, texts: Texts) -> ui.LayoutView:
    """What happens now."""
    parts = [f"### {texts('privacy-deleting-title')}", texts("privacy-deleting", scope=scope)]
    if stored.here.open:
        parts.append(texts("privacy-delete-open", count=stored.here.open))
    return layout(*parts)


async def show_privacy(context: InteractionContext) -> None:
    """Puts into the answer what is stored about whoever is behind the interaction."""
    stored = await context.services.privacy.stored(context.user_id, context.guild_id)
    await context.interaction.edit_original_response(view=panel(stored, context.texts))


async def _pressed(press: Press) -> None:
    context, act = press.context, press.values["act"]
    if act == "export":
        await defer(press.interaction, ephemeral=True)
        export = await press.services.privacy.export(context.user_id)
        name, content = await asyncio.to_thread(export.file)
        if len(content) > press.interaction.filesize_limit:
            raise Refusal("privacy-too-large")
        await say(press.interaction, context.texts("privacy-exported"), file=discord.File(io.BytesIO(content), name))
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


CONTROLS = (Control(PRIVACY, _pressed),)

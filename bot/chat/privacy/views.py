"""Values to messages: what is stored about a member, for their eyes only, and how it can be deleted. Pure."""

import discord
from discord import ui, utils

from bot.chat.kit.components import CustomId, button, layout, row
from bot.chat.kit.money import dollars
from bot.domain.records.privacy import KEPT_FOR
from bot.services.privacy.privacy import Stored
from bot.texts import Texts

PRIVACY = CustomId("drover:privacy:{act}", act="export|delete|here|everywhere|keep")
_GREY, _RED = 0x6B7280, 0xDC2626
_DANGER = discord.ButtonStyle.danger


def panel(stored: Stored, texts: Texts) -> ui.LayoutView:
    """What is stored: here, altogether, for how long; and what can be done about it."""
    here, everything = stored.here, list(stored.everywhere.by_guild.values())
    lines = [
        texts("privacy-orders", count=here.orders, videos=str(here.videos), images=str(here.orders - here.videos)),
        texts("privacy-words", count=here.prompts, files=str(here.files)),
        texts("privacy-spent", spent=dollars(here.spent)),
        texts("privacy-acts", count=here.acts),
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
    return layout(*parts, row(export, delete), colour=_GREY)


def question(stored: Stored, texts: Texts) -> ui.LayoutView:
    """What goes, what stays and why; and whether they mean it."""
    parts = [f"### {texts('privacy-delete-title')}", texts("privacy-delete-what"), texts("privacy-delete-stays")]
    if stored.here.open:
        parts.append(texts("privacy-delete-open", count=stored.here.open))
    here = button(PRIVACY(act="here"), texts("privacy-delete-here"), _DANGER)
    everywhere = button(PRIVACY(act="everywhere"), texts("privacy-delete-everywhere"), _DANGER)
    keep = button(PRIVACY(act="keep"), texts("privacy-keep"))
    return layout(*parts, row(here, everywhere, keep), colour=_RED)


def promise(stored: Stored, scope: str, texts: Texts) -> ui.LayoutView:
    """What happens now."""
    parts = [f"### {texts('privacy-deleting-title')}", texts("privacy-deleting", scope=scope)]
    if stored.here.open:
        parts.append(texts("privacy-delete-open", count=stored.here.open))
    return layout(*parts, colour=_GREY)

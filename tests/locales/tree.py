"""The commands as the bot registers them, without a network: the cogs on the real tree."""

import asyncio
from functools import cache
from typing import Any

from bot.chat.client import DroverClient
from bot.chat.kit.translation import CommandTranslator
from cogs.about import About
from cogs.generate import Generate
from cogs.menus import USES, Menus
from cogs.models import Models
from cogs.moderation import Moderation
from cogs.privacy import Privacy
from cogs.queue import Queue
from cogs.reports import Reports
from cogs.settings import Settings
from cogs.storyboard import Storyboards
from tests.locales.kit import TRANSLATIONS

NOTHING: Any = None  # no command is run here, so the services behind them are not needed


@cache
def payloads(*, raw: bool = False) -> list[dict[str, Any]]:
    """What goes to Discord; `raw`: as the code has it, with keys where texts will be."""
    return asyncio.run(_payloads(raw=raw))


async def _payloads(*, raw: bool) -> list[dict[str, Any]]:
    client = DroverClient(translations=TRANSLATIONS, make_cogs=lambda _: ())
    await client.tree.set_translator(CommandTranslator(TRANSLATIONS))
    cogs = (
        Generate(client, NOTHING),
        Models(client, NOTHING),
        Storyboards(client, NOTHING),
        Menus(client, NOTHING),
        Queue(client),
        Moderation(client),
        Reports(client),
        Settings(NOTHING, NOTHING),
        Privacy(client, NOTHING),
        About(client, NOTHING, NOTHING, "0"),
    )
    for cog in cogs:
        await client.add_cog(cog)
    try:
        return [c.to_dict(client.tree) for c in client.tree.get_commands()] if raw else await client.payloads()
    finally:
        await client.close()


def key_of_name(part: dict[str, Any]) -> str:
    """The key of the name of a command, option or choice; those in a message's menu are listed by what they say."""
    by_text = {TRANSLATIONS.of("en-US")(f"name-{use.key}"): f"name-{use.key}" for use in USES}
    return by_text.get(part["name"], f"name-{part['name']}")

"""The commands as the bot registers them, without a network: the cogs on the real tree."""

import asyncio
from functools import cache
from typing import Any

from bot.chat.client import DroverClient
from bot.chat.registration import CommandTranslator
from cogs import make_cogs
from cogs.menus import KEYS
from tests.locales.kit import TRANSLATIONS, no_front_end


@cache
def payloads(*, raw: bool = False) -> list[dict[str, Any]]:
    """What goes to Discord; `raw`: as the code has it, with keys where texts will be."""
    return asyncio.run(_payloads(raw=raw))


async def _payloads(*, raw: bool) -> list[dict[str, Any]]:
    client = DroverClient(make_front_end=no_front_end, make_cogs=lambda _: ())
    await client.tree.set_translator(CommandTranslator(TRANSLATIONS))
    for cog in make_cogs(client):
        await client.add_cog(cog)
    try:
        return [c.to_dict(client.tree) for c in client.tree.get_commands()] if raw else await client.payloads()
    finally:
        await client.close()


def key_of_name(part: dict[str, Any]) -> str:
    """The key of the name of a command, option or choice; those in a message's menu are listed by what they say."""
    by_text = {TRANSLATIONS.of("en-US")(f"name-{key}"): f"name-{key}" for key in KEYS}
    return by_text.get(part["name"], f"name-{part['name']}")

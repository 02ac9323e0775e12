"""The texts as discord.py asks for them: names and descriptions of commands, in every language.

The catalogue itself, and the list of its files, is `bot.texts`.
"""

from typing import Any

import discord
from discord import app_commands

from bot.texts import ENGLISH, FILES, Texts, Translations

__all__ = ["ENGLISH", "FILES", "CommandTranslator", "Texts", "Translations"]

_Location = app_commands.TranslationContextLocation
_NAMES = frozenset({_Location.command_name, _Location.group_name, _Location.parameter_name, _Location.choice_name})


class CommandTranslator(app_commands.Translator):
    """Commands in every language. In the code a description is its key, and a name its English self.

    A name with blanks in it (of a command in a message's menu) brings its key along.

    Discord shows the default of a payload to whoever has no language of ours; `in_english` writes the English
    texts there.
    """

    def __init__(self, translations: Translations) -> None:
        self._translations = translations

    async def translate(
        self, string: app_commands.locale_str, locale: discord.Locale, context: app_commands.TranslationContextTypes
    ) -> str | None:
        language = self._translations.match(str(locale))
        if language is None:
            return None
        key = f"name-{string.extras.get('key', string.message)}" if context.location in _NAMES else string.message
        return self._translations.of(locale)(key)

    def in_english(self, payload: dict[str, Any]) -> dict[str, Any]:
        """The payload of a command or option with English where its keys stood."""
        texts = self._translations.of(ENGLISH)
        result = dict(payload)
        if result.get("description"):
            result["description"] = texts(result["description"])
        if "options" in result:
            result["options"] = [self.in_english(option) for option in result["options"]]
        if "choices" in result:
            result["choices"] = [{**c, "name": texts(f"name-{c['name']}")} for c in result["choices"]]
        return result

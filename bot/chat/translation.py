"""The catalogue of texts: Fluent files under `locales/<language>/`, English complete, others falling back to it."""

from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from typing import Any

import discord
from discord import app_commands
from fluent.runtime import AbstractResourceLoader, FluentLocalization, FluentResource
from fluent.syntax.ast import Resource

ENGLISH = "en-US"
_Location = app_commands.TranslationContextLocation
_NAMES = frozenset({_Location.command_name, _Location.group_name, _Location.parameter_name, _Location.choice_name})
FILES = ("commands.ftl", "refusals.ftl", "messages.ftl")
TextValue = str | int | float


class Texts:
    """The texts of one language. Call it with a key and values: `texts("queue-empty")`."""

    def __init__(self, localization: FluentLocalization) -> None:
        self._localization = localization

    def __call__(self, key: str, **values: TextValue) -> str:
        """The text behind `key`. Raises `KeyError` when no language has it: a test walks all keys in use.

        Underscores in the names of values stand for Fluent's hyphens.
        """
        arguments = {name.replace("_", "-"): value for name, value in values.items()}
        text = self._localization.format_value(key, arguments)
        if text == key:
            raise KeyError(key)
        return text


class _Loader(AbstractResourceLoader):
    """Reads everything at once: fluent's own reads at the first use, in the event loop, and leaves files open."""

    def __init__(self, folder: Path, languages: Sequence[str]) -> None:
        self._resources = {language: _read(folder / language) for language in languages}

    def resources(self, locale: str, resource_ids: list[str]) -> Generator[list[Resource]]:
        known = self._resources[locale]
        found = [known[name] for name in resource_ids if name in known]
        if found:
            yield found


def _read(folder: Path) -> dict[str, Resource]:
    paths = [path for name in FILES if (path := folder / name).is_file()]
    return {path.name: FluentResource(path.read_text(encoding="utf-8")) for path in paths}


class Translations:
    """All languages under `folder`. Discord's locales are matched exactly, then by their language."""

    def __init__(self, folder: Path) -> None:
        self.languages = sorted(path.name for path in folder.iterdir() if path.is_dir())
        loader = _Loader(folder, self.languages)
        self._texts: Mapping[str, Texts] = {
            language: Texts(FluentLocalization([language, ENGLISH], list(FILES), loader)) for language in self.languages
        }

    def of(self, locale: discord.Locale | str) -> Texts:
        """The texts for a locale as Discord names it ("en-GB", "de")."""
        return self._texts[self.match(str(locale)) or ENGLISH]

    def match(self, locale: str) -> str | None:
        """Our language for a Discord locale, or None."""
        if locale in self._texts:
            return locale
        language = locale.partition("-")[0]
        return next((own for own in self.languages if own.partition("-")[0] == language), None)


class CommandTranslator(app_commands.Translator):
    """Commands in every language. In the code a description is its key, and a name its English self.

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
        key = f"name-{string.message}" if context.location in _NAMES else string.message
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

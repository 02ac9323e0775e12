"""The catalogue of texts: Fluent files under `locales/<language>/`, English complete, others falling back to it."""

from collections.abc import Generator, Mapping, Sequence
from functools import cache
from pathlib import Path

from fluent.runtime import AbstractResourceLoader, FluentLocalization, FluentResource
from fluent.syntax.ast import Resource

ENGLISH = "en-US"
FILES = (
    "commands.ftl",
    "refusals.ftl",
    "messages.ftl",
    "privacy.ftl",
    "queue.ftl",
    "reports.ftl",
    "settings.ftl",
    "studio.ftl",
    "terminal.ftl",
    "wallet.ftl",
)
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
    return {path.name: _parsed(path.read_text(encoding="utf-8")) for path in paths}


@cache
def _parsed(source: str) -> Resource:
    """Parsed once in a process: it takes most of half a second for all files, and a bundle changes nothing in it."""
    return FluentResource(source)


class Translations:
    """All languages under `folder`. Locales are matched exactly, then by their language."""

    def __init__(self, folder: Path) -> None:
        self.languages = sorted(path.name for path in folder.iterdir() if path.is_dir())
        loader = _Loader(folder, self.languages)
        self._texts: Mapping[str, Texts] = {
            language: Texts(FluentLocalization([language, ENGLISH], list(FILES), loader)) for language in self.languages
        }

    def of(self, locale: object) -> Texts:
        """The texts for a locale as Discord names it ("en-GB", "de"), or for a value whose text is such a name."""
        return self._texts[self.match(str(locale)) or ENGLISH]

    def match(self, locale: str) -> str | None:
        """Our language for a locale, or None."""
        if locale in self._texts:
            return locale
        language = locale.partition("-")[0]
        return next((own for own in self.languages if own.partition("-")[0] == language), None)

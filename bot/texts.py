"""The catalogue of texts: Fluent files under `locales/<language>/`, English complete, others falling back to it."""

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import cast

from fluent.runtime import FluentBundle
from fluent.runtime.resolver import Message
from fluent.syntax import FluentParser, ast

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


Files = tuple[str, ...]  # the text of each

_ENTRY = re.compile(r"^(-?[A-Za-z][\w-]*) *=(?:.*\n(?![A-Za-z#-]))*.*", re.MULTILINE)


class Bundle(FluentBundle):
    """The messages of one language, each parsed when it is first used; the syntax tree goes after that.

    Parsing all of them takes a fifth of a start and keeps 4 MiB, and most of them are never used.
    """

    def __init__(self, language: str, files: Files) -> None:
        super().__init__([language], use_isolating=False)
        self._sources = {entry[1]: entry[0] for text in files for entry in _ENTRY.finditer(text)}

    def has_message(self, message_id: str) -> bool:
        return message_id in self._sources

    def _lookup(self, entry_id: str, term: bool = False) -> Message:
        name = f"-{entry_id}" if term else entry_id
        if name not in self._compiled:
            entry = FluentParser(with_spans=False).parse_entry(self._sources[name])
            self._compiled[name] = self._compiler(cast("ast.Message | ast.Term", entry))  # tests find what is neither
        return self._compiled[name]


class Texts:
    """The texts of one language. Call it with a key and values: `texts("queue-empty")`.

    `bundles`: where a text is looked for, in this order.
    """

    def __init__(self, bundles: Sequence[FluentBundle]) -> None:
        self._bundles = bundles

    def __call__(self, key: str, **values: TextValue) -> str:
        """The text behind `key`. Raises `KeyError` when no language has it: a test walks all keys in use.

        Underscores in the names of values stand for Fluent's hyphens.
        """
        arguments = {name.replace("_", "-"): value for name, value in values.items()}
        for bundle in self._bundles:
            if bundle.has_message(key) and (pattern := bundle.get_message(key).value):
                text, _ = bundle.format_pattern(pattern, arguments)
                return str(text)
        raise KeyError(key)


def _read(folder: Path) -> Files:
    return tuple((folder / name).read_text(encoding="utf-8") for name in FILES if (folder / name).is_file())


_bundle = cache(Bundle)  # one of each in a process: using a text changes nothing


class Translations:
    """All languages under `folder`. Locales are matched exactly, then by their language."""

    def __init__(self, folder: Path) -> None:
        self.languages = sorted(path.name for path in folder.iterdir() if path.is_dir())
        bundles = {language: _bundle(language, _read(folder / language)) for language in self.languages}
        self._texts = {language: Texts([own, bundles[ENGLISH]]) for language, own in bundles.items()}
        self._by_language = {own.partition("-")[0]: own for own in reversed(self.languages)}

    def of(self, locale: object) -> Texts:
        """The texts for a locale as Discord names it ("en-GB", "de"), or for a value whose text is such a name."""
        return self._texts[self.match(str(locale)) or ENGLISH]

    def match(self, locale: str) -> str | None:
        """Our language for a locale, or None."""
        return locale if locale in self._texts else self._by_language.get(locale.partition("-")[0])

"""The catalogue of texts: Fluent files under `locales/<language>/`, English complete, others falling back to it.

Money has one format everywhere, the one of the reader's language: `money`.
"""

import contextlib
import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal, localcontext
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.bundle import LazyBundle

ENGLISH = "en-US"
FILES = (
    "commands.ftl",
    "refusals.ftl",
    "messages.ftl",
    "privacy.ftl",
    "queue.ftl",
    "reports.ftl",
    "results.ftl",
    "settings.ftl",
    "stars.ftl",
    "forms.ftl",
    "styles.ftl",
    "terminal.ftl",
    "wallet.ftl",
)
TextValue = str | int | float | Decimal  # a Decimal is an amount of money in USD

_CENT, _LEAST = Decimal("0.01"), Decimal("0.001")  # USD


@lru_cache(maxsize=4096)
def money(amount: Decimal, language: str = ENGLISH) -> str:
    """An amount in USD as that language writes it: "$1.20", "1,20 $".

    It has two digits behind the point; below one cent it has three. What is less than those can say is "<$0.001": an
    amount that is not zero never looks like zero.
    """
    with localcontext() as context:
        context.rounding = ROUND_HALF_UP  # `format_currency` rounds by the context
        fine = amount.quantize(_LEAST)
        if amount and not fine:
            return f"<{_written(_LEAST, language)}" if amount > 0 else f">{_written(-_LEAST, language)}"
        return _written(fine if abs(fine) < _CENT and fine else amount.quantize(_CENT), language)


def _written(amount: Decimal, language: str) -> str:
    from babel.numbers import format_currency

    return format_currency(amount, "USD", locale=language.replace("-", "_"), decimal_quantization=False)


Files = tuple[Path, ...]

_ENTRY = re.compile(r"^(-?[A-Za-z][\w-]*) *=((?:.*\n(?![A-Za-z#-]))*.*)", re.MULTILINE)
_COMMAND = re.compile(r"`/[^`]+`")
_BEYOND_PLAIN = frozenset("{}\n")  # what has none of these is its own text; a test compares


class _Language:
    """The messages of one language. Plain ones are here at once, the others are left to a bundle.

    Most are plain, among them all that Discord is told at a start. Fluent and Babel weigh 8 MiB and take a tenth of a
    start to load, so `LazyBundle` comes with the first text that has values or cases in it.
    """

    def __init__(self, language: str, files: Files) -> None:
        self.name = language
        self._bundle: LazyBundle | None = None
        self._plain: dict[str, str] = {}
        self._sources: dict[str, str] = {}
        for path in files:
            for entry in _ENTRY.finditer(path.read_text(encoding="utf-8")):
                key, text = entry[1], entry[2].strip(" \n")
                if _BEYOND_PLAIN.isdisjoint(text):
                    self._plain[key] = text
                self._sources[key] = entry[0]

    def text(self, key: str, values: Mapping[str, object]) -> str | None:
        """The text behind `key`, or None."""
        plain = self._plain.get(key)
        if plain is not None or key not in self._sources:
            return plain
        if self._bundle is None:
            from bot.bundle import LazyBundle

            self._bundle = LazyBundle(self.name, self._sources)
        return self._bundle.text(key, values)


class Texts:
    """The texts of one language. Call it with a key and values: `texts("queue-empty")`.

    `languages`: where a text is looked for, in this order; the first is the one of the texts.
    """

    def __init__(self, *languages: _Language) -> None:
        self._languages = languages
        self._mentions: dict[str, str] = {}

    def mention_commands(self, ids: Mapping[str, int]) -> None:
        """From now on commands that stand in texts as `/video` can be clicked. `ids`: by their whole English names."""
        for name, number in ids.items():
            with contextlib.suppress(KeyError):  # of an earlier version, or of another program
                called = " ".join(self(f"name-{word}") for word in name.split())
                self._mentions[f"`/{called}`"] = f"</{name}:{number}>"

    def __call__(self, key: str, **values: TextValue) -> str:
        """The text behind `key`. Raises `KeyError` when no language has it: a test walks all keys in use.

        Underscores in the names of values stand for Fluent's hyphens. A `Decimal` is money, and comes as `money`.
        """
        arguments = {
            name.replace("_", "-"): self.money(value) if isinstance(value, Decimal) else value
            for name, value in values.items()
        }
        for language in self._languages:
            if (text := language.text(key, arguments)) is not None:
                if "`/" not in text:
                    return text
                return _COMMAND.sub(lambda found: self._mentions.get(found[0], found[0]), text)
        raise KeyError(key)

    def money(self, amount: Decimal) -> str:
        """An amount in USD, in the format of the language."""
        return money(amount, self._languages[0].name)


_read = cache(_Language)  # once in a process: using a text changes nothing


class Translations:
    """All languages under `folder`. Locales are matched exactly, then by their language."""

    def __init__(self, folder: Path) -> None:
        self.languages = sorted(path.name for path in folder.iterdir() if path.is_dir())
        languages = {
            language: _read(language, tuple(path for name in FILES if (path := folder / language / name).is_file()))
            for language in self.languages
        }
        self._texts = {language: Texts(own, languages[ENGLISH]) for language, own in languages.items()}
        self._by_language = {own.partition("-")[0]: own for own in reversed(self.languages)}

    def mention_commands(self, ids: Mapping[str, int]) -> None:
        """In all languages, as `Texts.mention_commands`."""
        for texts in self._texts.values():
            texts.mention_commands(ids)

    def of(self, locale: object) -> Texts:
        """The texts for a locale as Discord names it ("en-GB", "de"), or for a value whose text is such a name."""
        return self._texts[self.match(str(locale)) or ENGLISH]

    def words(self, key: str) -> frozenset[str]:
        """The words that a text lists, of all languages together: whoever searches may write in any of them."""
        texts = (self._texts[language](key) for language in self.languages)
        return frozenset(word.strip().lower() for text in texts for word in text.split(","))

    def match(self, locale: str) -> str | None:
        """Our language for a locale, or None."""
        return locale if locale in self._texts else self._by_language.get(locale.partition("-")[0])

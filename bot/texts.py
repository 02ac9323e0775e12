"""The catalogue of texts: Fluent files under `locales/<language>/`, English complete, others falling back to it.

Money has one format everywhere, the one of the reader's language: `money`.
"""

from collections.abc import Generator, Mapping
from decimal import ROUND_HALF_UP, Decimal, localcontext
from functools import cache, lru_cache
from pathlib import Path

from babel.numbers import format_currency
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
    return format_currency(amount, "USD", locale=language.replace("-", "_"), decimal_quantization=False)


class Texts:
    """The texts of one language. Call it with a key and values: `texts("queue-empty")`."""

    def __init__(self, localization: FluentLocalization, language: str) -> None:
        self._localization = localization
        self._language = language

    def __call__(self, key: str, **values: TextValue) -> str:
        """The text behind `key`. Raises `KeyError` when no language has it: a test walks all keys in use.

        Underscores in the names of values stand for Fluent's hyphens. A `Decimal` is money, and comes as `money`.
        """
        arguments = {
            name.replace("_", "-"): self.money(value) if isinstance(value, Decimal) else value
            for name, value in values.items()
        }
        text = self._localization.format_value(key, arguments)
        if text == key:
            raise KeyError(key)
        return text

    def money(self, amount: Decimal) -> str:
        """An amount in USD, in the format of the language."""
        return money(amount, self._language)


Files = tuple[tuple[str, str], ...]  # the name and the text of each


_parsed = cache(FluentResource)


class _Loader(AbstractResourceLoader):
    """Has everything at once: fluent's own reads at the first use, in the event loop, and leaves files open."""

    def __init__(self, files: Mapping[str, Files]) -> None:
        self._resources = {language: {name: _parsed(text) for name, text in texts} for language, texts in files.items()}

    def resources(self, locale: str, resource_ids: list[str]) -> Generator[list[Resource]]:
        known = self._resources[locale]
        found = [known[name] for name in resource_ids if name in known]
        if found:
            yield found


def _read(folder: Path) -> Files:
    return tuple((name, path.read_text(encoding="utf-8")) for name in FILES if (path := folder / name).is_file())


@cache
def _texts(language: str, own: Files, english: Files) -> Texts:
    """Made once in a process: parsing takes most of half a second for all files, and using a text changes nothing."""
    loader = _Loader({ENGLISH: english, language: own})
    return Texts(FluentLocalization([language, ENGLISH], list(FILES), loader), language)


class Translations:
    """All languages under `folder`. Locales are matched exactly, then by their language."""

    def __init__(self, folder: Path) -> None:
        self.languages = sorted(path.name for path in folder.iterdir() if path.is_dir())
        english = _read(folder / ENGLISH)
        self._texts: Mapping[str, Texts] = {
            language: _texts(language, _read(folder / language), english) for language in self.languages
        }
        self._by_language = {own.partition("-")[0]: own for own in reversed(self.languages)}

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

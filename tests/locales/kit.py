"""The files of texts, taken apart: what each message is called, which values it takes, what it can look like."""

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

from fluent.runtime import FluentBundle, FluentResource
from fluent.syntax import FluentParser, ast

with warnings.catch_warnings():
    # discord.py imports audioop for voice, which warns on Python 3.11 and 3.12.
    warnings.filterwarnings("ignore", "'audioop' is deprecated", DeprecationWarning)
    import discord

from bot.store.wallet.ledger import Why
from bot.texts import ENGLISH, FILES, Translations

__all__ = ["ENGLISH", "discord"]

ROOT = Path(__file__).parents[2]
LOCALES = ROOT / "locales"
LANGUAGES = sorted(path.name for path in LOCALES.iterdir() if path.is_dir())
OTHERS = [language for language in LANGUAGES if language != ENGLISH]
TRANSLATIONS = Translations(LOCALES)

# Values of these names are numbers in the code; everything else is text.
NUMBERS = frozenset(
    {"count", "ready", "ordinal", "position", "models", "length", "max", *(f"{why}-outputs" for why in Why)}
)
MAYBE_NUMBERS = frozenset({"given"})  # text in some refusals, a number in others


@dataclass(frozen=True)
class Message:
    key: str
    file: str
    entry: ast.Message

    @property
    def variables(self) -> frozenset[str]:
        return frozenset(node.id.name for node in walk(self.entry) if isinstance(node, ast.VariableReference))

    @property
    def variants(self) -> Mapping[str, set[str]]:
        """By variable, the literal variants that a selector on it knows."""
        found: dict[str, set[str]] = {}
        for node in walk(self.entry):
            if isinstance(node, ast.SelectExpression) and isinstance(node.selector, ast.VariableReference):
                keys = {str(getattr(v.key, "name", getattr(v.key, "value", ""))) for v in node.variants}
                found.setdefault(node.selector.id.name, set()).update(keys)
        return found

    def samples(self) -> Iterator[dict[str, str | int]]:
        """Values for its variables: one and many of every number, every variant of every choice."""
        names = sorted(self.variables)
        yield from (dict(zip(names, values, strict=True)) for values in product(*(self._values(n) for n in names)))

    def _values(self, name: str) -> list[str | int]:
        if name in NUMBERS:
            return [1, 2, 6001]
        if name in MAYBE_NUMBERS:
            return [1, 7, "typed"]
        literal = self.variants.get(name, set()) - {"one", "other"}
        return [*sorted(literal), f"<{name}>"] if literal else [f"<{name}>"]


def walk(node: object) -> Iterator[ast.BaseNode]:
    if isinstance(node, ast.BaseNode):
        yield node
        for value in vars(node).values():
            yield from walk(value)
    elif isinstance(node, list):
        for each in node:
            yield from walk(each)


def written(language: str, file: str) -> str:
    return (LOCALES / language / file).read_text(encoding="utf-8")


def entries(language: str, file: str) -> list[ast.EntryType]:
    return FluentParser(with_spans=False).parse(written(language, file)).body


@cache
def messages(language: str) -> dict[str, Message]:
    return {
        entry.id.name: Message(entry.id.name, file, entry)
        for file in FILES
        for entry in entries(language, file)
        if isinstance(entry, ast.Message)
    }


@cache
def bundle(language: str) -> FluentBundle:
    """The texts of this language alone, without English behind them."""
    made = FluentBundle([language], use_isolating=False)
    for file in FILES:
        made.add_resource(FluentResource((LOCALES / language / file).read_text(encoding="utf-8")))
    return made


def say(language: str, key: str, values: Mapping[str, str | int] | None = None) -> str:
    """The message in this language alone. Fails where it cannot be said."""
    pattern = bundle(language).get_message(key).value
    assert pattern is not None, key
    text, errors = bundle(language).format_pattern(pattern, values)
    assert errors == [], f"{key} with {values}"
    return str(text)


class NoFrontEnd:
    """In place of what works behind the commands, where they are only described."""

    translations = TRANSLATIONS

    def __getattr__(self, _: str) -> Any:
        return self


def no_front_end(_: discord.Client) -> Any:
    return NoFrontEnd()

"""What the domain refuses, in the words of the catalogue of texts and in the language of the shell."""

import os
import re
from collections.abc import Mapping
from typing import Any

from bot.domain.errors import Refusal
from bot.settings import LOCALES
from bot.texts import ENGLISH, Texts, Translations

_LANGUAGE = ("LC_ALL", "LC_MESSAGES", "LANG")  # the first that is set decides (POSIX, "Environment Variables")
_EMPHASIS = re.compile(r"\*\*(.+?)\*\*")
_ISOLATION = dict.fromkeys(map(ord, "\u2068\u2069"))  # Fluent's marks around values; a terminal shows them as boxes


def language(environment: Mapping[str, str]) -> str:
    """The locale as the catalogue names it: "de_DE.UTF-8" is "de-DE", "C" and nothing are English."""
    chosen = next((value for name in _LANGUAGE if (value := environment.get(name))), "")
    return chosen.partition(".")[0].partition("@")[0].replace("_", "-") or ENGLISH


def texts_of_the_shell() -> Texts:
    """Reads all of them, which takes longer than all else that a command does here: for when something is refused."""
    return Translations(LOCALES).of(language(os.environ))


def say(texts: Texts, refusal: Refusal) -> str:
    """A line for each thing that is wrong."""
    return "\n".join(_sentence(texts, one) for one in (refusal, *refusal.also))


def _sentence(texts: Texts, refusal: Refusal) -> str:
    """Where the usual sentence speaks of Discord, the one for a shell.

    The texts choose between what is there and `none`, which in a value is nothing at all.
    """
    values = {name: "none" if value == "" else value for name, value in refusal.values.items()}
    try:
        text = texts(f"terminal-{refusal.key}", **values)
    except KeyError:
        text = texts(f"refusal-{refusal.key}", **values)
    return plain(text)


def plain(text: str) -> str:
    """Without the marks that only Discord and bidirectional typesetting read."""
    return _EMPHASIS.sub(r"\1", text).translate(_ISOLATION)


def as_json(texts: Texts, refusal: Refusal) -> dict[str, Any]:
    """For scripts: the key and the values as they are, what else is wrong in the same way, and the sentences."""
    also = {"also": [{"refusal": one.key, **one.values} for one in refusal.also]} if refusal.also else {}
    return {"kind": "refused", "refusal": refusal.key, **refusal.values, **also, "message": say(texts, refusal)}

"""How values look in a message: prompts made harmless, settings in one line, instants as Discord shows them."""

import re
from datetime import datetime

from discord import utils

from bot.chat.translation import Texts
from bot.domain.catalogue import ASPECT_RATIO, AUDIO, DURATION_NAMES, SEED
from bot.domain.ids import UserId
from bot.domain.order import Plan
from bot.domain.parameters import as_seconds

QUOTED_LINES = 20  # of a prompt; a thousand line breaks would fill the channel
# A backslash makes any punctuation plain; lists, small print and quotes begin a line, after blanks if any.
_ANYWHERE = re.compile(r"[\\*_~|`<>\[\]#]")
_AT_LINE_START = re.compile(r"^(\s*\d*)([-+.])(?=\s|$)", re.MULTILINE)


def inert(text: str, limit: int) -> str:
    """A member's text, at most `limit` characters of it, with Markdown, mentions and links as plain characters."""
    cut = text if len(text) <= limit else f"{text[: limit - 1]}…"
    lines = "\n".join(cut.splitlines())
    # Not discord.py's escape_markdown: it leaves links, and the markup in them, as they are.
    escaped = _AT_LINE_START.sub(r"\1\\\2", _ANYWHERE.sub(r"\\\g<0>", lines))
    return utils.escape_mentions(escaped).replace("://", ":\u200b//")


def quote(text: str, limit: int) -> str:
    """`inert` text as a block quote, whatever its line breaks."""
    lines = inert(text, limit).split("\n")
    shown = lines if len(lines) <= QUOTED_LINES else [*lines[: QUOTED_LINES - 1], "…"]
    return "\n".join(f"> {line}" for line in shown)


def mention(user_id: UserId) -> str:
    return f"<@{user_id}>"


def ago(moment: datetime) -> str:
    """An instant that Discord keeps counting for the reader."""
    return utils.format_dt(moment, "R")


def settings_line(plan: Plan, texts: Texts) -> str:
    """Model and settings: "**Kling** · 5 s · 16:9 · seed 42 · with sound"."""
    parts = [f"**{inert(plan.model_name, 80)}**"]
    given = plan.parameters
    for name in DURATION_NAMES:
        if name in given:
            seconds = as_seconds(given[name])
            parts.append(texts("setting-seconds", seconds=f"{seconds:g}" if seconds else str(given[name])))
    if ASPECT_RATIO in given:
        parts.append(str(given[ASPECT_RATIO]))
    if SEED in given:
        parts.append(texts("setting-seed", seed=str(given[SEED])))  # as text: a number would get separators
    if AUDIO in given:
        parts.append(texts("setting-sound" if given[AUDIO] else "setting-silent"))
    return " · ".join(parts)

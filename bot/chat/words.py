"""How values look in a message: prompts made harmless, settings in one line, instants as Discord shows them."""

from datetime import datetime

from discord import utils

from bot.chat.translation import Texts
from bot.domain.catalogue import ASPECT_RATIO, AUDIO, DURATION_NAMES, SEED
from bot.domain.ids import UserId
from bot.domain.order import Plan
from bot.domain.parameters import as_seconds


def inert(text: str, limit: int) -> str:
    """A member's text, at most `limit` characters of it, with Markdown, mentions and links as plain characters."""
    cut = text if len(text) <= limit else f"{text[: limit - 1]}…"
    escaped = utils.escape_mentions(utils.escape_markdown(cut))
    # What escape_markdown leaves: channel and timestamp mentions, bare links, lists and small print.
    return escaped.replace("<", "\\<").replace("://", ":\u200b//").replace("\n-", "\n\\-")


def quote(text: str, limit: int) -> str:
    """`inert` text as a block quote, whatever its line breaks."""
    lines = inert(" ".join(text.split("\r")), limit).splitlines() or [""]
    return "\n".join(f"> {line}" for line in lines)


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

"""Discord's Markdown for a terminal: what a reader of the channel would see, as plain text."""

import re
import textwrap
import time
from collections.abc import Mapping, Sequence

from sandbox.demo.screen import Style

_MENTION = re.compile(r"<@!?(\d+)>")
_CHANNEL = re.compile(r"<#(\d+)>")
_COMMAND = re.compile(r"</([^:>]+):\d+>")
_MOMENT = re.compile(r"<t:(\d+):(\w)>")
_LINK = re.compile(r"\[([^\]]*)\]\((https?://[^)\s]+)\)")
_BOLD = re.compile(r"\*\*(.+?)\*\*", re.DOTALL)
_CODE = re.compile(r"`([^`]+)`")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_SPECIAL = re.compile(r"([\\*`<\[])")
_PRIVATE = 0xE000  # private use: where escaped characters wait until the markup around them is gone
_HIDDEN = {ord("\u200b"): None} | {_PRIVATE + code: chr(code) for code in range(128)}
_DAY = 86_400


def readable(text: str, names: Mapping[str, str], now: float) -> str:
    """One line of a message without its markup; bold stays marked with `**` for `emphasised`."""
    text = _ESCAPED.sub(lambda found: chr(_PRIVATE + ord(found[1])), text)
    text = text.removeprefix("### ").removeprefix("-# ")
    text = _MENTION.sub(lambda found: f"@{names.get(found[1], 'somebody')}", text)
    text = _CHANNEL.sub(lambda found: f"#{names.get(found[1], 'somewhere')}", text)
    text = _COMMAND.sub(lambda found: f"/{found[1]}", text)
    text = _MOMENT.sub(lambda found: _moment(int(found[1]), found[2], now), text)
    text = _LINK.sub(lambda found: found[1], text)
    return _CODE.sub(lambda found: found[1], text)


def literal(value: object) -> str:
    """What a member typed, in one line, so that `readable` shows it as it is."""
    return _SPECIAL.sub(r"\\\1", " ".join(str(value).split()))


def emphasised(text: str, style: Style) -> str:
    """`readable` text, wrapped or not, as it is printed."""
    return _BOLD.sub(lambda found: style.bold(found[1]), text).translate(_HIDDEN)


def _moment(instant: int, style: str, now: float) -> str:
    """An instant in one of Discord's styles: `R` counted from now, `t` the time of day, others with the date."""
    if style == "R":
        return relative(now - instant)
    return time.strftime("%H:%M" if style == "t" else "%d %B %Y %H:%M", time.localtime(instant))


def relative(seconds: float) -> str:
    """An instant that lies so many seconds back, as Discord counts: `2 s ago`, `in 3 min`."""
    size = abs(seconds)
    if size < 1:
        return "now"
    for unit, length in (("d", _DAY), ("h", 3600), ("min", 60), ("s", 1)):
        if size >= length:
            amount = f"{int(size // length)} {unit}"
            break
    else:
        amount = "1 s"
    return f"in {amount}" if seconds < 0 else f"{amount} ago"


def wrapped(lines: Sequence[str], indent: int, width: int) -> list[str]:
    """Indented lines of at most `width` columns; what continues a line is indented a little more."""
    found: list[str] = []
    for line in lines:
        quote = "> " if line.startswith("> ") else "  "
        found += textwrap.wrap(
            line,
            width,
            initial_indent=" " * indent,
            subsequent_indent=" " * indent + quote,
            break_on_hyphens=False,
        )
    return found


def size(count: int) -> str:
    """Bytes as people read them."""
    if count < 1024:  # noqa: PLR2004
        return f"{count} B"
    return f"{count / 1024:.0f} KiB" if count < 1024**2 else f"{count / 1024**2:.1f} MiB"

"""What Discord's client makes of a text: a small model of its Markdown, to find what would not be shown as typed.

Follows the client's rules as far as they matter here: a backslash makes the punctuation after it plain; headings,
quotes, lists and small print stand at the beginning of a line, after blanks if any.
"""

import re

_ESCAPED = re.compile(r"\\[^0-9A-Za-z\s]")
_INLINE = {
    "user": r"<@[!&]?\d+>",
    "channel": r"<#\d+>",
    "everyone": r"@(?:everyone|here)",
    "emoji": r"<a?:\w+:\d+>",
    "command": r"</[^:>]+:\d+>",
    "time": r"<t:-?\d+",
    "guide": r"<id:\w+>",
    "link": r"\w+://\S",
    "masked link": r"\[[^\]]*\]\(",
    "bold or italic": r"\*\S[^*]*\*|\b_[^_]+_\b|__.+?__",
    "strike": r"~~.+?~~",
    "spoiler": r"\|\|.+?\|\|",
    "code": r"`[^`]+`",
}
_AT_LINE_START = {
    "heading": r"[ \t]*#{1,3}\s",
    "quote": r"[ \t]*>(?:>>)?\s",
    "list": r"[ \t]*(?:[-*]|\d+\.)\s",
    "small print": r"[ \t]*-#\s",
}


def interpreted(text: str) -> list[str]:
    """The names of what a client would not show as it was typed; [] for an inert text."""
    plain = _ESCAPED.sub("\N{BULLET}", text)
    found = [name for name, pattern in _INLINE.items() if re.search(pattern, plain, re.DOTALL)]
    lines = plain.splitlines()
    return found + [
        name for name, pattern in _AT_LINE_START.items() if any(re.match(pattern, f"{line} ") for line in lines)
    ]

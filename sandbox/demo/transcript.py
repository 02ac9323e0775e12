"""The channel as a transcript: what a member did, each new message, and what changed in an old one."""

import re
import textwrap
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, cast

from sandbox.demo.markup import emphasised, literal, readable, size, wrapped
from sandbox.demo.screen import Style
from sandbox.discord.client import FeedEntry, Message

_INDENT = 14  # below the author's name
_FEW = 4  # pieces of news that fit on a line
_TITLE = 60  # characters of a message's first line by which it is referred to
_QUOTED = 24  # characters of a prompt that tell one order from the next
_NUMBERED = re.compile(r"(\d+)\. (.+)")


class Transcript:
    """Turns what happens into lines. Remembers the newest version of each message, by id.

    `names` maps the ids of users and channels to names, `servers` channels' names to their server's. A message that
    only says that the bot is thinking is passed over until it says something.
    """

    def __init__(self, names: Mapping[str, str], servers: Mapping[str, str] | None = None, *, style: Style) -> None:
        self._names = names
        self._servers = servers or {}
        self._style = style
        self._channel = ""
        self.messages: dict[str, Message] = {}

    def interrupted(self) -> None:
        """Something else was printed: the next line says again which channel it is from."""
        self._channel = ""

    def used(self, user: str, channel: str, command: str, options: Mapping[str, Any], at: float) -> list[str]:
        """A member used a command. Of a file among the options its name is shown."""
        return self._lines(channel, at, user, f"used **/{command}**  {_given(options)}".rstrip())

    def clicked(self, user: str, channel: str, command: str, on: Message, at: float) -> list[str]:
        """A member used a command of a message's context menu."""
        self.messages.setdefault(on.id, on)
        return self._lines(channel, at, user, f"used **{command}** on {self._title(on.id, at)}")

    def chose(self, user: str, channel: str, values: str, select: str, card: str, at: float) -> list[str]:
        """A member chose in a select of that message (its id)."""
        chosen = f"chose **{literal(values)}** under **{literal(select)}** on {self._title(card, at)}"
        return self._lines(channel, at, user, chosen)

    def filled(self, user: str, channel: str, title: str, values: Mapping[str, Any], at: float) -> list[str]:
        """A member filled in a form of that title and sent it."""
        return self._lines(channel, at, user, f"filled in **{literal(title)}**  {_given(values)}")

    def pressed(self, user: str, channel: str, label: str, card: str, at: float) -> list[str]:
        """A member pressed a button on that message (its id)."""
        return self._lines(channel, at, user, f"pressed **[{label}]** on {self._title(card, at)}")

    def happened(self, entry: FeedEntry) -> list[str]:
        """The lines for an entry of the feed; none for what no member sees."""
        message = entry.message
        if entry.kind == "interaction_failed" and entry.interaction is not None:
            failed = f"{entry.interaction.error} (only {entry.interaction.user} sees this)"
            return self._lines(entry.channel or "", entry.time, "Discord", failed)
        if message is not None and entry.kind == "message_deleted" and message.id in self.messages:
            gone = f"✗ {self._title(message.id, entry.time)} is gone"
            del self.messages[message.id]
            return self._lines(entry.channel or "", entry.time, self._author(message), gone)
        if message is None or entry.kind not in {"message_created", "message_edited"}:
            return []
        before = self.messages.get(message.id)
        self.messages[message.id] = message
        if message.loading:
            return []
        if before is None or before.loading:
            return self._new(entry, message)
        return self._edit(entry, before, message)

    def _new(self, entry: FeedEntry, message: Message) -> list[str]:
        lines = shown(message)
        if message.only_for is not None:
            what = f"▸ (only {message.only_for} sees this)"
        elif message.reply_to in self.messages:
            rings = f", pings {' and '.join(message.pinged)}" if message.pinged else ""
            what = f"↳ replies to {self._title(message.reply_to, entry.time)}{rings}"
        else:
            what, lines = f"▸ {lines[0] if lines else ''}".replace("▸ ### ", "▸ "), lines[1:]
        return self._lines(entry.channel or "", entry.time, self._author(message), what, lines)

    def _edit(self, entry: FeedEntry, before: Message, after: Message) -> list[str]:
        old = set(shown(before))
        news = [line for line in shown(after) if line not in old]
        if not news:
            return []
        who, title = self._author(after), f"✎ {self._title(before, entry.time)}:"
        if len(gathered(news)) > _FEW:
            return self._lines(entry.channel or "", entry.time, who, title, news)
        plain = (one.removeprefix("-# ").removeprefix("### ") for one in gathered(news))
        return self._lines(entry.channel or "", entry.time, who, f"{title} {' · '.join(plain)}")

    def _author(self, message: Message) -> str:
        return self._names.get(message.raw["author"]["id"], message.author)

    def _title(self, of: Message | str, now: float) -> str:
        """How other lines refer to a message: its first line, and the beginning of what it quotes."""
        lines = shown(of if isinstance(of, Message) else self.messages[of])
        title = textwrap.shorten(readable(lines[0], self._names, now) if lines else "", _TITLE, placeholder="…")
        quoted = next((line.removeprefix("> ") for line in lines if line.startswith("> ")), None)
        return title if quoted is None else f"{title}, “{textwrap.shorten(quoted, _QUOTED, placeholder='…')}”"

    def _lines(self, channel: str, at: float, who: str, what: str, below: list[str] | None = None) -> list[str]:
        found: list[str] = []
        if channel != self._channel:
            self._channel = channel
            server = f"  ({self._servers[channel]})" if channel in self._servers else ""
            found += ["", f"{self._style.bold(f'#{channel}')}{self._style.dim(server)}"]
        clock = time.strftime("%H:%M:%S", time.localtime(at))
        first = f"**{who}** {readable(what, self._names, at)}"
        head = wrapped([first], 0, self._style.width - _INDENT + 4)
        found.append(f"{self._style.dim(clock)}  {head[0]}")
        found += [" " * (_INDENT - 2) + line for line in head[1:]]
        body = [readable(line, self._names, at) for line in below or ()]
        found += wrapped(body, _INDENT, self._style.width)
        return emphasised("\n".join(found), self._style).split("\n")


def _given(values: Mapping[str, Any]) -> str:
    return " · ".join(f"{name}: {_literal(value)}" for name, value in values.items())


def _literal(value: Any) -> str:
    if isinstance(value, Path):
        return f"📎 {literal(value.name)}"
    if isinstance(value, list):
        return ", ".join(map(_literal, cast("list[Any]", value)))
    return literal(" / ".join(value.splitlines()) if isinstance(value, str) else value)


def gathered(lines: Iterable[str]) -> list[str]:
    """Numbered lines that say the same become one: `1, 2, 3: ✅ ready`."""
    numbers: dict[str, list[str]] = {}
    for line in lines:
        numbered = _NUMBERED.fullmatch(line)
        found = numbers.setdefault(numbered[2] if numbered else line, [])
        if numbered:
            found.append(numbered[1])
    return [f"{', '.join(found)}: {text}" if found else text for text, found in numbers.items()]


def shown(message: Message) -> list[str]:
    """What can be read of a message, line by line, Markdown and all: its text, its files, its buttons."""
    lines = [line for line in message.text.splitlines() if line.strip(" `")]
    for one in message.attachments:
        dimensions = f"  {one.width}x{one.height}" if one.width else ""
        lines.append(f"📎 {one.filename}  {size(one.size)}{dimensions}")
    if message.buttons:
        lines.append(" ".join(f"[{button.label}]" for button in message.buttons))
    return lines

"""Reads the feed as it grows: prints it, keeps it, and lets the script wait for what it hopes to see."""

import asyncio
from collections.abc import Callable
from typing import Any

from sandbox.demo import DemoFailed
from sandbox.demo.screen import Screen
from sandbox.demo.transcript import Transcript
from sandbox.discord.client import Community, FeedEntry, Message

_LONG_POLL = 20.0  # seconds


class Watch:
    """`entries` is the feed so far, oldest first. `waiting` says, in words, what is being waited for."""

    def __init__(self, community: Community, transcript: Transcript, screen: Screen) -> None:
        self._community = community
        self._transcript = transcript
        self._screen = screen
        self._news = asyncio.Condition()
        self.entries: list[FeedEntry] = []
        self.waiting = "the bot"

    async def run(self) -> None:
        """Follows the feed until cancelled."""
        after = 0
        while True:
            found = await self._community.feed(after=after, wait=_LONG_POLL)
            for entry in found:
                after = entry.sequence
                self._screen.say(*self._transcript.happened(entry))
            async with self._news:
                self.entries += found
                self._news.notify_all()

    @property
    def position(self) -> int:
        """How many entries there are: `after` that are those to come."""
        return len(self.entries)

    async def until(self, fits: Callable[[FeedEntry], Any], what: str, *, after: int = 0) -> FeedEntry:
        """The first entry that fits, of those that were and those that come. `what` tells for what one waits."""
        self.waiting = what
        looked = after
        while True:
            async with self._news:
                await self._news.wait_for(lambda seen=looked: len(self.entries) > seen)
                fresh = self.entries[looked:]
            looked += len(fresh)
            for entry in fresh:
                if fits(entry):
                    return entry

    async def until_settled(self, card: str, what: str) -> None:
        """Until that card was drawn for the last time: there is nothing left to press on it, where there was."""
        pressable = [
            number
            for number, one in enumerate(self.entries)
            if _speaks(one, card) and one.message and one.message.buttons
        ]
        after = pressable[-1] + 1 if pressable else 0
        await self.until(lambda one: changes(one, card) and one.message and not one.message.buttons, what, after=after)

    async def until_answered(self, message_id: str | None, what: str) -> Message:
        """The bot's answer once it says something. Raises `DemoFailed` if there is none to wait for."""
        if message_id is None:
            raise DemoFailed(f"the bot gave no answer where {what} was expected")
        entry = await self.until(lambda one: _speaks(one, message_id), what)
        if entry.message is None:
            raise DemoFailed(f"{what} is no message")
        return entry.message

    def posts(self, card: str) -> list[FeedEntry]:
        """Where messages that reply to that card were created, oldest first."""
        return [entry for entry in self.entries if replies(entry, card)]


def replies(entry: FeedEntry, card: str) -> bool:
    """A new message that everybody sees, in reply to that card."""
    message = entry.message
    return entry.kind == "message_created" and message is not None and message.reply_to == card


def changes(entry: FeedEntry, message_id: str) -> bool:
    """That message was edited, and says something."""
    return entry.kind == "message_edited" and _speaks(entry, message_id)


def _speaks(entry: FeedEntry, message_id: str) -> bool:
    message = entry.message
    return message is not None and message.id == message_id and not message.loading

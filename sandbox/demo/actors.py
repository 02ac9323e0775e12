"""The members at work: each command, press, choice and form is printed, done, and answered, or the demo fails."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from sandbox.demo import DemoFailed
from sandbox.demo.orders import Order
from sandbox.demo.screen import Screen
from sandbox.demo.transcript import Transcript
from sandbox.demo.watch import Watch, changes, replies
from sandbox.discord.client import Community, Interaction, Member, Message, Refused

_PAUSE = 0.7  # seconds in which a reader follows
_HIDDEN = "••••••••"

Sleep = Callable[[float], Awaitable[None]]


class Actors:
    """`interactions` are all that was used so far. Methods raise `DemoFailed` when the bot does not answer.

    `sleep` is how members take their time.
    """

    def __init__(
        self,
        community: Community,
        watch: Watch,
        transcript: Transcript,
        screen: Screen,
        *,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._community = community
        self._watch = watch
        self._transcript = transcript
        self._screen = screen
        self._sleep = sleep
        self.interactions: list[Interaction] = []

    def member(self, name: str, channel: str) -> Member:
        return self._community.member(name, channel=channel)

    async def tell(self, text: str) -> None:
        """A line between the scenes, for whoever reads along."""
        await self.pause()
        self._screen.note(text)
        self.interrupted()

    def interrupted(self) -> None:
        """Something else was printed between what happens in the channels."""
        self._transcript.interrupted()

    async def pause(self, pauses: float = 1) -> None:
        await self._sleep(pauses * _PAUSE)

    # What members do. Each returns where the interaction stands once the bot has acknowledged it.

    async def slash(self, who: Member, command: str, **options: Any) -> Interaction:
        self._said(self._transcript.used(who.name, _place(who), command, options, time.time()))
        return await self._acknowledged(who.slash(command, **options), f"{who.name}'s /{command}")

    async def menu(self, who: Member, command: str, message: Message) -> Interaction:
        self._said(self._transcript.clicked(who.name, _place(who), command, message, time.time()))
        return await self._acknowledged(who.menu(command, message), f"{who.name}'s “{command}”")

    async def press(self, who: Member, message: Message | str, label: str, custom_id: str | None = None) -> Interaction:
        """Presses the button of that label, which may change where it counts: a `custom_id` tells which it is."""
        message_id = message if isinstance(message, str) else message.id
        self._said(self._transcript.pressed(who.name, _place(who), label, message_id, time.time()))
        return await self._acknowledged(who.press(message_id, custom_id or label), f"{who.name}'s press of [{label}]")

    async def choose(self, who: Member, message: Message, select: str, *values: str) -> Interaction:
        chosen = " and ".join(values)
        self._said(self._transcript.chose(who.name, _place(who), chosen, select, message.id, time.time()))
        return await self._acknowledged(who.select(message, select, *values), f"{who.name}'s choice of {chosen}")

    async def submit(
        self, who: Member, opened: Interaction, values: Mapping[str, Any], *, secret: bool = False
    ) -> Interaction:
        """Sends in the form that `opened` was answered with; of a `secret` one the values are not printed."""
        if opened.modal is None:
            raise DemoFailed(f"{who.name} expected a form, and there was none")
        shown = dict.fromkeys(values, _HIDDEN) if secret else values
        self._said(self._transcript.filled(who.name, _place(who), opened.form.title, shown, time.time()))
        return await self._acknowledged(who.submit(opened, values), f"{who.name}'s form “{opened.form.title}”")

    async def write(self, who: Member, text: str, *files: Path) -> Message:
        return await who.write(text, *files)

    # What the bot answers.

    async def answer(self, asked: Interaction) -> Message:
        """The message it was answered with, once it says something."""
        return await self._watch.until_answered(asked.response_message_id, f"the answer to {asked.user}")

    async def use(self, who: Member, command: str, **options: Any) -> Message:
        """Uses a command; what the bot answers."""
        return await self.answer(await self.slash(who, command, **options))

    async def change(self, message: Message, act: Awaitable[Interaction]) -> Message:
        """Does what changes a message; the message as it is shown then."""
        after = self._watch.position
        await act
        entry = await self._watch.until(lambda one: changes(one, message.id), "a panel to change", after=after)
        if entry.message is None:
            raise DemoFailed("a panel has vanished")
        return entry.message

    async def fill(
        self, who: Member, panel: Message, button: str, values: Mapping[str, Any], *, secret: bool = False
    ) -> Message:
        """Opens the form behind a panel's button and sends it in; the panel as it is shown then."""
        opened = await self.press(who, panel, button)
        return await self.change(panel, self.submit(who, opened, values, secret=secret))

    async def card(self, asked: Interaction) -> str:
        """The id of the card of what was ordered."""
        card = await self.answer(asked)
        if card.ephemeral:
            raise DemoFailed(f"{asked.user}'s order was refused: {card.text}")
        return card.id

    async def order(self, who: Member, command: str, **options: Any) -> str:
        """Orders something; the id of its card."""
        return await self.card(await self.slash(who, command, **options))

    async def delivered(self, order: Order) -> Message:
        """The post of an order, after which its card has been drawn for the last time."""
        entry = await self._watch.until(lambda one: replies(one, order.card), f"the end of {order.what}")
        await self._watch.until_settled(order.card, f"the card of {order.what}")
        if entry.message is None:
            raise DemoFailed(f"the post of {order.what} is no message")
        return entry.message

    async def sees(self, card: str, *words: str) -> None:
        """Waits until that message says one of these words."""
        wanted = " or ".join(f"“{word}”" for word in words)
        await self._watch.until(
            lambda one: any(_says(one.message, card, word) for word in words), f"{wanted} on a card"
        )

    async def vanished(self, *message_ids: str) -> None:
        """Waits until these messages are deleted."""
        for message_id in message_ids:
            await self._watch.until(
                lambda one, gone=message_id: (
                    one.kind == "message_deleted" and one.message is not None and one.message.id == gone
                ),
                "a message to be deleted",
            )

    async def news(self, channel: str, words: str) -> Message:
        """A message of the bot's own in that channel that says these words."""
        entry = await self._watch.until(
            lambda one: one.channel == channel and _says(one.message, None, words), f"“{words}” in #{channel}"
        )
        if entry.message is None:
            raise DemoFailed(f"the news in #{channel} is no message")
        return entry.message

    async def _acknowledged(self, act: Awaitable[Interaction], what: str) -> Interaction:
        try:
            asked = await act
        except Refused as refused:
            raise DemoFailed(f"Discord would not allow {what}: {refused}") from refused
        self.interactions.append(asked)
        if not asked.acknowledged:
            raise DemoFailed(f"{what} was not answered: {asked.error or asked.state}")
        return asked

    def _said(self, lines: list[str]) -> None:
        self._screen.say(*lines)


def _place(who: Member) -> str:
    return who.channel or ""


def _says(message: Message | None, message_id: str | None, words: str) -> bool:
    return message is not None and message_id in {None, message.id} and words in message.text

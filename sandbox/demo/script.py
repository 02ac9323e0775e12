"""An afternoon in the film club: who orders what, and what they wait for."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from sandbox.demo.failure import DemoFailed
from sandbox.demo.screen import Screen
from sandbox.demo.transcript import Transcript
from sandbox.demo.watch import Watch, replies, settled
from sandbox.discord.client import Community, Interaction, Message, Refused

NAMESPACE = "film-club"
IMAGES = 4
SECONDS = 5
LOUNGE, LAB = "general", "video-lab"
VIDEO_PROMPT = "a paper boat sails down a rainy street at dusk, lanterns reflected in the puddles"
_POSTER_PROMPT = "a poster for the film club's winter night, woodcut, midnight blue and gold"
_LONG_PROMPT = "the whole of Hamlet, played by otters"
_REGRETTED_PROMPT = "a train of snails crosses the desert at noon"
_IMPOSSIBLE_SECONDS = 7
_CHOOSY_MODEL = "kling-video-v2-6-pro-text-to-video"  # knows 5 and 10 seconds
_PAUSE = 1.2  # seconds between two acts, so that the transcript can be followed

Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """The messages that matter afterwards: cards by id, private answers as they were, all commands."""

    video_card: str
    image_card: str
    cancelled_card: str
    saved: Message
    refused: Message
    queue: Message
    interactions: tuple[Interaction, ...]


class Script:
    """`prompt` is the one of the first video. `sleep` is how members take their time."""

    def __init__(
        self,
        community: Community,
        watch: Watch,
        transcript: Transcript,
        screen: Screen,
        *,
        prompt: str,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._community = community
        self._watch = watch
        self._transcript = transcript
        self._screen = screen
        self._prompt = prompt
        self._sleep = sleep
        self._interactions: list[Interaction] = []

    async def play(self) -> Played:
        """Everything, up to the last result. Raises `DemoFailed` when the bot does not answer."""
        saved = await self._answer("Ada", LOUNGE, "settings namespace", name=NAMESPACE)
        await self._sleep(_PAUSE)
        video = await self._card("Bo", "video", prompt=self._prompt, duration=SECONDS, aspect_ratio="16:9")
        await self._sleep(_PAUSE)
        image = await self._card("Dev", "image", prompt=_POSTER_PROMPT, count=IMAGES)
        await self._sleep(_PAUSE)
        queue = await self._answer("Cleo", LAB, "queue")
        await self._sleep(_PAUSE)
        impossible: dict[str, Any] = {"duration": _IMPOSSIBLE_SECONDS, "model": _CHOOSY_MODEL}
        refused = await self._answer("Cleo", LAB, "video", prompt=_LONG_PROMPT, **impossible)
        await self._sleep(_PAUSE)
        regretted = await self._card("Bo", "video", prompt=_REGRETTED_PROMPT, duration=SECONDS)
        await self._sleep(2 * _PAUSE)
        await self._press("Bo", "Cancel", regretted)
        for card, what in (
            (regretted, "the word that Bo's second video was cancelled"),
            (image, "Dev's images"),
            (video, "Bo's video"),
        ):
            await self._watch.until(lambda entry, card=card: replies(entry, card), what)
            await self._watch.until(lambda entry, card=card: settled(entry, card), f"the card of {what}")
        await self._sleep(_PAUSE / 2)  # for a message too many
        return Played(
            video_card=video,
            image_card=image,
            cancelled_card=regretted,
            saved=saved,
            refused=refused,
            queue=queue,
            interactions=tuple(self._interactions),
        )

    async def _card(self, user: str, command: str, **options: Any) -> str:
        """Orders something; the id of its card."""
        card = await self._answer(user, LAB, command, **options)
        if card.ephemeral:
            raise DemoFailed(f"{user}'s /{command} was refused: {card.text}")
        return card.id

    async def _answer(self, user: str, channel: str, command: str, **options: Any) -> Message:
        """Uses a command; what the bot answers."""
        self._screen.say(*self._transcript.used(user, channel, command, options, time.time()))
        try:
            asked = await self._community.invoke(user=user, channel=channel, command=command, options=options)
        except Refused as refused:
            raise DemoFailed(f"Discord would not let {user} use /{command} like that: {refused}") from refused
        self._expect_answer(asked, f"{user}'s /{command}")
        return await self._watch.until_answered(asked.response_message_id, f"the answer to {user}'s /{command}")

    async def _press(self, user: str, label: str, card: str) -> None:
        self._screen.say(*self._transcript.pressed(user, LAB, label, card, time.time()))
        try:
            asked = await self._community.press(user=user, message_id=card, label=label)
        except Refused as refused:
            raise DemoFailed(f"{user} could not press [{label}]: {refused}") from refused
        self._expect_answer(asked, f"{user}'s press of [{label}]")

    def _expect_answer(self, asked: Interaction, what: str) -> None:
        self._interactions.append(asked)
        if not asked.acknowledged:
            raise DemoFailed(f"{what} was not answered: {asked.error or asked.state}")

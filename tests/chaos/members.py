"""Members of the club, who order, change their minds, and press *Again* below results.

Every prompt is one of a kind: it is the tag of its order and of those made from it. A press has a tag of its own.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from sandbox.discord.client import Community, Interaction, Refused

LAB = "video-lab"
OWNER = "Ada"  # also of the servers that are made up, where nobody else is
_NAMES = (OWNER, "Bo", "Cleo", "Dev")
# Small pictures; one model with a price list (GPT Image 2), one small video.
_MODELS: Sequence[tuple[str, str | None]] = (
    ("image", None),
    ("image", "z-image-turbo"),
    ("image", "gpt-image-2"),
    ("image", "flux-1-dev"),
    ("video", "wan-ai-wan2-1-t2v-1-3b-diffusers"),
)
PRESS = "press-"
_AGAIN = "drover:anew:"
_MESSAGES = 100  # the newest in the channel
_LOOKS, _LOOK = 25, 0.1  # how often a member looks whether the bot is there, and seconds between two looks
_WEIGHTS = (4, 4, 3, 3, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One order that a member sends: `at` in seconds from the start, `cancel_after` as long after that, or not."""

    at: float
    tag: str
    user: str
    command: str
    options: dict[str, Any]
    cancel_after: float | None
    patient: bool  # waits until the bot is online
    guild: str | None = None  # where there are several
    channel: str = LAB


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """*Again* below one of the results that are there at that time, pressed so many `times` at once."""

    at: float
    tag: str
    user: str
    which: int
    times: int


def draw_presses(dice: Random, label: str, seconds: float) -> list[Pressed]:
    """The presses of a round of that length."""
    return [
        Pressed(
            at=dice.uniform(0, seconds),
            tag=f"{PRESS}{label}-{number}",
            user=dice.choice(_NAMES),
            which=dice.randrange(_MESSAGES),
            times=dice.choice([1, 1, 2]),
        )
        for number in range(dice.randint(1, 3))
    ]


def draw(dice: Random, label: str, seconds: float) -> list[Asked]:
    """The orders of a round of that length."""
    count = dice.randint(4, 8)
    return [draw_one(dice, f"chaos-{label}-{number}", dice.uniform(0, seconds * 0.8)) for number in range(count)]


def draw_one(dice: Random, tag: str, at: float) -> Asked:
    """One order of anybody, in the club."""
    command, model = dice.choices(_MODELS, _WEIGHTS)[0]
    options: dict[str, Any] = {"prompt": f"A fox in the snow, {tag}"}
    if model is not None:
        options["model"] = model
    if command == "image" and (count := dice.choice([1, 1, 2, 3])) > 1:
        options["count"] = count
    return Asked(
        at=at,
        tag=tag,
        user=dice.choice(_NAMES),
        command=command,
        options=options,
        cancel_after=dice.choice([0.1, 0.4, 0.8]) if dice.random() < 0.25 else None,
        patient=dice.random() < 0.85,
    )


async def ask(community: Community, request: Asked, seen: dict[str, str]) -> Interaction:
    """One order, with a change of mind if there is one; `seen` gets its interaction, which is answered or given up."""
    await asyncio.sleep(request.at)
    if request.patient:
        await _online(community)
    sent = await community.invoke(
        user=request.user, channel=request.channel, guild=request.guild, command=request.command,
        options=request.options, force=True, wait=0,
    )  # fmt: skip
    seen[request.tag] = sent.id
    if request.cancel_after is not None:
        await asyncio.sleep(request.cancel_after)
        await _cancel(community, request, sent.id)
    return await community.interaction(sent.id, wait=5)


async def act(community: Community, asked: Sequence[Asked], presses: Sequence[Pressed], seen: dict[str, str]) -> None:
    """They do it; `seen` gets the interaction of each tag. Returns when nobody waits for an answer any more."""

    async def again(press: Pressed) -> None:
        await asyncio.sleep(press.at)
        await _online(community)
        messages = await community.messages(channel=LAB, limit=_MESSAGES)
        buttons = [(message.id, str(button.custom_id)) for message in messages for button in message.buttons]
        results = [(message_id, custom_id) for message_id, custom_id in buttons if custom_id.startswith(_AGAIN)]
        if not results:
            return
        message_id, custom_id = results[press.which % len(results)]
        sent = await asyncio.gather(
            *(
                community.press(user=press.user, message_id=message_id, custom_id=custom_id, wait=0)
                for _ in range(press.times)
            )
        )
        for number, pressed in enumerate(sent):
            seen[f"{press.tag}-{number}"] = pressed.id
        await asyncio.gather(*(community.interaction(pressed.id, wait=5) for pressed in sent))

    async with asyncio.TaskGroup() as group:
        for request in asked:
            group.create_task(ask(community, request, seen))
        for press in presses:
            group.create_task(again(press))


async def _online(community: Community) -> None:
    """Returns when the bot is shown as online, or after a while all the same."""
    for _ in range(_LOOKS):
        if (await community.state())["sessions"]:
            return
        await asyncio.sleep(_LOOK)


async def _cancel(community: Community, request: Asked, interaction: str) -> None:
    """Presses the button, if there is one by now."""
    card = (await community.interaction(interaction)).response_message_id
    if card is None:
        return
    try:
        await community.press(user=request.user, message_id=card, index=0, wait=0)
    except Refused:
        return

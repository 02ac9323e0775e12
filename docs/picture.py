"""Draws docs/channel.png and docs/wallet.png: channels as members see them, while the bot works between its stand-ins.

The messages are the bot's own, taken from the channels while it works; only the drawing is ours (`drawing.py`).

.venv/bin/python docs/picture.py
"""  # noqa: INP001 - a script beside the documents, and no package

import asyncio
import tempfile
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
import av
import click
from drawing import draw
from PIL import Image
from strokes import Taken

from sandbox.demo.markup import size
from sandbox.demo.processes import ROOT, Processes
from sandbox.discord.client import Attachment, Community, FeedEntry, Interaction, Member, Message

CHANNEL, WALLET = ROOT / "docs" / "channel.png", ROOT / "docs" / "wallet.png"
LIMIT = 400 * 1024  # bytes
COMMUNITY = ROOT / "sandbox" / "demo" / "community.json"
KEY = "sandbox"
_PATIENCE = 120.0  # seconds
VIDEO = "a paper boat sails down a rainy street at dusk"
IMAGE = "a poster for the film club's winter night, woodcut, midnight blue and gold"
GATE = "a dragon guards the gate of an old library, candlelight"
MAP = "a treasure map, torn at one corner"
HEROES = "four portraits for tonight's heroes, ink on parchment"
PRICED: Mapping[str, Any] = {"model": "gpt-image-2", "resolution": "1K"}


class Photographer:
    """Looks into the channels of a community in which the bot works. `folder` is for files on their way."""

    def __init__(self, community: Community, names: Mapping[str, str], folder: Path) -> None:
        self._community = community
        self._names = names
        self._folder = folder

    async def lab(self) -> Taken:
        """A video that is ready, and four images in the making."""
        ada, bo, dev = (self._community.member(name) for name in ("Ada", "Bo", "Dev"))
        await self._settle(ada.at("general"), "film-club")
        request: dict[str, Any] = {"prompt": VIDEO, "duration": 5, "aspect_ratio": "16:9"}
        video = await self._order(bo.at("video-lab"), "video", **request)
        posted = await self._result(video)
        images = await self._order(dev.at("video-lab"), "image", prompt=IMAGE, count=4)
        seen = await self._community.wait_for(_says_all_there_is_to_say, timeout=_PATIENCE)
        shown = [await bo.see(one) for one in (video, posted, images)]
        commands = {video.id: "/video", images.id: "/image"}
        place = {"server": "Film Club", "channel": "video-lab", "topic": "Moving pictures"}
        return await self._taken(shown, commands, seen.time, channels=("general", "video-lab"), viewer="Bo", **place)

    async def tavern(self) -> Taken:
        """An order that waits for a yes to its price, and what was spent so far."""
        cleo, bo, eli = (self._community.member(name, channel="tavern") for name in ("Cleo", "Bo", "Eli"))
        await self._settle(cleo, "game-night")
        panel = await self._community.answer(await cleo.slash("settings", section="budgets"))
        opened = await cleo.press(panel, "Change")
        await cleo.submit(opened, {"Budget a month": "2.00", "Ask for confirmation": "0.50"})
        gate = await self._order(bo, "video", prompt=GATE, duration=5, aspect_ratio="16:9")
        maps = await self._order(eli, "image", prompt=MAP, count=3, **PRICED)
        for card in (gate, maps):
            await self._result(card)
        asked = await self._order(eli, "image", prompt=HEROES, count=4, **PRICED)
        usage = await self._community.answer(await cleo.slash("usage"), wait=_PATIENCE)
        at = (await self._community.feed())[-1].time
        place = {"server": "Game Night", "channel": "tavern", "topic": "Pictures for tonight's adventure"}
        commands = {asked.id: "/image", usage.id: "/usage"}
        return await self._taken([asked, usage], commands, at, channels=("tavern", "treasury"), viewer="Cleo", **place)

    async def _taken(self, messages: Sequence[Message], commands: Mapping[str, str], at: float, **place: Any) -> Taken:
        files = [file for message in messages for file in message.attachments]
        stills = {file.filename: await self._still(file) for file in files}
        return Taken(messages=messages, names=self._names, stills=stills, commands=commands, at=at, **place)

    async def _still(self, file: Attachment) -> tuple[Image.Image, float]:
        path = await self._community.download(file, self._folder / file.filename)
        return await asyncio.to_thread(_middle if path.suffix == ".mp4" else _opened, path)

    async def _settle(self, manager: Member, namespace: str) -> None:
        """Who pays, as whoever runs the server says it."""
        panel = await self._community.answer(await manager.slash("settings", section="billing"))
        opened = await manager.press(panel, "Name a namespace")
        await manager.submit(opened, {"Namespace on Oxen.ai": namespace})

    async def _order(self, who: Member, command: str, **options: Any) -> Message:
        """The card. Until the bot takes it: at its start it refuses, because it does not know the models yet."""
        async with asyncio.timeout(_PATIENCE):
            while True:
                asked: Interaction = await who.slash(command, **options)
                if asked.acknowledged and not asked.ephemeral:
                    return await self._community.answer(asked)
                await asyncio.sleep(1)

    async def _result(self, card: Message) -> Message:
        def replies(entry: FeedEntry) -> bool:
            return entry.message is not None and entry.message.reply_to == card.id

        found = (await self._community.wait_for(replies, timeout=_PATIENCE)).message
        if found is None:
            raise LookupError("the result")
        return found


async def take(folder: Path) -> tuple[Taken, Taken]:
    """Starts the stand-ins and the bot, plays some members, and looks into the channels."""
    processes = Processes(folder)
    try:
        async with aiohttp.ClientSession() as session:
            photographer = await _build(processes, session, folder)
            return await photographer.lab(), await photographer.tavern()
    finally:
        await processes.dismiss()


async def _build(processes: Processes, session: aiohttp.ClientSession, folder: Path) -> Photographer:
    oxen_options = ("--speed", "12", "--concurrency", "2", "--dialect", "browse")
    oxen = await processes.start("Oxen", ("sandbox", "oxen", *oxen_options), folder / "oxen.log")
    discord = await processes.start("Discord", ("sandbox", "discord", "--community", str(COMMUNITY)), folder / "d.log")
    oxen_url, discord_url = (await oxen.line()).split()[-1], (await discord.line()).split()[-1]
    settings = {
        "DISCORD_TOKEN": (await discord.line()).split()[-1],
        "DISCORD_API_URL": f"{discord_url}/api/v10",
        "OXEN_API_KEY": KEY,
        "OXEN_API_URL": oxen_url,
        "DROVER_NAMESPACES": "*",
        "DROVER_DATABASE_URL": f"sqlite:///{folder / 'drover.sqlite3'}",
        "DROVER_WORK_DIR": str(folder / "work"),
        "DROVER_POLL_SECONDS_WITH_EVENTS": "0.3",
    }
    await processes.start("the bot", ("run",), folder / "bot.log", settings)
    community = Community(session, discord_url)
    await community.wait_for(lambda entry: entry.kind == "gateway_ready", timeout=_PATIENCE)
    names = {user["id"]: user["name"] for user in (await community.state())["users"]}
    return Photographer(community, names, folder)


def _says_all_there_is_to_say(entry: FeedEntry) -> bool:
    """A card on which some outputs are ready and others are being made."""
    text = entry.message.text if entry.message is not None else ""
    return "✅" in text and "🎬" in text


def _middle(path: Path) -> tuple[Image.Image, float]:
    """A frame from the middle of the video, and how many seconds it has."""
    with av.open(str(path)) as video:
        seconds = float((video.duration or 0) / av.time_base)
        frames = [frame.to_image() for frame in video.decode(video=0)]
    return frames[len(frames) // 2], seconds


def _opened(path: Path) -> tuple[Image.Image, float]:
    with Image.open(path) as picture:
        return picture.convert("RGB"), 0


def save(picture: Image.Image, target: Path) -> None:
    """As a PNG within `LIMIT`, with fewer colours if it must be."""
    for image in (picture, picture.quantize(256, Image.Quantize.MEDIANCUT)):
        buffer = BytesIO()
        image.save(buffer, "PNG", optimize=True)
        if buffer.tell() <= LIMIT:
            break
    written = target.write_bytes(buffer.getvalue())
    click.echo(f"{target.relative_to(ROOT)}  {size(written)}  {picture.width}x{picture.height}")


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="drover-picture-") as name:
        lab, tavern = asyncio.run(take(Path(name)))
    save(draw(lab), CHANNEL)
    save(draw(tavern), WALLET)


if __name__ == "__main__":
    main()

"""Draws docs/channel.png: a channel as a member sees it, from a run of the bot between its two stand-ins.

The messages are the bot's own, taken from the channel while it works; only the drawing is ours (`drawing.py`).

.venv/bin/python docs/picture.py
"""  # noqa: INP001 - a script beside the documents, and no package

import asyncio
import tempfile
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
import av
import click
from drawing import CHANNEL, VIEWER, Taken, draw
from PIL import Image

from sandbox.demo.markup import size
from sandbox.demo.processes import ROOT, Troupe
from sandbox.discord.client import Community, FeedEntry

TARGET = ROOT / "docs" / "channel.png"
LIMIT = 400 * 1024  # bytes
COMMUNITY = ROOT / "sandbox" / "demo" / "community.json"
KEY = "sandbox"
_PATIENCE = 120.0  # seconds
VIDEO = "a paper boat sails down a rainy street at dusk"
IMAGE = "a poster for the film club's winter night, woodcut, midnight blue and gold"


async def take(folder: Path) -> Taken:
    """Starts the stand-ins and the bot, plays a member or two, and looks into the channel."""
    troupe = Troupe(folder)
    try:
        async with aiohttp.ClientSession() as session:
            return await _play(troupe, session, folder)
    finally:
        await troupe.dismiss()


async def _play(troupe: Troupe, session: aiohttp.ClientSession, folder: Path) -> Taken:
    oxen_options = ("--speed", "12", "--concurrency", "2")
    oxen = await troupe.start("Oxen", ("sandbox", "oxen", *oxen_options), folder / "oxen.log")
    discord = await troupe.start("Discord", ("sandbox", "discord", "--community", str(COMMUNITY)), folder / "d.log")
    oxen_url, discord_url = (await oxen.line()).split()[-1], (await discord.line()).split()[-1]
    settings = {
        "DISCORD_TOKEN": (await discord.line()).split()[-1],
        "DISCORD_API_URL": f"{discord_url}/api/v10",
        "OXEN_API_KEY": KEY,
        "OXEN_API_URL": oxen_url,
        "DROVER_DATABASE_URL": f"sqlite:///{folder / 'drover.sqlite3'}",
        "DROVER_WORK_DIR": str(folder / "work"),
        "DROVER_POLL_SECONDS_WITH_EVENTS": "0.3",
    }
    await troupe.start("the bot", ("run",), folder / "bot.log", settings)
    community = Community(session, discord_url)
    await community.wait_for(lambda entry: entry.kind == "gateway_ready", timeout=_PATIENCE)
    await community.invoke(user="Ada", channel="general", command="settings namespace", options={"name": "film-club"})
    wish: dict[str, Any] = {"prompt": VIDEO, "duration": 5, "aspect_ratio": "16:9"}
    await _order(community, "Bo", "video", wish)
    posted = await community.wait_for(_has_a_file, timeout=_PATIENCE)
    await _order(community, "Dev", "image", {"prompt": IMAGE, "count": 4})
    seen = await community.wait_for(_says_all_there_is_to_say, timeout=_PATIENCE)
    messages = [one for one in await community.messages(channel=CHANNEL, user=VIEWER) if not one.ephemeral]
    if posted.message is None:
        raise LookupError("the result")
    path = await community.download(posted.message.attachments[0], folder / "video.mp4")
    users = (await community.state())["users"]
    frame, seconds = await asyncio.to_thread(_middle, path)
    names = {user["id"]: user["name"] for user in users}
    return Taken(messages=messages, names=names, frame=frame, seconds=seconds, at=seen.time)


async def _order(community: Community, user: str, command: str, options: dict[str, Any]) -> None:
    """Until the bot takes it: at its start it refuses, because it does not know the models yet."""
    async with asyncio.timeout(_PATIENCE):
        while True:
            asked = await community.invoke(user=user, channel=CHANNEL, command=command, options=options)
            if asked.acknowledged and not asked.ephemeral:
                return
            await asyncio.sleep(1)


def _has_a_file(entry: FeedEntry) -> bool:
    return entry.message is not None and bool(entry.message.attachments)


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


def save(picture: Image.Image) -> int:
    """As a PNG within `LIMIT`, with fewer colours if it must be; its size in bytes."""
    for image in (picture, picture.quantize(256, Image.Quantize.MEDIANCUT)):
        buffer = BytesIO()
        image.save(buffer, "PNG", optimize=True)
        if buffer.tell() <= LIMIT:
            break
    return TARGET.write_bytes(buffer.getvalue())


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="drover-picture-") as name:
        taken = asyncio.run(take(Path(name)))
    picture = draw(taken)
    click.echo(f"{TARGET.relative_to(ROOT)}  {size(save(picture))}  {picture.width}x{picture.height}")


if __name__ == "__main__":
    main()

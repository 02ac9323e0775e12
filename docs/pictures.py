"""Takes the README's pictures with the page that `drover play` opens: `make pictures`. Needs Chromium.

Writes docs/film.webp (a film, from typing to playing), docs/channel.png and docs/wallet.png. What is seen is what the
bot posted between the stand-ins.
"""  # noqa: INP001 - a script beside the documents, and no package

import asyncio
import time
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any, Self

import aiohttp
import click
from PIL import Image, ImageChops
from playwright.async_api import expect

from sandbox.demo.markup import size
from sandbox.demo.processes import ROOT
from sandbox.discord.client import Community, Message
from tests.page.kit import Window, browsing, playing, window

DOCS = ROOT / "docs"
LAB, TAVERN = "1150000000000000111", "1150000000000000210"
PNG_LIMIT, FILM_LIMIT = 400 * 1024, 1500 * 1024  # bytes
VIDEO = "a paper boat sails down a rainy street at dusk"
IMAGE = "a poster for the film club's winter night, woodcut"
_LONG = 120_000  # milliseconds
_LONGEST_FRAME, _SHORTEST_FRAME = 700, 60  # milliseconds, in the film
_WIDTH, _HEIGHT = 880, 560


class Camera:
    """Takes frames of a window while something goes on; those that show nothing new are left out."""

    def __init__(self, seen: Window) -> None:
        self._seen = seen
        self._frames: list[tuple[float, Image.Image]] = []
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._roll())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _roll(self) -> None:
        while True:
            at = time.monotonic()
            shot = Image.open(BytesIO(await self._seen.page.screenshot(type="jpeg", quality=90))).convert("RGB")
            last = self._frames[-1][1] if self._frames else None
            if last is None or ImageChops.difference(last, shot).getbbox() is not None:
                self._frames.append((at, shot))
            await asyncio.sleep(0.04)

    def save(self, target: Path) -> None:
        """As a moving WebP, with as much detail as fits into `FILM_LIMIT`. Long waits are cut short."""
        times = [at for at, _ in self._frames]
        gaps = [int((later - at) * 1000) for at, later in pairwise(times)]
        lengths = [min(_LONGEST_FRAME, max(_SHORTEST_FRAME, gap)) for gap in gaps] + [2000]
        first, *others = [shot for _, shot in self._frames]
        for quality in (70, 50, 35, 20):
            written = BytesIO()
            first.save(written, "WEBP", save_all=True, append_images=others, duration=lengths, quality=quality, loop=0)
            if written.tell() <= FILM_LIMIT:
                break
        _keep(written.getvalue(), target, first)


async def film(bo: Window) -> None:
    """From the first letter to the film that plays."""
    async with Camera(bo) as camera:
        box = bo.page.locator(".composer textarea")
        await box.click()
        await box.press_sequentially("/vid", delay=120)
        await bo.page.wait_for_timeout(500)
        await bo.page.keyboard.press("Enter")
        await bo.page.keyboard.type(VIDEO, delay=35)
        await bo.page.get_by_role("button", name="+duration", exact=True).click()
        await bo.page.get_by_role("option").first.wait_for()
        await bo.page.wait_for_timeout(600)
        await bo.page.keyboard.press("Enter")
        await bo.page.wait_for_timeout(400)
        await bo.page.locator(".command .send").click()
        shown = bo.said("your video is ready").locator("video")
        await shown.wait_for(timeout=_LONG)
        await bo.page.wait_for_timeout(700)
        await shown.evaluate("(film) => film.play()")
        await bo.page.wait_for_timeout(3500)
    camera.save(DOCS / "film.webp")


async def channel(bo: Window, community: Community) -> None:
    """A result, and four pictures in the making beside what goes on backstage."""
    ada = community.member("Ada", channel="video-lab")
    card = await community.answer(await ada.slash("image", prompt=IMAGE, count=4))
    await bo.page.get_by_role("button", name="Backstage").first.click()
    await expect(bo.said(IMAGE).filter(has_text="✅").first).to_be_visible(timeout=_LONG)
    await bo.page.mouse.move(5, 5)
    await shoot(bo, DOCS / "channel.png")
    await replied(community, card)


async def wallet(cleo: Window, community: Community) -> None:
    """An order that waits for a yes to its price, and what was spent so far."""
    await cleo.enter("Cleo", TAVERN)
    owner, bo = community.member("Cleo", channel="tavern"), community.member("Bo", channel="tavern")
    panel = await community.answer(await owner.slash("settings", section="billing"))
    await owner.submit(await owner.press(panel, "Name a namespace"), {"Namespace on Oxen.ai": "game-night"})
    panel = await community.answer(await owner.slash("settings", section="budgets"))
    limits = {"Budget a month": "3.00", "Ask for confirmation": "0.50"}
    await owner.submit(await owner.press(panel, "Change"), limits)
    await expect(cleo.button("Dismiss message")).to_have_count(2)
    for _ in range(2):
        await cleo.button("Dismiss message").first.click()
    await expect(cleo.button("Dismiss message")).to_have_count(0)
    priced: dict[str, Any] = {"model": "gpt-image-2", "resolution": "1K"}
    gate = await community.answer(await bo.slash("video", prompt="a dragon guards the gate of an old library"))
    await replied(community, gate)
    await replied(community, await community.answer(await bo.slash("image", prompt="a torn map", count=2, **priced)))
    await owner.slash("image", prompt="four portraits for tonight's heroes, ink on parchment", count=4, **priced)
    await community.answer(await owner.slash("usage"), wait=60)
    await cleo.page.wait_for_timeout(1500)
    await cleo.page.mouse.move(5, 5)
    await shoot(cleo, DOCS / "wallet.png")


async def replied(community: Community, card: Message) -> None:
    await community.wait_for(
        lambda entry: entry.message is not None and entry.message.reply_to == card.id, timeout=_LONG / 1000
    )


async def shoot(seen: Window, target: Path) -> None:
    """As a PNG within `PNG_LIMIT`, with fewer colours if it must be."""
    picture = Image.open(BytesIO(await seen.page.screenshot())).convert("RGB")
    for image in (picture, picture.quantize(256, Image.Quantize.MEDIANCUT)):
        written = BytesIO()
        image.save(written, "PNG", optimize=True)
        if written.tell() <= PNG_LIMIT:
            break
    _keep(written.getvalue(), target, picture)


def _keep(content: bytes, target: Path, picture: Image.Image) -> None:
    click.echo(f"{target.relative_to(ROOT)}  {size(target.write_bytes(content))}  {picture.width}x{picture.height}")


async def take() -> None:
    look: dict[str, Any] = {"color_scheme": "dark", "device_scale_factor": 1}
    async with aiohttp.ClientSession() as session, playing(speed=12) as url, browsing() as browser:
        community = Community(session, url)
        async with window(browser, url, width=_WIDTH, height=_HEIGHT, **look) as bo:
            await bo.enter("Bo", LAB)
            await film(bo)
        async with window(browser, url, width=1360, height=860, **look) as bo:
            await bo.enter("Bo", LAB)
            await channel(bo, community)
        async with window(browser, url, width=1000, height=1080, **look) as cleo:
            await wallet(cleo, community)


if __name__ == "__main__":
    asyncio.run(take())

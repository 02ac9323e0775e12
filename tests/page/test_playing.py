"""What was posted plays in Chromium: films that Discord does not play as they come, and pictures under false names."""

from base64 import b64encode
from pathlib import Path

import pytest
from playwright.async_api import Browser

from bot.media.encoding import make
from sandbox.discord.conformance import Conformance
from sandbox.oxen.faults import Fault
from sandbox.oxen.render.renderer import MediaRenderer
from tests.cases import each_case
from tests.e2e.kit import SCHEMA, Stages
from tests.media.samples import roll

pytestmark = pytest.mark.asyncio(loop_scope="session")
MODEL = "wan-ai-wan2-1-t2v-1-3b-diffusers"
FILMS, PICTURES = ("h264", "hevc", "10bit", "mov", "mkv", "webm"), ("gif", "avif", "webp")
PLAY = """async url => {
    const video = document.createElement("video");
    video.muted = true;
    video.src = url;
    document.body.append(video);
    await video.play();
    await new Promise(over => video.addEventListener("timeupdate", () => video.currentTime > 0 && over()));
    return [video.readyState, video.videoWidth, video.duration];
}"""
SHOW = """async url => {
    const image = new Image();
    image.src = url;
    await image.decode();
    return image.naturalWidth;
}"""


async def test_what_was_posted_plays(browser: Browser, tmp_path: Path) -> None:
    """Each was ordered, made in that format, and posted by the bot."""
    async with Stages(tmp_path, Conformance(SCHEMA)) as stages:
        harness = await stages(renderer=MediaRenderer(sketch=True))
        page = await browser.new_page()
        await page.goto(harness.discord.url)
        with each_case() as case:
            for form in (*FILMS, *PICTURES):
                harness.break_oxen(Fault(on="generation", kind="format", value=form, times=1))
                asked = {"model": MODEL} if form in FILMS else {"command": "image", "model": "z-image-turbo"}
                [file] = (await harness.result(await harness.order(f"a fox in {form}", **asked))).attachments
                with case(form):
                    if form in PICTURES:
                        assert await page.evaluate(SHOW, file.url) > 0
                    else:
                        state, width, seconds = await page.evaluate(PLAY, file.url)
                        assert state >= 2
                        assert width > 0
                        assert seconds > 0.1
        await page.close()


async def test_copies_of_broken_files_play(browser: Browser, tmp_path: Path) -> None:
    """A film of one picture; one that is cut short; one that is too large; of the last one the beginning alone."""
    one = roll(tmp_path / "one.mkv", "matroska", "ffv1", "yuv444p", size=(97, 65), frames=1)
    cut = roll(tmp_path / "cut.mkv", "matroska", "libx265", "yuv420p10le", frames=40)
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size // 2])
    large = roll(tmp_path / "large.mp4", "mp4", "libx264", "yuv420p", size=(320, 240), frames=40)
    smaller = large.stat().st_size // 3
    page = await browser.new_page()
    with each_case() as case:
        for source, limit in ((one, 10**6), (cut, 10**6), (large, smaller), (large, 30_000)):
            with case((source.name, limit)):
                target = tmp_path / "target.mp4"
                make(source, target, limit)
                state, width, seconds = await page.evaluate(
                    PLAY, f"data:video/mp4;base64,{b64encode(target.read_bytes()).decode()}"
                )
                assert (state >= 2, width > 0, seconds > 0) == (True, True, True)
    await page.close()

"""`drover play`, from its first line to Ctrl-C: what somebody does who never saw Drover."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from sandbox.demo.processes import ROOT
from tests.page.kit import Window, window

pytestmark = pytest.mark.waits
LAB, TAVERN = "1150000000000000111", "1150000000000000210"
LONG = 60_000  # milliseconds, for what is rendered


@pytest.fixture
async def url() -> AsyncIterator[str]:
    """`drover play` as a process; it ends well, and by one signal."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "play", "--no-browser", "--speed", "20"),
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(90):
            line = (await process.stdout.readline()).decode()
        assert line.startswith("Drover plays at"), line + (await process.stdout.read()).decode()
        yield line.split()[-1].rstrip("/")
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
        rest = (await process.stdout.read()).decode()
        assert await process.wait() == 0, rest
    assert "Nothing is left running" in rest


async def order(bo: Window, prompt: str) -> None:
    await bo.use("video", prompt=prompt)
    await expect(bo.said(f"{prompt}").first).to_be_visible()


async def test_a_member_a_moderator_and_an_owner(browser: Browser, url: str, tmp_path: Path) -> None:
    async with window(browser, url) as bo:
        await bo.enter("Bo", LAB)
        await order(bo, "a paper boat")
        film = bo.said("your video is ready").locator("video")
        await expect(film).to_be_visible(timeout=LONG)
        await film.evaluate("(film) => film.play()")
        plays = "(film) => new Promise((done) => { film.ontimeupdate = () => film.currentTime > 0.2 && done(true); })"
        assert await film.evaluate(plays)
        assert await bo.findings() == []
        # An order that is cancelled before it is made.
        await order(bo, "a dragon that nobody will see")
        await bo.said("a dragon").last.get_by_role("button", name="Cancel").click()
        await expect(bo.said("a dragon").last).to_contain_text("cancelled", timeout=LONG)
        # A moderator deletes the result; whoever is banned hears it.
        bo.page.on("dialog", lambda asked: asyncio.ensure_future(asked.accept()))
        await bo.be("Cleo")
        await bo.go("video-lab")
        await bo.said("your video is ready").click(button="right", position={"x": 5, "y": 5})
        await bo.page.get_by_role("menuitem", name="Delete").click()
        await expect(bo.said("your video is ready")).to_have_count(0)
        await bo.be("Finn")
        await bo.go("video-lab")
        await bo.use("video", prompt="anything")
        await expect(bo.page.locator("article.ephemeral").last).to_be_visible()
        # In German, as Dev has it.
        await bo.be("Dev")
        await bo.use("info")
        await expect(bo.page.locator("article.ephemeral").last).to_contain_text("Nur du siehst das")


async def test_an_owner_sets_a_server_up_and_a_budget_refuses(browser: Browser, url: str) -> None:
    async with window(browser, url) as cleo:
        await cleo.enter("Cleo", TAVERN)
        await cleo.use("setup")
        panel = cleo.page.locator("article.ephemeral").last
        await expect(panel.get_by_role("button").first).to_be_visible()
        await cleo.use("settings", section="billing")
        billing = cleo.page.locator("article.ephemeral").filter(has_text="Cleo used /settings").last
        await billing.get_by_role("button", name="Name a namespace").click()
        await cleo.page.get_by_role("dialog").get_by_role("textbox").first.fill("game-night")
        await cleo.button("Submit").click()
        await expect(billing).to_contain_text("game-night")
        await billing.get_by_role("button", name="Dismiss message").click()
        await cleo.use("settings", section="budgets")
        budgets = cleo.page.locator("article.ephemeral").filter(has_text="Cleo used /settings").last
        await budgets.get_by_role("button", name="Change").click()
        await cleo.page.get_by_role("dialog").get_by_label("Budget a month").fill("0.01")
        await cleo.button("Submit").click()
        await expect(budgets).to_contain_text("0.01")
        await cleo.use("video", prompt="a dragon at the gate")
        await expect(cleo.page.locator("article.ephemeral").last).to_contain_text("budget", ignore_case=True)


async def test_the_bot_is_killed_while_a_film_is_made(browser: Browser, url: str) -> None:
    async with window(browser, url) as bo:
        await bo.enter("Bo", LAB)
        await bo.page.get_by_role("button", name="Backstage").first.click()
        stage = bo.page.get_by_role("complementary", name="Backstage")
        broken = stage.get_by_role("button", name="The event stream is down")
        await broken.click()
        await expect(broken).to_have_attribute("aria-pressed", "true")
        await order(bo, "a fox in the snow")
        await expect(stage.locator(".rows > div").filter(has_text=re.compile("^(queued|running)1$"))).to_be_visible()
        await stage.get_by_role("button", name="Kill the bot, now").click()
        await expect(stage.get_by_text("not running")).to_be_visible()
        await stage.get_by_role("button", name="Mend Oxen").click()
        await stage.get_by_role("button", name="Start the bot again").click()
        await expect(bo.said("your video is ready")).to_be_visible(timeout=LONG)
        await expect(stage.get_by_text("2 times")).to_be_visible()
        await expect(stage.get_by_text("charged to film-club")).to_be_visible()
        await bo.page.wait_for_timeout(1500)
        await expect(bo.said("your video is ready")).to_have_count(1)
        assert await bo.findings() == []

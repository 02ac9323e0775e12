"""`drover play`, from its first line to Ctrl-C: what somebody does who never saw Drover."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from PIL import Image
from playwright.async_api import Browser, expect

from sandbox.discord.client import Community
from tests.page.kit import Window, playing, window

pytestmark = [pytest.mark.waits, pytest.mark.asyncio(loop_scope="session")]
LAB, TAVERN = "1150000000000000111", "1150000000000000210"
LONG = 60_000  # milliseconds, for what is rendered
PLAYS = """async (film) => {
  film.loop = true;
  await film.play();
  await new Promise((done) => { film.ontimeupdate = () => film.currentTime > 0.2 && done(); });
}"""
HOSTILE = "a paper boat <script>document.title='owned'</script> **of** ||gold||"


@pytest_asyncio.fixture(loop_scope="session")
async def url() -> AsyncIterator[str]:
    async with playing(speed=20) as address:
        yield address


async def order(bo: Window, command: str, prompt: str, **more: Path) -> None:
    await bo.use(command, prompt=prompt, **more)
    await expect(bo.said(prompt[:20]).first).to_be_visible()  # a card shows the beginning


async def connected(url: str, times: int) -> None:
    """Returns when the bot has logged in so often: from then on it hears of commands."""
    async with aiohttp.ClientSession() as session:
        community, after, seen = Community(session, url), 0, 0
        while seen < times:
            for entry in await community.feed(after=after, wait=20):
                after, seen = entry.sequence, seen + (entry.kind == "gateway_ready")


async def test_a_member_a_moderator_and_an_owner(browser: Browser, url: str, tmp_path: Path) -> None:
    """Two servers at once: what is made in the one takes longer than to set the other one up."""
    picture = tmp_path / "boat.png"
    Image.new("RGB", (640, 360), "orange").save(picture)
    async with window(browser, url) as bo, window(browser, url) as cleo, asyncio.TaskGroup() as both:
        both.create_task(films_are_ordered_and_one_is_cancelled(bo, picture))
        both.create_task(a_server_is_set_up_and_its_budget_refuses(cleo))


async def films_are_ordered_and_one_is_cancelled(bo: Window, picture: Path) -> None:
    await bo.enter("Bo", LAB)
    await order(bo, "video", HOSTILE)
    await order(bo, "image", "the same in blue", image=picture)
    # While Oxen is down, an order waits, until it is cancelled.
    await bo.page.get_by_role("button", name="Backstage").first.click()
    stage = bo.page.get_by_role("complementary", name="Backstage")
    down = stage.get_by_role("button", name="Oxen is down")
    await down.click()
    await expect(down).to_have_attribute("aria-pressed", "true")
    await order(bo, "video", "a dragon that nobody will see")
    dragon = bo.said("a dragon").last
    await expect(dragon).to_contain_text("cannot take it right now")
    await dragon.get_by_role("button", name="Cancel").click()
    await expect(dragon).to_contain_text("cancelled", timeout=LONG)
    await stage.get_by_role("button", name="Mend Oxen").click()
    await expect(down).to_have_attribute("aria-pressed", "false")
    await stage.get_by_role("button", name="Close").click()
    # Watched.
    ready = bo.messages.filter(has=bo.page.locator("video"))
    film = ready.locator("video")
    await expect(film).to_be_visible(timeout=LONG)
    await film.evaluate(PLAYS)
    await expect(bo.said("your image is ready").locator("img").first).to_be_visible(timeout=LONG)
    # Varied: the form has everything filled in.
    await ready.get_by_role("button", name="Vary").click()
    words = bo.page.get_by_role("dialog").get_by_label("Prompt", exact=True)
    await expect(words).to_have_value(HOSTILE)
    await words.fill("a paper boat at night")
    await bo.button("Submit").click()
    await expect(bo.said("a paper boat at night").first).to_be_visible()
    await expect(ready).to_have_count(2, timeout=LONG)
    assert await bo.findings() == []
    assert "owned" not in await bo.page.title()
    # A moderator deletes a result; whoever is banned hears it.
    bo.page.on("dialog", lambda asked: asyncio.ensure_future(asked.accept()))
    await bo.be("Cleo")
    await bo.go("video-lab")
    await ready.last.get_by_role("button", name="More for this message").click()
    await bo.page.get_by_role("menuitem", name="Delete", exact=True).click()
    await expect(ready).to_have_count(1)
    await bo.be("Finn")
    await bo.go("video-lab")
    await bo.use("video", prompt="anything")
    await expect(bo.said("Only you can see this")).to_be_visible()
    # In German, as Dev has it.
    await bo.be("Dev")
    await bo.use("info")
    await expect(bo.said("Nur du siehst das")).to_be_visible()


async def a_server_is_set_up_and_its_budget_refuses(cleo: Window) -> None:
    await cleo.enter("Cleo", TAVERN)
    await cleo.use("setup")
    panel = cleo.said("Cleo used /setup")

    async def change(press: str, field: str, value: str) -> None:
        await panel.get_by_role("button", name=press).click()
        await cleo.page.get_by_role("dialog").get_by_label(field).fill(value)
        await cleo.button("Submit").click()
        await expect(cleo.page.get_by_role("dialog")).to_have_count(0)
        await expect(panel).to_contain_text(value)

    async def onward(press: str, words: str) -> None:
        await panel.get_by_role("button", name=press, exact=True).click()
        await expect(panel).to_contain_text(words)

    await expect(panel).to_contain_text("Step 1 of 5")
    await change("Name a namespace", "Namespace", "game-night")
    await onward("Next", "Step 2 of 5")
    await onward("Let me choose", "Budget")
    await change("Change", "Budget a month", "0.01")
    for press, words in (
        ("Next", "Members' limits"), ("Next", "Step 3 of 5"), ("Next", "Step 4 of 5"), ("Skip", "Step 5 of 5"),
        ("Skip", "All set"),
    ):  # fmt: skip
        await onward(press, words)
    await cleo.use("video", prompt="a dragon at the gate")
    await expect(cleo.said("Cleo used /video")).to_contain_text("budget", ignore_case=True)


async def test_the_bot_is_killed_while_a_film_is_made(browser: Browser, url: str) -> None:
    async with window(browser, url) as bo:
        await bo.enter("Bo", LAB)
        await bo.page.get_by_role("button", name="Backstage").first.click()
        stage = bo.page.get_by_role("complementary", name="Backstage")
        await order(bo, "video", "a fox in the snow")
        await expect(stage.locator(".rows > div").filter(has_text=re.compile("^(queued|running)1$"))).to_be_visible()
        await stage.get_by_role("button", name="Kill the bot, now").click()
        await expect(stage.get_by_text("not running")).to_be_visible()
        await stage.get_by_role("button", name="Start the bot again").click()
        await expect(bo.said("your video is ready")).to_be_visible(timeout=LONG)
        await expect(stage.locator(".rows > div").filter(has_text=re.compile("^starts2$"))).to_be_visible()
        await expect(stage.get_by_text("charged to film-club")).to_be_visible()
        # What is posted after it shows that nothing more came of it. Results are posted before the gateway is there.
        await connected(url, 2)
        await order(bo, "image", "a hare")
        await expect(bo.said("your image is ready")).to_be_visible(timeout=LONG)
        await expect(bo.said("your video is ready")).to_have_count(1)

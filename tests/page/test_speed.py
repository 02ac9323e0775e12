"""How quick the page is and what it holds, as `make bench ARGS=page` measures it; with patience for a busy machine."""

import sys
from collections.abc import Sequence
from statistics import median

import pytest
from playwright.async_api import Browser, expect

from bench import page
from sandbox.discord.client import Community
from sandbox.discord.server import DiscordSandbox
from sandbox.discord.state import Message
from tests.page.kit import window
from tests.sandbox_discord.kit import Bot, RunBot, app_commands, discord

pytestmark = pytest.mark.asyncio(loop_scope="session")
PATIENCE = 4  # times what it takes at most on a machine that does nothing else
GENERAL = page.GENERAL


def quick(what: str, found: Sequence[float], limit: float) -> None:
    sys.stdout.write(f"{what}: median {median(found):.0f}, at most {max(found):.0f} ms, of {limit:.0f}\n")
    assert median(found) < PATIENCE * limit, found


async def test_the_page_what_is_written_and_what_is_offered(
    browser: Browser, sandbox: DiscordSandbox, run_bot: RunBot, bot: Bot, community: Community
) -> None:
    @bot.tree.command(description="Make a picture")
    async def picture(interaction: discord.Interaction, model: str) -> None: ...

    @picture.autocomplete("model")
    async def models(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name=f"{current} {n}", value=f"{current}-{n}") for n in range(25)]

    quick("first page", await page.first_pages(browser, sandbox.url, 3), page.FIRST)
    ada, bo = (community.member(name, channel="general") for name in ("Ada", "Bo"))
    async with run_bot(bot), window(browser, sandbox.url) as seen:
        await seen.enter("Bo", GENERAL)
        quick("arrival", await page.arrivals(seen, ada, 10), page.ARRIVAL)
        await seen.begin("picture")
        words = [f"model {n}" for n in range(10)]
        offered, own = await page.offers(seen, "model", words), await page.direct(bo, "picture", "model", words)
        quick("offer", [took - median(own) for took in offered], page.OFFER)


async def test_thousands_of_messages(browser: Browser, sandbox: DiscordSandbox, community: Community) -> None:
    await community.member("Ada", channel="general").write("the first")
    world = sandbox.world
    first = next(iter(world.messages.values()))

    def fill(numbers: range) -> None:
        for n in numbers:
            number = world.ids.next()
            world.messages[number] = Message(
                id=number, channel_id=first.channel_id, author_id=first.author_id,
                created_at=first.created_at + n, content=f"message {n} " + "words " * (n % 30),
            )  # fmt: skip

    fill(range(page.MANY))
    async with window(browser, sandbox.url) as bo:
        await bo.enter("Bo", GENERAL)
        await expect(bo.said("message 999 ")).to_be_visible()
        held = await page.memory(browser)
        sys.stdout.write(f"memory: {held:.0f} MiB of {page.MEMORY:.0f}\n")
        assert held < page.MEMORY
    fill(range(page.MANY, page.SCROLLED))
    async with window(browser, sandbox.url) as bo:
        await bo.enter("Bo", GENERAL)
        await expect(bo.said("message 4999 ")).to_be_visible()
        await bo.page.locator(".messages").hover()
        for _ in range(6):
            before = await bo.messages.first.get_attribute("id")
            await bo.page.mouse.wheel(0, -100_000)
            await expect(bo.messages.first).not_to_have_attribute("id", before or "")
        assert await bo.messages.count() <= 260
        await bo.page.get_by_role("button", name="Jump to the newest").click()
        await expect(bo.said("message 4999 ")).to_be_in_viewport()
        quick("from frame to frame", await page.frames(bo, 60), page.FRAME)

"""Messages as the page shows them: every component, hostile texts, thousands of them, on a telephone, in German."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from playwright.async_api import Browser, Route, expect

from sandbox.demo.processes import ROOT
from sandbox.discord.client import Community, File
from sandbox.discord.server import DiscordSandbox
from tests.page.kit import Window, window
from tests.sandbox_discord.kit import Rest

pytestmark = pytest.mark.asyncio(loop_scope="session")
GENERAL, LAB = "1150000000000000110", "1150000000000000111"
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c626001000000050001"
    "0d0a2db40000000049454e44ae426082"
)
V2 = 1 << 15
COMMUNITY = ROOT / "sandbox" / "play" / "community.json"


def text(content: str) -> dict[str, Any]:
    return {"type": 10, "content": content}


def everything(files: int) -> list[dict[str, Any]]:
    """A message with all that may be in one; of the files, a gallery of ten."""
    select = {"type": 3, "custom_id": "s", "placeholder": "Model", "options": [{"label": "Kling", "value": "k"}]}
    people = {"type": 5, "custom_id": "p", "placeholder": "People", "min_values": 0, "max_values": 3}
    buttons = [
        {"type": 2, "style": style, "label": f"Button {style}", "custom_id": f"b{style}"} for style in (1, 2, 3, 4)
    ]
    link = {"type": 2, "style": 5, "label": "Elsewhere", "url": "https://example.org/"}
    media = [{"media": {"url": f"attachment://{n % files}.png"}, "description": f"picture {n}"} for n in range(10)]
    return [
        text("# Title\n-# small\n- one\n- two\n> quoted ||hidden|| <t:1700000000:R> <@1150000000000000012> **bold**"),
        {
            "type": 17,
            "accent_color": 0x24804A,
            "components": [
                {"type": 9, "components": [text("beside a picture")], "accessory": {
                    "type": 11, "media": {"url": "attachment://0.png"}, "description": "thumbnail"}},
                {"type": 9, "components": [text("beside a button")], "accessory": {
                    "type": 2, "style": 1, "label": "Accessory", "custom_id": "a"}},
                {"type": 12, "items": media},
                {"type": 14, "divider": True, "spacing": 2},
                {"type": 13, "file": {"url": "attachment://notes.txt"}},
                {"type": 1, "components": [*buttons, link]},
                {"type": 1, "components": [select]},
                {"type": 1, "components": [people]},
            ],
        },
    ]  # fmt: skip


async def post(rest: Rest, body: dict[str, Any], files: dict[str, bytes] | None = None) -> Any:
    status, made = await rest("POST", f"/channels/{GENERAL}/messages", body, files=files)
    assert status == 200, made
    return made


async def test_every_component_is_shown_and_nothing_is_found_wrong_with_it(
    browser: Browser, sandbox: DiscordSandbox, rest: Rest, community: Community
) -> None:
    files = {f"{n}.png": PICTURE for n in range(9)} | {"notes.txt": b"words"}
    attachments = [{"id": n, "filename": name} for n, name in enumerate(files)]
    body = {"flags": V2, "components": everything(9), "attachments": attachments}
    await post(rest, body, files=files)
    embed = {"title": "Embed", "description": "old **way**", "color": 255, "fields": [{"name": "a", "value": "b"}]}
    await post(rest, {"embeds": [embed, {"footer": {"text": "foot"}, "description": "second"}]})
    wrote = await community.member("Ada", channel="general").write("look", File("SPOILER_fox.png", PICTURE))
    await community.member("Cleo", channel="general").react(wrote, "🦊")
    for scheme in ("dark", "light"):
        async with window(browser, sandbox.url, color_scheme=scheme) as bo:
            await bo.enter("Bo", GENERAL)
            for words in ("beside a picture", "notes.txt", "old way", "Embed", "second", "look", "@Bo"):
                await expect(bo.page.get_by_text(words).first).to_be_visible()
            await expect(bo.page.locator(".gallery .item")).to_have_count(10)
            for name in ("Button 1", "Button 4", "Accessory", "Download notes.txt"):
                await expect(bo.page.get_by_label(name).or_(bo.button(name)).first).to_be_visible()
            assert await bo.findings() == []
            if scheme == "light":
                continue
            await bo.page.get_by_role("button", name="Spoiler: Show").last.click()
            await bo.page.get_by_role("button", name="Open picture 3").click()
            await expect(bo.page.get_by_role("dialog")).to_be_visible()
            await bo.page.keyboard.press("ArrowRight")
            await expect(bo.page.get_by_role("dialog")).to_contain_text("picture 4")
            await bo.page.keyboard.press("Escape")
            await expect(bo.page.get_by_role("dialog")).to_have_count(0)
            fox = bo.said("look").get_by_role("button", name="🦊 1")
            await fox.click()
            await expect(bo.said("look").get_by_role("button", name="🦊 2")).to_have_attribute("aria-pressed", "true")


HOSTILE = [
    "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">",
    "[click](javascript:document.title='owned') <javascript:alert(1)> [x](data:text/html,<script>1</script>)",
    "</div></article><style>*{display:none}</style>",
    "\u202eevil\u202c \u200b\u2066 " + "Z\u0351\u0352\u0353\u0354\u0355" * 300,
    "||" * 500 + "**" * 400,
    "```" * 300 + "x" + "\n" * 900 + "x",
    "> " * 900,
    "[" * 1000 + "](" * 450 + "(" * 50,
    "- " * 900,
    "<@999> <#1> <@&2> <t:99999999999999:R> <t:-1:F> </x:1> <:a:11>",
]


async def test_hostile_texts_are_texts(
    browser: Browser, sandbox: DiscordSandbox, rest: Rest, community: Community
) -> None:
    for words in HOSTILE:
        await post(rest, {"content": words[:2000]})
    zalgo = "Z\u0351\u0352\u0353\u0354\u0355"
    await post(rest, {"flags": V2, "components": [text((zalgo * 700)[:4000])]})
    evil = "<img src=x onerror=\"document.title='owned'\">"
    row = {"type": 1, "components": [{"type": 2, "style": 1, "label": evil, "custom_id": evil}]}
    await post(
        rest, {"embeds": [{"title": evil, "url": "http://x.example/", "description": evil}], "components": [row]}
    )
    await community.member("Ada", channel="general").write(
        evil, File("x.html", b"<script>top.document.title=1</script>")
    )
    await community.change_channel("general", topic=evil)
    async with window(browser, sandbox.url) as bo:
        await bo.enter("Bo", GENERAL)
        await expect(bo.page.get_by_text(evil).first).to_be_visible()
        await expect(bo.messages).to_have_count(len(HOSTILE) + 3)
        await expect(bo.page.locator(".chat script, .chat style, .chat img[src=x]")).to_have_count(0)
        links = await bo.page.evaluate("[...document.querySelectorAll('.chat a')].map((one) => one.protocol)")
        assert set(links) <= {"http:", "https:"}
        assert "owned" not in await bo.page.title()
        box = await bo.page.locator("main").bounding_box()
        assert box is not None
        assert box["width"] <= 1280


async def test_on_a_telephone(browser: Browser, sandbox: DiscordSandbox, rest: Rest) -> None:
    files = {f"{n}.png": PICTURE for n in range(9)} | {"notes.txt": b"words"}
    attachments = [{"id": n, "filename": name} for n, name in enumerate(files)]
    await post(rest, {"flags": V2, "components": everything(9), "attachments": attachments}, files=files)
    async with window(browser, sandbox.url, width=360, height=640, has_touch=True) as bo:
        await bo.enter("Bo", GENERAL)
        for part in ("html", ".messages"):
            assert await bo.page.locator(part).evaluate("(one) => one.scrollWidth") <= 360
        await bo.page.get_by_role("button", name="Channels and servers").click()
        await bo.go("video-lab")
        await expect(bo.page.get_by_role("heading", name="video-lab", level=1)).to_be_visible()
        await bo.page.get_by_role("button", name="Backstage").first.click()
        await expect(bo.page.get_by_role("complementary", name="Backstage")).to_be_visible()
        assert not await bo.page.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert await bo.findings() == []


async def test_posts_threads_and_files_that_are_dropped_and_pasted(browser: Browser, tmp_path: Path) -> None:
    picture = tmp_path / "fox.png"
    picture.write_bytes(PICTURE)
    async with (
        DiscordSandbox(community_file=COMMUNITY) as sandbox,
        window(browser, sandbox.url) as bo,
        window(browser, sandbox.url) as ada,
    ):
        await bo.enter("Bo", LAB)
        await ada.enter("Ada", LAB)
        for event in ("drop", "paste"):
            await bo.let_fall(picture, event)
        await expect(bo.button("Remove fox.png")).to_have_count(2)
        await bo.write("two foxes")
        await expect(ada.said("two foxes").locator("img")).to_have_count(2)
        # Whoever only reads is told by the feed; nothing is asked for again and again.
        asked: list[str] = []
        ada.page.on("request", lambda request: asked.append(request.url))
        await bo.go("ideas")
        await bo.button("New post").click()
        await bo.page.get_by_label("Title").fill("A film about foxes")
        await bo.page.get_by_label("First message").fill("who is in?")
        await bo.page.get_by_label("poster").check()
        await bo.button("Post").click()
        await expect(bo.said("who is in?")).to_be_visible()
        await bo.go("video-lab")
        await bo.said("two foxes").click(button="right")
        bo.page.on("dialog", lambda question: asyncio.ensure_future(question.accept("foxes")))
        await bo.page.get_by_role("menuitem", name="Open a thread").click()
        await ada.page.locator(".thread-link").click()
        await expect(ada.page.get_by_role("heading", name="foxes", level=1)).to_be_visible()
        await bo.go("foxes")
        await bo.write("inside")
        await expect(ada.said("inside")).to_be_visible()
        messages = [url for url in asked if "/messages?" in url]
        assert len(messages) <= 2, messages
        await bo.page.get_by_role("button", name="Direct messages").click()
        await bo.write("hello, bot")
        await expect(bo.said("hello, bot")).to_be_visible()


async def test_two_people_at_once_and_one_of_them_in_german(
    browser: Browser, sandbox: DiscordSandbox, community: Community
) -> None:
    async with window(browser, sandbox.url) as bo, window(browser, sandbox.url) as dev:
        await bo.enter("Bo", GENERAL)
        await dev.enter("Dev", GENERAL)
        await bo.write("hello <@1150000000000000014>")
        await expect(dev.said("hello @Dev")).to_be_visible()
        await expect(dev.said("hello @Dev")).to_have_class("message rings")
        await expect(dev.page.get_by_label("Nachricht an #general")).to_be_visible()
        assert await dev.page.locator("html").get_attribute("lang") == "de"
        await dev.page.get_by_role("navigation", name="Kanäle").get_by_role("button", name="video-lab").click()
        await bo.write("and you, <@1150000000000000014>?")
        await expect(dev.page.get_by_role("button", name="general, 1 Erwähnungen")).to_be_visible()
        await bo.said("hello").click(button="right")
        await bo.page.get_by_role("menuitem", name="Reply").click()
        await bo.write("to myself")
        await expect(bo.said("to myself")).to_contain_text("hello @Dev")
        assert await dev.page.get_by_text("to myself").count() == 0
        await bo.be("Cleo")
        await bo.go("general")
        bo.page.on("dialog", lambda asked: asyncio.ensure_future(asked.accept()))
        await bo.said("to myself").click(button="right")
        await bo.page.get_by_role("menuitem", name="Delete", exact=True).click()
        await expect(bo.said("to myself")).to_have_count(0)


async def test_the_page_offers_only_what_one_may_do(
    browser: Browser, sandbox: DiscordSandbox, community: Community
) -> None:
    await community.member("Ada", channel="general").write("Ada's")
    async with window(browser, sandbox.url) as bo:
        await bo.enter("Bo", GENERAL)
        channels = bo.page.get_by_role("navigation", name="Channels")
        await expect(channels.get_by_role("button", name="video-lab")).to_be_visible()
        assert await channels.get_by_role("button", name="backstage").count() == 0
        await bo.said("Ada's").click(button="right")
        assert await bo.page.get_by_role("menuitem", name="Delete", exact=True).count() == 0
        await bo.page.keyboard.press("Escape")
        await bo.go("announcements")
        await expect(bo.page.get_by_text("You do not have permission to send messages here.")).to_be_visible()
        await community.permit(channel="announcements", target="Bo", allow=["SEND_MESSAGES"])
        await expect(bo.page.locator(".composer textarea")).to_be_visible()
        await community.delete_channel("announcements")
        await expect(channels.get_by_role("button", name="announcements")).to_have_count(0)
        await expect(bo.page.get_by_role("heading", name="general", level=1)).to_be_visible()


async def test_what_happens_while_messages_are_on_their_way(
    browser: Browser, sandbox: DiscordSandbox, community: Community
) -> None:
    """A slow answer says what was; what the feed has told since then holds."""
    ada = community.member("Ada", channel="general")
    gone = await ada.write("soon gone")
    opened = asyncio.Event()

    async def late(route: Route) -> None:
        response = await route.fetch()
        await opened.wait()
        await route.fulfill(response=response)

    async with window(browser, sandbox.url) as bo:
        await bo.enter("Bo", LAB)
        await bo.page.route(f"**/channels/{GENERAL}/messages?*", late)
        general = bo.page.get_by_role("navigation", name="Channels").get_by_role("button", name="general")
        async with bo.page.expect_request(f"**/channels/{GENERAL}/messages?*"):
            await general.click()
        await community.delete_message(gone.id)
        await ada.write("new")
        await ada.at("video-lab").write("told last")
        await expect(bo.page.get_by_role("button", name="video-lab, unread")).to_be_visible()
        opened.set()
        await bo.ready()
        await expect(bo.said("new")).to_be_visible()
        await expect(bo.said("soon gone")).to_have_count(0)


@asynccontextmanager
async def narrow(*seen: Window) -> AsyncIterator[None]:
    """No more than 50 KB a second leave those windows."""
    wires = [await one.page.context.new_cdp_session(one.page) for one in seen]
    conditions = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 50_000}
    for wire in wires:
        await wire.send("Network.emulateNetworkConditions", conditions)
    yield
    for wire in wires:
        await wire.detach()


@pytest.mark.waits
async def test_the_stand_in_restarts_in_the_middle_of_uploads(
    browser: Browser, session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    """Nothing that was written is lost: one is told, it stands where it stood, and it goes when it is sent again."""
    film = tmp_path / "film.mp4"
    film.write_bytes(bytes(2**22))
    option = {"type": 11, "name": "film", "description": "A film", "required": True}
    commands = [{"name": "extend", "description": "Make it longer", "options": [option]}]
    async with AsyncExitStack() as running:
        first = await running.enter_async_context(DiscordSandbox())
        assert (await Rest(session, first)("PUT", f"/applications/{first.application_id}/commands", commands))[0] == 200
        async with window(browser, first.url) as bo, window(browser, first.url) as ada:
            await bo.enter("Bo", GENERAL)
            await ada.enter("Ada", GENERAL)
            await bo.write("before")
            await expect(ada.said("before")).to_be_visible()
            async with narrow(bo, ada):
                async with bo.page.expect_file_chooser() as chosen:
                    await bo.button("Attach files").click()
                await (await chosen.value).set_files(film)
                await bo.write("look")
                await expect(bo.page.get_by_role("progressbar", name="film.mp4")).to_be_visible()
                await ada.use("extend", film=film)
                await expect(ada.page.get_by_text("Sending…")).to_be_visible()
                box = bo.page.locator(".composer textarea")
                await box.fill("and another thing")

                await running.aclose()
                for one in (bo, ada):
                    await expect(one.page.get_by_text("Connection lost")).to_be_visible()
                    await expect(one.page.get_by_text("The stand-in does not answer.")).to_be_visible()
            await expect(box).to_have_value("look\nand another thing")
            await expect(ada.page.locator(".command").get_by_text("film.mp4")).to_be_visible()
            await bo.page.get_by_role("navigation", name="Channels").get_by_role("button", name="video-lab").click()
            await expect(box).to_have_value("")

            second = await running.enter_async_context(DiscordSandbox(port=int(first.url.rsplit(":", 1)[1])))
            for one in (bo, ada):
                await expect(one.page.get_by_text("Connection lost")).to_have_count(0)
            await bo.go("general")
            await expect(bo.said("before")).to_have_count(0)
            await box.press("Enter")
            await expect(bo.said("another thing").locator("video")).to_be_visible()
            await expect(box).to_have_value("")
            await expect(bo.messages).to_have_count(1)
            await Rest(session, second)("PUT", f"/applications/{second.application_id}/commands", commands)
            await ada.page.locator(".command .send").click()
            await expect(ada.page.locator(".command")).to_have_count(0)
            second.clock.advance(3.1)
            await expect(ada.page.get_by_text("did not respond.")).to_be_visible()

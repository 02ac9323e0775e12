"""A browser that looks at the page: Chromium, driven by Playwright; and `drover play` for it to look at."""

import asyncio
import os
import shutil
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import Browser, Locator, Page, async_playwright, expect

from sandbox.demo.processes import ROOT

PATIENCE = 30_000  # milliseconds, on a machine that has much else to do
expect.set_options(timeout=PATIENCE)
_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "chrome")  # the quickest first
_FALLS = """([name, bytes, kind, where]) => {
  const held = new DataTransfer();
  held.items.add(new File([new Uint8Array(bytes)], name, {type: "image/png"}));
  const about = {bubbles: true, cancelable: true, dataTransfer: held, clipboardData: held};
  const event = kind === "paste" ? new ClipboardEvent(kind, about) : new DragEvent(kind, about);
  document.querySelector(where).dispatchEvent(event);
}"""
_OPTIONS = ["--no-sandbox", "--disable-dev-shm-usage", "--mute-audio", "--disable-gpu"]


class NoBrowser(Exception):
    """No Chromium is installed here."""


@asynccontextmanager
async def browsing() -> AsyncGenerator[Browser]:
    """Raises `NoBrowser`."""
    path = next((path for name in _NAMES if (path := shutil.which(name))), None)
    if path is None:
        raise NoBrowser
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=_OPTIONS)
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def playing(*, speed: float) -> AsyncGenerator[str]:
    """`drover play` as a process, at its address. It ends well, and by one signal."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "play", "--no-browser", "--speed", str(speed)),
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
        code = await process.wait()
    assert code == 0, rest
    assert "Nothing is left running" in rest


class Window:
    """A window of the page, as one person. What the console complains of is kept in `complaints`."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self._url = url
        self.complaints: list[str] = []
        page.on("console", lambda said: self._complain(said.type, said.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _complain(self, kind: str, text: str) -> None:
        # What the stand-in refuses, or does not answer while it is away, a browser tells by itself.
        if kind in {"error", "warning"} and "Failed to load resource" not in text:
            self.complaints.append(text)

    async def enter(self, person: str, channel_id: str = "") -> None:
        await self.page.goto("about:blank")  # what differs behind # alone is not loaded anew
        await self.page.goto(f"{self._url}/#/{person}/{channel_id}")
        await self.ready()

    async def ready(self) -> None:
        await expect(self.page.locator("main[data-ready]")).to_be_visible()

    async def go(self, channel: str) -> None:
        await self.page.get_by_role("navigation", name="Channels").get_by_role("button", name=channel).first.click()
        await self.ready()

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    @property
    def messages(self) -> Locator:
        return self.page.locator("article[id^=message-]")

    def said(self, text: str) -> Locator:
        """The messages with that text."""
        return self.messages.filter(has_text=text)

    async def write(self, text: str) -> None:
        await self.page.locator(".composer textarea").fill(text)
        await self.page.keyboard.press("Enter")

    async def begin(self, command: str) -> None:
        """Picks the command by keyboard."""
        box = self.page.locator(".composer textarea")
        await box.click()
        await box.press_sequentially(f"/{command}")
        await self.page.get_by_role("option", name=f"/{command}").first.wait_for()
        await self.page.keyboard.press("Enter")
        await self.page.locator(".command").wait_for()

    async def use(self, command: str, **options: str | Path) -> None:
        """A command with its options, by keyboard; files by the dialog."""
        await self.begin(command)
        for name, value in options.items():
            await self.fill(name, value)
        await self.page.locator(".command .send").click()

    async def fill(self, option: str, value: str | Path) -> None:
        field = self.page.locator(f'.command [data-option="{option}"]')
        more = self.page.get_by_role("button", name=f"+{option}", exact=True)
        await field.or_(more).wait_for()
        if await more.count():
            await more.click()
        if isinstance(value, Path):
            async with self.page.expect_file_chooser() as chosen:
                await field.click()
            await (await chosen.value).set_files(value)
        else:
            await field.fill(value)
            await field.press("Tab")  # closes what is offered

    async def be(self, person: str) -> None:
        await self.page.locator(".me").click()
        await self.page.locator(".people").get_by_role("button", name=person).click()
        await expect(self.page.locator(".me")).to_contain_text(person)
        await self.ready()

    async def findings(self) -> list[str]:
        """What axe-core finds that is serious, or worse."""
        await self.page.evaluate(AXE_SCRIPT)
        found: dict[str, Any] = await self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        grave = [one for one in found["violations"] if one["impact"] in {"serious", "critical"}]
        return [f"{one['id']}: {node['html'][:200]}" for one in grave for node in one["nodes"]]

    async def picture(self, path: Path) -> None:
        await self.page.screenshot(path=path)

    async def let_fall(self, path: Path, event: str, where: str = "body") -> None:
        """A file that is dropped (`event` is "drop") or pasted ("paste") there."""
        content = await asyncio.to_thread(path.read_bytes)
        await self.page.evaluate(_FALLS, [path.name, list(content), event, where])

    async def hold(self, what: Locator, seconds: float) -> None:
        """A finger that stays on it, and then leaves."""
        wire = await self.page.context.new_cdp_session(self.page)
        box = await what.bounding_box()
        assert box is not None
        touched = [{"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}]
        await wire.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": touched})
        await self.page.wait_for_timeout(seconds * 1000)
        await wire.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        await wire.detach()


@asynccontextmanager
async def window(
    browser: Browser, url: str, *, width: int = 1280, height: int = 800, **how: Any
) -> AsyncGenerator[Window]:
    """Ends with an error if the console had something to complain of."""
    context = await browser.new_context(viewport={"width": width, "height": height}, **how)
    context.set_default_timeout(PATIENCE)
    opened = Window(await context.new_page(), url)
    try:
        yield opened
        assert opened.complaints == []
    finally:
        await context.close()

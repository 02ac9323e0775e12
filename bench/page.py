"""The page in the browser: how soon it is there, shows what is written and offers what is typed; memory; scrolling.

Measured in a window of Chromium that looks at `drover play`. The tests of the page measure the same, with patience.
"""

import time
from collections.abc import Sequence

import aiohttp
import psutil
from playwright.async_api import Browser

from bench.figures import Table, number, quantile, verdict
from sandbox.discord.client import Community, Member
from tests.page.kit import NoBrowser, Window, browsing, playing, window

FIRST, ARRIVAL, OFFER, FRAME = 2000.0, 200.0, 150.0, 50.0  # milliseconds
MEMORY = 150.0  # MiB, with `MANY` messages in the channel
MANY, SCROLLED = 1000, 5000
GENERAL = "1150000000000000110"

# When each text stood there first, by the clock of this machine.
_WATCH = """() => {
  window.seen = {};
  const look = () => {
    for (const one of document.querySelectorAll('article .markdown')) window.seen[one.textContent] ??= Date.now();
  };
  new MutationObserver(look).observe(document.body, {subtree: true, childList: true});
}"""
_ARRIVED = "(text) => window.seen[text]"
# Types a text nobody typed before, and waits until what is offered is another.
_OFFERED = """async (field, typed) => {
  const listed = () => [...document.querySelectorAll('.command [role=option]')].map((one) => one.textContent).join();
  const before = listed();
  const begun = performance.now();
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(field, typed);
  field.dispatchEvent(new Event('input', {bubbles: true}));
  while (listed() === before || listed() === '') await new Promise(requestAnimationFrame);
  return performance.now() - begun;
}"""
_FRAMES = """async (box, count) => {
  const times = [];
  for (let n = 0; n < count; n += 1) {
    box.scrollTop -= 40;
    const start = performance.now();
    await new Promise(requestAnimationFrame);
    times.push(performance.now() - start);
  }
  return times;
}"""


async def first_pages(browser: Browser, url: str, count: int) -> list[float]:
    """Milliseconds from the address to the messages, each time in a browser that was never there."""
    took: list[float] = []
    for _ in range(count):
        async with window(browser, url) as seen:
            began = time.perf_counter()
            await seen.enter("Bo", GENERAL)
            took.append((time.perf_counter() - began) * 1000)
    return took


async def arrivals(seen: Window, writer: Member, count: int) -> list[float]:
    """Milliseconds from a message's writing, beside the window, to its being there; one after the other."""
    await seen.page.evaluate(_WATCH)
    wrote: dict[str, float] = {}
    for n in range(count):
        text = f"arrival {n}"
        wrote[text] = time.time() * 1000
        await writer.write(text)
        await seen.said(text).first.wait_for()
    return [float(await seen.page.evaluate(_ARRIVED, text)) - at for text, at in wrote.items()]


async def offers(seen: Window, option: str, words: Sequence[str]) -> list[float]:
    """Milliseconds from a key in that option of the command that is open to what the bot offers for it.

    For each of the words it offers something, and not what it offered for the one before; the first is no figure.
    """
    field = seen.page.locator(f'.command [data-option="{option}"]')
    await seen.fill(option, words[0])
    await field.focus()
    await seen.page.locator(".command [role=option]").first.wait_for()
    return [float(await field.evaluate(_OFFERED, typed)) for typed in words[1:]]


async def direct(member: Member, command: str, option: str, words: Sequence[str]) -> list[float]:
    """The same without the page: milliseconds to the bot's answer, with the way to the stand-in and back."""
    took: list[float] = []
    for typed in words:
        began = time.perf_counter()
        await member.autocomplete(command, option, typed)
        took.append((time.perf_counter() - began) * 1000)
    return took


async def frames(seen: Window, count: int) -> list[float]:
    """Milliseconds from frame to frame while one scrolls."""
    return [float(one) for one in await seen.page.locator(".messages").evaluate(_FRAMES, count)]


async def memory(browser: Browser) -> float:
    """MiB that the page's process has for itself. One window is open: that of the largest of the pages' processes."""
    wire = await browser.new_browser_cdp_session()
    try:
        listed = (await wire.send("SystemInfo.getProcessInfo"))["processInfo"]
    finally:
        await wire.detach()
    pages = [psutil.Process(one["id"]) for one in listed if one["type"] == "renderer"]
    return max(one.memory_full_info().uss for one in pages) / 1024**2


async def measure(*, quick: bool) -> list[Table]:
    many, scrolled, times = (100, 200, 5) if quick else (MANY, SCROLLED, 30)
    try:
        async with browsing() as browser, aiohttp.ClientSession() as session, playing(speed=15) as url:
            community = Community(session, url)
            ada, bo = (community.member(name, channel=GENERAL) for name in ("Ada", "Bo"))
            opened = await first_pages(browser, url, 3 if quick else 10)
            async with window(browser, url) as seen:
                await seen.enter("Bo", GENERAL)
                arrived = await arrivals(seen, ada, times)
                words = ["kling", "veo", "wan"] * times
                await seen.begin("video")
                offered = await offers(seen, "model", words)
                own = await direct(bo, "video", "model", words)
            await _fill(ada, many)
            async with window(browser, url) as seen:
                await seen.enter("Bo", GENERAL)
                held = await memory(browser)
            await _fill(ada, scrolled - many)
            async with window(browser, url) as seen:
                await seen.enter("Bo", GENERAL)
                moved = await frames(seen, 30 if quick else 300)
    except NoBrowser:
        return [Table(title=_TITLE, head=("",), rows=[("no Chromium is installed here",)])]
    beside = [took - quantile(own, 0.5) for took in offered]
    return [
        Table(
            title=_TITLE,
            head=("what", "median", "95% within", "aim", ""),
            rows=[
                _row("from the address to the messages, ms", opened, FIRST, share=1.0),
                _row("a message is written, and is there, ms", arrived, ARRIVAL),
                _row("a key in an option, and what the bot offers, beside the bot's own time, ms", beside, OFFER),
                _row("of it the bot's own time, ms", own, None),
                _row(f"scrolling {scrolled:,} messages, from frame to frame, ms", moved, FRAME),
                _row(f"memory with {many:,} messages, MiB", [held], MEMORY),
            ],
            notes=(_NOTE,),
        )
    ]


_TITLE = "The page in the browser"
_NOTE = ("Chromium without a screen, beside `drover play`. Memory is what the page's process has for itself alone, the "
         "engine's own included.")  # fmt: skip


def _row(what: str, found: Sequence[float], aim: float | None, *, share: float = 0.95) -> tuple[str, ...]:
    told = ("", "") if aim is None else (f"< {aim:g}", verdict(met=quantile(found, share) < aim))
    return what, number(quantile(found, 0.5), 0), number(quantile(found, share), 0), *told


async def _fill(writer: Member, count: int) -> None:
    for n in range(count):
        await writer.write(f"message {n} " + "words " * (n % 30))

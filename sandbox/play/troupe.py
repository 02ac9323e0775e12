"""The three processes of `drover play`. The bot's can be killed and started again; a stand-in that ends, ends all."""

import asyncio
import contextlib
import signal
import time
from collections.abc import Mapping
from pathlib import Path

import aiohttp
import psutil

from sandbox.demo.processes import Child, Processes, address, discord_settings, oxen_settings
from sandbox.demo.shell import new_master_key
from sandbox.discord.client import Community, Member

KEY = "operators-key-of-the-play"
NAMESPACES = {"Film Club": "film-club", "Game Night": "game-night"}  # by server
SPEED = 15.0
_COMMUNITY = Path(__file__).with_name("community.json")
_CONCURRENCY = 3  # generations at once, so that one sees a queue
_PATIENCE = 60.0  # seconds, for the bot to be there


class Troupe:
    """Starts them all in `start`; the bot may be killed and started any number of times. Logs go into `folder`."""

    def __init__(self, processes: Processes, folder: Path) -> None:
        self._processes = processes
        self._folder = folder
        self._settings: Mapping[str, str] = {}
        self._runs = 0
        self.bot: Child | None = None
        self.oxen_url = self.discord_url = ""

    async def start(self, *, port: int, backstage: str, speed: float) -> None:
        """All three run when it returns; the bot may still be logging in."""
        paying = f"{KEY}={','.join(('drover', *NAMESPACES.values()))}"
        provider = ("--speed", f"{speed:g}", "--concurrency", str(_CONCURRENCY), "--dialect", "browse", "--key", paying)
        stage = ("--port", str(port), "--community", str(_COMMUNITY), "--backstage", backstage)
        oxen, discord, master_key = await asyncio.gather(
            self._processes.start("the stand-in for Oxen", ("sandbox", "oxen", *provider), self._folder / "oxen.log"),
            self._processes.start(
                "the stand-in for Discord", ("sandbox", "discord", *stage), self._folder / "discord.log"
            ),
            new_master_key(self._processes),
        )
        self.oxen_url, self.discord_url = address(await oxen.line()), address(await discord.line())
        token = (await discord.line()).removeprefix("token ")
        self._settings = {
            **discord_settings(self.discord_url, token, self._folder),
            **oxen_settings(self.oxen_url, KEY, speed),
            "DROVER_NAMESPACES": "*",
            "DROVER_MASTER_KEY": master_key,
        }
        await self.start_bot()

    async def start_bot(self) -> None:
        if self.running:
            return
        self._runs += 1
        log = self._folder / f"bot-{self._runs}.log"
        self.bot = await self._processes.start("the bot", ("run",), log, self._settings)

    async def kill_bot(self) -> None:
        """SIGKILL: it gets no chance to tidy up."""
        if self.bot is not None:
            with contextlib.suppress(ProcessLookupError):
                self.bot.process.send_signal(signal.SIGKILL)
            await self.bot.process.wait()

    @property
    def running(self) -> bool:
        return self.bot is not None and self.bot.process.returncode is None

    def about_bot(self) -> list[tuple[str, str]]:
        """Rows of a small table."""
        if self.bot is None or not self.running:
            return [("state", "not running"), ("started", f"{self._runs} times")]
        resident = 0
        with contextlib.suppress(psutil.Error):
            resident = psutil.Process(self.bot.process.pid).memory_info().rss
        return [
            ("state", f"running, process {self.bot.process.pid}"),
            ("for", f"{time.time() - self.bot.started:.0f} s"),
            ("memory", f"{resident / 1024**2:.0f} MB"),
            ("started", f"{self._runs} times"),
        ]

    async def watch(self) -> None:
        """Raises `DemoFailed` when a stand-in ends by itself."""
        await asyncio.gather(*(one.gone() for one in self._processes.children if one.name != "the bot"))

    async def settle(self, session: aiohttp.ClientSession) -> None:
        """What the people did before the visitor came: Film Club has its wallet, and Finn is banned from ordering."""
        community = Community(session, self.discord_url)
        await community.wait_for(lambda entry: entry.kind == "gateway_ready", timeout=_PATIENCE)
        ada = community.member("Ada", channel="crew")
        await _name_namespace(community, ada)
        await ada.slash("moderate ban", member="Finn")


async def _name_namespace(community: Community, owner: Member) -> None:
    panel = await community.answer(await owner.slash("settings", section="billing"))
    opened = await owner.press(panel, "Name a namespace")
    await owner.submit(opened, {"Namespace on Oxen.ai": NAMESPACES["Film Club"]})

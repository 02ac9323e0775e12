"""The three processes of `drover play`. The bot's can be killed and started again; a stand-in that ends, ends all."""

import asyncio
import contextlib
import signal
from collections.abc import Mapping
from pathlib import Path

import aiohttp
import psutil

from sandbox.demo.processes import Child, Processes, address, discord_settings, oxen_settings
from sandbox.demo.shell import new_master_key
from sandbox.discord.client import Community, Member
from sandbox.play.line import Line

KEY = "operators-key-of-the-play"
NAMESPACES = {"Film Club": "film-club", "Game Night": "game-night"}  # by server
SPEED = 15.0
_WELCOME = """**Welcome!** Drover is the real bot; Discord and Oxen are stand-ins, and nothing costs anything. Try this:
1. Type `/video`, press Enter, say what to show, press Enter. The film takes a few seconds.
2. Below the film, press **Vary**.
3. Open 🎭 **Backstage** at the top, press **Oxen is down**, and order once more. Then press **Mend Oxen**.
4. Below the channels, be somebody else. Cleo looks after this server, and nobody pays in her own, **Game Night**: try \
`/setup` there, with the namespace `game-night`. Dev has Discord in German, and Finn is banned from ordering.
5. 🎭 **Backstage** begins with what Drover promises, and how to try each promise."""
_COMMUNITY = Path(__file__).with_name("community.json")
_CONCURRENCY = 3  # generations at once, so that one sees a queue
_PATIENCE = 60.0  # seconds, for the bot to be there


class Troupe:
    """Starts them all in `start`; the bot may be killed and started any number of times. Logs go into `folder`."""

    def __init__(self, processes: Processes, folder: Path) -> None:
        self._processes = processes
        self._folder = folder
        self._settings: Mapping[str, str] = {}
        self.runs = 0  # how often the bot was started
        self.bot: Child | None = None
        self.oxen_url = self.discord_url = ""
        self.line = Line("")

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
        self.line = Line(self.oxen_url)
        await self.line.lay()
        token = (await discord.line()).removeprefix("token ")
        self._settings = {
            **discord_settings(self.discord_url, token, self._folder),
            **oxen_settings(self.line.url, KEY, speed),
            "DROVER_NAMESPACES": "*",
            "DROVER_MASTER_KEY": master_key,
        }
        await self.start_bot()

    async def start_bot(self) -> None:
        if self.running:
            return
        self.runs += 1
        log = self._folder / f"bot-{self.runs}.log"
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

    def memory(self) -> int:
        """Bytes that the bot holds; 0 where it does not run."""
        if self.bot is not None and self.running:
            with contextlib.suppress(psutil.Error):
                return psutil.Process(self.bot.process.pid).memory_info().rss
        return 0

    async def watch(self) -> None:
        """Raises `DemoFailed` when a stand-in ends by itself."""
        await asyncio.gather(*(one.gone() for one in self._processes.children if one.name != "the bot"))

    async def settle(self, session: aiohttp.ClientSession) -> None:
        """What was before the visitor came: Film Club has its wallet and log channel, Finn is banned, Ada greets."""
        community = Community(session, self.discord_url)
        await community.wait_for(lambda entry: entry.kind == "gateway_ready", timeout=_PATIENCE)
        ada = community.member("Ada", channel="crew")
        await _name_namespace(community, ada)
        panel = await community.answer(await ada.slash("settings", section="log"))
        await ada.select(panel, "Log channel (none: no news)", "crew")
        await ada.slash("moderate ban", member="Finn")
        await ada.at("video-lab").write(_WELCOME)


async def _name_namespace(community: Community, owner: Member) -> None:
    panel = await community.answer(await owner.slash("settings", section="billing"))
    opened = await owner.press(panel, "Name a namespace")
    await owner.submit(opened, {"Namespace on Oxen.ai": NAMESPACES["Film Club"]})

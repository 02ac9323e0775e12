"""One performance: the processes are started, the script is played, and what came of it is shown and checked."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
import psutil

from sandbox.demo import checks, closing, measures
from sandbox.demo.failure import DemoFailed
from sandbox.demo.measures import Measure
from sandbox.demo.media import facts
from sandbox.demo.processes import Child, Troupe
from sandbox.demo.provider import KEY, Provider
from sandbox.demo.screen import Screen
from sandbox.demo.script import LAB, VIDEO_PROMPT, Played, Script
from sandbox.demo.transcript import Transcript
from sandbox.demo.watch import Watch
from sandbox.discord.client import Community

SPEED = 5  # times faster than real: a video takes a quarter of a minute, which one can watch
_POLL, _POLL_QUIET = 10, 30  # seconds between two looks of the bot at the provider's queue, at normal speed
_COMMUNITY = Path(__file__).with_name("community.json")
_IDLE = 1.0  # seconds after which a bot that has nothing to do is idle
Outcome = TypeVar("Outcome")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What stands on the stage once all three processes run."""

    community: Community
    provider: Provider
    watch: Watch
    transcript: Transcript
    bot: Child


class Stage:
    """`output` gets what was posted and the bot's log, `folder` what is removed afterwards."""

    def __init__(
        self, session: aiohttp.ClientSession, troupe: Troupe, screen: Screen, *, output: Path, folder: Path
    ) -> None:
        self._session = session
        self._troupe = troupe
        self._screen = screen
        self._output = output
        self._folder = folder
        self._watch: Watch | None = None

    @property
    def waiting(self) -> str:
        """For what it waits, in words."""
        return self._watch.waiting if self._watch is not None else "the processes to start"

    async def perform(self, prompt: str | None) -> None:
        """From the first process to the last line. Raises `DemoFailed`; ends no process."""
        self._output.mkdir(parents=True, exist_ok=True)
        self._screen.say("Drover serves a film club, on this machine only. Nothing costs anything.", "")
        scene = await self._build()
        listening = asyncio.Event()
        companions = (self._troupe.watch(), scene.watch.run(), scene.provider.listen(listening))
        await _beside(self._play(scene, listening, prompt), *companions)

    async def _build(self) -> Scene:
        """Starts the three processes; the bot is still on its way when it returns."""
        oxen, discord = await asyncio.gather(
            self._troupe.start("the stand-in for Oxen", ("sandbox", "oxen", "--speed", str(SPEED)), self._log("oxen")),
            self._troupe.start(
                "the stand-in for Discord", ("sandbox", "discord", "--community", str(_COMMUNITY)), self._log("discord")
            ),
        )
        oxen_url, discord_url = _url(await oxen.line()), _url(await discord.line())
        token = (await discord.line()).removeprefix("token ")
        bot = await self._troupe.start(
            "the bot", ("run",), self._output / "bot.log", self._settings(oxen_url, discord_url, token)
        )
        community = Community(self._session, discord_url)
        transcript = Transcript(await _names(community), self._screen.style)
        self._watch = Watch(community, transcript, self._screen)
        self._screen.table(
            (
                ("stand-in for Oxen", oxen_url, f"{SPEED} times faster than the real one"),
                ("stand-in for Discord", discord_url, ""),
                ("the bot", f"process {bot.process.pid}", f"log: {bot.log}"),
            )
        )
        return Scene(
            community=community,
            provider=Provider(self._session, oxen_url),
            watch=self._watch,
            transcript=transcript,
            bot=bot,
        )

    async def _play(self, scene: Scene, listening: asyncio.Event, prompt: str | None) -> None:
        early = await self._idle(scene)
        await listening.wait()
        script = Script(
            scene.community,
            scene.watch,
            scene.transcript,
            self._screen,
            prompt=VIDEO_PROMPT if prompt is None else prompt,
        )
        played = await script.play()
        await self._close(scene, played, early)

    async def _idle(self, scene: Scene) -> tuple[Measure, Measure]:
        """Waits until the bot is there and rests: how soon it was, and how large it is."""
        session = await scene.watch.until(lambda entry: entry.kind == "gateway_ready", "the bot to log in")
        await asyncio.sleep(_IDLE)
        resident: int = psutil.Process(scene.bot.process.pid).memory_info().rss
        if not await scene.community.commands(user="Ada", channel=LAB):
            raise DemoFailed("the bot has registered no commands")
        return measures.ready(session.time - scene.bot.started), measures.memory(resident)

    async def _close(self, scene: Scene, played: Played, early: tuple[Measure, Measure]) -> None:
        """Shows and checks what came of it."""
        checks.check_interactions(played.interactions)
        checks.check_answers(played)
        checks.check_posts(played, scene.watch, scene.transcript.messages)
        paths = await closing.save(scene.community, scene.watch, played, self._output)
        files = [await asyncio.to_thread(facts, path) for path in paths]
        closing.show_files(files, self._screen)
        charges, ordered = await scene.provider.charges(), await scene.provider.ordered()
        closing.show_ledger(charges, self._screen)
        checks.check_files(files)
        checks.check_ledger(charges, ordered)
        orders = (("video", played.video_card), ("image", played.image_card))
        late = (
            measures.acknowledgement(played.interactions),
            measures.delivery(orders, scene.watch, scene.provider.endings),
        )
        closing.show_measures((*early, *late), self._screen)

    def _log(self, name: str) -> Path:
        return self._folder / f"{name}.log"

    def _settings(self, oxen_url: str, discord_url: str, token: str) -> dict[str, str]:
        """Time passes faster at this provider, so the bot looks as much more often."""
        return {
            "DISCORD_TOKEN": token,
            "DISCORD_API_URL": f"{discord_url}/api/v10",
            "DISCORD_GATEWAY_URL": f"{discord_url.replace('http', 'ws', 1)}/",
            "OXEN_API_KEY": KEY,
            "OXEN_API_URL": oxen_url,
            "DROVER_DATABASE_URL": f"sqlite:///{self._folder / 'drover.sqlite3'}",
            "DROVER_WORK_DIR": str(self._folder / "work"),
            "DROVER_LOG_FORMAT": "json",
            "DROVER_POLL_SECONDS": str(_POLL / SPEED),
            "DROVER_POLL_SECONDS_WITH_EVENTS": str(_POLL_QUIET / SPEED),
        }


async def _beside(main: Coroutine[Any, Any, Outcome], *companions: Coroutine[Any, Any, None]) -> Outcome:
    """The outcome of `main`, unless a companion, who should never end, ends first: then what that one raised."""
    leading = asyncio.create_task(main)
    tasks: list[asyncio.Task[Any]] = [leading, *(asyncio.create_task(one) for one in companions)]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()
    if leading not in done:
        raise DemoFailed("a connection to a stand-in ended early")
    return leading.result()


def _url(line: str) -> str:
    """Of `… sandbox ready http://127.0.0.1:41234`."""
    return line.rpartition(" ")[2]


async def _names(community: Community) -> dict[str, str]:
    users: list[dict[str, Any]] = (await community.state())["users"]
    return {user["id"]: user["name"] for user in users}

"""One performance: the processes are started, the acts are played, and what came of it is shown and checked."""

import asyncio
import json
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
import psutil

from sandbox.demo import DemoFailed, act_one, act_two, measures, pictures
from sandbox.demo.act_one import ActOne
from sandbox.demo.act_two import ActTwo
from sandbox.demo.actors import Actors
from sandbox.demo.audit import Audit
from sandbox.demo.measures import Measure
from sandbox.demo.orders import Act
from sandbox.demo.processes import DATABASE, Child, Processes, address, discord_settings, oxen_settings
from sandbox.demo.provider import CLUB_KEY, KEY, KEYS, NAMESPACES, Provider
from sandbox.demo.screen import Screen
from sandbox.demo.shell import Shell, new_master_key
from sandbox.demo.transcript import Transcript
from sandbox.demo.watch import Watch
from sandbox.discord.client import Community

SPEED = 15  # times faster than real: a video takes seven seconds or so, which one can watch
_CONCURRENCY = 8  # generations that the stand-in runs at once
_COMMUNITY = Path(__file__).with_name("community.json")
_IDLE = 1.0  # seconds after which a bot that has nothing to do is idle
_TITLES = {1: "Act one: what members can order", 2: "Act two: the wallet of each server"}
Outcome = TypeVar("Outcome")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What stands on the stage once all three processes run."""

    community: Community
    provider: Provider
    watch: Watch
    transcript: Transcript
    bot: Child
    actors: Actors
    shell: Shell


class Stage:
    """`output` gets what was made and the bot's log, `folder` what is removed afterwards; `acts` are played."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        processes: Processes,
        screen: Screen,
        *,
        output: Path,
        folder: Path,
        acts: Sequence[int],
    ) -> None:
        self._session = session
        self._processes = processes
        self._screen = screen
        self._output = output
        self._folder = folder
        self._acts = acts
        self._watch: Watch | None = None

    @property
    def waiting(self) -> str:
        """For what it waits, in words."""
        return self._watch.waiting if self._watch is not None else "the processes to start"

    async def perform(self, prompt: str | None) -> None:
        """From the first process to the last line. Raises `DemoFailed`; ends no process."""
        self._output.mkdir(parents=True, exist_ok=True)
        self._screen.say("Drover serves two communities, on this machine only. Nothing costs anything.", "")
        scene = await self._build()
        listening = [asyncio.Event() for _ in KEYS]
        hearing = [scene.provider.listen(key, event) for key, event in zip(KEYS, listening, strict=True)]
        await _beside(self._play(scene, listening, prompt), self._processes.watch(), scene.watch.run(), *hearing)

    async def _build(self) -> Scene:
        """Starts the three processes; the bot is still on its way when it returns."""
        keys = [text for key, names in KEYS.items() for text in ("--key", f"{key}={','.join(names)}")]
        options = ("--speed", str(SPEED), "--concurrency", str(_CONCURRENCY), "--dialect", "browse", *keys)
        oxen, discord, master_key = await asyncio.gather(
            self._processes.start("the stand-in for Oxen", ("sandbox", "oxen", *options), self._log("oxen")),
            self._processes.start(
                "the stand-in for Discord", ("sandbox", "discord", "--community", str(_COMMUNITY)), self._log("discord")
            ),
            new_master_key(self._processes),
        )
        oxen_url, discord_url = address(await oxen.line()), address(await discord.line())
        token = (await discord.line()).removeprefix("token ")
        provider = Provider(self._session, oxen_url)
        await provider.hide_price(act_two.UNPRICED)
        settings = {
            **discord_settings(discord_url, token, self._folder),
            **self._oxen(oxen_url),
            "DROVER_MASTER_KEY": master_key,
        }
        bot = await self._processes.start("the bot", ("run",), self._output / "bot.log", settings)
        community = Community(self._session, discord_url)
        transcript = Transcript(*await _names(community), style=self._screen.style)
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
            provider=provider,
            watch=self._watch,
            transcript=transcript,
            bot=bot,
            actors=Actors(community, self._watch, transcript, self._screen),
            shell=Shell(self._processes, self._screen, self._oxen(oxen_url), self._output),
        )

    async def _play(self, scene: Scene, listening: Sequence[asyncio.Event], prompt: str | None) -> None:
        early = await self._idle(scene)
        await asyncio.gather(*(one.wait() for one in listening))
        acts: list[Act] = []
        for number in self._acts:
            self._screen.title(_TITLES[number])
            scene.actors.interrupted()
            acts.append(await self._act(scene, number, prompt).play())
        await self._close(scene, acts, early)

    def _act(self, scene: Scene, number: int, prompt: str | None) -> ActOne | ActTwo:
        """A prompt that was given is the one of the first film."""
        first = prompt if number == self._acts[0] else None
        if number == 1:
            picture = pictures.draw(self._folder / "paper-boat.png")
            words = act_one.VIDEO_PROMPT if first is None else first
            return ActOne(scene.actors, scene.shell, prompt=words, picture=picture)
        words = act_two.FILM_PROMPT if first is None else first
        return ActTwo(scene.actors, prompt=words, key=CLUB_KEY, spoil=scene.provider.spoil)

    async def _idle(self, scene: Scene) -> tuple[Measure, Measure]:
        """Waits until the bot is there and rests: how soon it was, and how large it is."""
        session = await scene.watch.until(lambda entry: entry.kind == "gateway_ready", "the bot to log in")
        await asyncio.sleep(_IDLE)
        resident: int = psutil.Process(scene.bot.process.pid).memory_info().rss
        if not await scene.community.commands(user="Ada", channel=act_one.LAB):
            raise DemoFailed("the bot has registered no commands")
        return measures.ready(session.time - scene.bot.started), measures.memory(resident)

    async def _close(self, scene: Scene, acts: Sequence[Act], early: tuple[Measure, Measure]) -> None:
        """Shows and checks what came of it."""
        audit = Audit(
            community=scene.community,
            provider=scene.provider,
            watch=scene.watch,
            messages=scene.transcript.messages,
            database=self._database,
            output=self._output,
            screen=self._screen,
        )
        audit.posts(acts, scene.actors.interactions)
        await audit.files(acts)
        lines = await audit.ledgers(acts)
        orders = [order for act in acts for order in act.orders]
        late = (
            measures.acknowledgement(scene.actors.interactions),
            measures.delivery(orders, lines, scene.watch, scene.provider.endings),
        )
        measures.show((*early, *late), self._screen)

    @property
    def _database(self) -> Path:
        return self._folder / DATABASE

    def _log(self, name: str) -> Path:
        return self._folder / f"{name}.log"

    @staticmethod
    def _oxen(url: str) -> dict[str, str]:
        return {**oxen_settings(url, KEY, SPEED), "DROVER_NAMESPACES": _opened()}


def _opened() -> str:
    """Each namespace for the one server that it belongs to."""
    guilds: list[dict[str, Any]] = json.loads(_COMMUNITY.read_text(encoding="utf-8"))["guilds"]
    return ",".join(f"{NAMESPACES[guild['name']]}={guild['id']}" for guild in guilds)


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


async def _names(community: Community) -> tuple[dict[str, str], dict[str, str]]:
    """The names of people and channels, by id; the servers' names, by the names of their channels."""
    state = await community.state()
    channels = [(channel, guild["name"]) for guild in state["guilds"] for channel in guild["channels"]]
    names = {one["id"]: one["name"] for one in (*state["users"], *(channel for channel, _ in channels))}
    return names, {channel["name"]: server for channel, server in channels}

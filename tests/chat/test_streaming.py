"""Files pass through without being held in memory: 50 MB in from Discord's file host, and out into a card."""

import asyncio
import contextlib
import resource
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import discord.http
import pytest
from aiohttp import web

from bot.chat.kit.input_files import DiscordInputFiles
from bot.domain.ids import GuildId
from bot.domain.messenger import Limits
from bot.domain.models.slots import InputKind
from bot.domain.orders.inputs import Attachment
from tests.domain.kit import Refused

MB = 1000 * 1000
FILM = 50 * MB  # bytes
HELD = 8 * MB  # bytes that may be held at a time, the stand-in's among them, and what other threads do meanwhile
PIECE = 64 * 1024
HEAD = b"\0\0\0\x10ftypisom\0\0\0\0" + b"\0\0\0\x08moov" + b"\0\0\0\0mdat"
NOBODY: Any = None


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


class Host:
    """Sends a film of 50 MB piece by piece, and takes one without keeping it."""

    def __init__(self) -> None:
        self.taken = 0  # bytes

    async def send(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "video/mp4", "Content-Length": str(FILM)})
        await response.prepare(request)
        await response.write(HEAD)
        left = FILM - len(HEAD)
        piece = bytes(PIECE)
        while left:
            await response.write(piece[: min(left, PIECE)])
            left -= min(left, PIECE)
        return response

    async def take(self, request: web.Request) -> web.Response:
        async for chunk in request.content.iter_chunked(PIECE):
            self.taken += len(chunk)
        return web.json_response({})


@pytest.fixture
async def host(aiohttp_server_at: Callable[[web.Application], Awaitable[str]], monkeypatch: pytest.MonkeyPatch) -> Host:
    made, app = Host(), web.Application(client_max_size=2 * FILM)
    app.add_routes([web.get("/attachments/1/2/film.mp4", made.send), web.post("/take", made.take)])
    monkeypatch.setattr(discord.http.Route, "BASE", await aiohttp_server_at(app))
    return made


@pytest.fixture
async def aiohttp_server_at() -> AsyncIterator[Callable[[web.Application], Awaitable[str]]]:
    runners: list[web.AppRunner] = []

    async def serve(app: web.Application) -> str:
        runner = web.AppRunner(app)
        await runner.setup()
        runners.append(runner)
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}"

    yield serve
    for runner in runners:
        await runner.cleanup()


def film(size: int = FILM) -> Attachment:
    url = f"{discord.http.Route.BASE}/attachments/1/2/film.mp4"
    return Attachment(kind=InputKind.VIDEO, name="film.mp4", media_type="video/mp4", size=size, url=url)


def input_files(folder: Path, limit: int = 2 * FILM) -> DiscordInputFiles:
    async def limits(_: GuildId) -> Limits:
        return Limits(file_bytes=limit, total_bytes=limit)

    return DiscordInputFiles(NOBODY, lambda: NOBODY, limits, folder)


@pytest.mark.usefixtures("host")
async def test_a_file_of_50_mb_comes_in_without_being_held(tmp_path: Path) -> None:
    async with input_files(tmp_path).fetched([film()], GuildId(1)):
        pass  # what is imported and allocated once is not what is measured
    tracemalloc.start()
    try:
        async with input_files(tmp_path).fetched([film()], GuildId(1)) as files:
            _, most = tracemalloc.get_traced_memory()
            [path] = files.paths.values()
            assert path.stat().st_size == FILM
    finally:
        tracemalloc.stop()
    assert most < HELD
    assert names_in(tmp_path) == []


async def test_a_file_of_50_mb_goes_out_without_being_held(host: Host, tmp_path: Path) -> None:
    """As discord.py sends a message with files: a form, with the opened file as a part of it."""
    path = tmp_path / "film.mp4"
    with path.open("wb") as file:
        file.truncate(FILM)
    tracemalloc.start()
    try:
        with discord.http.handle_message_parameters(file=discord.File(path)) as parameters:
            form = aiohttp.FormData(quote_fields=False)
            for part in parameters.multipart or []:
                form.add_field(**part)
            async with aiohttp.ClientSession() as session, session.post(f"{discord.http.Route.BASE}/take", data=form):
                pass
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert host.taken > FILM
    assert most < HELD


@pytest.mark.usefixtures("host")
async def test_a_file_that_is_larger_than_it_said_is_broken_off(tmp_path: Path) -> None:
    with Refused("input-files-large", given="film.mp4", limit="1"):
        async with input_files(tmp_path, 1024 * 1024).fetched([film(size=1000)], GuildId(1)):
            raise AssertionError("this should have been refused")
    assert names_in(tmp_path) == []


@pytest.mark.usefixtures("host")
async def test_no_more_than_four_orders_are_fetched_for_at_a_time(tmp_path: Path) -> None:
    shared, inside, go_on = input_files(tmp_path), 0, asyncio.Event()
    four = asyncio.Event()

    async def pack() -> None:
        nonlocal inside
        async with shared.fetched([], GuildId(1)):
            inside += 1
            if inside == 4:
                four.set()
            await go_on.wait()

    tasks = [asyncio.create_task(pack()) for _ in range(6)]
    await four.wait()
    await asyncio.sleep(0)
    assert inside == 4
    assert len(names_in(tmp_path)) == 4
    go_on.set()
    await asyncio.gather(*tasks)
    assert inside == 6


@contextlib.contextmanager
def small_disk() -> Iterator[None]:
    """No file can become larger than 1 MB: the kernel refuses the write, as it does when a disk is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (MB, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.usefixtures("host")
@pytest.mark.parametrize("fault", ["full", "in the way"])
async def test_where_the_disk_takes_no_file_nothing_is_ordered_and_the_operator_sees_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, fault: str
) -> None:
    folder = tmp_path / "work"
    if fault == "in the way":
        folder.write_text("a file")
    with small_disk(), Refused("input-files-no-room"):
        async with input_files(folder).fetched([film()], GuildId(1)):
            raise AssertionError("this should have been refused")
    [record] = caplog.records
    assert (record.levelname, record.getMessage()) == ("ERROR", "files not kept")
    assert names_in(tmp_path) == ["work"]
    assert fault != "full" or names_in(folder) == []


@pytest.mark.usefixtures("host")
async def test_a_work_folder_that_was_cleared_away_is_made_again(tmp_path: Path) -> None:
    async with input_files(tmp_path / "var" / "work").fetched([film()], GuildId(1)) as files:
        [path] = files.paths.values()
        assert path.stat().st_size == FILM

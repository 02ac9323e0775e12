"""No connection at all, or one to somebody else: surely nothing was ordered, and it is tried again."""

import asyncio
import contextlib
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NoReturn

import pytest

from bot.domain.orders.generation import Reason
from bot.domain.provider import Unavailable
from bot.oxen.client import OxenClient, Timeouts
from tests.fakes.orders import KEY, video_request
from tests.hostile.harness import SHORT, Harness
from tests.services.kit import S

TURNS = 30


async def all_fail(url: str, timeouts: Timeouts = SHORT) -> None:
    """Every call of the client: nothing happened, ask again."""
    async with OxenClient(url, KEY, timeouts=timeouts) as client:
        for call in (client.enqueue(video_request(), 1, None), client.list(None), client.catalogue()):
            with pytest.raises(Unavailable) as caught:
                await call
            assert KEY not in str(caught.value)
        with pytest.raises(Unavailable):
            await anext(client.events())
        with pytest.raises(Unavailable):
            await client.download(f"{url}/x.mp4", Path("never"), 1)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Signed by nobody but itself."""
    path = tmp_path_factory.mktemp("tls") / "self-signed.pem"
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    files = ["-keyout", str(path), "-out", str(path.with_suffix(".crt"))]
    subprocess.run(
        ["openssl", "req", "-x509", *curve, "-subj", "/CN=127.0.0.1", "-days", "1", *files],
        check=True,
        capture_output=True,
    )
    path.write_bytes(path.read_bytes() + path.with_suffix(".crt").read_bytes())
    return path


@asynccontextmanager
async def listening(
    answer: Callable[[asyncio.StreamReader, asyncio.StreamWriter], object], tls: ssl.SSLContext | None = None
) -> AsyncIterator[int]:
    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=tls)  # type: ignore[arg-type]
    async with server:
        yield server.sockets[0].getsockname()[1]


async def test_a_certificate_signed_by_itself(certificate: Path) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    heard: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(1))
        writer.close()

    async with listening(answer, tls) as port:
        await all_fail(f"https://127.0.0.1:{port}", Timeouts())
    assert heard in ([], [b""] * len(heard))  # nobody says anything to such a server


async def test_a_server_without_tls() -> None:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with listening(answer) as port:
        await all_fail(f"https://127.0.0.1:{port}", Timeouts())


async def test_a_name_that_nobody_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    async def unknown(*_: object, **__: object) -> NoReturn:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", unknown)
    await all_fail("http://oxen.invalid")


async def test_a_port_that_nobody_listens_at() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        await all_fail(f"http://127.0.0.1:{probe.getsockname()[1]}")


async def test_a_black_hole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Packets go in, nothing comes out."""

    async def silent(*_: object, **__: object) -> NoReturn:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(asyncio.get_running_loop(), "sock_connect", silent)
    await all_fail("http://127.0.0.1:9", Timeouts(connect=0.1))


async def test_a_provider_that_is_away_and_comes_back(harness: Harness) -> None:
    """Ordered while nobody answers; sent once, when somebody does."""
    harness.detour.away = True
    record = await harness.ordered()
    assert await harness.services.states(record) == [S.INTENDED]
    harness.detour.away = False
    harness.services.clock.advance(minutes=1)
    await harness.services.send()
    harness.up.finish()
    assert await harness.settles(record) == [S.SUCCEEDED]
    assert harness.posts == 1


async def test_a_provider_that_stays_away(harness: Harness) -> None:
    """The member hears of it after ten minutes, and nothing was ordered."""
    harness.detour.away = True
    record = await harness.ordered()
    assert await harness.settles(record, rounds=TURNS) == [S.FAILED]
    assert (await harness.services.outcome(record))[1] is Reason.UNREACHABLE
    assert harness.posts == 0


async def test_an_answer_on_a_line_that_was_kept(harness: Harness) -> None:
    """What a server says unasked on an idle line is not taken for the answer to the next question."""
    stale = b'{"generation_id":"gen-1","status":"failed","error_message":"stale"}'

    async def twice(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            head = f"HTTP/1.1 200 OK\r\ncontent-length: {len(stale)}\r\n\r\n".encode()
            writer.write((head + stale) * 2)
            await reader.readuntil(b"\r\n\r\n")
            writer.write(head.replace(str(len(stale)).encode(), b"2") + b"{}")
            await writer.drain()
        writer.close()

    async with listening(twice) as port, OxenClient(f"http://127.0.0.1:{port}", KEY, timeouts=SHORT) as client:
        await client.get("gen-1")  # type: ignore[arg-type]
        with pytest.raises(Unavailable):
            await client.get("gen-2")  # type: ignore[arg-type]

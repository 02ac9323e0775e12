"""The way from the bot to the stand-in for Oxen. Cut, it is as if nobody were there: connections are refused."""

import asyncio
import contextlib
from urllib.parse import urlsplit

_CHUNK = 64 * 1024


class Line:
    """Passes everything on to the address `to`, and leads nowhere until `lay` is called. `url` is its own address."""

    def __init__(self, to: str) -> None:
        self._host, self._port = urlsplit(to).hostname or "", urlsplit(to).port or 0
        self._own = 0
        self._server: asyncio.Server | None = None
        self._ends: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._own}"

    @property
    def stands(self) -> bool:
        return self._server is not None

    async def lay(self) -> None:
        """At the same address as before."""
        if self._server is None:
            self._server = await asyncio.start_server(self._carry, "127.0.0.1", self._own)
            self._own = self._server.sockets[0].getsockname()[1]

    def cut(self) -> None:
        """Whatever is on its way is lost."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for end in self._ends:
            end.transport.abort()

    async def _carry(self, near_in: asyncio.StreamReader, near_out: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            far_in, far_out = await asyncio.open_connection(self._host, self._port)
            both = {near_out, far_out}
            self._ends |= both
            try:
                await asyncio.gather(_pass_on(near_in, far_out), _pass_on(far_in, near_out))
            finally:
                self._ends -= both
                far_out.close()
        near_out.close()


async def _pass_on(coming: asyncio.StreamReader, going: asyncio.StreamWriter) -> None:
    """Until it ends there, which is passed on as well."""
    while chunk := await coming.read(_CHUNK):
        going.write(chunk)
        await going.drain()
    going.write_eof()

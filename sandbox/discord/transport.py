"""What one websocket carries: JSON as text, or compressed in one of three ways.

Source: public documentation, events/gateway, "Encoding and Compression".
"""

import json
import sys
import zlib
from collections.abc import Callable

from aiohttp import WSMessage, web

from sandbox.discord.forms import Json

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

# "not all payloads will be compressed": these are large enough that it pays.
_WORTH_COMPRESSING = 1024


class Transport:
    """One websocket. The query's `compress` asks for a stream: zlib-stream or zstd-stream; anything else is plain.

    A stream has one context for the whole connection. `payloads` compresses large payloads one by one, which an
    IDENTIFY may ask for; a connection with a stream ignores that.
    """

    def __init__(self, socket: web.WebSocketResponse, request: web.Request) -> None:
        self.socket = socket
        self.payloads = False
        self._request = request
        compression = request.query.get("compress")
        streams = {"zlib-stream": _zlib_stream, "zstd-stream": _zstd_stream}
        self._stream = streams[compression]() if compression in streams else None

    async def send(self, payload: Json) -> None:
        """Write one payload as one message; a client that went away is not an error."""
        text = json.dumps(payload, separators=(",", ":"))
        try:
            if self._stream is not None:
                await self.socket.send_bytes(self._stream(text.encode()))
            elif self.payloads and len(text) > _WORTH_COMPRESSING:
                await self.socket.send_bytes(zlib.compress(text.encode()))
            else:
                await self.socket.send_str(text)
        except (ConnectionError, RuntimeError):
            return

    async def close(self, code: int, reason: str) -> None:
        await self.socket.close(code=code, message=reason.encode())

    def cut(self) -> None:
        """End the connection without a close, as a network does."""
        if self._request.transport is not None:
            self._request.transport.abort()

    async def receive(self) -> WSMessage:
        return await self.socket.receive()


def _zlib_stream() -> Callable[[bytes], bytes]:
    """Every message ends with the suffix 00 00 ff ff."""
    deflate = zlib.compressobj()
    return lambda data: deflate.compress(data) + deflate.flush(zlib.Z_SYNC_FLUSH)


def _zstd_stream() -> Callable[[bytes], bytes]:
    """A message can be read when it came, but the frame goes on as long as the connection does."""
    compressor = zstd.ZstdCompressor()
    return lambda data: compressor.compress(data, zstd.ZstdCompressor.FLUSH_BLOCK)

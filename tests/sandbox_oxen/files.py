"""Real inputs: small pictures, a film and a sound, made here, and a server that hands them out, also badly."""

import asyncio
import io
import struct
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import av
import numpy as np
from aiohttp import web
from PIL import Image

WIDE, TALL = (320, 180), (120, 200)
FILM_SECONDS, FILM_RATE, SOUND_SECONDS = 2, 12, 3
RED, BLUE = (200, 30, 20), (20, 40, 190)


@cache
def picture(color: tuple[int, int, int] = RED, size: tuple[int, int] = WIDE, kind: str = "PNG") -> bytes:
    """Left half in the colour, right half darker, a white square above the middle."""
    image = Image.new("RGB", size, color)
    image.paste(tuple(each // 3 for each in color), (size[0] // 2, 0, size[0], size[1]))
    image.paste("white", (size[0] // 3, size[1] // 8, size[0] // 3 + size[1] // 4, size[1] // 8 + size[1] // 4))
    out = io.BytesIO()
    image.save(out, kind)
    return out.getvalue()


@cache
def animation() -> bytes:
    frames = [Image.new("RGB", (32, 32), color) for color in (RED, BLUE)]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    return out.getvalue()


@cache
def other(kind: str) -> bytes:
    """A picture in a format that no model takes."""
    out = io.BytesIO()
    Image.new("RGB", (32, 32), RED).save(out, kind)
    return out.getvalue()


@cache
def photos() -> bytes:
    """A photo with another one behind it, as cameras with several lenses take it."""
    out = io.BytesIO()
    Image.new("RGB", (32, 32), RED).save(out, "MPO", save_all=True, append_images=[Image.new("RGB", (32, 32), BLUE)])
    return out.getvalue()


@cache
def film(*, sound: bool = True, seconds: int = FILM_SECONDS) -> bytes:
    """A green field, 160 x 120, across which a white bar walks from left to right."""
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as opened:
        container: Any = opened
        stream = container.add_stream("libx264", rate=FILM_RATE, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        track = container.add_stream("aac", rate=48_000, layout="mono") if sound else None
        for number in range(FILM_RATE * seconds):
            pixels = np.full((120, 160, 3), (20, 150, 40), np.uint8)
            left = number * 140 // (FILM_RATE * seconds)
            pixels[:, left : left + 20] = 255
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode(None))
        if track is not None:
            tone = np.sin(np.arange(48_000 * seconds) * 440 * 2 * np.pi / 48_000).astype(np.float32)[None, :]
            frame = av.AudioFrame.from_ndarray(tone * np.float32(0.5), format="fltp", layout="mono")
            frame.sample_rate = 48_000
            container.mux(track.encode(frame))
            container.mux(track.encode(None))
    return out.getvalue()


@cache
def turned_film() -> bytes:
    """The same as phones film it that are held upright: stored on its side, and to be turned right when it is shown.

    So it is 120 x 160, and the bar walks from the top down.
    """
    content = film()
    matrix = content.index(b"tkhd") + 4 + 40  # ISO/IEC 14496-12, 8.3.2; the film's track is the first
    turn = struct.pack(">9i", 0, 1 << 16, 0, -(1 << 16), 0, 0, 120 << 16, 0, 1 << 30)
    return content[:matrix] + turn + content[matrix + len(turn) :]


@cache
def sound(seconds: int = SOUND_SECONDS) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        tone = np.sin(np.arange(16_000 * seconds) * 330 * 2 * np.pi / 16_000) * 12_000
        file.writeframes(tone.astype("<i2").tobytes())
    return out.getvalue()


@dataclass
class Cdn:
    """`url(name)`; what was asked for is in `asked`."""

    base: str = ""
    asked: list[str] = field(default_factory=list)
    was_asked: asyncio.Condition = field(default_factory=asyncio.Condition)

    def url(self, name: str) -> str:
        return f"{self.base}/{name}"

    async def was_asked_for(self, name: str) -> None:
        """Waits until it is."""
        async with asyncio.timeout(5), self.was_asked:
            await self.was_asked.wait_for(lambda: name in self.asked)

    async def file(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        async with self.was_asked:
            self.asked.append(name)
            self.was_asked.notify_all()
        assert "Authorization" not in request.headers
        if name.startswith("moved"):
            raise web.HTTPFound(request.query.get("to", "/moved"))
        if name == "forbidden":
            raise web.HTTPForbidden
        if name == "unavailable":
            raise web.HTTPServiceUnavailable
        if name == "slow":
            await asyncio.sleep(30)
        if name == "endless":
            return await _endless(request)
        contents = {
            "picture.png": picture,
            "blue.jpg": lambda: picture(BLUE, kind="JPEG"),
            "tall.png": lambda: picture(size=TALL),
            "film.mp4": film,
            "silent.mp4": lambda: film(sound=False),
            "sound.wav": sound,
            "moving.gif": animation,
            "photo.heic": lambda: other("AVIF").replace(b"avif", b"heic"),
            "photo.avif": lambda: other("AVIF"),
            "photo.bmp": lambda: other("BMP"),
            "photos.jpg": photos,
            "empty": bytes,
            "broken.png": lambda: picture()[:60],
            "broken.mp4": lambda: film()[:300],
            "text.png": lambda: b"<html>not a picture</html>",
            "list.mp4": lambda: b"#EXTM3U\n#EXTINF:2,\nfilm.mp4\n#EXT-X-ENDLIST\n",
        }
        if name not in contents:
            raise web.HTTPNotFound
        return web.Response(body=contents[name](), content_type="application/octet-stream")


async def _endless(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(bytes(64 * 1024))


@asynccontextmanager
async def serving() -> AsyncIterator[Cdn]:
    cdn = Cdn()
    app = web.Application()
    app.router.add_get("/{name}", cdn.file)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        cdn.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield cdn
    finally:
        await runner.cleanup()

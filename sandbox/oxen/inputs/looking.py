"""What a fetched file really is. The decoders decide; names and content types are not asked.

PyAV's annotations leave the kind of a stream open, so containers and streams are Any here.
"""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from sandbox.oxen.inputs.fetching import Unfetchable
from sandbox.oxen.inputs.values import Kind

# Pixels; a picture that unpacks to more is a bomb or a map.
MOST_PIXELS = 64_000_000
LONGEST_SECONDS = 60
# Files that are one film or one sound. Playlists would make the reader open other files.
CONTAINERS = "mov,mp4,matroska,webm,avi,mpegts,mpeg,mp3,wav,ogg,flac,aac"
PICTURES = ("PNG", "JPEG", "WEBP", "GIF")  # an HEIC or AVIF that a phone took is as good as broken
OPENING = {"format_whitelist": CONTAINERS, "protocol_whitelist": "file"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Pixels, seconds and frames a second; 0 where there are none. `sounds`: whether there is a track."""

    width: int = 0
    height: int = 0
    seconds: Fraction = Fraction(0)
    rate: Fraction = Fraction(0)
    sounds: bool = False


def look(path: Path, kind: Kind) -> Facts:
    """Raises Unfetchable when the file is not what its slot wants, or broken."""
    if path.stat().st_size == 0:
        raise Unfetchable("is empty")
    match kind:
        case Kind.IMAGE:
            return _picture(path)
        case Kind.VIDEO:
            return _film(path)
        case Kind.AUDIO:
            return _sound(path)


def _picture(path: Path) -> Facts:
    from PIL import Image, ImageOps

    try:
        with Image.open(path, formats=PICTURES) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise Unfetchable(f"has too many pixels: at most {MOST_PIXELS} are taken")
            if getattr(picture, "n_frames", 1) > 1 and picture.format != "MPO":  # a photo with more photos behind it
                raise Unfetchable("is animated, and must be a still image")
            upright = ImageOps.exif_transpose(picture)
            return Facts(width=upright.width, height=upright.height)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Unfetchable("is not an image, or is broken") from None


def _film(path: Path) -> Facts:
    import av
    from av.error import FFmpegError

    try:
        with av.open(str(path), options=OPENING) as opened:
            film: Any = opened
            stream = next((each for each in film.streams.video if not _is_cover(each)), None)
            if stream is None:
                raise Unfetchable("is not a video")
            first = next(film.decode(stream), None)
            seconds, rate = _seconds(film, stream), Fraction(stream.average_rate or 0)
            sounds = bool(film.streams.audio)
    except (FFmpegError, ValueError):
        raise Unfetchable("is not a video, or is broken") from None
    if first is None or seconds <= 0 or rate <= 0:
        raise Unfetchable("is not a video, or is broken")
    width, height = (first.height, first.width) if first.rotation % 180 else (first.width, first.height)
    return Facts(width=width, height=height, seconds=_short(seconds), rate=rate, sounds=sounds)


def _sound(path: Path) -> Facts:
    import av
    from av.error import FFmpegError

    try:
        with av.open(str(path), options=OPENING) as opened:
            file: Any = opened
            if not file.streams.audio or any(not _is_cover(each) for each in file.streams.video):
                raise Unfetchable("is not a sound")
            stream = file.streams.audio[0]
            heard = next(file.decode(stream), None) is not None
            seconds = _seconds(file, stream)
    except (FFmpegError, ValueError):
        raise Unfetchable("is not a sound, or is broken") from None
    if not heard or seconds <= 0:
        raise Unfetchable("is not a sound, or is broken")
    return Facts(seconds=_short(seconds), sounds=True)


def _is_cover(stream: Any) -> bool:
    """The picture of a record, which music files carry as a film of one frame."""
    return stream.codec_context.name in {"mjpeg", "png"} and (stream.frames or 1) == 1


def _seconds(container: Any, stream: Any) -> Fraction:
    if stream.duration:
        return Fraction(stream.duration * stream.time_base)
    return Fraction(container.duration or 0, 1_000_000)


def _short(seconds: Fraction) -> Fraction:
    if seconds > LONGEST_SECONDS + 1:
        raise Unfetchable(f"is too long: at most {LONGEST_SECONDS} seconds are taken")
    return seconds

"""Facts of the files that were posted, read by opening them."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.demo import DemoFailed

if TYPE_CHECKING:
    from av.container import InputContainer

VIDEO, IMAGE = "video", "image"


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """`size` in bytes, `duration` in seconds (0 for images), `frame` how long one frame lasts, in seconds.

    `format` names codec and container, `h264 mp4`, or the image's format; `digest` stands for what is seen: for
    an image its pixels, for a video the file.
    """

    path: Path
    size: int
    kind: str
    format: str
    width: int
    height: int
    duration: float
    frame: float
    digest: str


def facts(path: Path) -> Media:
    """Opens a video or an image. Raises `DemoFailed` for what is neither."""
    # Late: the codecs take longer to load than the rest of the demo.
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as image:
            seen = hashlib.sha256(image.convert("RGB").tobytes()).hexdigest()
            return Media(
                path=path,
                size=path.stat().st_size,
                kind=IMAGE,
                format=(image.format or "").lower(),
                width=image.width,
                height=image.height,
                duration=0,
                frame=0,
                digest=seen,
            )
    except UnidentifiedImageError:
        return _video(path)
    except OSError as error:
        raise DemoFailed(f"{path} cannot be read as an image: {error}") from error


def _video(path: Path) -> Media:
    import av
    from av.error import FFmpegError

    try:
        with av.open(str(path)) as container:
            return _read(path, container)
    except (FFmpegError, IndexError) as error:
        raise DemoFailed(f"{path} is neither an image nor a video: {error}") from error


def _read(path: Path, container: "InputContainer") -> Media:
    """Decodes every frame: a file that is cut short still says in its header how long it should be."""
    stream = container.streams.video[0]
    frame = float(1 / stream.average_rate) if stream.average_rate else 0.0
    frames = sum(1 for _ in container.decode(stream))
    return Media(
        path=path,
        size=path.stat().st_size,
        kind=VIDEO,
        format=f"{stream.codec_context.name} {path.suffix.removeprefix('.')}",
        width=stream.codec_context.width,
        height=stream.codec_context.height,
        duration=frames * frame,
        frame=frame,
        digest=hashlib.sha256(path.read_bytes()).hexdigest(),
    )

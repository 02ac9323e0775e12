"""Messages and feed entries as the stand-in's control API tells of them."""

from pathlib import Path
from typing import Any

import av
from PIL import Image

from sandbox.discord.client import FeedEntry, Message

NAMES = {"1": "Drover", "2": "Bo", "3": "Cleo", "9": "lab"}
NOON = 1_775_000_000.0


def text_display(content: str) -> dict[str, Any]:
    return {"type": 10, "content": content}


def card(*texts: str, button: str | None = None) -> list[dict[str, Any]]:
    """A container of texts, with a button below them."""
    row = [{"type": 1, "components": [{"type": 2, "style": 2, "label": button, "custom_id": "x"}]}] if button else []
    return [{"type": 17, "components": [*map(text_display, texts), *row]}]


def attachment(filename: str, size: int) -> dict[str, Any]:
    return {"id": "70", "filename": filename, "size": size, "url": "http://127.0.0.1/x", "width": 64, "height": 36}


def message(message_id: str = "50", content: str = "", **changes: Any) -> Message:
    """One of the bot's, that everybody sees."""
    reply_to, files = changes.pop("reply_to", None), changes.pop("files", [])
    raw: dict[str, Any] = {
        "id": message_id,
        "channel_id": "9",
        "author": {"id": "1", "username": "drover"},
        "content": content,
        "timestamp": "2026-04-01T00:00:00+00:00",
        "edited_timestamp": None,
        "flags": 0,
        "attachments": files,
        "files": files,
        "embeds": [],
        "components": [],
    }
    if reply_to:
        raw["message_reference"] = {"message_id": reply_to}
    return Message.read(raw | changes)


def entry(kind: str, of: Message | None = None, *, at: float = NOON, **raw: Any) -> FeedEntry:
    return FeedEntry(
        sequence=1, time=at, kind=kind, channel="lab", channel_id="9", message=of, interaction=None, raw=raw
    )


def film(path: Path, picture: Image.Image) -> Path:
    """A short film that shows the picture all along."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=12)
        stream.width, stream.height, stream.pix_fmt = picture.width, picture.height, "yuv420p"
        for _ in range(3):
            container.mux(stream.encode(av.VideoFrame.from_image(picture)))
        container.mux(stream.encode())
    return path

"""Request bodies: JSON as it is, forms, multipart with its files streamed to disk."""

import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

from aiohttp import BodyPartReader, web

from sandbox.discord import errors, media, state
from sandbox.discord.forms import Json, as_list, as_object
from sandbox.discord.state import Upload
from sandbox.discord.world import World

_FILE_FIELD = re.compile(r"files\[(\d+)\]|file(\d*)")
_UNSAFE = re.compile(r"[^\w.\-()]+")
_WHOLE = re.compile(r"-?\d{1,20}")
_TEXTS = frozenset({"content", "name", "nonce", "topic", "username", "thread_name"})
_SPOILER, _ANIMATED = 1 << 3, 1 << 5  # flags of an attachment
_LARGEST_JSON = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    json: Any
    uploads: tuple[Upload, ...] = ()

    def discard(self, kept: Collection[Path]) -> None:
        """Remove the files that are not kept."""
        for one in self.uploads:
            if one.path not in kept:
                one.path.unlink(missing_ok=True)


def kind_of_body(request: web.Request) -> str:
    """Its Content-Type without parameters. What aiohttp parses is a tenth of a request: each form has a boundary."""
    return request.headers.get("Content-Type", "").partition(";")[0].strip().lower()


async def read(request: web.Request, folder: Path) -> Body:
    """The body of a request. ApiError when it is not what its Content-Type says."""
    kind = kind_of_body(request)
    if kind == "multipart/form-data":
        return await _multipart(request, folder)
    raw = await request.content.read() if request.can_read_body else b""
    if len(raw) > _LARGEST_JSON:
        raise errors.request_too_large()
    if kind == "application/x-www-form-urlencoded":
        return Body(json=_formed(dict(parse_qsl(raw.decode(errors="replace"), keep_blank_values=True))))
    return Body(json=_parsed(raw))


def _parsed(raw: bytes) -> Any:
    if not raw:
        return None
    try:
        return json.loads(raw)
    except ValueError as error:
        raise errors.malformed_body() from error


def _formed(fields: dict[str, str]) -> Any:
    """What the fields of a form say: the JSON in `payload_json`, else each for itself; only texts may be all digits."""
    if "payload_json" in fields:
        return _parsed(fields["payload_json"].encode())
    return {name: value if name in _TEXTS else _literal(value) for name, value in fields.items()}


def _literal(value: str) -> str | int | bool:
    if value in {"true", "false"}:
        return value == "true"
    return int(value) if _WHOLE.fullmatch(value) else value


async def _multipart(request: web.Request, folder: Path) -> Body:
    form: dict[str, str] = {}
    files: list[Upload] = []
    try:
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader):
                continue
            name = part.name or ""
            field = _FILE_FIELD.fullmatch(name)
            if part.filename is not None and field:
                files.append(await _stored(part, int(field[1] or field[2] or len(files)), folder))
            else:
                form[name] = (await part.read()).decode(errors="replace")
        return Body(json=_formed(form), uploads=tuple(files))
    except (ValueError, ConnectionError, errors.ApiError) as error:
        _ = [one.path.unlink(missing_ok=True) for one in files]
        raise errors.malformed_body() from error


async def _stored(part: BodyPartReader, index: int, folder: Path) -> Upload:
    path = folder / uuid4().hex
    size = 0
    with path.open("wb") as file:
        while chunk := await part.read_chunk(256 * 1024):
            file.write(chunk)
            size += len(chunk)
    return Upload(index=index, filename=_UNSAFE.sub("_", part.filename or "unknown"), size=size, path=path)


def write(folder: Path, filename: str, content: bytes, index: int = 0) -> Upload:
    """The same for bytes at hand (a member's upload through the control API)."""
    path = folder / uuid4().hex
    path.write_bytes(content)
    return Upload(index=index, filename=_UNSAFE.sub("_", filename), size=len(content), path=path)


def attach(
    world: World, upload: Upload, channel_id: int, about: Json | None = None, *, ephemeral: bool = False
) -> state.Attachment:
    """Make an attachment of an upload; `about` is its entry in the message's `attachments`."""
    about = about or {}
    filename = _UNSAFE.sub("_", str(about.get("filename") or upload.filename))
    kind = media.content_type(filename)
    size = media.size_of_picture(upload.path, kind)
    covered = bool(about.get("is_spoiler")) or filename.startswith("SPOILER_")
    one = state.Attachment(
        id=world.ids.next(),
        filename=f"SPOILER_{filename}" if about.get("is_spoiler") else filename,
        size=upload.size,
        content_type=kind,
        path=upload.path,
        channel_id=channel_id,
        description=about.get("description"),
        title=about.get("title"),
        width=size[0] if size else None,
        height=size[1] if size else None,
        flags=_ANIMATED * media.animated(upload.path, kind) | _SPOILER * covered,
        ephemeral=ephemeral,
    )
    world.attachments[one.id] = one
    return one


def describe(one: state.Attachment, about: Json) -> None:
    """Change of an attachment what an edit names in its entry."""
    if "description" in about:
        one.description = about["description"]
    if about.get("is_spoiler") is not None:
        one.flags = one.flags | _SPOILER if about["is_spoiler"] else one.flags & ~_SPOILER


def forget(world: World, one: state.Attachment) -> None:
    """Remove an attachment and its file: its links lead nowhere from now on."""
    world.attachments.pop(one.id, None)
    one.path.unlink(missing_ok=True)


def forget_later(world: World, one: state.Attachment) -> None:
    """Files of options and modals go after a while, unless a message took them over."""

    def expire() -> None:
        if one.ephemeral:
            forget(world, one)

    world.clock.call_later(world.ephemeral_seconds, expire)


def entries(value: Any) -> dict[str, Json]:
    """A message's `attachments` list by id (ids come as numbers or strings)."""
    return {str(as_object(one).get("id")): as_object(one) for one in as_list(value)}

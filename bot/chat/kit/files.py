"""Files as Discord shows them: those that a member gave, and those that are in a message."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

import discord
import discord.http
from yarl import URL

from bot.domain.errors import Refusal
from bot.domain.ids import GenerationId
from bot.domain.models.slots import InputKind, Role
from bot.domain.orders.inputs import Attachment, plain_name
from bot.domain.orders.slot_assignment import KINDS
from bot.media.signatures import OWN_SENTENCE, other_kind_of_name

_ORIGINS = frozenset({URL("https://cdn.discordapp.com"), URL("https://media.discordapp.net")})
_UNKNOWN = 1  # bytes: a size that nobody told; 0 would be an empty file
_SPOILER = discord.AttachmentFlags.spoiler.flag
_COVERED = "SPOILER_"  # what the names of covered files begin with
_SUFFIXES: Mapping[InputKind, frozenset[str]] = {
    InputKind.IMAGE: frozenset({"png", "jpg", "jpeg", "webp", "gif", "avif", "heic", "heif"}),
    InputKind.VIDEO: frozenset({"mp4", "mov", "webm", "mkv", "m4v"}),
    InputKind.AUDIO: frozenset({"mp3", "wav", "ogg", "flac", "m4a"}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FileShown:
    """A file in a message, as Discord tells of it: all but its id and its URL are claims. `result`: the output of ours
    that it is.
    """

    id: int
    url: str
    name: str
    media_type: str = ""
    size: int | None = None  # bytes
    width: int | None = None
    height: int | None = None
    seconds: float | None = None
    spoiler: bool = False  # whoever posted it covered it
    result: GenerationId | None = None

    @property
    def kind(self) -> InputKind | None:
        """What it seems to be."""
        claimed = self.media_type.partition("/")[0]
        if claimed in set(InputKind):
            return InputKind(claimed)
        return kind_of_name(self.name)


def kind_of_name(name: str) -> InputKind | None:
    """What a file seems to be by its name alone."""
    suffix = PurePosixPath(name).suffix.lstrip(".").lower()
    return next((kind for kind, suffixes in _SUFFIXES.items() if suffix in suffixes), None)


def stem(filename: str) -> str:
    """A file's name as it was before Discord covered it, and without its extension."""
    return filename.removeprefix(_COVERED).partition(".")[0]


def on_discord(url: str) -> bool:
    """Whether `url` is a file that Discord keeps, at the Discord that discord.py speaks with; nothing else is fetched.

    The whole origin decides: a host that only begins like one of these, a port, or a name and password before it is
    somebody else's idea.
    """
    try:
        there = URL(url)
        if there.user is not None or there.password is not None:
            return False
        origin = there.origin()
    except ValueError:  # no URL, or a relative one
        return False
    api = URL(discord.http.Route.BASE)
    return origin in _ORIGINS or (api.host != "discord.com" and origin == api.origin())


def given(file: discord.Attachment | FileShown, role: Role | None = None) -> Attachment:
    """A file as part of a request, for `role`; nobody has looked at it yet. Raises `Refusal` for what cannot be one.

    What neither Discord nor its name tells the kind of is taken for what the role wants; its bytes will tell.
    """
    shown = file if isinstance(file, FileShown) else _shown(file)
    wanted = KINDS.get(role) if role is not None else None
    kind = shown.kind
    if kind is None:
        what = other_kind_of_name(shown.name)
        if what in OWN_SENTENCE:
            raise Refusal("input-files-other", given=shown.name, what=str(what))
        if what is not None:
            raise Refusal(
                "input-files-foreign", given=shown.name, what=what, kind=wanted.value if wanted is not None else "any"
            )
        if wanted is None:
            raise Refusal("input-files-not-media", given=shown.name)
        kind = wanted
    return Attachment(
        kind=kind,
        name=shown.name,
        media_type=shown.media_type,
        size=shown.size if shown.size is not None else _UNKNOWN,
        url=shown.url,
        role=role,
        width=shown.width,
        height=shown.height,
        seconds=shown.seconds,
        spoiler=shown.spoiler,
    )


def files_in(message: discord.Message) -> list[FileShown]:
    """The files of a message and of what it forwards: attached, or shown by components, which is in no other list."""
    found: dict[int, FileShown] = {}
    for one in (message, *message.message_snapshots):
        shown = [_shown(attachment) for attachment in one.attachments]
        media = _media(one.components)
        shown += [_of_media(item, spoiler=covered) for item, covered in media if item.attachment_id is not None]
        for file in shown:  # one may be in both lists, and is covered if it is in either
            before = found.get(file.id)
            found[file.id] = replace(file, spoiler=True) if before is not None and before.spoiler else file
    return list(found.values())


def _shown(file: discord.Attachment) -> FileShown:
    return FileShown(
        id=file.id,
        url=file.url,
        name=plain_name(file.filename.removeprefix(_COVERED)),
        media_type=(file.content_type or "").partition(";")[0],
        size=file.size,
        width=file.width,
        height=file.height,
        seconds=file.duration,
        spoiler=file.is_spoiler(),
    )


def file_of(data: Mapping[str, Any]) -> FileShown:
    """A file that was uploaded in a form, from Discord's own words about it."""
    name = str(data["filename"])
    return FileShown(
        id=int(data["id"]),
        url=str(data["url"]),
        name=plain_name(name.removeprefix(_COVERED)),
        media_type=str(data.get("content_type") or "").partition(";")[0],
        size=int(data["size"]),
        width=data.get("width"),
        height=data.get("height"),
        seconds=data.get("duration_secs"),
        spoiler=name.startswith(_COVERED) or bool(int(data.get("flags") or 0) & _SPOILER),
    )


def _of_media(media: discord.UnfurledMediaItem, *, spoiler: bool) -> FileShown:
    name = URL(media.url).name
    return FileShown(
        id=media.attachment_id or 0,
        url=media.url,
        name=plain_name(name.removeprefix(_COVERED)),
        media_type=(media.content_type or "").partition(";")[0],
        width=media.width or None,
        height=media.height or None,
        spoiler=spoiler or name.startswith(_COVERED),
    )


def _media(
    components: Iterable[discord.Component], *, covered: bool = False
) -> Iterator[tuple[discord.UnfurledMediaItem, bool]]:
    """Each with whether it is covered, by itself or with the container that it is in."""
    for component in components:
        match component:
            case discord.MediaGalleryComponent():
                yield from ((item.media, covered or item.spoiler) for item in component.items)
            case discord.FileComponent() | discord.ThumbnailComponent():
                yield component.media, covered or component.spoiler
            case discord.Container():
                yield from _media(component.children, covered=covered or component.spoiler)
            case discord.SectionComponent():
                yield from _media([component.accessory], covered=covered)
            case _:
                pass

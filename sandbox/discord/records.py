"""What the control client hands out: frozen records of messages, interactions and feed entries."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self, cast

from sandbox.discord.shown import Modal

_TEXT_DISPLAY, _BUTTON, _SELECTS = 10, 2, frozenset({3, 5, 6, 7, 8})
_LOADING, _COMPONENTS_V2 = 1 << 7, 1 << 15


def items(value: Any) -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", value) if isinstance(value, list) else []


def _inside(about: dict[str, Any], key: str) -> dict[str, Any]:
    return cast("dict[str, Any]", about.get(key) or {})


_SPOILER = 1 << 3  # a flag of an attachment


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    id: str
    filename: str
    size: int
    """Bytes."""
    content_type: str
    url: str
    """Signed, good for 24 hours of the stand-in's clock."""
    width: int | None
    height: int | None
    description: str | None
    spoiler: bool

    @classmethod
    def read(cls, raw: dict[str, Any]) -> Self:
        return cls(
            id=raw["id"],
            filename=raw["filename"],
            size=raw["size"],
            content_type=raw.get("content_type", ""),
            url=raw["url"],
            width=raw.get("width"),
            height=raw.get("height"),
            description=raw.get("description"),
            spoiler=bool(raw.get("flags", 0) & _SPOILER),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    label: str
    custom_id: str | None
    url: str | None
    disabled: bool
    style: int
    emoji: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Select:
    custom_id: str
    placeholder: str | None
    options: tuple[str, ...]
    """The values of a string select."""
    disabled: bool
    labels: tuple[str, ...]
    """What a member reads in place of `options`."""
    chosen: tuple[str, ...]
    """The values shown as chosen; ids in selects of people, roles and channels."""
    minimum: int
    maximum: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message as one member sees it; `raw` is the whole JSON."""

    id: str
    channel_id: str
    author: str
    content: str
    created: str
    edited: str | None
    flags: int
    pinged: tuple[str, ...]
    """Names of those it rings for."""
    only_for: str | None
    """Ephemeral: the name of the one who sees it."""
    attachments: tuple[Attachment, ...]
    """All files, those in galleries and embeds too (Discord's own list, `raw["attachments"]`, leaves them out)."""
    raw: dict[str, Any]

    @classmethod
    def read(cls, raw: dict[str, Any]) -> Self:
        author = raw["author"]
        return cls(
            id=raw["id"],
            channel_id=raw["channel_id"],
            author=author.get("global_name") or author["username"],
            content=raw["content"],
            created=raw["timestamp"],
            edited=raw["edited_timestamp"],
            flags=raw["flags"],
            pinged=tuple(raw.get("pinged", ())),
            only_for=raw.get("only_for"),
            attachments=tuple(Attachment.read(one) for one in items(raw.get("files"))),
            raw=raw,
        )

    @property
    def ephemeral(self) -> bool:
        return self.only_for is not None

    @property
    def loading(self) -> bool:
        """The bot is thinking."""
        return bool(self.flags & _LOADING)

    @property
    def components_v2(self) -> bool:
        return bool(self.flags & _COMPONENTS_V2)

    @property
    def components(self) -> list[dict[str, Any]]:
        """All components, parents first, in the order shown."""
        return list(_walk(self.raw["components"]))

    @property
    def text(self) -> str:
        """All that can be read: the content, the embeds' texts, every TextDisplay; one per line."""
        parts = [self.content]
        for embed in items(self.raw["embeds"]):
            parts += [embed.get("title", ""), embed.get("description", "")]
            for entry in items(embed.get("fields")):
                parts += [entry["name"], entry["value"]]
            parts.append(_inside(embed, "footer").get("text", ""))
        parts += [one["content"] for one in self.components if one["type"] == _TEXT_DISPLAY]
        return "\n".join(part for part in parts if part)

    @property
    def buttons(self) -> tuple[Button, ...]:
        return tuple(
            Button(
                label=one.get("label", ""),
                custom_id=one.get("custom_id"),
                url=one.get("url"),
                disabled=bool(one.get("disabled")),
                style=one["style"],
                emoji=_inside(one, "emoji").get("name"),
            )
            for one in self.components
            if one["type"] == _BUTTON
        )

    @property
    def selects(self) -> tuple[Select, ...]:
        return tuple(
            Select(
                custom_id=one["custom_id"],
                placeholder=one.get("placeholder"),
                options=tuple(option["value"] for option in items(one.get("options"))),
                disabled=bool(one.get("disabled")),
                labels=tuple(option["label"] for option in items(one.get("options"))),
                chosen=chosen(one),
                minimum=one.get("min_values", 1),
                maximum=one.get("max_values", 1),
            )
            for one in self.components
            if one["type"] in _SELECTS
        )

    @property
    def pictures(self) -> tuple[str, ...]:
        """The links of what embeds, galleries, thumbnails and file components show."""
        shown = [
            _inside(embed, key).get("url") for embed in items(self.raw["embeds"]) for key in ("image", "thumbnail")
        ]
        for one in self.components:
            shown += [_inside(one, key).get("url") for key in ("media", "file")]
            shown += [_inside(entry, "media").get("url") for entry in items(one.get("items"))]
        return tuple(url for url in shown if url)

    @property
    def reply_to(self) -> str | None:
        """The id of the message this one replies to."""
        return _inside(self.raw, "message_reference").get("message_id")


def chosen(select: dict[str, Any]) -> tuple[str, ...]:
    """What a select, radio or checkbox group shows as chosen before anybody touches it."""
    ticked = [option["value"] for option in items(select.get("options")) if option.get("default")]
    return tuple(ticked or [one["id"] for one in items(select.get("default_values"))])


def _walk(components: Any) -> Iterator[dict[str, Any]]:
    for one in items(components):
        yield one
        yield from _walk(one.get("components"))
        if one.get("accessory"):
            yield from _walk([one["accessory"]])


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """Where an interaction stands."""

    id: str
    type: str
    """command, component, autocomplete or modal."""
    command: str | None
    user: str
    channel_id: str
    state: str
    """waiting, acknowledged or failed."""
    sent_at: float
    acknowledged_at: float | None
    latency_ms: float | None
    """Real milliseconds from dispatch to acknowledgement."""
    callback_type: int | None
    deferred: bool
    ephemeral: bool
    response_message_id: str | None
    modal: dict[str, Any] | None
    choices: tuple[dict[str, Any], ...] | None
    error: str | None
    """What the member is shown when the bot did not answer in time."""

    @classmethod
    def read(cls, raw: dict[str, Any]) -> Self:
        choices = raw["choices"]
        return cls(
            id=raw["interaction_id"],
            type=raw["type"],
            command=raw["command"],
            user=raw["user"],
            channel_id=raw["channel_id"],
            state=raw["state"],
            sent_at=raw["sent_at"],
            acknowledged_at=raw["acknowledged_at"],
            latency_ms=raw["latency_ms"],
            callback_type=raw["callback_type"],
            deferred=raw["deferred"],
            ephemeral=raw["ephemeral"],
            response_message_id=raw["response_message_id"],
            modal=raw["modal"],
            choices=None if choices is None else tuple(items(choices)),
            error=raw["error"],
        )

    @property
    def form(self) -> Modal:
        """The modal it was answered with; LookupError when it was not."""
        if self.modal is None:
            raise LookupError("it was not answered with a modal")
        return Modal.read(self.modal)

    @property
    def acknowledged(self) -> bool:
        return self.state == "acknowledged"

    @property
    def failed(self) -> bool:
        return self.state == "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEntry:
    """Something that happened; `message` is there for message_created, message_edited and message_deleted."""

    sequence: int
    time: float
    """Unix seconds of the stand-in's clock."""
    kind: str
    channel: str | None
    channel_id: str | None
    message: Message | None
    interaction: Interaction | None
    raw: dict[str, Any]

    @classmethod
    def read(cls, raw: dict[str, Any]) -> Self:
        message, about = raw.get("message"), raw.get("interaction_id")
        return cls(
            sequence=raw["sequence"],
            time=raw["time"],
            kind=raw["kind"],
            channel=raw.get("channel"),
            channel_id=raw.get("channel_id"),
            message=Message.read(message) if message else None,
            interaction=Interaction.read(raw) if about else None,
            raw=raw,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    name: str
    value: str | float

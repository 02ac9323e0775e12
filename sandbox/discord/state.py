"""The nouns of the stand-in and where they are kept. Plain records: rules live in the modules named after them."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.discord.clock import Timer
from sandbox.discord.forms import Json

TEXT, DM, VOICE, CATEGORY, ANNOUNCEMENT, STAGE, FORUM, MEDIA = 0, 1, 2, 4, 5, 13, 15, 16
ANNOUNCEMENT_THREAD, PUBLIC_THREAD, PRIVATE_THREAD = 10, 11, 12
THREADS = frozenset({ANNOUNCEMENT_THREAD, PUBLIC_THREAD, PRIVATE_THREAD})
THREAD_ONLY = frozenset({FORUM, MEDIA})
VOCAL = frozenset({VOICE, STAGE})
WRITABLE = frozenset({TEXT, DM, ANNOUNCEMENT}) | VOCAL | THREADS
PINNED, REQUIRE_TAG = 1 << 1, 1 << 4
"""Flags of channels: of a post, and of a channel of posts."""

SUPPRESS_EMBEDS, HAS_THREAD, EPHEMERAL, LOADING = 1 << 2, 1 << 5, 1 << 6, 1 << 7
SUPPRESS_NOTIFICATIONS, HAS_SNAPSHOT, IS_COMPONENTS_V2 = 1 << 12, 1 << 14, 1 << 15
DEFAULT, PINNED_MESSAGE, REPLY, CHAT_COMMAND, THREAD_STARTER, MENU_COMMAND = 0, 6, 19, 20, 21, 23
"""Types of messages."""


@dataclass(slots=True, kw_only=True)
class User:
    id: int
    username: str
    name: str
    locale: str = "en-US"
    bot: bool = False
    accepts_direct_messages: bool = True
    nitro: bool = False
    installed_app: bool = False
    """The member installed the application for themselves (a user install)."""


@dataclass(slots=True, kw_only=True)
class Role:
    id: int
    name: str
    permissions: int
    position: int = 0
    mentionable: bool = False
    bot_id: int | None = None


@dataclass(slots=True, kw_only=True)
class Member:
    user_id: int
    joined_at: float
    roles: list[int] = field(default_factory=list[int])
    nick: str | None = None


@dataclass(slots=True, kw_only=True)
class Overwrite:
    id: int
    kind: int
    """0 role, 1 member."""
    allow: int = 0
    deny: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """What posts of a forum or media channel can be filed under."""

    id: int
    name: str
    moderated: bool = False
    """Only who may manage threads sets it."""


@dataclass(slots=True, kw_only=True)
class Channel:
    id: int
    type: int
    name: str
    guild_id: int | None = None
    position: int = 0
    topic: str | None = None
    nsfw: bool = False
    parent_id: int | None = None
    owner_id: int | None = None
    recipient_id: int | None = None
    """The other side of a direct message with the bot."""
    slowmode: int = 0
    """Seconds that members wait between two messages; in a forum or media channel: between two posts."""
    thread_slowmode: int = 0
    """What a new thread gets as its own."""
    spoke_at: dict[int, float] = field(default_factory=dict[int, float])
    """When each user wrote last, and in `opened_at` opened a thread last: what slow mode goes by."""
    opened_at: dict[int, float] = field(default_factory=dict[int, float])
    flags: int = 0
    tags: list[Tag] = field(default_factory=list[Tag])
    """Those there are to choose from; `applied` are the ids of a post's own."""
    applied: list[int] = field(default_factory=list[int])
    archived: bool = False
    locked: bool = False
    invitable: bool = True
    """Whoever is in a private thread may add others, and not its owner and moderators only."""
    archive_minutes: int = 1440
    """How long a thread stays without activity; of a channel: what a new thread gets."""
    archive_changed_at: float = 0.0
    """When the thread was made, archived or unarchived, or got another `archive_minutes`."""
    archiving: Timer | None = None
    joined: dict[int, float] = field(default_factory=dict[int, float])
    """Who is in the thread, since when."""
    total_sent: int = 0
    last_message_id: int | None = None
    last_pin_at: float | None = None
    overwrites: dict[int, Overwrite] = field(default_factory=dict[int, Overwrite])


@dataclass(slots=True, kw_only=True)
class Guild:
    id: int
    name: str
    owner_id: int
    installed: bool = True
    """The application is a member here; without, only user installs reach it."""
    available: bool = True
    """False: an outage; the application is still a member."""
    granted: int = 0
    """The permissions of the bot's own role, now or when it is invited."""
    premium_tier: int = 0
    locale: str = "en-US"
    roles: dict[int, Role] = field(default_factory=dict[int, Role])
    members: dict[int, Member] = field(default_factory=dict[int, Member])


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file that came with a request: `index` is the n of files[n]."""

    index: int
    filename: str
    size: int
    path: Path


@dataclass(slots=True, kw_only=True)
class Attachment:
    id: int
    filename: str
    size: int
    content_type: str
    path: Path
    channel_id: int
    description: str | None = None
    title: str | None = None
    width: int | None = None
    height: int | None = None
    flags: int = 0
    ephemeral: bool = False
    shared: bool = False
    """A forwarded message shows it too."""


@dataclass(slots=True, kw_only=True)
class Message:
    id: int
    channel_id: int
    author_id: int
    created_at: float
    type: int = 0
    content: str = ""
    embeds: list[Json] = field(default_factory=list[Json])
    components: list[Json] = field(default_factory=list[Json])
    attachments: list[Attachment] = field(default_factory=list[Attachment])
    flags: int = 0
    tts: bool = False
    edited_at: float | None = None
    nonce: str | int | None = None
    poll: Json | None = None
    reference: int | None = None
    reference_channel: int | None = None
    forwarded: bool = False
    """A snapshot of what `reference` was; none of its content is this author's."""
    interaction: "Interaction | None" = None
    mentions: list[int] = field(default_factory=list[int])
    mention_roles: list[int] = field(default_factory=list[int])
    mention_everyone: bool = False
    pinged: list[int] = field(default_factory=list[int])
    """Whom this rings for: what allowed_mentions left of the mentions, roles and @everyone resolved to people."""
    only_for: int | None = None
    """Ephemeral: the one member who sees it."""
    pinned_at: float | None = None
    reactions: dict[str, list[int]] = field(default_factory=dict[str, list[int]])
    """Who reacted with which emoji, in the order of coming."""
    late_edits: int = 0
    late_edits_until: float = 0.0


@dataclass(slots=True, kw_only=True)
class Command:
    id: int
    version: int
    guild_id: int | None
    form: Json
    """As registered, with nulls and defaults settled."""

    @property
    def name(self) -> str:
        return str(self.form["name"])

    @property
    def type(self) -> int:
        return int(self.form["type"])


@dataclass(slots=True, kw_only=True)
class Interaction:
    id: int
    token: str
    type: int
    user_id: int
    guild_id: int | None
    channel_id: int
    payload: Json
    sent_at: float
    sent_real: float
    command: str | None = None
    state: str = "waiting"
    """waiting, acknowledged or failed (no answer in time)."""
    acknowledged_real: float | None = None
    callback_type: int | None = None
    ephemeral: bool = False
    original_id: int | None = None
    """The message of @original: the response, or for a component the message it sits on."""
    source_id: int | None = None
    """The message whose component was used."""
    deferred: bool = False
    thinking: bool = False
    """Deferred, and the message still loads (or was deleted while it did)."""
    followups: int = 0
    user_install_only: bool = False
    modal: Json | None = None
    """The form that was shown in answer."""
    modal_closed: bool = False
    """It was sent, and that was answered."""
    choices: list[Json] | None = None
    error: str | None = None
    """What the member is shown when it went wrong."""
    triggered_by: "Interaction | None" = None
    deadline: Timer | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sku:
    """Something the application sells."""

    id: int
    name: str
    type: int
    flags: int


@dataclass(slots=True, kw_only=True)
class Entitlement:
    id: int
    sku_id: int
    type: int
    user_id: int
    guild_id: int | None = None
    starts_at: float | None = None
    ends_at: float | None = None
    consumed: bool = False
    deleted: bool = False
    test: bool = False
    """The application made it itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    id: int
    name: str
    description: str
    token: str
    privileged_intents: int
    owner_id: int
    extras: dict[str, Any] = field(default_factory=dict[str, Any])

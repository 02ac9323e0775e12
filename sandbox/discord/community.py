"""The people and places: a small JSON file becomes guilds, roles, members and channels.

The file (data/community.json is the default and the example) names things; ids may be given, else they are counted
up, the same for the same file. The bot is a member of every guild that is not `"installed": false`, with a managed
role of its own that carries `bot_permissions`.
"""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sandbox.discord import installation, permissions, state
from sandbox.discord.forms import Json, as_list, as_object
from sandbox.discord.world import World

DEFAULT = Path(__file__).parent / "data" / "community.json"
_KINDS = {
    "text": state.TEXT,
    "voice": state.VOICE,
    "category": state.CATEGORY,
    "announcement": state.ANNOUNCEMENT,
    "stage": state.STAGE,
    "forum": state.FORUM,
    "media": state.MEDIA,
    "thread": state.PUBLIC_THREAD,
    "private thread": state.PRIVATE_THREAD,
    "announcement thread": state.ANNOUNCEMENT_THREAD,
}
EVERYONE = (
    *("ADD_REACTIONS", "VIEW_CHANNEL", "SEND_MESSAGES", "SEND_MESSAGES_IN_THREADS", "EMBED_LINKS", "ATTACH_FILES"),
    *("READ_MESSAGE_HISTORY", "USE_EXTERNAL_EMOJIS", "USE_APPLICATION_COMMANDS", "USE_EXTERNAL_APPS"),
    *("CREATE_PUBLIC_THREADS", "CREATE_PRIVATE_THREADS", "SEND_POLLS", "CONNECT"),
)
BOT = (
    "VIEW_CHANNEL",
    "SEND_MESSAGES",
    "SEND_MESSAGES_IN_THREADS",
    "EMBED_LINKS",
    "ATTACH_FILES",
    "READ_MESSAGE_HISTORY",
)
_PRIVILEGED = {"presences": 1 << 8, "members": 1 << 1, "message_content": 1 << 15}
_FIRST_ID = 1_160_000_000_000_000_000
_JOINED = 1_700_000_000.0


def read(path: Path) -> Json:
    """The file's JSON; ValueError with the file's name when it is none."""
    try:
        return as_object(json.loads(path.read_text(encoding="utf-8")))
    except json.JSONDecodeError as error:
        raise ValueError(f"{path}: {error}") from error


def default_token(application_id: int) -> str:
    """A token of the real shape: base64 of the application id, a time stamp's place, a signature's place."""
    head = base64.urlsafe_b64encode(str(application_id).encode()).decode().rstrip("=")
    return f"{head}.Sandbx.{'local-stand-in-'.ljust(38, '0')}"


def application_of(form: Json, token: str | None) -> state.Application:
    about = as_object(form.get("application"))
    application_id = int(about.get("id", _FIRST_ID))
    wanted = [str(name) for name in as_list(about.get("privileged_intents"))]
    return state.Application(
        id=application_id,
        name=str(about.get("name", "Sandbox Bot")),
        description=str(about.get("description", "")),
        token=token or default_token(application_id),
        privileged_intents=sum(_PRIVILEGED[name] for name in wanted),
        owner_id=0,
    )


def settle(world: World, form: Json) -> None:
    """Fill an empty world. KeyError or ValueError when the file contradicts itself."""
    Settlers(world, form).settle()


class Settlers:
    def __init__(self, world: World, form: Json) -> None:
        self.world = world
        self.form = form
        self._ids = _count_up()
        self._people: dict[str, int] = {}

    def settle(self) -> None:
        application = self.world.application
        self.world.users[application.id] = state.User(
            id=application.id, username=_username(application.name), name=application.name, bot=True
        )
        for about in _objects(self.form.get("users")):
            self._user(about)
        for about in _objects(self.form.get("guilds")):
            self._guild(about)

    def _id(self, about: Json) -> int:
        return int(about["id"]) if "id" in about else next(self._ids)

    def _user(self, about: Json) -> int:
        name = str(about["name"])
        user = state.User(
            id=self._id(about),
            username=_username(name),
            name=name,
            locale=str(about.get("locale", "en-US")),
            accepts_direct_messages=bool(about.get("accepts_direct_messages", True)),
            nitro=bool(about.get("nitro", False)),
            installed_app=bool(about.get("installed_app", False)),
        )
        self.world.users[user.id] = user
        self._people[name] = user.id
        return user.id

    def _person(self, name: str) -> int:
        return self._people[name] if name in self._people else self._user({"name": name})

    def _guild(self, about: Json) -> None:
        guild = state.Guild(
            id=self._id(about),
            name=str(about["name"]),
            owner_id=self._person(str(about["owner"])),
            installed=bool(about.get("installed", True)),
            premium_tier=int(about.get("premium_tier", 0)),
            locale=str(about.get("locale", "en-US")),
        )
        self.world.guilds[guild.id] = guild
        everyone = permissions.mask(as_list(about.get("everyone")) or EVERYONE)
        guild.roles[guild.id] = state.Role(id=guild.id, name="@everyone", permissions=everyone)
        for position, role in enumerate(_objects(about.get("roles")), start=1):
            self._role(guild, role, position)
        for name, roles in as_object(about.get("members")).items():
            self._member(guild, self._person(name), [_role_id(guild, role) for role in as_list(roles)])
        guild.granted = permissions.mask(as_list(about.get("bot_permissions")) or BOT)
        if guild.installed:
            installation.join(self.world, guild, guild.granted, joined_at=_JOINED, role_id=next(self._ids))
        for position, entry in enumerate(_objects(about.get("channels"))):
            channel(self.world, guild, {**entry, "id": self._id(entry)}, position)

    def _role(self, guild: state.Guild, about: Json, position: int) -> None:
        role_id = self._id(about)
        guild.roles[role_id] = state.Role(
            id=role_id,
            name=str(about["name"]),
            permissions=permissions.mask(as_list(about.get("permissions"))),
            position=position,
            mentionable=bool(about.get("mentionable", False)),
        )

    def _member(self, guild: state.Guild, user_id: int, roles: list[int]) -> None:
        guild.members[user_id] = state.Member(user_id=user_id, joined_at=_JOINED, roles=roles)


def channel(world: World, guild: state.Guild, about: Json, position: int) -> state.Channel:
    """Open a channel as the file describes one; it has its `id` already. KeyError when it names what is not there."""
    one = state.Channel(
        id=int(about["id"]),
        type=_KINDS[str(about.get("type", "text"))],
        name=str(about["name"]),
        guild_id=guild.id,
        position=position,
        topic=about.get("topic"),
        nsfw=bool(about.get("nsfw", False)),
        slowmode=int(about.get("slowmode", 0)),
        thread_slowmode=int(about.get("thread_slowmode", 0)),
        flags=state.REQUIRE_TAG if about.get("require_tag") else 0,
        tags=[_tag(int(about["id"]) + n, tag) for n, tag in enumerate(_objects(about.get("tags")), start=1)],
        archived=bool(about.get("archived", False)),
        locked=bool(about.get("locked", False)),
        invitable=bool(about.get("invitable", True)),
        archive_minutes=int(about.get("archive_minutes", 1440)),
        archive_changed_at=world.clock.now(),
    )
    if "parent" in about:
        one.parent_id = world.channel_named(str(about["parent"]), guild.id).id
    if one.type in state.THREADS:
        one.owner_id = guild.owner_id
        people = [entry.id for entry in world.users.values() if entry.name in as_list(about.get("members"))]
        one.joined = dict.fromkeys([one.owner_id, *people], world.clock.now())
    for overwrite in _objects(about.get("overwrites")):
        entry = _overwrite(world, guild, overwrite)
        one.overwrites[entry.id] = entry
    world.channels[one.id] = one
    return one


def _tag(tag_id: int, about: Json) -> state.Tag:
    return state.Tag(id=tag_id, name=str(about["name"]), moderated=bool(about.get("moderated", False)))


def _overwrite(world: World, guild: state.Guild, about: Json) -> state.Overwrite:
    target = str(about["for"])
    allow = permissions.mask(as_list(about.get("allow")))
    deny = permissions.mask(as_list(about.get("deny")))
    people = {one.name: one.id for one in world.users.values() if not one.bot}
    if target == "bot" or target in people:
        user_id = world.application.id if target == "bot" else people[target]
        return state.Overwrite(id=user_id, kind=1, allow=allow, deny=deny)
    return state.Overwrite(id=_role_id(guild, target), kind=0, allow=allow, deny=deny)


def _role_id(guild: state.Guild, name: str) -> int:
    for role in guild.roles.values():
        if role.name == name:
            return role.id
    raise KeyError(f"{guild.name} has no role or member {name!r}")


def _objects(value: Any) -> list[Json]:
    return [as_object(item) for item in as_list(value)]


def _username(name: str) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in name.lower())


def _count_up() -> Iterator[int]:
    number = _FIRST_ID
    while True:
        number += 1
        yield number

"""Who is mentioned in a message and for whom it rings (public documentation: resources/message, Allowed Mentions)."""

import re
from dataclasses import dataclass
from typing import Any

from sandbox.discord import permissions, state
from sandbox.discord.forms import Json, Path, Problems, as_list, as_object, boolean, each, one_of, shape, snowflake
from sandbox.discord.world import World

_USER, _ROLE = re.compile(r"<@!?(\d+)>"), re.compile(r"<@&(\d+)>")
_EVERYONE = re.compile(r"@(everyone|here)\b")
_SHAPE = shape(
    {},
    {
        "parse": each(one_of("users", "roles", "everyone")),
        "users": each(snowflake, 0, 100),
        "roles": each(snowflake, 0, 100),
        "replied_user": boolean,
    },
)


def check(value: Any, path: Path, problems: Problems) -> None:
    _SHAPE(value, path, problems)
    allowed = as_object(value)
    for kind in ("users", "roles"):
        if kind in as_list(allowed.get("parse")) and allowed.get(kind):
            problems.add(
                (*path, "parse"),
                "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
                f'parse:["{kind}"] and {kind}: [ids...] are mutually exclusive.',
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """What may ring. None in `users` or `roles` means all of them."""

    users: frozenset[int] | None
    roles: frozenset[int] | None
    everyone: bool
    replied_user: bool


def allowed(form: Json | None, *, from_webhook: bool) -> Allowed:
    """The form, or the default: everything in plain messages, users only in interactions and webhooks."""
    if form is None:
        return Allowed(
            users=None,
            roles=frozenset() if from_webhook else None,
            everyone=not from_webhook,
            replied_user=True,
        )
    parse = as_list(form.get("parse"))
    return Allowed(
        users=None if "users" in parse else _ids(form.get("users")),
        roles=None if "roles" in parse else _ids(form.get("roles")),
        everyone="everyone" in parse,
        replied_user=bool(form.get("replied_user")),
    )


def _ids(value: Any) -> frozenset[int]:
    return frozenset(int(one) for one in as_list(value))


def resolve(world: World, one: state.Message, texts: list[str], rules: Allowed) -> None:
    """Set the mention fields of a message from its texts."""
    text = "\n".join(texts)
    place = world.channels[one.channel_id]
    guild = world.guilds.get(place.guild_id or 0)
    powerful = permissions.allows(world.allowed(place, one.author_id), "MENTION_EVERYONE")
    users = [int(found) for found in _USER.findall(text)]
    users = [user for user in users if user in world.users and (rules.users is None or user in rules.users)]
    replied = world.messages.get(one.reference or 0)
    if replied is not None and rules.replied_user and one.type == 19:  # noqa: PLR2004 - REPLY
        users.append(replied.author_id)
    one.mentions = list(dict.fromkeys(users))
    one.mention_roles, one.mention_everyone = [], False
    people = list(one.mentions)
    if guild is not None:
        found = [int(role) for role in _ROLE.findall(text)]
        one.mention_roles = list(dict.fromkeys(role for role in found if role in guild.roles))
        ringing = [role for role in one.mention_roles if rules.roles is None or role in rules.roles]
        ringing = [role for role in ringing if powerful or guild.roles[role].mentionable]
        people += [who.user_id for who in guild.members.values() if set(who.roles) & set(ringing)]
        one.mention_everyone = bool(_EVERYONE.search(text)) and rules.everyone and powerful
        people += list(guild.members) if one.mention_everyone else []
    hearing = {*people} if one.only_for is None else {one.only_for}
    one.pinged = [user for user in dict.fromkeys(people) if user != one.author_id and user in hearing]

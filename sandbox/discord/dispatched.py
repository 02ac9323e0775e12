"""What gateway events carry, for which the public schema (it knows REST only) has a name."""

from collections.abc import Iterator
from typing import Any, TypeAlias

from sandbox.discord.forms import Json, as_object

Part: TypeAlias = tuple[str, str, Any]
"""Where it stands, the schema's name, the value."""
_WHOLE = {
    "MESSAGE_CREATE": "MessageResponse",
    "MESSAGE_UPDATE": "MessageResponse",
    "CHANNEL_CREATE": "GuildChannelResponse",
    "CHANNEL_UPDATE": "GuildChannelResponse",
    "CHANNEL_DELETE": "GuildChannelResponse",
    "GUILD_CREATE": "GuildResponse",
    "GUILD_UPDATE": "GuildResponse",
    "GUILD_MEMBER_ADD": "GuildMemberResponse",
    "GUILD_MEMBER_UPDATE": "GuildMemberResponse",
    "ENTITLEMENT_CREATE": "EntitlementResponse",
    "ENTITLEMENT_UPDATE": "EntitlementResponse",
    "ENTITLEMENT_DELETE": "EntitlementResponse",
    "THREAD_CREATE": "ThreadResponse",
    "THREAD_UPDATE": "ThreadResponse",
    "THREAD_MEMBER_UPDATE": "ThreadMemberResponse",
}
_INSIDE = {
    "GUILD_ROLE_CREATE": {"role": "GuildRoleResponse"},
    "GUILD_ROLE_UPDATE": {"role": "GuildRoleResponse"},
    "GUILD_MEMBER_REMOVE": {"user": "UserResponse"},
    "MESSAGE_REACTION_ADD": {"member": "GuildMemberResponse", "emoji": "MessageReactionEmojiResponse"},
    "MESSAGE_REACTION_REMOVE": {"emoji": "MessageReactionEmojiResponse"},
    "MESSAGE_REACTION_REMOVE_EMOJI": {"emoji": "MessageReactionEmojiResponse"},
    "INTERACTION_CREATE": {"member": "GuildMemberResponse", "user": "UserResponse", "message": "MessageResponse"},
}
_LISTED = {
    "THREAD_LIST_SYNC": {"threads": "ThreadResponse", "members": "ThreadMemberResponse"},
    "THREAD_MEMBERS_UPDATE": {"added_members": "ThreadMemberResponse"},
}
_RESOLVED = {
    "members": "BasicGuildMemberResponse",
    "users": "UserResponse",
    "roles": "GuildRoleResponse",
    "messages": "MessageResponse",
    "attachments": "AttachmentResponse",
}
_CHANNELS = {1: "PrivateChannelResponse", **dict.fromkeys((10, 11, 12), "ThreadResponse")}


def parts(event: str, data: Json) -> Iterator[Part]:
    """The pieces of an event that the schema can judge."""
    if event in _WHOLE:
        yield event, _WHOLE[event], data
    for key, name in _INSIDE.get(event, {}).items():
        if key in data:
            yield f"{event} {key}", name, data[key]
    for key, name in _LISTED.get(event, {}).items():
        for one in data.get(key, ()):
            yield f"{event} {key}", name, one
    if event == "GUILD_CREATE":
        yield from _of_guild(data)
    if event == "GUILD_MEMBERS_CHUNK":
        for one in data["members"]:
            yield "GUILD_MEMBERS_CHUNK members", "GuildMemberResponse", one
    if event == "INTERACTION_CREATE":
        yield from _of_interaction(data)


def _of_guild(data: Json) -> Iterator[Part]:
    for key, name in (("channels", "GuildChannelResponse"), ("threads", "ThreadResponse")):
        for one in data[key]:
            yield f"GUILD_CREATE {key}", name, {**one, "guild_id": data["id"]}
    for one in data["members"]:
        yield "GUILD_CREATE members", "GuildMemberResponse", one


def _of_interaction(data: Json) -> Iterator[Part]:
    place = as_object(data["channel"])
    yield "INTERACTION_CREATE channel", _CHANNELS.get(place["type"], "GuildChannelResponse"), place
    for one in data["entitlements"]:
        yield "INTERACTION_CREATE entitlements", "EntitlementResponse", one
    resolved = as_object(as_object(data["data"]).get("resolved"))
    for key, name in _RESOLVED.items():
        for one in as_object(resolved.get(key)).values():
            yield f"INTERACTION_CREATE resolved {key}", name, one

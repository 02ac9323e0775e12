"""Reactions to messages (public documentation: resources/message). Emojis come percent-encoded in the path."""

from sandbox.discord import errors, objects, permissions, reactions, state
from sandbox.discord.rest.kit import NOTHING, Call, Reply, get, put
from sandbox.discord.rest.kit import delete as route_delete


def _message(call: Call, *needed: str, changing: bool = True) -> state.Message:
    """The message, where the bot has those permissions; 50083 in an archived thread."""
    world = call.world
    place = world.channel(call.id("channel_id"))
    if not permissions.allows(world.allowed(place, world.application.id), *needed):
        raise errors.missing_permissions()
    found = world.message(place.id, call.id("message_id"))
    if changing and place.archived:
        raise errors.archived_thread()
    return found


def add(call: Call) -> Reply:
    """Who joins in a reaction that is there already needs no ADD_REACTIONS."""
    name = reactions.emoji(call.params["emoji_name"])
    found = _message(call, "READ_MESSAGE_HISTORY")
    if name not in found.reactions:
        _message(call, "ADD_REACTIONS")
    reactions.react(call.world, found, call.world.application.id, name)
    return NOTHING


def take_back(call: Call) -> Reply:
    reactions.take_back(
        call.world, _message(call), call.world.application.id, reactions.emoji(call.params["emoji_name"])
    )
    return NOTHING


def remove(call: Call) -> Reply:
    """Somebody else's."""
    found = _message(call, "MANAGE_MESSAGES")
    reactions.take_back(call.world, found, call.id("user_id"), reactions.emoji(call.params["emoji_name"]))
    return NOTHING


def clear(call: Call) -> Reply:
    found = _message(call, "MANAGE_MESSAGES")
    name = call.params.get("emoji_name")
    reactions.clear(call.world, found, None if name is None else reactions.emoji(name))
    return NOTHING


def listed(call: Call) -> Reply:
    """Who reacted with an emoji, by their ids. Burst reactions (`type` 1) there are none."""
    found = _message(call, "READ_MESSAGE_HISTORY", changing=False)
    limit = call.limit(25, 100)
    users = found.reactions.get(reactions.emoji(call.params["emoji_name"]), [])
    users = [] if call.query.get("type") == "1" else users
    after = call.asked_id("after") or 0
    page = [one for one in sorted(users) if one > after][:limit]
    return Reply(200, [objects.user(call.world.users[one]) for one in page])


_ALL = "/channels/{channel_id}/messages/{message_id}/reactions"
_ONE = f"{_ALL}/{{emoji_name}}"
ROUTES = (
    route_delete(_ALL, clear),
    get(_ONE, listed),
    route_delete(_ONE, clear),
    put(f"{_ONE}/@me", add),
    route_delete(f"{_ONE}/@me", take_back),
    route_delete(f"{_ONE}/{{user_id}}", remove),
)

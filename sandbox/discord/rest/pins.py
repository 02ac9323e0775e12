"""Pinned messages: today's routes, and the deprecated ones that libraries still use (resources/message)."""

from sandbox.discord import errors, objects, permissions, reactions, state, wire
from sandbox.discord.rest.kit import NOTHING, Call, Reply, get, put
from sandbox.discord.rest.kit import delete as route_delete

_MOST = 50
_PINNABLE = frozenset({state.DEFAULT, state.REPLY, state.CHAT_COMMAND, state.MENU_COMMAND})


def _pins(call: Call) -> list[state.Message]:
    """Without the permission to read history there are none."""
    world = call.world
    place = world.channel(call.id("channel_id"))
    if not permissions.allows(world.allowed(place, world.application.id), "READ_MESSAGE_HISTORY"):
        return []
    return reactions.pinned(world, place.id)


def listed(call: Call) -> Reply:
    limit, before = call.limit(_MOST, _MOST), call.asked_moment("before")
    found = [one for one in _pins(call) if before is None or objects.moment(one.pinned_at or 0) < before]
    items = [
        {"pinned_at": objects.moment(one.pinned_at or 0), "message": wire.message(call.world, one)}
        for one in found[:limit]
    ]
    return Reply(200, {"items": items, "has_more": len(found) > limit})


def first_fifty(call: Call) -> Reply:
    return Reply(200, [wire.message(call.world, one) for one in _pins(call)[:_MOST]])


def _message(call: Call) -> state.Message:
    world = call.world
    place = world.channel(call.id("channel_id"))
    if place.guild_id is not None and not permissions.allows(
        world.allowed(place, world.application.id), "PIN_MESSAGES"
    ):
        raise errors.missing_permissions()
    found = world.message(place.id, call.id("message_id"))
    if place.archived:
        raise errors.archived_thread()
    if found.type not in _PINNABLE:
        raise errors.system_message()
    return found


def pin(call: Call) -> Reply:
    reactions.pin(call.world, _message(call), call.world.application.id)
    return NOTHING


def unpin(call: Call) -> Reply:
    reactions.unpin(call.world, _message(call))
    return NOTHING


ROUTES = (
    get("/channels/{channel_id}/messages/pins", listed),
    put("/channels/{channel_id}/messages/pins/{message_id}", pin),
    route_delete("/channels/{channel_id}/messages/pins/{message_id}", unpin),
    get("/channels/{channel_id}/pins", first_fifty),
    put("/channels/{channel_id}/pins/{message_id}", pin),
    route_delete("/channels/{channel_id}/pins/{message_id}", unpin),
)

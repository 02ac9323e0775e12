"""What follows the first answer: followups and @original, by the interaction's token."""

from sandbox.discord import errors, interactions, messages, state, wire
from sandbox.discord.rest.kit import NOTHING, Call, Reply, get, patch, post
from sandbox.discord.rest.kit import delete as route_delete

# Only for interactions of a user install where the application is no member.
_MOST_FOLLOWUPS = 5


def _interaction(call: Call) -> state.Interaction:
    return interactions.answered(call.world, call.id("webhook_id"), call.params["webhook_token"])


def follow_up(call: Call) -> Reply:
    """A further message; straight after a deferral it is (deprecated) the deferred one.

    When that was deleted while it loaded, there is nothing left to answer with (discord-api-docs issue 3087).
    """
    world, one = call.world, _interaction(call)
    if one.thinking:
        return Reply(200, _changed(call, _original(call)))
    if one.user_install_only and one.followups >= _MOST_FOLLOWUPS:
        raise errors.too_many_followups()
    messages.check_sizes(world, world.channels.get(one.channel_id), call.body, one)
    body = messages.draft(call.body, settable=messages.SETTABLE | state.EPHEMERAL, from_webhook=True)
    fresh = interactions.reply_to(world, one, ephemeral=bool(body.flags & state.EPHEMERAL))
    messages.create(world, body, fresh)
    one.followups += 1
    return Reply(200, wire.message(world, fresh))


def _original(call: Call) -> state.Message:
    found = call.world.messages.get(_interaction(call).original_id or 0)
    if found is None:
        raise errors.unknown_message()
    return found


def _target(call: Call) -> state.Message:
    """@original or one of this interaction's followups, ephemeral ones included."""
    if "message_id" not in call.params:
        return _original(call)
    one, found = _interaction(call), call.world.messages.get(call.id("message_id"))
    if found is None or not (found.id == one.original_id or found.interaction is one):
        raise errors.unknown_message()
    return found


def _changed(call: Call, found: state.Message) -> dict[str, object]:
    world = call.world
    if world.channels[found.channel_id].archived:
        raise errors.archived_thread()
    messages.check_sizes(world, world.channels[found.channel_id], call.body, _interaction(call))
    body = messages.draft(call.body, editing=found, from_webhook=True)
    return wire.message(world, messages.edit(world, body, found))


def read(call: Call) -> Reply:
    return Reply(200, wire.message(call.world, _target(call)))


def edit(call: Call) -> Reply:
    return Reply(200, _changed(call, _target(call)))


def remove(call: Call) -> Reply:
    messages.delete(call.world, _target(call))
    return NOTHING


_BASE = "/webhooks/{webhook_id}/{webhook_token}"
ROUTES = (
    post(_BASE, follow_up, public=True),
    get(f"{_BASE}/messages/@original", read, public=True),
    patch(f"{_BASE}/messages/@original", edit, public=True),
    route_delete(f"{_BASE}/messages/@original", remove, public=True),
    get(f"{_BASE}/messages/{{message_id}}", read, public=True),
    patch(f"{_BASE}/messages/{{message_id}}", edit, public=True),
    route_delete(f"{_BASE}/messages/{{message_id}}", remove, public=True),
)

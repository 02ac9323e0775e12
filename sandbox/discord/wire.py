"""Messages and interactions as Discord writes them, and the gateway events that tell of them."""

from collections.abc import Iterator
from typing import Any, cast

from sandbox.discord import objects, state, threads
from sandbox.discord.forms import Json, as_list, as_object
from sandbox.discord.world import Dispatch, World

GUILDS, GUILD_MESSAGES, DIRECT_MESSAGES = 1 << 0, 1 << 9, 1 << 12


def message(world: World, one: state.Message, *, nested: bool = False) -> Json:
    """A message as REST answers it; `nested` leaves the referenced message out."""
    attached = [objects.attachment(world, entry) for entry in one.attachments]
    links = {str(entry["id"]): entry for entry in attached}
    about: Json = {
        "id": str(one.id),
        "channel_id": str(one.channel_id),
        "type": one.type,
        "author": objects.user(world.users[one.author_id]),
        "content": one.content,
        "timestamp": objects.moment(one.created_at),
        "edited_timestamp": None if one.edited_at is None else objects.moment(one.edited_at),
        "tts": one.tts,
        "mention_everyone": one.mention_everyone,
        "mentions": [objects.user(world.users[user_id]) for user_id in one.mentions],
        "mention_roles": [str(role_id) for role_id in one.mention_roles],
        "attachments": _shown_apart(attached, one),
        "embeds": [with_links(entry, links) for entry in one.embeds],
        "components": [with_links(entry, links) for entry in one.components],
        "pinned": one.pinned_at is not None,
        "flags": one.flags,
    }
    if one.reactions:
        about["reactions"] = [_reaction(world, emoji, users) for emoji, users in one.reactions.items()]
    thread = threads.of_message(world, one)
    if thread is not None and not nested:
        about |= {"flags": one.flags | state.HAS_THREAD, "thread": objects.channel(world, thread)}
    if one.nonce is not None:
        about["nonce"] = one.nonce
    if one.poll is not None:
        about["poll"] = one.poll
    if one.interaction is not None:
        about |= _from_interaction(world, one, one.interaction)
    if one.forwarded:
        return _forwarded(world, one, about)
    if one.reference is not None and not nested:
        about |= _reference(world, one, one.reference)
    return about


def _reaction(world: World, emoji: str, users: list[int]) -> Json:
    return {
        "emoji": {"id": None, "name": emoji},
        "count": len(users),
        "count_details": {"burst": 0, "normal": len(users)},
        "burst_colors": [],
        "me_burst": False,
        "me": world.application.id in users,
    }


_SNAPSHOT = (
    *("type", "content", "mentions", "mention_roles", "attachments", "embeds", "timestamp", "edited_timestamp"),
    *("flags", "components"),
)


def _forwarded(world: World, one: state.Message, about: Json) -> Json:
    """What was forwarded stands in a snapshot, the message itself is empty (resources/message, Message Snapshot)."""
    snapshot = {key: about[key] for key in _SNAPSHOT}
    about |= {"content": "", "attachments": [], "embeds": [], "components": []}
    about["message_snapshots"] = [{"message": {**snapshot, "flags": snapshot["flags"] & ~state.HAS_SNAPSHOT}}]
    reference = _reference(world, one, one.reference or 0)["message_reference"]
    return {**about, "message_reference": {**reference, "type": 1}}


def _shown_apart(attached: list[Json], one: state.Message) -> list[Json]:
    """A file that an embed or a component shows is not listed (discord-api-docs issue 8277, pull request 8279)."""
    if not attached:
        return []
    shown = set(_bound_attachments([one.embeds, one.components]))
    return [entry for entry in attached if entry["id"] not in shown]


def _bound_attachments(value: Any) -> Iterator[str]:
    for entry in as_list(value):
        yield from _bound_attachments(entry)
    for key, entry in as_object(value).items():
        if key == "attachment_id":
            yield str(entry)
        yield from _bound_attachments(entry)


def copied(value: Any) -> Any:
    """A copy of JSON, lists and objects anew: what happens to the state afterwards does not change it."""
    if isinstance(value, dict):
        return {key: copied(entry) for key, entry in cast("Json", value).items()}
    if isinstance(value, list):
        return [copied(entry) for entry in cast("list[Any]", value)]
    return value


def with_links(value: Any, links: dict[str, Json]) -> Any:
    """A copy in which media that points at an attachment carries its fresh links."""
    if not links:
        return copied(value)
    if isinstance(value, list):
        return [with_links(entry, links) for entry in as_list(value)]
    if not isinstance(value, dict):
        return value
    entries: Json = {key: with_links(entry, links) for key, entry in as_object(value).items()}
    attached = links.get(str(entries.get("attachment_id")))
    if attached is not None:
        entries |= {key: attached[key] for key in ("url", "proxy_url", "content_type")}
        entries |= {key: attached[key] for key in ("width", "height") if key in attached}
    return entries


def _reference(world: World, one: state.Message, target_id: int) -> Json:
    about: Json = {"type": 0, "message_id": str(target_id), "channel_id": str(one.reference_channel)}
    place = world.channels.get(one.channel_id)
    if place is not None and place.guild_id is not None:
        about["guild_id"] = str(place.guild_id)
    target = world.messages.get(target_id)
    found = None if target is None else message(world, target, nested=True)
    return {"message_reference": about, "referenced_message": found}


def _from_interaction(world: World, one: state.Message, cause: state.Interaction) -> Json:
    about: Json = {
        "application_id": str(world.application.id),
        "webhook_id": str(world.application.id),
        "interaction_metadata": metadata(world, cause, one),
    }
    if cause.type == 2:  # noqa: PLR2004 - APPLICATION_COMMAND
        about["interaction"] = {
            "id": str(cause.id),
            "type": cause.type,
            "name": cause.command,
            "user": objects.user(world.users[cause.user_id]),
        }
    return about


def metadata(world: World, cause: state.Interaction, one: state.Message | None = None) -> Json:
    about: Json = {
        "id": str(cause.id),
        "type": cause.type,
        "user": objects.user(world.users[cause.user_id]),
        "authorizing_integration_owners": cause.payload["authorizing_integration_owners"],
    }
    if cause.command is not None and cause.type == 2:  # noqa: PLR2004
        about["name"] = cause.command
    if one is not None and cause.original_id not in {None, one.id}:
        about["original_response_message_id"] = str(cause.original_id)
    if cause.type == 3:  # noqa: PLR2004 - MESSAGE_COMPONENT
        about["interacted_message_id"] = str(cause.source_id)
    if cause.type == 5 and cause.triggered_by is not None:  # noqa: PLR2004 - MODAL_SUBMIT
        about["triggering_interaction_metadata"] = metadata(world, cause.triggered_by)
    return about


def callback(world: World, one: state.Interaction) -> Json:
    """The answer to `with_response`.

    The public schema knows the resource types 4, 7 and 12 only: a deferred message is reported as the message it made.
    """
    about: Json = {"id": str(one.id), "type": one.type, "channel_id": str(one.channel_id)}
    if one.guild_id is not None:
        about["guild_id"] = str(one.guild_id)
    shown = world.messages.get(one.original_id or 0)
    if shown is None or one.callback_type not in {4, 5, 6, 7}:
        return {"interaction": about}
    about |= {
        "response_message_id": str(shown.id),
        "response_message_loading": bool(shown.flags & state.LOADING),
        "response_message_ephemeral": shown.only_for is not None,
    }
    if one.callback_type == 6:  # noqa: PLR2004 - deferred update
        return {"interaction": about}
    kind = 7 if one.callback_type == 7 else 4  # noqa: PLR2004
    return {"interaction": about, "resource": {"type": kind, "message": message(world, shown)}}


def announce(world: World, one: state.Message, happened: str) -> None:
    """Tell the gateway and the feed that a message was created, edited or deleted.

    Ephemeral messages are tied to the direct messages intent and carry no guild_id or member (public documentation,
    events/gateway-events, Message Create).
    """
    place = world.channels.get(one.channel_id)
    guild_id = place.guild_id if place is not None and one.only_for is None else None
    _record(world, one, happened)
    if guild_id is not None and (place is None or not world.seen_by_bot(place)):
        return
    data: Json
    if happened == "deleted":
        data = {"id": str(one.id), "channel_id": str(one.channel_id)}
    else:
        data = message(world, one)
        author = world.guilds[guild_id].members.get(one.author_id) if guild_id else None
        data |= {"member": objects.bare_member(author)} if author else {}
    name = {"created": "MESSAGE_CREATE", "edited": "MESSAGE_UPDATE", "deleted": "MESSAGE_DELETE"}[happened]
    _tell(world, name, data, guild_id)


def announce_deleted(world: World, place: state.Channel, doomed: list[state.Message]) -> None:
    """Tell of messages of one channel that were deleted together."""
    for one in doomed:
        _record(world, one, "deleted")
    data: Json = {"ids": [str(one.id) for one in doomed], "channel_id": str(place.id)}
    _tell(world, "MESSAGE_DELETE_BULK", data, place.guild_id)


def _record(world: World, one: state.Message, happened: str) -> None:
    if not world.feed.watched:
        return
    place = world.channels.get(one.channel_id)
    world.feed.add(
        f"message_{happened}",
        channel_id=str(one.channel_id),
        channel=place.name if place else None,
        only_for=world.users[one.only_for].name if one.only_for else None,
        message=copied(seen(world, one)),
    )


def _tell(world: World, name: str, data: Json, guild_id: int | None) -> None:
    if guild_id is not None and not world.guilds[guild_id].installed:
        return
    intent = DIRECT_MESSAGES if guild_id is None else GUILD_MESSAGES
    data |= {"guild_id": str(guild_id)} if guild_id else {}
    world.dispatch(Dispatch(name=name, data=data, guild_id=guild_id, intent=intent))


def seen(world: World, one: state.Message) -> Json:
    """A message as the control API shows it: as REST does, and all its files, for whom it rings, who alone sees it."""
    people = [world.users[user_id].name for user_id in one.pinged]
    alone = world.users[one.only_for].name if one.only_for else None
    files = [objects.attachment(world, entry) for entry in one.attachments]
    reacted = {emoji: [str(user_id) for user_id in users] for emoji, users in one.reactions.items()}
    return {
        **message(world, one),
        "files": files,
        "pinged": people,
        "only_for": alone,
        "reacted": reacted,
    }


def hide_content(data: Json, bot_id: int) -> Json:
    """A message without what needs the message content intent: own ones and those that mention the bot keep theirs."""
    mine = as_object(data.get("author")).get("id") == str(bot_id)
    mentioned = any(as_object(one).get("id") == str(bot_id) for one in as_list(data.get("mentions")))
    if mine or mentioned or "content" not in data:
        return data
    return {**data, "content": "", "embeds": [], "attachments": [], "components": []}

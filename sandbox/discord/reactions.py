"""Reactions and pins: what becomes of a message without its being edited."""

import unicodedata

from sandbox.discord import errors, objects, state, wire
from sandbox.discord.forms import Json
from sandbox.discord.world import Dispatch, World

GUILD_REACTIONS, DIRECT_REACTIONS = 1 << 10, 1 << 13
MOST_REACTIONS, MOST_PINS = 20, 250
_KEYCAP = "\u20e3"


def emoji(name: str) -> str:
    """A Unicode emoji; 10014 for anything else, an emoji of a server's own included: the stand-in has none."""
    pictured = any(unicodedata.category(letter) in {"So", "Sk"} for letter in name) or name.endswith(_KEYCAP)
    if not pictured or any(letter.isspace() or letter.isalpha() for letter in name):
        raise errors.unknown_emoji()
    return name


def react(world: World, one: state.Message, user_id: int, name: str) -> None:
    """Add a reaction; a second one of the same user does nothing. 30010 for a twenty-first emoji."""
    if name not in one.reactions and len(one.reactions) >= MOST_REACTIONS:
        raise errors.too_many_reactions()
    users = one.reactions.setdefault(name, [])
    if user_id in users:
        return
    users.append(user_id)
    about: Json = {"user_id": str(user_id), **_about(name), "burst": False, "type": 0}
    about["message_author_id"] = str(one.author_id)
    guild = world.guilds.get(world.channels[one.channel_id].guild_id or 0)
    if guild is not None and user_id in guild.members:
        about["member"] = objects.member(world, guild.members[user_id])
    _tell(world, "MESSAGE_REACTION_ADD", one, about)


def take_back(world: World, one: state.Message, user_id: int, name: str) -> None:
    """10014 when nobody reacted with that emoji."""
    users = one.reactions.get(name)
    if users is None:
        raise errors.unknown_emoji()
    if user_id in users:
        users.remove(user_id)
        if not users:
            del one.reactions[name]
        about = {"user_id": str(user_id), **_about(name), "burst": False, "type": 0}
        _tell(world, "MESSAGE_REACTION_REMOVE", one, about)


def clear(world: World, one: state.Message, name: str | None = None) -> None:
    """Remove all reactions, or all of one emoji."""
    if name is None:
        one.reactions.clear()
        _tell(world, "MESSAGE_REACTION_REMOVE_ALL", one, {})
    else:
        one.reactions.pop(name, None)
        _tell(world, "MESSAGE_REACTION_REMOVE_EMOJI", one, _about(name))


def _about(name: str) -> Json:
    return {"emoji": {"id": None, "name": name}}


def _tell(world: World, event: str, one: state.Message, about: Json) -> None:
    place = world.channels[one.channel_id]
    world.feed.add(event.lower(), channel_id=str(place.id), channel=place.name, message_id=str(one.id), **about)
    if one.only_for is None and world.seen_by_bot(place):
        data = {"channel_id": str(place.id), "message_id": str(one.id), **about}
        data |= {"guild_id": str(place.guild_id)} if place.guild_id else {}
        intent = GUILD_REACTIONS if place.guild_id else DIRECT_REACTIONS
        world.dispatch(Dispatch(name=event, data=data, guild_id=place.guild_id, intent=intent))


def pinned(world: World, channel_id: int) -> list[state.Message]:
    """What is pinned in a channel, the latest pin first."""
    found = [(one.pinned_at, one) for one in world.history(channel_id) if one.pinned_at is not None]
    return [one for _, one in sorted(found, key=lambda entry: (entry[0], entry[1].id), reverse=True)]


def pin(world: World, one: state.Message, user_id: int) -> None:
    """Pin a message, and write into the channel that somebody did. 30003 when there are 250."""
    if one.pinned_at is not None:
        return
    if len(pinned(world, one.channel_id)) >= MOST_PINS:
        raise errors.too_many_pins()
    place = world.channels[one.channel_id]
    one.pinned_at = place.last_pin_at = world.clock.now()
    _tell_pins(world, one)
    note = state.Message(
        id=world.ids.next(), channel_id=place.id, author_id=user_id, created_at=world.clock.now(),
        type=state.PINNED_MESSAGE, reference=one.id, reference_channel=place.id,
    )  # fmt: skip
    world.messages[note.id] = note
    place.last_message_id = note.id
    wire.announce(world, note, "created")


def unpin(world: World, one: state.Message) -> None:
    if one.pinned_at is not None:
        one.pinned_at = None
        left = pinned(world, one.channel_id)
        world.channels[one.channel_id].last_pin_at = left[0].pinned_at if left else None
        _tell_pins(world, one)


def _tell_pins(world: World, one: state.Message) -> None:
    place = world.channels[one.channel_id]
    wire.announce(world, one, "edited")
    if world.seen_by_bot(place):
        last = None if place.last_pin_at is None else objects.moment(place.last_pin_at)
        data: Json = {"channel_id": str(place.id), "last_pin_timestamp": last}
        data |= {"guild_id": str(place.guild_id)} if place.guild_id else {}
        intent = wire.GUILDS if place.guild_id else wire.DIRECT_MESSAGES
        world.dispatch(Dispatch(name="CHANNEL_PINS_UPDATE", data=data, guild_id=place.guild_id, intent=intent))

"""What a member does with commands: use them, type into an option."""

from typing import Any

from sandbox.discord import commandforms, interactions, state, wire
from sandbox.discord.control import lookup, palette
from sandbox.discord.control.kit import Refusal
from sandbox.discord.control.options import Filling
from sandbox.discord.forms import Json, as_object
from sandbox.discord.interactions import Occasion
from sandbox.discord.world import World


def _occasion(world: World, wish: Json) -> Occasion:
    member = lookup.user(world, wish.get("user"))
    place = lookup.channel(world, wish.get("channel"), member=member, inside=wish.get("guild"))
    lookup.seen_by(world, member, place, outage=bool(wish.get("force")))
    if not wish.get("force"):
        lookup.writable(world, member, place)
    return Occasion(user=member, channel=place, locale=str(wish.get("locale") or member.locale))


def invoke(world: World, wish: Json, *, focused: str | None = None) -> state.Interaction:
    """A command with its options, or with `focused` the question for what that option could be."""
    occasion, force = _occasion(world, wish), bool(wish.get("force"))
    name, *path = str(wish.get("command", "")).removeprefix("/").split(" ")
    kind = int(wish.get("type") or commandforms.CHAT_INPUT)
    if kind != commandforms.CHAT_INPUT:
        name, path = " ".join([name, *path]), []
    command = palette.find(world, name, kind, occasion.user, occasion.channel, force=force, scope=wish.get("scope"))
    form, wrappers = palette.leaf(command.form, path)
    filling = Filling(
        world=world, place=occasion.channel, member=occasion.user, force=force, partial=focused is not None
    )
    options = filling.fill(form, as_object(wish.get("options")), focused)
    if focused is not None and not any(one.get("focused") for one in options):
        raise Refusal(404, f"/{name} has no option {focused!r}")
    for wrapper in reversed(wrappers):
        options = [{**wrapper, "options": options}]
    data: Json = {"id": str(command.id), "name": command.name, "type": kind}
    data |= {"options": options} if options else {}
    data |= {"guild_id": str(command.guild_id)} if command.guild_id else {}
    if kind != commandforms.CHAT_INPUT:
        data |= _target(world, kind, wish.get("target"), filling, occasion)
    # What is still being typed comes without resolved data (discord.py: app_commands.Namespace).
    data |= {"resolved": filling.resolved} if filling.resolved and focused is None else {}
    full = " ".join([command.name, *path])
    what = interactions.COMMAND if focused is None else interactions.AUTOCOMPLETE
    return interactions.send(world, occasion, what, data, command=full)


def _target(world: World, kind: int, wanted: Any, filling: Filling, occasion: Occasion) -> Json:
    if kind == commandforms.USER:
        user_option = {"options": [{"name": "target", "type": commandforms.USER_OPTION}]}
        return {"target_id": filling.fill(user_option, {"target": wanted})[0]["value"]}
    one = lookup.message(world, wanted, occasion.user)
    if not filling.force and (one.only_for is not None or one.channel_id != occasion.channel.id):
        raise Refusal(403, "no menu opens there: it is another channel's message, or only one person sees it")
    filling.resolved["messages"] = {str(one.id): wire.message(world, one)}
    return {"target_id": str(one.id)}


def autocomplete(world: World, wish: Json) -> state.Interaction:
    focused = str(wish.get("focused"))
    options = {**as_object(wish.get("options")), focused: wish.get("value", "")}
    return invoke(world, {**wish, "options": options}, focused=focused)


def picked(world: World, wish: Json) -> list[Json]:
    """The command picker of a member."""
    occasion = _occasion(world, wish)
    found = palette.offered(world, occasion.user, occasion.channel)
    return [palette.shown(one, occasion.locale) for one in found]

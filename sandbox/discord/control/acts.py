"""What a member does with commands: use them, type into an option."""

from typing import Any

from sandbox.discord import commandforms, interactions, state, wire
from sandbox.discord.control import lookup, palette
from sandbox.discord.control.kit import Refusal
from sandbox.discord.control.options import Filling
from sandbox.discord.forms import Json, as_object
from sandbox.discord.interactions import Context
from sandbox.discord.world import World


def _context(world: World, body: Json) -> Context:
    member = lookup.user(world, body.get("user"))
    place = lookup.channel(world, body.get("channel"), member=member, inside=body.get("guild"))
    lookup.seen_by(world, member, place, outage=bool(body.get("force")))
    if not body.get("force"):
        lookup.writable(world, member, place)
    return Context(user=member, channel=place, locale=str(body.get("locale") or member.locale))


def invoke(world: World, body: Json, *, focused: str | None = None) -> state.Interaction:
    """A command with its options, or with `focused` the question for what that option could be."""
    context, force = _context(world, body), bool(body.get("force"))
    name, *path = str(body.get("command", "")).removeprefix("/").split(" ")
    kind = int(body.get("type") or commandforms.CHAT_INPUT)
    if kind != commandforms.CHAT_INPUT:
        name, path = " ".join([name, *path]), []
    command = palette.find(world, name, kind, context.user, context.channel, force=force, scope=body.get("scope"))
    form, wrappers = palette.leaf(command.form, path)
    filling = Filling(world=world, place=context.channel, member=context.user, force=force, partial=focused is not None)
    options = filling.fill(form, as_object(body.get("options")), focused)
    if focused is not None and not any(one.get("focused") for one in options):
        raise Refusal(404, f"/{name} has no option {focused!r}")
    for wrapper in reversed(wrappers):
        options = [{**wrapper, "options": options}]
    data: Json = {"id": str(command.id), "name": command.name, "type": kind}
    data |= {"options": options} if options else {}
    data |= {"guild_id": str(command.guild_id)} if command.guild_id else {}
    if kind != commandforms.CHAT_INPUT:
        data |= _target(world, kind, body.get("target"), filling, context)
    # What is still being typed comes without resolved data (discord.py: app_commands.Namespace).
    data |= {"resolved": filling.resolved} if filling.resolved and focused is None else {}
    full = " ".join([command.name, *path])
    what = interactions.COMMAND if focused is None else interactions.AUTOCOMPLETE
    return interactions.send(world, context, what, data, command=full)


def _target(world: World, kind: int, wanted: Any, filling: Filling, context: Context) -> Json:
    if kind == commandforms.USER:
        user_option = {"options": [{"name": "target", "type": commandforms.USER_OPTION}]}
        return {"target_id": filling.fill(user_option, {"target": wanted})[0]["value"]}
    one = lookup.message(world, wanted, context.user)
    if not filling.force and (one.only_for is not None or one.channel_id != context.channel.id):
        raise Refusal(403, "no menu opens there: it is another channel's message, or only one person sees it")
    filling.resolved["messages"] = {str(one.id): wire.message(world, one)}
    return {"target_id": str(one.id)}


def autocomplete(world: World, body: Json) -> state.Interaction:
    focused = str(body.get("focused"))
    options = {**as_object(body.get("options")), focused: body.get("value", "")}
    return invoke(world, {**body, "options": options}, focused=focused)


def picked(world: World, body: Json) -> list[Json]:
    """The command picker of a member."""
    context = _context(world, body)
    found = palette.offered(world, context.user, context.channel)
    return [palette.shown(one, context.locale) for one in found]

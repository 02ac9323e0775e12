"""What a member does: use a command, type into an option, press, submit, write."""

from typing import Any

from sandbox.discord import commandforms, components, interactions, messages, modals, permissions, state, wire
from sandbox.discord.control import lookup, palette
from sandbox.discord.control.options import Filling
from sandbox.discord.control.refusals import Refusal
from sandbox.discord.forms import Json, as_list, as_object
from sandbox.discord.interactions import Occasion
from sandbox.discord.uploads import Body
from sandbox.discord.world import World

_PICKS = {
    5: commandforms.USER_OPTION,
    6: commandforms.ROLE,
    7: commandforms.MENTIONABLE,
    8: commandforms.CHANNEL,
}


def _occasion(world: World, wish: Json) -> Occasion:
    member = lookup.user(world, wish.get("user"))
    place = lookup.channel(world, wish.get("channel"), member=member, inside=wish.get("guild"))
    lookup.seen_by(world, member, place)
    return Occasion(user=member, channel=place, locale=str(wish.get("locale") or member.locale))


def invoke(world: World, wish: Json, *, focused: str | None = None) -> state.Interaction:
    """A command with its options, or with `focused` the question for what that option could be."""
    occasion, force = _occasion(world, wish), bool(wish.get("force"))
    name, *path = str(wish.get("command", "")).removeprefix("/").split(" ")
    kind = int(wish.get("type") or commandforms.CHAT_INPUT)
    if kind != commandforms.CHAT_INPUT:
        name, path = " ".join([name, *path]), []
    command = palette.find(world, name, kind, occasion.user, occasion.channel, force=force)
    form, wrappers = palette.leaf(command.form, path)
    filling = Filling(world=world, place=occasion.channel, force=force or focused is not None)
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
    data |= {"resolved": filling.resolved} if filling.resolved else {}
    full = " ".join([command.name, *path])
    what = interactions.COMMAND if focused is None else interactions.AUTOCOMPLETE
    return interactions.send(world, occasion, what, data, command=full)


def _target(world: World, kind: int, wanted: Any, filling: Filling, occasion: Occasion) -> Json:
    if kind == commandforms.USER:
        user_option = {"options": [{"name": "target", "type": commandforms.USER_OPTION}]}
        return {"target_id": filling.fill(user_option, {"target": wanted})[0]["value"]}
    one = lookup.message(world, wanted, occasion.user)
    filling.resolved["messages"] = {str(one.id): wire.message(world, one)}
    return {"target_id": str(one.id)}


def autocomplete(world: World, wish: Json) -> state.Interaction:
    focused = str(wish.get("focused"))
    options = {**as_object(wish.get("options")), focused: wish.get("value", "")}
    return invoke(world, {**wish, "options": options}, focused=focused)


def press(world: World, wish: Json) -> state.Interaction:
    """Use a button or select of a message the member sees, found by custom_id, label or position."""
    member = lookup.user(world, wish.get("user"))
    one = lookup.message(world, wish.get("message_id"), member)
    component = _component(one, wish)
    if not wish.get("force"):
        _usable(component)
    place = world.channels[one.channel_id]
    occasion = Occasion(user=member, channel=place, locale=str(wish.get("locale") or member.locale))
    data: Json = {
        "component_type": component["type"], "custom_id": component["custom_id"], "id": component["id"],
    }  # fmt: skip
    if component["type"] in components.SELECTS:
        data |= _selected(world, place, component, as_list(wish.get("values")), force=bool(wish.get("force")))
    return interactions.send(world, occasion, interactions.COMPONENT, data, source=one)


def _component(one: state.Message, wish: Json) -> Json:
    kinds = {components.BUTTON, *components.SELECTS}
    usable = [item for item in components.walk(one.components) if item["type"] in kinds]
    if wish.get("custom_id") is not None:
        fits = [item for item in usable if item.get("custom_id") == wish["custom_id"]]
    elif wish.get("label") is not None:
        fits = [item for item in usable if wish["label"] in {item.get("label"), item.get("placeholder")}]
    else:
        fits = usable[int(wish.get("index") or 0) :]
    if not fits:
        labels = [item.get("label") or item.get("placeholder") or item.get("custom_id") for item in usable]
        raise Refusal(404, f"the message has no such component; it has {labels}")
    return fits[0]


def _usable(component: Json) -> None:
    if component.get("disabled"):
        raise Refusal(403, "it is disabled")
    if not component.get("custom_id"):
        raise Refusal(400, f"it leads elsewhere: {component.get('url') or 'the store'}")


def _selected(world: World, place: state.Channel, component: Json, values: list[Any], *, force: bool) -> Json:
    low, high = component.get("min_values", 1), component.get("max_values", 1)
    if not force and not low <= len(values) <= high:
        raise Refusal(400, f"takes {low} to {high} values")
    if component["type"] == components.STRING_SELECT:
        known = [as_object(option)["value"] for option in as_list(component["options"])]
        if not force and any(value not in known for value in values):
            raise Refusal(400, f"not one of {known}")
        return {"values": values}
    filling = Filling(world=world, place=place, force=force)
    option = {"name": "value", "type": _PICKS[component["type"]], "channel_types": component.get("channel_types")}
    picked = [filling.fill({"options": [option]}, {"value": value})[0]["value"] for value in values]
    return {"values": picked, "resolved": filling.resolved}


def submit(world: World, wish: Json) -> state.Interaction:
    """Send the modal an interaction was answered with; `values` by custom_id, uploads as lists of files."""
    asked = lookup.interaction(world, wish.get("interaction_id"))
    if asked.modal is None:
        raise Refusal(409, "that interaction shows no modal")
    member = lookup.user(world, wish.get("user") or asked.user_id)
    place = world.channels[asked.channel_id]
    values, force = dict(as_object(wish.get("values"))), bool(wish.get("force"))
    problems = modals.complaints(asked.modal, values)
    if problems and not force:
        raise Refusal(400, "the client would not send this", problems)
    filling = Filling(world=world, place=place, force=force)
    for field in modals.fields(asked.modal["components"]):
        given = values.get(field["custom_id"])
        if field["type"] == modals.FILE_UPLOAD and given is not None:
            values[field["custom_id"]] = [filling.attachment(one) for one in as_list(given)]
    data: Json = {"custom_id": asked.modal["custom_id"], "components": modals.submission(asked.modal, values)}
    data |= {"resolved": filling.resolved} if filling.resolved else {}
    occasion = Occasion(user=member, channel=place, locale=str(wish.get("locale") or member.locale))
    source = world.messages.get(asked.source_id or 0)
    return interactions.send(
        world, occasion, interactions.MODAL_SUBMIT, data, source=source, triggered_by=asked, command=asked.command
    )


def write(world: World, wish: Json) -> state.Message:
    """A member's own message."""
    occasion = _occasion(world, wish)
    if not permissions.allows(world.allowed(occasion.channel, occasion.user.id), "SEND_MESSAGES"):
        raise Refusal(403, f"{occasion.user.name} cannot write in #{occasion.channel.name}")
    fresh = state.Message(
        id=world.ids.next(), channel_id=occasion.channel.id, author_id=occasion.user.id, created_at=world.clock.now()
    )
    filling = Filling(world=world, place=occasion.channel)
    files = [world.attachments[int(filling.attachment(one))] for one in as_list(wish.get("attachments"))]
    for one in files:
        one.ephemeral = False
    fresh.attachments = files
    form = {"content": wish.get("content") or ("\u200b" if files else "")}
    made = messages.create(world, messages.draft(Body(json=form)), fresh, silent=True)
    made.attachments = files
    wire.announce(world, made, "created")
    return made


def picked(world: World, wish: Json) -> list[Json]:
    """The command picker of a member."""
    occasion = _occasion(world, wish)
    found = palette.offered(world, occasion.user, occasion.channel)
    return [palette.shown(one, occasion.locale) for one in found]

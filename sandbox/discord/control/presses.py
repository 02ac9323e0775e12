"""A member uses what stands below a message: buttons and selects."""

from sandbox.discord import components, interactions, state
from sandbox.discord.control import lookup, picks
from sandbox.discord.control.kit import Refusal
from sandbox.discord.control.options import Filling
from sandbox.discord.forms import Json, as_list
from sandbox.discord.interactions import Context
from sandbox.discord.world import World

_USABLE = {components.BUTTON, *components.SELECTS}


def press(world: World, body: Json) -> state.Interaction:
    """Use a button or select of a message the member sees, found by custom_id, label or position."""
    member = lookup.user(world, body.get("user"))
    one = lookup.message(world, body.get("message_id"), member)
    component, force = _component(one, body), bool(body.get("force"))
    if not force:
        _usable(component)
    place = world.channels[one.channel_id]
    context = Context(user=member, channel=place, locale=str(body.get("locale") or member.locale))
    data: Json = {
        "component_type": component["type"], "custom_id": component["custom_id"], "id": component["id"],
    }  # fmt: skip
    if component["type"] in components.SELECTS:
        filling = Filling(world=world, place=place, member=member, force=force)
        data["values"], problem = picks.pick(filling, component, as_list(body.get("values")))
        if problem and not force:
            raise Refusal(400, problem)
        data |= {"resolved": filling.resolved} if filling.resolved else {}
    return interactions.send(world, context, interactions.COMPONENT, data, source=one)


def _component(one: state.Message, body: Json) -> Json:
    usable = [item for item in components.walk(one.components) if item["type"] in _USABLE]
    if body.get("component") is not None:
        fits = [item for item in usable if body["component"] in _names(item)]
    elif body.get("custom_id") is not None:
        fits = [item for item in usable if item.get("custom_id") == body["custom_id"]]
    elif body.get("label") is not None:
        fits = [item for item in usable if body["label"] in _names(item) - {item.get("custom_id")}]
    else:
        fits = usable[int(body.get("index") or 0) :]
    if not fits:
        labels = [item.get("label") or item.get("placeholder") or item.get("custom_id") for item in usable]
        raise Refusal(404, f"the message has no such component; it has {labels}")
    return fits[0]


def _names(item: Json) -> set[str | None]:
    return {item.get("custom_id"), item.get("label"), item.get("placeholder")}


def _usable(component: Json) -> None:
    if component.get("disabled"):
        raise Refusal(403, "it is disabled")
    if not component.get("custom_id"):
        raise Refusal(400, f"it leads elsewhere: {component.get('url') or 'the store'}")

"""A member uses what stands below a message: buttons and selects."""

from sandbox.discord import components, interactions, state
from sandbox.discord.control import lookup, picks
from sandbox.discord.control.kit import Refusal
from sandbox.discord.control.options import Filling
from sandbox.discord.forms import Json, as_list
from sandbox.discord.interactions import Occasion
from sandbox.discord.world import World

_USABLE = {components.BUTTON, *components.SELECTS}


def press(world: World, wish: Json) -> state.Interaction:
    """Use a button or select of a message the member sees, found by custom_id, label or position."""
    member = lookup.user(world, wish.get("user"))
    one = lookup.message(world, wish.get("message_id"), member)
    component, force = _component(one, wish), bool(wish.get("force"))
    if not force:
        _usable(component)
    place = world.channels[one.channel_id]
    occasion = Occasion(user=member, channel=place, locale=str(wish.get("locale") or member.locale))
    data: Json = {
        "component_type": component["type"], "custom_id": component["custom_id"], "id": component["id"],
    }  # fmt: skip
    if component["type"] in components.SELECTS:
        filling = Filling(world=world, place=place, member=member, force=force)
        data["values"], problem = picks.pick(filling, component, as_list(wish.get("values")))
        if problem and not force:
            raise Refusal(400, problem)
        data |= {"resolved": filling.resolved} if filling.resolved else {}
    return interactions.send(world, occasion, interactions.COMPONENT, data, source=one)


def _component(one: state.Message, wish: Json) -> Json:
    usable = [item for item in components.walk(one.components) if item["type"] in _USABLE]
    if wish.get("component") is not None:
        fits = [item for item in usable if wish["component"] in _names(item)]
    elif wish.get("custom_id") is not None:
        fits = [item for item in usable if item.get("custom_id") == wish["custom_id"]]
    elif wish.get("label") is not None:
        fits = [item for item in usable if wish["label"] in _names(item) - {item.get("custom_id")}]
    else:
        fits = usable[int(wish.get("index") or 0) :]
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

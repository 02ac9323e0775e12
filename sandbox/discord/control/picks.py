"""What a member chooses in selects, radio groups and checkboxes, called by label or by name."""

from collections.abc import Sequence
from typing import Any

from sandbox.discord import commandforms, modals
from sandbox.discord.control.kit import Refusal
from sandbox.discord.control.options import Filling
from sandbox.discord.forms import Json, as_list, as_object

_PEOPLE = {
    5: commandforms.USER_OPTION,
    6: commandforms.ROLE,
    7: commandforms.MENTIONABLE,
    8: commandforms.CHANNEL,
}


def pick(filling: Filling, component: Json, wanted: Sequence[Any]) -> tuple[list[str], str | None]:
    """The values that are sent for what was chosen, and what the client would say against it."""
    kind = component["type"]
    if kind in _PEOPLE:
        values, problem = _by_name(filling, component, wanted)
    else:
        values, problem = _by_label(component, wanted)
    low, high = bounds(component)
    optional = not component.get("required", True) and not values
    if not low <= len(values) <= high and not optional:
        problem = f"takes {low} to {high} values"
    elif len(set(values)) != len(values):
        problem = "the same twice"
    return values, problem


def bounds(component: Json) -> tuple[int, int]:
    """How many values a component takes."""
    options = as_list(component.get("options"))
    most = len(options) if component["type"] == modals.CHECKBOXES else 1
    return component.get("min_values", 1), component.get("max_values", most)


def _by_label(component: Json, wanted: Sequence[Any]) -> tuple[list[str], str | None]:
    options = [as_object(option) for option in as_list(component["options"])]
    labels = {option["label"]: option["value"] for option in options}
    known = [option["value"] for option in options]
    values = [str(one) if one in known else str(labels.get(one, one)) for one in wanted]
    return values, None if set(values) <= set(known) else f"not one of {known}"


def _by_name(filling: Filling, component: Json, wanted: Sequence[Any]) -> tuple[list[str], str | None]:
    """Selects of people list the members of the guild only."""
    guild = filling.world.guilds.get(filling.place.guild_id or 0)
    values: list[str] = []
    trouble: str | None = None
    for one in wanted:
        try:
            value, problem = filling.named(_PEOPLE[component["type"]], one, as_list(component.get("channel_types")))
        except Refusal as refusal:
            value, problem = str(one), refusal.error
        person = value in filling.resolved.get("users", {})
        if guild is not None and person and int(value) not in guild.members:
            problem = "is no member here"
        values.append(value)
        trouble = trouble or problem
    return values, trouble


def shown(component: Json) -> list[Any]:
    """What is chosen before anybody touches it. A field that means nothing to its type may hold anything."""
    if component["type"] in _PEOPLE:
        return [as_object(one)["id"] for one in as_list(component.get("default_values"))]
    if component["type"] == modals.FILE_UPLOAD:
        return []
    options = [as_object(one) for one in as_list(component["options"])]
    return [option["value"] for option in options if option.get("default")]

"""What goes wrong on purpose: faults, messages that vanish, links that run out."""

from dataclasses import fields
from typing import Any

from sandbox.discord import messages
from sandbox.discord.control.refusals import Refusal
from sandbox.discord.faults import Fault
from sandbox.discord.forms import Json
from sandbox.discord.world import World

_SETTABLE = {one.name for one in fields(Fault)} - {"id", "hits"}


def fault(wish: Json) -> Fault:
    """A fault from its JSON; an unknown field is refused, a typo would silently break nothing."""
    unknown = wish.keys() - _SETTABLE
    if unknown or "route" not in wish:
        raise Refusal(400, f"a fault has a route and any of {sorted(_SETTABLE)}; not {sorted(unknown)}")
    given: dict[str, Any] = dict(wish)
    return Fault(**given)


def delete_message(world: World, message_id: str) -> None:
    one = world.messages.get(int(message_id) if message_id.isdecimal() else 0)
    if one is None:
        raise Refusal(404, f"no message {message_id}")
    messages.delete(world, one)


def set_cdn(world: World, wish: Json) -> Json:
    """How many seconds links to attachments are good (those made from now on), and files of options and modals stay."""
    world.link_seconds = float(wish.get("link_seconds", world.link_seconds))
    world.ephemeral_seconds = float(wish.get("ephemeral_seconds", world.ephemeral_seconds))
    return {"link_seconds": world.link_seconds, "ephemeral_seconds": world.ephemeral_seconds}

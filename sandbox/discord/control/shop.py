"""Members buy, subscriptions run out, purchases are refunded."""

from sandbox.discord import entitlements, state
from sandbox.discord.control import lookup
from sandbox.discord.control.kit import Refusal
from sandbox.discord.forms import Json
from sandbox.discord.world import World

_KINDS = {
    "durable": entitlements.DURABLE,
    "consumable": entitlements.CONSUMABLE,
    "subscription": entitlements.SUBSCRIPTION,
}


def offer(world: World, body: Json) -> Json:
    """A new SKU: `name`, `type`, and for a subscription `owner`: whose it is, "user" or "guild"."""
    kind = _KINDS.get(str(body.get("type")))
    if kind is None:
        raise Refusal(400, f"type is one of {', '.join(_KINDS)}")
    flags = entitlements.AVAILABLE
    if kind == entitlements.SUBSCRIPTION:
        for_guild = body.get("owner") == "guild"
        flags |= entitlements.GUILD_SUBSCRIPTION if for_guild else entitlements.USER_SUBSCRIPTION
    one = state.Sku(id=world.ids.next(), name=str(body.get("name", "Offer")), type=kind, flags=flags)
    world.skus[one.id] = one
    return entitlements.sku(world, one)


def buy(world: World, body: Json) -> Json:
    """`user` buys `sku` (a name or id), a subscription for guilds for `guild`. 409 while they still have one."""
    user = lookup.user(world, body.get("user"))
    item = next((one for one in world.skus.values() if str(body.get("sku")) in {one.name, str(one.id)}), None)
    if item is None:
        raise Refusal(404, f"nothing is sold as {body.get('sku')!r}")
    for_guild = bool(item.flags & entitlements.GUILD_SUBSCRIPTION)
    guild_id = lookup.guild(world, body.get("guild")).id if for_guild else None
    if any(one.sku_id == item.id for one in entitlements.in_force(world, user.id, guild_id)):
        raise Refusal(409, f"{user.name} has one already, neither over nor consumed")
    return entitlements.entitlement(world, entitlements.grant(world, item, user.id, guild_id))


def listed(world: World) -> list[Json]:
    return [entitlements.entitlement(world, one) for one in world.entitlements.values()]


def end(world: World, wanted: str) -> Json:
    one = _found(world, wanted)
    entitlements.end(world, one)
    return entitlements.entitlement(world, one)


def refund(world: World, wanted: str) -> Json:
    one = _found(world, wanted)
    entitlements.remove(world, one)
    return entitlements.entitlement(world, one)


def _found(world: World, wanted: str) -> state.Entitlement:
    one = world.entitlements.get(int(wanted) if wanted.isdecimal() else 0)
    if one is None or one.deleted:
        raise Refusal(404, f"no entitlement {wanted}")
    return one

"""What somebody bought: entitlements to the application's SKUs (public documentation: resources/entitlement, /sku)."""

from sandbox.discord import errors, objects, state
from sandbox.discord.forms import Json
from sandbox.discord.world import Dispatch, World

DURABLE, CONSUMABLE, SUBSCRIPTION = 2, 3, 5
AVAILABLE, GUILD_SUBSCRIPTION, USER_SUBSCRIPTION = 1 << 2, 1 << 7, 1 << 8
PURCHASE, TEST_MODE_PURCHASE, APPLICATION_SUBSCRIPTION = 1, 4, 8


def sku(world: World, one: state.Sku) -> Json:
    return {
        "id": str(one.id),
        "type": one.type,
        "dependent_sku_id": None,
        "application_id": str(world.application.id),
        "manifest_labels": None,
        "access_type": 1,
        "name": one.name,
        "features": [],
        "release_date": None,
        "premium": False,
        "slug": one.name.lower().replace(" ", "-"),
        "flags": one.flags,
        "show_age_gate": False,
    }


def entitlement(world: World, one: state.Entitlement) -> Json:
    about: Json = {
        "id": str(one.id),
        "sku_id": str(one.sku_id),
        "application_id": str(world.application.id),
        "user_id": str(one.user_id),
        "type": one.type,
        "deleted": one.deleted,
        "starts_at": None if one.starts_at is None else objects.moment(one.starts_at),
        "ends_at": None if one.ends_at is None else objects.moment(one.ends_at),
    }
    about |= {"guild_id": str(one.guild_id)} if one.guild_id is not None else {}
    return {**about, "consumed": one.consumed} if world.skus[one.sku_id].type == CONSUMABLE else about


def ended(world: World, one: state.Entitlement) -> bool:
    return one.ends_at is not None and one.ends_at <= world.clock.now()


def in_force(world: World, user_id: int, guild_id: int | None) -> list[state.Entitlement]:
    """What an interaction of that user in that guild carries: theirs and the guild's, neither over nor consumed."""
    return [
        one
        for one in world.entitlements.values()
        if (one.user_id == user_id if one.guild_id is None else one.guild_id == guild_id)
        and not (one.deleted or one.consumed or ended(world, one))
    ]


def grant(
    world: World, item: state.Sku, user_id: int, guild_id: int | None = None, *, test: bool = False
) -> state.Entitlement:
    """Somebody bought it, or the application made itself a test of it, which never ends."""
    kind = APPLICATION_SUBSCRIPTION if item.type == SUBSCRIPTION else TEST_MODE_PURCHASE if test else PURCHASE
    one = state.Entitlement(
        id=world.ids.next(), sku_id=item.id, user_id=user_id, guild_id=guild_id, type=kind, test=test,
        starts_at=world.clock.now() if item.type == SUBSCRIPTION and not test else None,
    )  # fmt: skip
    world.entitlements[one.id] = one
    _tell(world, "ENTITLEMENT_CREATE", one)
    return one


def consume(world: World, one: state.Entitlement) -> None:
    """40018 when it is none of the kind that is used up."""
    if world.skus[one.sku_id].type != CONSUMABLE:
        raise errors.not_consumable()
    one.consumed = True


def end(world: World, one: state.Entitlement) -> None:
    """A subscription runs out."""
    one.ends_at = world.clock.now()
    _tell(world, "ENTITLEMENT_UPDATE", one)


def remove(world: World, one: state.Entitlement) -> None:
    """A refund, or a test that is over."""
    one.deleted = True
    _tell(world, "ENTITLEMENT_DELETE", one)


def _tell(world: World, name: str, one: state.Entitlement) -> None:
    """Only the first shard hears of them, those of guilds too (events/gateway, "Sharding")."""
    world.dispatch(Dispatch(name=name, data=entitlement(world, one)))

"""SKUs and entitlements."""

from sandbox.discord import entitlements, errors, state
from sandbox.discord.forms import integer, one_of, shape, snowflake, validate
from sandbox.discord.rest.kit import NOTHING, Call, Reply, get, post
from sandbox.discord.rest.kit import delete as route_delete

_TEST = shape({"sku_id": snowflake, "owner_id": snowflake, "owner_type": one_of(1, 2)})
_GUILD = 1


def _own(call: Call) -> None:
    if call.id("application_id") != call.world.application.id:
        raise errors.missing_access()


def skus(call: Call) -> Reply:
    _own(call)
    return Reply(200, [entitlements.sku(call.world, one) for one in call.world.skus.values()])


def listed(call: Call) -> Reply:
    """Newest last; deleted ones only when `exclude_deleted` is false."""
    _own(call)
    world = call.world
    raw = call.query.get("limit", "100")
    limit = int(raw) if raw.isdecimal() else 0
    validate(shape({"limit": integer(1, 100)}), {"limit": limit})
    user, guild, before, after = (call.asked_id(name) for name in ("user_id", "guild_id", "before", "after"))
    wanted = {int(one) for one in call.query.get("sku_ids", "").split(",") if one.isdecimal()}
    found = [
        one
        for one in world.entitlements.values()
        if user in {None, one.user_id}
        and guild in {None, one.guild_id}
        and (not wanted or one.sku_id in wanted)
        and (before is None or one.id < before)
        and (after is None or one.id > after)
        and not (call.asked("exclude_ended") and entitlements.ended(world, one))
        and not (one.deleted and call.query.get("exclude_deleted", "true") not in {"false", "0"})
    ]
    found = found[-limit:] if before is not None else found[:limit]
    return Reply(200, [entitlements.entitlement(world, one) for one in found])


def _found(call: Call) -> state.Entitlement:
    _own(call)
    one = call.world.entitlements.get(call.id("entitlement_id"))
    if one is None or one.deleted:
        raise errors.unknown_entitlement()
    return one


def read(call: Call) -> Reply:
    return Reply(200, entitlements.entitlement(call.world, _found(call)))


def consume(call: Call) -> Reply:
    entitlements.consume(call.world, _found(call))
    return NOTHING


def create_test(call: Call) -> Reply:
    _own(call)
    validate(_TEST, call.form)
    world = call.world
    item = world.skus.get(int(call.form["sku_id"]))
    if item is None:
        raise errors.unknown_sku()
    owner = int(call.form["owner_id"])
    if call.form["owner_type"] == _GUILD:
        # The schema requires a user; the documentation does not tell which.
        made = entitlements.grant(world, item, world.guild(owner).owner_id, owner, test=True)
    elif owner in world.users:
        made = entitlements.grant(world, item, owner, test=True)
    else:
        raise errors.unknown_user()
    return Reply(200, entitlements.entitlement(world, made))


def remove_test(call: Call) -> Reply:
    one = _found(call)
    if not one.test:
        raise errors.no_test_entitlement()
    entitlements.remove(call.world, one)
    return NOTHING


_BASE = "/applications/{application_id}/entitlements"
ROUTES = (
    get("/applications/{application_id}/skus", skus),
    get(_BASE, listed),
    post(_BASE, create_test),
    get(f"{_BASE}/{{entitlement_id}}", read),
    post(f"{_BASE}/{{entitlement_id}}/consume", consume),
    route_delete(f"{_BASE}/{{entitlement_id}}", remove_test),
)

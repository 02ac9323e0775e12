"""Registering application commands, globally and per guild."""

from sandbox.discord import commandforms, errors, state
from sandbox.discord.forms import Json, Problems, as_list, as_object, each, validate
from sandbox.discord.rest.kit import NOTHING, Call, Reply, get, patch, post, put
from sandbox.discord.rest.kit import delete as route_delete
from sandbox.discord.world import World

_DAY = 24 * 3600
_MOST_CREATES = 200
_MOST = {commandforms.CHAT_INPUT: 100, commandforms.USER: 15, commandforms.MESSAGE: 15}


def _scope(call: Call) -> int | None:
    """The guild in the path, None for global. 50001 for another application or a guild without the bot."""
    if call.id("application_id") != call.world.application.id:
        raise errors.missing_access()
    if "guild_id" not in call.params:
        return None
    guild = call.world.guilds.get(call.id("guild_id"))
    if guild is None or not guild.installed:
        raise errors.missing_access()
    return guild.id


def _in_scope(world: World, guild_id: int | None) -> list[state.Command]:
    return [one for one in world.commands.values() if one.guild_id == guild_id]


def _shown(world: World, one: state.Command, *, localizations: bool = True) -> Json:
    about: Json = {
        "id": str(one.id),
        "application_id": str(world.application.id),
        "version": str(one.version),
        **one.form,
    }
    if one.guild_id is not None:
        about["guild_id"] = str(one.guild_id)
        about = {key: entry for key, entry in about.items() if key not in {"contexts", "dm_permission"}}
    return about if localizations else commandforms.localized(about, "")


def listed(call: Call) -> Reply:
    found = _in_scope(call.world, _scope(call))
    everything = call.asked("with_localizations")
    return Reply(200, [_shown(call.world, one, localizations=everything) for one in found])


def replace_all(call: Call) -> Reply:
    """Bulk overwrite: only names that are new count as creates."""
    world, guild_id = call.world, _scope(call)
    forms = [as_object(one) for one in as_list(call.body.json)]
    validate(each(commandforms.check, 0, 130), call.body.json or [])
    _no_twins(forms)
    _count(forms)
    before = {(one.type, one.name): one for one in _in_scope(world, guild_id)}
    fresh = [form for form in forms if _key(form) not in before]
    _allow_creates(world, guild_id, len(fresh))
    for one in before.values():
        del world.commands[one.id]
    for form in forms:
        _store(world, guild_id, form, before.get(_key(form)))
    return Reply(200, [_shown(world, one) for one in _in_scope(world, guild_id)])


def create(call: Call) -> Reply:
    """A command of a known name is replaced (200), a new one made (201)."""
    world, guild_id = call.world, _scope(call)
    validate(commandforms.check, call.form)
    before = next((one for one in _in_scope(world, guild_id) if (one.type, one.name) == _key(call.form)), None)
    if before is None:
        _count([*(one.form for one in _in_scope(world, guild_id)), call.form])
        _allow_creates(world, guild_id, 1)
    one = _store(world, guild_id, call.form, before)
    return Reply(200 if before else 201, _shown(world, one))


def _found(call: Call) -> state.Command:
    guild_id = _scope(call)
    one = call.world.commands.get(call.id("command_id"))
    if one is None or one.guild_id != guild_id:
        raise errors.unknown_command()
    return one


def read(call: Call) -> Reply:
    return Reply(200, _shown(call.world, _found(call)))


def change(call: Call) -> Reply:
    one = _found(call)
    validate(commandforms.check, {**one.form, **call.form})
    one.form = commandforms.settle(call.form, one.form)
    one.version = call.world.ids.next()
    return Reply(200, _shown(call.world, one))


def remove(call: Call) -> Reply:
    del call.world.commands[_found(call).id]
    return NOTHING


def _key(form: Json) -> tuple[int, str]:
    return int(form.get("type") or commandforms.CHAT_INPUT), str(form.get("name"))


def _store(world: World, guild_id: int | None, form: Json, before: state.Command | None) -> state.Command:
    settled = commandforms.settle(form)
    same = before is not None and before.form == settled
    one = state.Command(
        id=before.id if before else world.ids.next(),
        version=before.version if before and same else world.ids.next(),
        guild_id=guild_id,
        form=settled,
    )
    world.commands[one.id] = one
    return one


def _no_twins(forms: list[Json]) -> None:
    problems = Problems()
    keys = [_key(form) for form in forms]
    for index, key in enumerate(keys):
        if key in keys[:index]:
            problems.add(
                (str(index), "name"), "APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique"
            )
    problems.settle()


def _count(forms: list[Json]) -> None:
    kinds = [_key(form)[0] for form in forms]
    for kind, most in _MOST.items():
        if kinds.count(kind) > most:
            raise errors.ApiError(400, 30032, f"Maximum number of application commands reached ({most})")


def _allow_creates(world: World, guild_id: int | None, count: int) -> None:
    """200 creates a day and scope."""
    now = world.clock.now()
    world.command_creates[:] = [entry for entry in world.command_creates if now - entry[0] < _DAY]
    if sum(scope == guild_id for _, scope in world.command_creates) + count > _MOST_CREATES:
        raise errors.too_many_commands_today()
    world.command_creates += [(now, guild_id)] * count


_ROUTE_BASES = ("/applications/{application_id}/commands", "/applications/{application_id}/guilds/{guild_id}/commands")
ROUTES = tuple(
    route
    for base in _ROUTE_BASES
    for route in (
        get(base, listed),
        put(base, replace_all),
        post(base, create),
        get(f"{base}/{{command_id}}", read),
        patch(f"{base}/{{command_id}}", change),
        route_delete(f"{base}/{{command_id}}", remove),
    )
)

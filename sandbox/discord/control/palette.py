"""The command picker of a member: which commands they see where, and why not."""

from sandbox.discord import commandforms, permissions, state
from sandbox.discord.control.kit import Refusal
from sandbox.discord.forms import Json, as_list, as_object
from sandbox.discord.interactions import BOT_DM, GUILD
from sandbox.discord.world import World


def offered(world: World, member: state.User, place: state.Channel) -> list[state.Command]:
    """What the picker lists. A guild's command and a global one of the same name are both there.

    Source: discord-api-docs issue 3885, discord.py issue 7602.
    """
    here = [one for one in world.commands.values() if one.guild_id in {None, place.guild_id}]
    return [one for one in here if why_not(world, one, member, place) is None]


def find(
    world: World, name: str, kind: int, member: state.User, place: state.Channel, *, force: bool, scope: str | None
) -> state.Command:
    """The command of that name for that member; 403 says why the client would not offer it.

    Of two of the same name `scope` ("guild" or "global") says which one they pick, else it is the guild's, if offered.
    """
    scopes = {"guild": {place.guild_id}, "global": {None}}.get(scope or "", {None, place.guild_id})
    named = [one for one in world.commands.values() if one.name == name and one.type == kind]
    named = [one for one in named if one.guild_id in scopes]
    named.sort(key=lambda one: (why_not(world, one, member, place) is not None, one.guild_id is None))
    if not named:
        raise Refusal(404, f"there is no command {name!r}")
    reason = why_not(world, named[0], member, place)
    if reason is not None and not force:
        raise Refusal(403, f"{member.name} cannot use /{name} in {_place(place)}: {reason}")
    return named[0]


def _place(place: state.Channel) -> str:
    return "direct messages" if place.guild_id is None else f"#{place.name}"


def why_not(world: World, one: state.Command, member: state.User, place: state.Channel) -> str | None:
    """Why a member is not offered a command in a place; None when they are."""
    form = one.form
    guild = world.guilds.get(place.guild_id or 0)
    installs = as_list(form.get("integration_types")) or [0]
    contexts = as_list(form.get("contexts"))
    by_guild = 0 in installs and (guild is None or guild.installed)
    by_user = 1 in installs and member.installed_app
    if not (by_guild or by_user):
        return "the application is not installed for that"
    context = BOT_DM if guild is None else GUILD
    if contexts and context not in contexts:
        return "its contexts leave this place out"
    if guild is None:
        return None if contexts or form.get("dm_permission", True) else "it is not for direct messages"
    return _not_permitted(world, form, member, place, guild)


def _not_permitted(
    world: World, form: Json, member: state.User, place: state.Channel, guild: state.Guild
) -> str | None:
    allowed = world.allowed(place, member.id)
    if not permissions.allows(allowed, "USE_APPLICATION_COMMANDS"):
        return "they lack USE_APPLICATION_COMMANDS"
    wanted = form.get("default_member_permissions")
    everywhere = permissions.in_guild(guild, member.id)
    needed = permissions.BITS["ADMINISTRATOR"] if wanted == "0" else int(wanted or 0)
    if allowed & needed != needed and everywhere & permissions.BITS["ADMINISTRATOR"] == 0:
        return "default_member_permissions ask for more than they have"
    if form.get("nsfw") and not world.age_restricted(place):
        return "it is age-restricted and this channel is not"
    return None


def shown(one: state.Command, locale: str) -> Json:
    """A command as the picker of that language shows it."""
    return {"id": str(one.id), **commandforms.localized(one.form, locale)}


def leaf(form: Json, path: list[str]) -> tuple[Json, list[Json]]:
    """Follow a subcommand path: the form whose options take values, and the wrappers on the way to it."""
    wrappers: list[Json] = []
    for name in path:
        inner = [as_object(one) for one in as_list(form.get("options"))]
        match = [one for one in inner if one["name"] == name and one["type"] in {1, 2}]
        if not match:
            raise Refusal(404, f"there is no subcommand {name!r}")
        form = match[0]
        wrappers.append({"type": form["type"], "name": name})
    if any(as_object(one)["type"] in {1, 2} for one in as_list(form.get("options"))):
        names = ", ".join(str(as_object(one)["name"]) for one in as_list(form["options"]))
        raise Refusal(400, f"name one of the subcommands: {names}")
    return form, wrappers

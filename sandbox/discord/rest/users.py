"""Who the bot is, where the gateway is, whom it can write to."""

from sandbox.discord import errors, installation, objects, permissions
from sandbox.discord.forms import Json, shape, snowflake, validate
from sandbox.discord.rest.kit import NOTHING, Call, Reply, get, post
from sandbox.discord.rest.kit import delete as route_delete


def me(call: Call) -> Reply:
    return Reply(200, objects.own_user(call.world.bot))


def user(call: Call) -> Reply:
    found = call.world.users.get(call.id("user_id"))
    if found is None:
        raise errors.unknown_user()
    return Reply(200, objects.user(found))


def application(call: Call) -> Reply:
    if "application_id" in call.params and call.id("application_id") != call.world.application.id:
        raise errors.missing_access()
    return Reply(200, objects.application(call.world))


def my_guilds(call: Call) -> Reply:
    world = call.world
    listed: list[Json] = [
        {
            "id": str(guild.id),
            "name": guild.name,
            "icon": None,
            "banner": None,
            "owner": False,
            "permissions": str(permissions.in_guild(guild, world.application.id)),
            "features": [],
        }
        for guild in world.guilds.values()
        if guild.installed
    ]
    return Reply(200, listed)


def leave(call: Call) -> Reply:
    guild = call.world.guild(call.id("guild_id"))
    installation.leave(call.world, guild)
    return NOTHING


def open_direct(call: Call) -> Reply:
    """A direct message channel. Opening it always works; writing into it may not."""
    validate(shape({"recipient_id": snowflake}), call.form)
    recipient = call.world.users.get(int(call.form["recipient_id"]))
    if recipient is None or recipient.bot:
        raise errors.unknown_user()
    return Reply(200, objects.channel(call.world, call.world.direct_channel(recipient.id)))


def gateway(call: Call) -> Reply:
    return Reply(200, {"url": call.world.url.replace("http", "ws", 1)})


# The example of the public documentation: resources/soundboard.
_QUACK: Json = {
    "name": "quack", "sound_id": "1", "volume": 1.0, "emoji_id": None, "emoji_name": "🦆", "available": True,
}  # fmt: skip


def default_sounds(_call: Call) -> Reply:
    """Some libraries are not ready before they have these."""
    return Reply(200, [_QUACK])


ROUTES = (
    get("/users/@me", me),
    get("/users/@me/guilds", my_guilds),
    route_delete("/users/@me/guilds/{guild_id}", leave),
    post("/users/@me/channels", open_direct),
    get("/users/{user_id}", user),
    get("/oauth2/applications/@me", application),
    get("/applications/@me", application),
    get("/applications/{application_id}", application),
    get("/gateway", gateway, public=True),
    get("/soundboard-default-sounds", default_sounds),
)

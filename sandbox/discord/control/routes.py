"""The control API's routes: JSON in, JSON out, no authorization."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from aiohttp import web

from sandbox.discord import interactions, objects, permissions, state, wire
from sandbox.discord.control import acts, breakage, lookup
from sandbox.discord.control.refusals import Refusal
from sandbox.discord.errors import ApiError
from sandbox.discord.forms import Json, as_object
from sandbox.discord.gateway import Gateway
from sandbox.discord.rest.pipeline import Pipeline
from sandbox.discord.world import World

_BASE = "/sandbox/api"
_LONGEST_WAIT = 60.0
_Action: TypeAlias = Callable[[web.Request, Json], Awaitable[Any]]


class Control:
    def __init__(self, world: World, gateway: Gateway, rest: Pipeline) -> None:
        self.world = world
        self.gateway = gateway
        self.rest = rest

    def routes(self) -> list[web.RouteDef]:
        listed: list[tuple[str, str, _Action]] = [
            ("GET", "/state", self.overview),
            ("GET", "/commands", self.commands),
            ("POST", "/invoke", self.invoke),
            ("POST", "/autocomplete", self.autocomplete),
            ("POST", "/press", self.press),
            ("POST", "/submit", self.submit),
            ("POST", "/messages", self.write),
            ("DELETE", "/messages/{message}", self.delete_message),
            ("GET", "/channels/{channel}/messages", self.read),
            ("PATCH", "/channels/{channel}", self.change_channel),
            ("DELETE", "/channels/{channel}", self.delete_channel),
            ("POST", "/threads", self.open_thread),
            ("GET", "/interactions", self.all_interactions),
            ("GET", "/interactions/{interaction}", self.interaction),
            ("GET", "/feed", self.feed),
            ("GET", "/clock", self.clock),
            ("POST", "/clock/advance", self.advance),
            ("POST", "/permissions", self.permit),
            ("PATCH", "/guilds/{guild}", self.change_guild),
            ("GET", "/faults", self.list_faults),
            ("POST", "/faults", self.add_faults),
            ("DELETE", "/faults", self.clear_faults),
            ("POST", "/gateway", self.disturb),
            ("POST", "/ratelimits", self.set_limits),
            ("GET", "/requests", self.requests),
        ]
        return [web.route(method, f"{_BASE}{path}", _answering(action)) for method, path, action in listed]

    # Looking.

    async def overview(self, _request: web.Request, _wish: Json) -> Json:
        world = self.world
        live = [session for session in self.gateway.sessions.values() if session.connected]
        return {
            "url": world.url,
            "time": world.clock.now(),
            "application": {"id": str(world.application.id), "name": world.application.name},
            "guilds": [_guild(world, guild) for guild in world.guilds.values()],
            "users": [objects.user(one) | {"name": one.name, "locale": one.locale} for one in world.users.values()],
            "sessions": [{"id": one.id, "shard": list(one.shard), "intents": one.intents} for one in live],
            "feed": world.feed.last,
        }

    async def commands(self, request: web.Request, _wish: Json) -> list[Json]:
        return acts.picked(self.world, dict(request.query))

    async def read(self, request: web.Request, _wish: Json) -> list[Json]:
        """Oldest first, with the ephemeral messages of that member; without a user only what everybody sees."""
        world = self.world
        member = lookup.user(world, request.query["user"]) if "user" in request.query else None
        place = lookup.channel(world, request.match_info["channel"], member=member, inside=request.query.get("guild"))
        if member is not None:
            lookup.seen_by(world, member, place)
        found = list(world.history(place.id, member.id if member else None))
        return [wire.seen(world, one) for one in found[-int(request.query.get("limit", "100")) :]]

    async def all_interactions(self, _request: web.Request, _wish: Json) -> list[Json]:
        return [interactions.summary(self.world, one) for one in self.world.interactions.values()]

    async def interaction(self, request: web.Request, _wish: Json) -> Json:
        one = lookup.interaction(self.world, request.match_info["interaction"])
        return await self._settled(one, float(request.query.get("wait", "0")))

    async def feed(self, request: web.Request, _wish: Json) -> Json:
        after = int(request.query.get("after", "0"))
        wait = min(float(request.query.get("wait", "0")), _LONGEST_WAIT)
        entries = await self.world.feed.read(after, wait)
        return {"last": self.world.feed.last, "entries": entries}

    async def requests(self, _request: web.Request, _wish: Json) -> Json:
        return {"counts": dict(self.rest.counts), "invalid": self.rest.invalid, "log": list(self.rest.log)}

    # Acting. `wait`: real seconds to wait for the bot's first answer before this one returns.

    async def invoke(self, _request: web.Request, wish: Json) -> Json:
        return await self._settled(acts.invoke(self.world, wish), wish.get("wait", 0))

    async def autocomplete(self, _request: web.Request, wish: Json) -> Json:
        return await self._settled(acts.autocomplete(self.world, wish), wish.get("wait", 5))

    async def press(self, _request: web.Request, wish: Json) -> Json:
        return await self._settled(acts.press(self.world, wish), wish.get("wait", 0))

    async def submit(self, _request: web.Request, wish: Json) -> Json:
        return await self._settled(acts.submit(self.world, wish), wish.get("wait", 0))

    async def write(self, _request: web.Request, wish: Json) -> Json:
        return wire.seen(self.world, acts.write(self.world, wish))

    async def _settled(self, one: state.Interaction, wait: float) -> Json:
        """Wait (real seconds) for the first answer or its failure."""
        feed, loop = self.world.feed, asyncio.get_running_loop()
        deadline = loop.time() + min(float(wait), _LONGEST_WAIT)
        while one.state == "waiting" and (left := deadline - loop.time()) > 0:
            await feed.read(feed.last, left)
        return interactions.summary(self.world, one)

    # Breaking.

    async def delete_message(self, request: web.Request, _wish: Json) -> Json:
        breakage.delete_message(self.world, request.match_info["message"])
        return {}

    async def delete_channel(self, request: web.Request, _wish: Json) -> Json:
        breakage.delete_channel(self.world, request.match_info["channel"])
        return {}

    async def change_channel(self, request: web.Request, wish: Json) -> Json:
        return breakage.change_channel(self.world, request.match_info["channel"], wish)

    async def open_thread(self, _request: web.Request, wish: Json) -> Json:
        return breakage.open_thread(self.world, wish)

    async def permit(self, _request: web.Request, wish: Json) -> Json:
        return breakage.permit(self.world, wish)

    async def change_guild(self, request: web.Request, wish: Json) -> Json:
        return breakage.change_guild(self.world, request.match_info["guild"], wish)

    async def list_faults(self, _request: web.Request, _wish: Json) -> list[Json]:
        return [one.describe() for one in self.rest.faults.listed]

    async def add_faults(self, _request: web.Request, wish: Json) -> Json:
        one = breakage.fault(wish)
        self.rest.faults.listed.append(one)
        return one.describe()

    async def clear_faults(self, _request: web.Request, _wish: Json) -> Json:
        self.rest.faults.listed.clear()
        return {}

    async def disturb(self, _request: web.Request, wish: Json) -> Json:
        return breakage.disturb(self.gateway, wish)

    async def set_limits(self, _request: web.Request, wish: Json) -> Json:
        limits = self.rest.limits
        limits.enabled = bool(wish.get("enabled", limits.enabled))
        limits.scale = float(wish.get("scale", limits.scale))
        return {"enabled": limits.enabled, "scale": limits.scale}

    async def clock(self, _request: web.Request, _wish: Json) -> Json:
        return {"time": self.world.clock.now()}

    async def advance(self, _request: web.Request, wish: Json) -> Json:
        self.world.clock.advance(float(wish.get("seconds", 0)))
        return {"time": self.world.clock.now()}


def _answering(action: _Action) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        raw = await request.read()
        try:
            return web.json_response(await action(request, as_object(json.loads(raw or b"{}"))))
        except Refusal as refusal:
            return web.json_response(refusal.body(), status=refusal.status)
        except (ValueError, TypeError) as error:
            return web.json_response({"error": f"{type(error).__name__}: {error}", "problems": {}}, status=400)
        except ApiError as error:
            return web.json_response({"error": str(error), "problems": {}}, status=400)

    return handle


def _guild(world: World, guild: state.Guild) -> Json:
    names = {role.id: role.name for role in guild.roles.values()}
    members = [
        {
            "id": str(one.user_id),
            "name": world.users[one.user_id].name,
            "bot": world.users[one.user_id].bot,
            "locale": world.users[one.user_id].locale,
            "owner": one.user_id == guild.owner_id,
            "roles": [names[role_id] for role_id in one.roles],
        }
        for one in guild.members.values()
    ]
    places = [one for one in world.channels.values() if one.guild_id == guild.id]
    return {
        "id": str(guild.id),
        "name": guild.name,
        "locale": guild.locale,
        "premium_tier": guild.premium_tier,
        "installed": guild.installed,
        "roles": [{"id": str(role.id), "name": role.name} for role in guild.roles.values()],
        "members": members,
        "channels": [
            {
                "id": str(one.id),
                "name": one.name,
                "type": one.type,
                "topic": one.topic,
                "nsfw": one.nsfw,
                "bot_may_write": permissions.allows(
                    world.allowed(one, world.application.id), "VIEW_CHANNEL", "SEND_MESSAGES"
                ),
            }
            for one in places
        ],
    }

"""The control API's routes for members: looking and acting."""

import asyncio
import sys

from aiohttp import web

from sandbox.discord import interactions, objects, permissions, state, wire
from sandbox.discord.control import acts, files, gatherings, kit, lookup, presses, submissions, viewing, writing
from sandbox.discord.control.changing import Changing
from sandbox.discord.forms import Json, as_object
from sandbox.discord.gateway import Gateway
from sandbox.discord.rest.pipeline import Pipeline
from sandbox.discord.world import World

_LONGEST_WAIT = 60.0


class Control:
    def __init__(self, world: World, gateway: Gateway, rest: Pipeline) -> None:
        self.world = world
        self.gateway = gateway
        self.rest = rest

    def routes(self) -> list[web.RouteDef]:
        listed: list[tuple[str, str, kit.Action]] = [
            ("GET", "/state", self.overview),
            ("GET", "/view", self.view),
            ("GET", "/commands", self.commands),
            ("POST", "/invoke", self.invoke),
            ("POST", "/autocomplete", self.autocomplete),
            ("POST", "/press", self.press),
            ("POST", "/submit", self.submit),
            ("POST", "/messages", self.write),
            ("GET", "/messages/{message}", self.see),
            ("DELETE", "/messages/{message}", self.delete),
            ("POST", "/messages/{message}/forward", self.forward),
            ("PUT", "/messages/{message}/reactions", self.react),
            ("DELETE", "/messages/{message}/reactions", self.take_back),
            ("PUT", "/messages/{message}/pin", self.pin),
            ("DELETE", "/messages/{message}/pin", self.unpin),
            ("POST", "/threads", self.open_thread),
            ("PUT", "/threads/{thread}/members/{user}", self.join_thread),
            ("DELETE", "/threads/{thread}/members/{user}", self.leave_thread),
            ("GET", "/channels/{channel}/messages", self.read),
            ("GET", "/interactions", self.all_interactions),
            ("GET", "/interactions/{interaction}", self.interaction),
            ("GET", "/feed", self.feed),
            ("GET", "/requests", self.requests),
        ]
        looking_and_acting = [kit.route(method, path, action) for method, path, action in listed]
        changing = Changing(self.world, self.gateway, self.rest).routes()
        return [*looking_and_acting, *changing, files.route(self.world)]

    # Looking.

    async def overview(self, _request: web.Request, _body: Json) -> Json:
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

    async def view(self, request: web.Request, _body: Json) -> Json:
        """What the client of that `user` shows; without one, whom one can be."""
        if "user" not in request.query:
            return {"people": viewing.people(self.world)}
        return viewing.view(self.world, lookup.user(self.world, request.query["user"]))

    async def commands(self, request: web.Request, _body: Json) -> list[Json]:
        return acts.picked(self.world, dict(request.query))

    async def read(self, request: web.Request, _body: Json) -> list[Json]:
        """Oldest first, with the ephemeral messages of that member; without a user only what everybody sees.

        The newest `limit` of them; of those older than the message `before`, or the oldest that are newer than `after`.
        """
        world = self.world
        member = lookup.user(world, request.query["user"]) if "user" in request.query else None
        place = lookup.channel(world, request.match_info["channel"], member=member, inside=request.query.get("guild"))
        if member is not None:
            lookup.seen_by(world, member, place)
        found = list(world.history(place.id, member.id if member else None))
        limit = int(request.query.get("limit", "100"))
        if "after" in request.query:
            after = int(request.query["after"])
            return [wire.seen(world, one) for one in [one for one in found if one.id > after][:limit]]
        before = int(request.query.get("before", sys.maxsize))
        return [wire.seen(world, one) for one in [one for one in found if one.id < before][-limit:]]

    async def see(self, request: web.Request, _body: Json) -> Json:
        world = self.world
        member = lookup.user(world, request.query["user"]) if "user" in request.query else None
        return wire.seen(world, lookup.message(world, request.match_info["message"], member))

    async def all_interactions(self, _request: web.Request, _body: Json) -> list[Json]:
        return [interactions.summary(self.world, one) for one in self.world.interactions.values()]

    async def interaction(self, request: web.Request, _body: Json) -> Json:
        one = lookup.interaction(self.world, request.match_info["interaction"])
        return await self._settled(one, float(request.query.get("wait", "0")))

    async def feed(self, request: web.Request, _body: Json) -> Json:
        """What happened, or what reaches that `user`; with `about` only to that message and to replies to it.

        For a user `complete` is False when what came before it is not kept any more.
        """
        feed, query, loop = self.world.feed, request.query, asyncio.get_running_loop()
        member = lookup.user(self.world, query["user"]) if "user" in query else None
        after = int(query.get("after", "0"))
        deadline = loop.time() + min(float(query.get("wait", "0")), _LONGEST_WAIT)
        complete = member is None or feed.keeps(after)

        def wanted(entry: Json) -> bool:
            message = as_object(entry.get("message"))
            answered = as_object(message.get("message_reference")).get("message_id")
            if "about" in query and query["about"] not in {message.get("id"), answered}:
                return False
            return member is None or viewing.reaches(self.world, member, entry)

        while True:
            entries = await feed.read(after, max(0.0, deadline - loop.time())) if complete else []
            after = feed.last
            found = {"last": after, "entries": [one for one in entries if wanted(one)]}
            if found["entries"] or not complete or loop.time() >= deadline:
                about: Json = {"run": self.world.run, "complete": complete, "time": self.world.clock.now()}
                return found if member is None else {**about, **found}

    async def requests(self, _request: web.Request, _body: Json) -> Json:
        rest = self.rest
        return {
            "counts": dict(rest.counts),
            "by_limit": dict(rest.by_limit),
            "invalid": rest.invalid,
            "refused": dict(rest.refused),
            "log": list(rest.log),
        }

    # Acting. `wait`: real seconds to wait for the bot's first answer before this one returns.

    async def invoke(self, _request: web.Request, body: Json) -> Json:
        return await self._settled(acts.invoke(self.world, body), body.get("wait", 0))

    async def autocomplete(self, _request: web.Request, body: Json) -> Json:
        return await self._settled(acts.autocomplete(self.world, body), body.get("wait", 5))

    async def press(self, _request: web.Request, body: Json) -> Json:
        return await self._settled(presses.press(self.world, body), body.get("wait", 0))

    async def submit(self, _request: web.Request, body: Json) -> Json:
        return await self._settled(submissions.submit(self.world, body), body.get("wait", 0))

    async def write(self, _request: web.Request, body: Json) -> Json:
        return wire.seen(self.world, writing.write(self.world, body))

    async def delete(self, request: web.Request, body: Json) -> Json:
        """By a `user` who may; without one by nobody in particular."""
        message_id = request.match_info["message"]
        writing.delete(self.world, message_id, body.get("user") or request.query.get("user"))
        return {}

    async def forward(self, request: web.Request, body: Json) -> Json:
        body = {**body, "message_id": request.match_info["message"]}
        return wire.seen(self.world, writing.forward(self.world, body))

    async def react(self, request: web.Request, body: Json) -> Json:
        return gatherings.react(self.world, request.match_info["message"], body, add=True)

    async def take_back(self, request: web.Request, body: Json) -> Json:
        return gatherings.react(self.world, request.match_info["message"], body, add=False)

    async def pin(self, request: web.Request, body: Json) -> Json:
        return gatherings.pin(self.world, request.match_info["message"], body, pinned=True)

    async def unpin(self, request: web.Request, body: Json) -> Json:
        return gatherings.pin(self.world, request.match_info["message"], body, pinned=False)

    async def open_thread(self, _request: web.Request, body: Json) -> Json:
        return gatherings.open_thread(self.world, body)

    async def join_thread(self, request: web.Request, body: Json) -> Json:
        return gatherings.join(self.world, request.match_info["thread"], request.match_info["user"], body)

    async def leave_thread(self, request: web.Request, body: Json) -> Json:
        return gatherings.leave(self.world, request.match_info["thread"], request.match_info["user"], body)

    async def _settled(self, one: state.Interaction, wait: float) -> Json:
        """Wait (real seconds) for the first answer or its failure."""
        feed, loop = self.world.feed, asyncio.get_running_loop()
        deadline = loop.time() + min(float(wait), _LONGEST_WAIT)
        while one.state == "waiting" and (left := deadline - loop.time()) > 0:
            await feed.read(feed.last, left)
        return interactions.summary(self.world, one)


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
        "available": guild.available,
        "roles": [{"id": str(role.id), "name": role.name} for role in guild.roles.values()],
        "members": members,
        "channels": [
            {
                "id": str(one.id),
                "name": one.name,
                "type": one.type,
                "topic": one.topic,
                "parent_id": str(one.parent_id) if one.parent_id else None,
                "nsfw": one.nsfw,
                "bot_may_write": permissions.allows(
                    world.allowed(one, world.application.id),
                    "VIEW_CHANNEL",
                    "SEND_MESSAGES_IN_THREADS" if one.type in state.THREADS else "SEND_MESSAGES",
                ),
            }
            for one in places
        ],
    }

"""The control API's routes for what befalls a community: time, changes, faults."""

from dataclasses import fields
from typing import Any

from aiohttp import web

from sandbox.discord.control import crowds, kit, people, places, shop, trouble
from sandbox.discord.faults import Fault
from sandbox.discord.forms import Json
from sandbox.discord.gateway import Gateway
from sandbox.discord.rest.pipeline import Pipeline
from sandbox.discord.world import World

_OF_A_FAULT = {one.name for one in fields(Fault)} - {"id", "hits"}


class Changing:
    def __init__(self, world: World, gateway: Gateway, rest: Pipeline) -> None:
        self.world = world
        self.gateway = gateway
        self.rest = rest

    def routes(self) -> list[web.RouteDef]:
        listed: list[tuple[str, str, kit.Action]] = [
            ("POST", "/guilds", self.make_up),
            ("POST", "/channels", self.open_channel),
            ("PATCH", "/channels/{channel}", self.change_channel),
            ("DELETE", "/channels/{channel}", self.delete_channel),
            ("POST", "/permissions", self.permit),
            ("PATCH", "/guilds/{guild}", self.change_guild),
            ("PUT", "/guilds/{guild}/roles", self.set_role),
            ("DELETE", "/guilds/{guild}/roles/{role}", self.remove_role),
            ("PUT", "/guilds/{guild}/members/{user}", self.join),
            ("DELETE", "/guilds/{guild}/members/{user}", self.leave),
            ("PATCH", "/users/{user}", self.change_user),
            ("POST", "/skus", self.offer),
            ("GET", "/entitlements", self.entitlements),
            ("POST", "/entitlements", self.buy),
            ("PATCH", "/entitlements/{entitlement}", self.end),
            ("DELETE", "/entitlements/{entitlement}", self.refund),
            ("GET", "/clock", self.clock),
            ("POST", "/clock/advance", self.advance),
            ("POST", "/cdn", self.set_cdn),
            ("GET", "/faults", self.list_faults),
            ("POST", "/faults", self.add_faults),
            ("DELETE", "/faults", self.clear_faults),
            ("POST", "/gateway", self.disturb),
            ("GET", "/gateway", self.terms),
            ("PATCH", "/gateway", self.set_terms),
            ("POST", "/ratelimits", self.set_limits),
        ]
        return [kit.route(method, path, action) for method, path, action in listed]

    # People and places.

    async def make_up(self, _request: web.Request, body: Json) -> list[Json]:
        return crowds.make_up(self.world, body)

    async def open_channel(self, _request: web.Request, body: Json) -> Json:
        return places.open_channel(self.world, body)

    async def change_channel(self, request: web.Request, body: Json) -> Json:
        return places.change_channel(self.world, request.match_info["channel"], body)

    async def delete_channel(self, request: web.Request, _body: Json) -> Json:
        places.delete_channel(self.world, request.match_info["channel"], request.query.get("guild"))
        return {}

    async def permit(self, _request: web.Request, body: Json) -> Json:
        return places.permit(self.world, body)

    async def change_guild(self, request: web.Request, body: Json) -> Json:
        return places.change_guild(self.world, request.match_info["guild"], body)

    async def set_role(self, request: web.Request, body: Json) -> Json:
        return people.set_role(self.world, request.match_info["guild"], body)

    async def remove_role(self, request: web.Request, _body: Json) -> Json:
        people.remove_role(self.world, request.match_info["guild"], request.match_info["role"])
        return {}

    async def join(self, request: web.Request, body: Json) -> Json:
        return people.join(self.world, request.match_info["guild"], request.match_info["user"], body)

    async def leave(self, request: web.Request, _body: Json) -> Json:
        people.leave(self.world, request.match_info["guild"], request.match_info["user"])
        return {}

    async def change_user(self, request: web.Request, body: Json) -> Json:
        return people.change_user(self.world, request.match_info["user"], body)

    # What is bought.

    async def offer(self, _request: web.Request, body: Json) -> Json:
        return shop.offer(self.world, body)

    async def entitlements(self, _request: web.Request, _body: Json) -> list[Json]:
        return shop.listed(self.world)

    async def buy(self, _request: web.Request, body: Json) -> Json:
        return shop.buy(self.world, body)

    async def end(self, request: web.Request, _body: Json) -> Json:
        return shop.end(self.world, request.match_info["entitlement"])

    async def refund(self, request: web.Request, _body: Json) -> Json:
        return shop.refund(self.world, request.match_info["entitlement"])

    # Time and trouble.

    async def clock(self, _request: web.Request, _body: Json) -> Json:
        return {"time": self.world.clock.now()}

    async def advance(self, _request: web.Request, body: Json) -> Json:
        self.world.clock.advance(float(body.get("seconds", 0)))
        return {"time": self.world.clock.now()}

    async def set_cdn(self, _request: web.Request, body: Json) -> Json:
        """How many seconds links to attachments are good (from now on), and files of options and modals stay."""
        world = self.world
        world.link_seconds = float(body.get("link_seconds", world.link_seconds))
        world.ephemeral_seconds = float(body.get("ephemeral_seconds", world.ephemeral_seconds))
        return {"link_seconds": world.link_seconds, "ephemeral_seconds": world.ephemeral_seconds}

    async def list_faults(self, _request: web.Request, _body: Json) -> list[Json]:
        return [one.describe() for one in self.rest.faults.listed]

    async def add_faults(self, _request: web.Request, body: Json) -> Json:
        """An unknown field is refused: a typing error would silently break nothing."""
        unknown = body.keys() - _OF_A_FAULT
        if unknown or "route" not in body:
            raise kit.Refusal(400, f"a fault has a route and any of {sorted(_OF_A_FAULT)}; not {sorted(unknown)}")
        given: dict[str, Any] = dict(body)
        one = Fault(**given)
        self.rest.faults.listed.append(one)
        return one.describe()

    async def clear_faults(self, _request: web.Request, _body: Json) -> Json:
        self.rest.faults.listed.clear()
        return {}

    async def disturb(self, _request: web.Request, body: Json) -> Json:
        return trouble.disturb(self.gateway, body)

    async def terms(self, _request: web.Request, _body: Json) -> Json:
        return trouble.describe(self.gateway)

    async def set_terms(self, _request: web.Request, body: Json) -> Json:
        return trouble.change(self.gateway, body)

    async def set_limits(self, _request: web.Request, body: Json) -> Json:
        limits = self.rest.limits
        limits.enabled = bool(body.get("enabled", limits.enabled))
        limits.scale = float(body.get("scale", limits.scale))
        return {"enabled": limits.enabled, "scale": limits.scale}

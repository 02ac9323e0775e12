"""What befalls a community: time, changes of people, places and rights, faults on purpose."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sandbox.discord.calls import Calls, File, sendable


class Changes(Calls):
    """The part of the control client that no single member could do. `Community` inherits it."""

    # Time.

    async def advance(self, seconds: float) -> float:
        """Push the stand-in's clock; what became due has happened when this returns. The new unix time."""
        return float((await self._call("POST", "/clock/advance", {"seconds": seconds}))["time"])

    async def cdn(self, *, link_seconds: float | None = None, ephemeral_seconds: float | None = None) -> None:
        """How long links made from now on are good, and how long files stay that come with options and modals."""
        body = {"link_seconds": link_seconds, "ephemeral_seconds": ephemeral_seconds}
        await self._call("POST", "/cdn", _given(body))

    # Places.

    async def open_channel(self, name: str, *, guild: str, **more: Any) -> str:
        """A new channel's id. `type` ("text", "voice", "stage", "forum", "media", "announcement", …), `topic`, `nsfw`,
        `parent`, `slowmode`, and `overwrites` like [{"for": "@everyone", "deny": ["VIEW_CHANNEL"]}]; of a channel of
        posts `tags` like [{"name": "idea", "moderated": True}], `require_tag`, `thread_slowmode`.
        """
        return str((await self._call("POST", "/channels", {"guild": guild, "name": name, **more}))["id"])

    async def delete_channel(self, channel: str, *, guild: str | None = None) -> None:
        await self._call("DELETE", f"/channels/{channel}", query={"guild": guild})

    async def delete_message(self, message_id: str) -> None:
        """Its author or a moderator deletes a message; for an ephemeral one: its reader dismisses it."""
        await self._call("DELETE", f"/messages/{message_id}")

    async def change_channel(self, channel: str, **changes: Any) -> None:
        """`archived`, `locked`, `nsfw`, `name`, `topic`, `slowmode` (seconds), `invitable`, `archive_minutes`.

        `guild` says whose channel of that name is meant.
        """
        await self._call("PATCH", f"/channels/{channel}", changes)

    async def open_thread(
        self,
        *,
        user: str,
        channel: str,
        name: str,
        guild: str | None = None,
        kind: str = "public",
        message: str | None = None,
        invitable: bool = True,
        content: str = "",
        attachments: Sequence[Path | File] = (),
        tags: Sequence[str] = (),
        archive_minutes: int | None = None,
    ) -> str:
        """A member opens a thread; its id. `kind` "public" or "private"; `message`: the id of one it starts from.

        In a forum or media channel it is a post, with its first message (`content`, `attachments`) and `tags` by name.
        """
        body = {
            "user": user, "channel": channel, "guild": guild, "name": name, "type": kind, "message": message,
            "invitable": invitable, "content": content, "attachments": [sendable(one) for one in attachments],
            "tags": list(tags), "archive_minutes": archive_minutes,
        }  # fmt: skip
        return str((await self._call("POST", "/threads", body))["id"])

    async def join_thread(self, thread: str, user: str, *, by: str | None = None) -> None:
        """Somebody ("Sandbox Bot" is the bot) comes into a thread, by themselves or brought in `by` another member."""
        await self._call("PUT", f"/threads/{thread}/members/{user}", {"by": by})

    async def leave_thread(self, thread: str, user: str, *, by: str | None = None) -> None:
        """Somebody leaves a thread, or is removed `by` a moderator or the owner of a private one."""
        await self._call("DELETE", f"/threads/{thread}/members/{user}", {"by": by})

    async def permit(
        self,
        *,
        channel: str,
        target: str = "bot",
        allow: Sequence[str] = (),
        deny: Sequence[str] = (),
        guild: str | None = None,
    ) -> None:
        """Set a channel's overwrite for "bot", a member or a role: permissions by name (SEND_MESSAGES, …)."""
        body = {"channel": channel, "guild": guild, "target": target, "allow": list(allow), "deny": list(deny)}
        await self._call("POST", "/permissions", body)

    async def change_guild(
        self,
        guild: str,
        *,
        premium_tier: int | None = None,
        locale: str | None = None,
        installed: bool | None = None,
        available: bool | None = None,
        owner: str | None = None,
        name: str | None = None,
    ) -> None:
        """Boost a guild, hand it over, rename it.

        `installed` False throws the bot out (GUILD_DELETE), True invites it (back, with a role of its own);
        `available` False is an outage (GUILD_DELETE with `unavailable`), True its end.
        """
        changes = {
            "premium_tier": premium_tier, "locale": locale, "installed": installed, "available": available,
            "owner": owner, "name": name,
        }  # fmt: skip
        await self._call("PATCH", f"/guilds/{guild}", _given(changes))

    async def make_up(
        self, count: int = 1, *, name: str = "Crowd", owner: str | None = None, members: int = 0
    ) -> list[dict[str, Any]]:
        """Guilds with the bot in them, of that many guests besides, spread over all shards: their `id`, `name` and
        `channel`. Whoever is connected is told of them.
        """
        body = _given({"count": count, "name": name, "owner": owner, "members": members})
        return list(await self._call("POST", "/guilds", body))

    # People.

    async def join(self, user: str, guild: str) -> None:
        """Somebody becomes a member, without roles."""
        await self._call("PUT", f"/guilds/{guild}/members/{user}")

    async def give_roles(self, user: str, *roles: str, guild: str) -> None:
        """The roles of a member from now on, by name; none takes all away."""
        await self._call("PUT", f"/guilds/{guild}/members/{user}", {"roles": list(roles)})

    async def leave(self, user: str, guild: str) -> None:
        """A member goes. The bot is told nothing, unless it has the privileged members intent."""
        await self._call("DELETE", f"/guilds/{guild}/members/{user}")

    async def set_role(self, name: str, *, guild: str, permissions: Sequence[str] = ()) -> str:
        """Make a role or give it other permissions (by name, "ALL" for all); its id. "@everyone" is a role too."""
        body = {"name": name, "permissions": list(permissions)}
        return str((await self._call("PUT", f"/guilds/{guild}/roles", body))["id"])

    async def remove_role(self, name: str, *, guild: str) -> None:
        await self._call("DELETE", f"/guilds/{guild}/roles/{name}")

    async def change_user(
        self,
        user: str,
        *,
        accepts_direct_messages: bool | None = None,
        nitro: bool | None = None,
        installed_app: bool | None = None,
        locale: str | None = None,
    ) -> None:
        """Close or open somebody's direct messages (50007 for the bot), give them Nitro, install the app for them."""
        changes = {
            "accepts_direct_messages": accepts_direct_messages, "nitro": nitro, "installed_app": installed_app,
            "locale": locale,
        }  # fmt: skip
        await self._call("PATCH", f"/users/{user}", _given(changes))

    # What is sold.

    async def offer(self, name: str, *, type: str, owner: str = "user") -> str:  # noqa: A002 - Discord's word
        """A new SKU's id: "durable", "consumable" or "subscription", the last for a "user" or a "guild"."""
        return str((await self._call("POST", "/skus", {"name": name, "type": type, "owner": owner}))["id"])

    async def buy(self, user: str, sku: str, *, guild: str | None = None) -> str:
        """The entitlement's id. Refused while they have one that is neither over nor consumed."""
        return str((await self._call("POST", "/entitlements", {"user": user, "sku": sku, "guild": guild}))["id"])

    async def end_subscription(self, entitlement: str) -> None:
        await self._call("PATCH", f"/entitlements/{entitlement}")

    async def refund(self, entitlement: str) -> None:
        await self._call("DELETE", f"/entitlements/{entitlement}")

    async def entitlements(self) -> list[dict[str, Any]]:
        """All there were, deleted ones too."""
        return list(await self._call("GET", "/entitlements"))

    # Faults.

    async def fault(
        self,
        route: str,
        *,
        method: str | None = None,
        status: int | None = None,
        code: int = 0,
        message: str = "Sandbox fault",
        retry_after: float | None = None,
        scope: str = "user",
        drop: bool = False,
        when: str = "before",
        latency: float = 0.0,
        times: int | None = 1,
    ) -> None:
        """Make requests to a route ("/channels/*/messages") fail `times` times (None: until cleared).

        Answer with `status`, or `drop` the connection, before the request takes effect or `when="after"` it did; or
        only wait `latency` seconds. A 429 with `retry_after` is Discord's own, of `scope` "user", "shared" or "global".
        "/attachments/*" and "/ephemeral-attachments/*" hit downloads, where `when="after"` drops the connection in the
        middle of the file.
        """
        body = {
            "route": route, "method": method, "status": status, "code": code, "message": message, "drop": drop,
            "retry_after": retry_after, "scope": scope, "when": when, "latency": latency, "times": times,
        }  # fmt: skip
        await self._call("POST", "/faults", body)

    async def clear_faults(self) -> None:
        await self._call("DELETE", "/faults")

    async def disturb_gateway(
        self, action: str, *, resumable: bool = False, code: int = 4000, shard: int | None = None
    ) -> None:
        """`reconnect` (op 7), `invalidate` (op 9, resumable or not), `close` with a code, `drop` (without one),
        `heartbeat` (op 1: the client shall send one) or `silence` (open, and dead); of one shard or of all.
        """
        body = {"action": action, "resumable": resumable, "code": code, "shard": shard}
        await self._call("POST", "/gateway", body)

    async def gateway_terms(self, **terms: float | None) -> dict[str, Any]:
        """Set and read the terms: `heartbeat_ms`, `guilds_after` (seconds between READY and the guilds), `shards`
        (recommended), `guilds_per_shard`, `identify_seconds` between two shards of a key, `max_concurrency`, and how
        many sessions are `remaining` today.
        """
        return dict(await self._call("PATCH", "/gateway", terms))

    async def rate_limits(self, *, enabled: bool | None = None, scale: float | None = None) -> None:
        """Switch refusals off, or multiply what the buckets allow."""
        body = {"enabled": enabled, "scale": scale}
        await self._call("POST", "/ratelimits", _given(body))


def _given(body: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in body.items() if value is not None}

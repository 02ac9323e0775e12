"""A Python client of the control API: be the members of the stand-in's guilds.

    community = Community(session, "http://127.0.0.1:8080")
    asked = await community.invoke(user="Bo", channel="video-lab", command="video", options={"prompt": "a fox"})
    done = await community.wait_for(lambda entry: entry.kind == "message_edited" and entry.message.attachments)

People, channels and guilds go by name or id; "dm" is a member's direct messages with the bot. What a Discord client
would not let a member do raises Refused.
"""

import asyncio
import base64
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import aiohttp

from sandbox.discord.records import Attachment, Button, Choice, FeedEntry, Interaction, Message, Select, items

__all__ = [
    "Attachment",
    "Button",
    "Choice",
    "Community",
    "FeedEntry",
    "Interaction",
    "Message",
    "Refused",
    "Select",
]


class Refused(Exception):
    """The control API answered no: `status`, and `problems` by option or field name."""

    def __init__(self, status: int, error: str, problems: dict[str, str]) -> None:
        details = "".join(f"\n  {name}: {problem}" for name, problem in problems.items())
        super().__init__(f"{error}{details}")
        self.status = status
        self.problems = problems


class Community:
    """`url` is what the stand-in printed; the session stays the caller's to close."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._base = f"{url.rstrip('/')}/sandbox/api"

    # Being a member. `wait` is how long (real seconds) the bot's first answer is waited for.

    async def invoke(
        self,
        *,
        user: str,
        channel: str,
        command: str,
        options: Mapping[str, Any] | None = None,
        guild: str | None = None,
        locale: str | None = None,
        target: str | None = None,
        kind: int | None = None,
        force: bool = False,
        wait: float = 5.0,
    ) -> Interaction:
        """Use a command ("settings limits" for a subcommand). A Path among the options is uploaded as a file.

        `kind` 2 or 3 with `target` uses a user or message command. `force` sends what no client would.
        """
        wish = {
            "user": user, "channel": channel, "command": command, "options": _sendable(options or {}), "guild": guild,
            "locale": locale, "target": target, "type": kind, "force": force, "wait": wait,
        }  # fmt: skip
        return Interaction.read(await self._call("POST", "/invoke", wish))

    async def autocomplete(
        self,
        *,
        user: str,
        channel: str,
        command: str,
        focused: str,
        value: Any = "",
        options: Mapping[str, Any] | None = None,
        guild: str | None = None,
        locale: str | None = None,
        wait: float = 5.0,
    ) -> list[Choice]:
        """What the bot offers while `value` stands in the option `focused`. TimeoutError when it stays silent."""
        wish = {
            "user": user, "channel": channel, "command": command, "focused": focused, "value": value, "guild": guild,
            "options": _sendable(options or {}), "locale": locale, "wait": wait,
        }  # fmt: skip
        one = Interaction.read(await self._call("POST", "/autocomplete", wish))
        if one.choices is None:
            raise TimeoutError(one.error or "the bot offered no choices in time")
        return [Choice(name=choice["name"], value=choice["value"]) for choice in one.choices]

    async def press(
        self,
        *,
        user: str,
        message_id: str,
        custom_id: str | None = None,
        label: str | None = None,
        index: int = 0,
        values: Sequence[str] | None = None,
        locale: str | None = None,
        force: bool = False,
        wait: float = 5.0,
    ) -> Interaction:
        """Press a button, or choose `values` in a select, found by custom_id, label (placeholder) or position."""
        wish = {
            "user": user, "message_id": message_id, "custom_id": custom_id, "label": label, "index": index,
            "values": list(values or ()), "locale": locale, "force": force, "wait": wait,
        }  # fmt: skip
        return Interaction.read(await self._call("POST", "/press", wish))

    async def submit(
        self,
        interaction: Interaction | str,
        values: Mapping[str, Any],
        *,
        user: str | None = None,
        force: bool = False,
        wait: float = 5.0,
    ) -> Interaction:
        """Fill the modal an interaction was answered with; values by custom_id, files as lists of Paths."""
        asked = interaction if isinstance(interaction, str) else interaction.id
        wish = {"interaction_id": asked, "values": _sendable(values), "user": user, "force": force, "wait": wait}
        return Interaction.read(await self._call("POST", "/submit", wish))

    async def write(
        self, *, user: str, channel: str, content: str = "", attachments: Sequence[Path] = (), guild: str | None = None
    ) -> Message:
        """A message of a member's own."""
        files = [_sendable(path) for path in attachments]
        wish = {"user": user, "channel": channel, "content": content, "attachments": files, "guild": guild}
        return Message.read(await self._call("POST", "/messages", wish))

    # Looking.

    async def state(self) -> dict[str, Any]:
        """Guilds with their channels, members and roles; users; gateway sessions."""
        return cast("dict[str, Any]", await self._call("GET", "/state"))

    async def commands(
        self, *, user: str, channel: str, guild: str | None = None, locale: str | None = None
    ) -> list[dict[str, Any]]:
        """The command picker of a member there, in that language (name_localized, description_localized)."""
        found = {"user": user, "channel": channel, "guild": guild, "locale": locale}
        return items(await self._call("GET", "/commands", query=found))

    async def messages(
        self, *, channel: str, user: str | None = None, guild: str | None = None, limit: int = 100
    ) -> list[Message]:
        """A channel, oldest first, as that member sees it (ephemeral messages for them included)."""
        query = {"user": user, "guild": guild, "limit": limit}
        return [
            Message.read(one) for one in items(await self._call("GET", f"/channels/{channel}/messages", query=query))
        ]

    async def message(self, message_id: str, *, channel: str, user: str | None = None) -> Message:
        """One of those; LookupError when that member does not see it."""
        for one in await self.messages(channel=channel, user=user, limit=100_000):
            if one.id == message_id:
                return one
        raise LookupError(f"no message {message_id} in {channel}")

    async def interaction(self, interaction: Interaction | str, *, wait: float = 0.0) -> Interaction:
        """Where it stands now, or once it was answered or failed, if that takes less than `wait` real seconds."""
        wanted = interaction if isinstance(interaction, str) else interaction.id
        return Interaction.read(await self._call("GET", f"/interactions/{wanted}", query={"wait": wait}))

    async def interactions(self) -> list[Interaction]:
        return [Interaction.read(one) for one in items(await self._call("GET", "/interactions"))]

    async def feed(self, *, after: int = 0, wait: float = 0.0) -> list[FeedEntry]:
        """What happened since that sequence number; waits for the first of it."""
        found = await self._call("GET", "/feed", query={"after": after, "wait": wait})
        return [FeedEntry.read(one) for one in items(found["entries"])]

    async def wait_for(
        self,
        predicate: Callable[[FeedEntry], Any],
        *,
        after: int = 0,
        timeout: float = 10.0,  # noqa: ASYNC109
    ) -> FeedEntry:
        """The first entry of the feed (after that sequence number) that fits; TimeoutError when none comes."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout
        while (left := deadline - loop.time()) > 0:
            for entry in await self.feed(after=after, wait=min(left, 30.0)):
                after = entry.sequence
                if predicate(entry):
                    return entry
        raise TimeoutError(f"nothing in the feed fitted within {timeout} s (up to entry {after})")

    async def position(self) -> int:
        """The sequence number of the newest feed entry: what `after` takes."""
        return int((await self.state())["feed"])

    async def download(self, attachment: Attachment | str, path: Path) -> Path:
        """Save an attachment (or a link to one) to a file."""
        url = attachment if isinstance(attachment, str) else attachment.url
        async with self._session.get(url) as response:
            response.raise_for_status()
            with path.open("wb") as file:
                async for chunk in response.content.iter_chunked(256 * 1024):
                    file.write(chunk)
        return path

    async def requests(self) -> dict[str, Any]:
        """{"counts": {"POST /channels/{channel_id}/messages": 3, …}, "log": […]}, without tokens."""
        return cast("dict[str, Any]", await self._call("GET", "/requests"))

    # Time and trouble.

    async def advance(self, seconds: float) -> float:
        """Push the stand-in's clock; what became due has happened when this returns. The new unix time."""
        return float((await self._call("POST", "/clock/advance", {"seconds": seconds}))["time"])

    async def delete_channel(self, channel: str) -> None:
        await self._call("DELETE", f"/channels/{channel}")

    async def delete_message(self, message_id: str) -> None:
        await self._call("DELETE", f"/messages/{message_id}")

    async def change_channel(self, channel: str, **changes: Any) -> None:
        """`archived`, `locked`, `nsfw`, `name`, `topic`."""
        await self._call("PATCH", f"/channels/{channel}", changes)

    async def open_thread(self, *, user: str, channel: str, name: str) -> str:
        """A member opens a public thread; its id."""
        return str((await self._call("POST", "/threads", {"user": user, "channel": channel, "name": name}))["id"])

    async def permit(
        self, *, channel: str, target: str = "bot", allow: Sequence[str] = (), deny: Sequence[str] = ()
    ) -> None:
        """Set a channel's overwrite for "bot", a member or a role: permissions by name (SEND_MESSAGES, …)."""
        wish = {"channel": channel, "target": target, "allow": list(allow), "deny": list(deny)}
        await self._call("POST", "/permissions", wish)

    async def change_guild(
        self, guild: str, *, premium_tier: int | None = None, locale: str | None = None, installed: bool | None = None
    ) -> None:
        """Boost a guild, or take the bot out of it (installed=False) and back in."""
        changes = {"premium_tier": premium_tier, "locale": locale, "installed": installed}
        await self._call("PATCH", f"/guilds/{guild}", {k: v for k, v in changes.items() if v is not None})

    async def fault(
        self,
        route: str,
        *,
        method: str | None = None,
        status: int | None = None,
        code: int = 0,
        message: str = "Sandbox fault",
        retry_after: float | None = None,
        drop: bool = False,
        when: str = "before",
        latency: float = 0.0,
        times: int | None = 1,
    ) -> None:
        """Make requests to a route ("/channels/*/messages") fail `times` times (None: until cleared).

        Answer with `status`, or `drop` the connection, before the request takes effect or `when="after"` it did; or
        only wait `latency` seconds.
        """
        wish = {
            "route": route, "method": method, "status": status, "code": code, "message": message, "drop": drop,
            "retry_after": retry_after, "when": when, "latency": latency, "times": times,
        }  # fmt: skip
        await self._call("POST", "/faults", wish)

    async def clear_faults(self) -> None:
        await self._call("DELETE", "/faults")

    async def disturb_gateway(self, action: str, *, resumable: bool = False, code: int = 4000) -> None:
        """`reconnect` (op 7), `invalidate` (op 9, resumable or not) or `close` with a code."""
        await self._call("POST", "/gateway", {"action": action, "resumable": resumable, "code": code})

    async def rate_limits(self, *, enabled: bool | None = None, scale: float | None = None) -> None:
        """Switch refusals off, or multiply what the buckets allow."""
        wish = {"enabled": enabled, "scale": scale}
        await self._call("POST", "/ratelimits", {k: v for k, v in wish.items() if v is not None})

    async def _call(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, query: Mapping[str, Any] | None = None
    ) -> Any:
        params = {key: str(value) for key, value in (query or {}).items() if value is not None}
        async with self._session.request(method, f"{self._base}{path}", json=body, params=params) as response:
            answer = await response.json()
            if response.status >= 400:  # noqa: PLR2004
                raise Refused(response.status, answer["error"], answer["problems"])
            return answer


def _sendable(value: Any) -> Any:
    """Paths become uploads, inside lists and mappings too."""
    if isinstance(value, Path):
        return {"filename": value.name, "base64": base64.b64encode(value.read_bytes()).decode()}
    if isinstance(value, Mapping):
        return {key: _sendable(entry) for key, entry in cast("Mapping[str, Any]", value).items()}
    if isinstance(value, (list, tuple)):
        return [_sendable(entry) for entry in cast("Sequence[Any]", value)]
    return value

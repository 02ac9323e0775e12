"""A Python client of the control API: be the members of the stand-in's guilds.

    community = Community(session, "http://127.0.0.1:8080")
    bo = community.member("Bo", channel="video-lab")
    asked = await bo.slash("video", prompt="a fox", image=Path("fox.png"))    # a command, a file in an option
    card = await community.answer(asked)                                      # the message it was answered with
    form = await bo.press(card, "Again")                                      # a button, by label or custom_id
    await bo.submit(form, {"Prompt": "a hare", "References": [Path("hare.png")]})
    again = await bo.menu("Animate this picture", card)                       # right click, Apps
    panel = await bo.select(card, "Which model", "kling")                     # a select, its value by name
    done = await community.wait_for(lambda entry: entry.kind == "message_edited" and entry.message.attachments)

member.py says what a member can do, changes.py what can befall them all. People, channels and guilds go by name or id;
"dm" is a member's direct messages with the bot. What a Discord client would not let a member do raises Refused.
"""

import asyncio
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from sandbox.discord.calls import File, Refused, sendable
from sandbox.discord.changes import Changes
from sandbox.discord.member import Member
from sandbox.discord.records import Attachment, Button, Choice, FeedEntry, Interaction, Message, Select, items
from sandbox.discord.shown import Field, Modal

__all__ = [
    "Attachment",
    "Button",
    "Choice",
    "Community",
    "FeedEntry",
    "Field",
    "File",
    "Interaction",
    "Member",
    "Message",
    "Modal",
    "Refused",
    "Select",
]


class Community(Changes):
    """`url` is what the stand-in printed; the session stays the caller's to close."""

    def member(
        self, name: str, *, channel: str | None = None, guild: str | None = None, locale: str | None = None
    ) -> Member:
        """One of the members, where they are; see member.py for what they can do."""
        return Member(community=self, name=name, channel=channel, guild=guild, locale=locale)

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
        scope: str | None = None,
        force: bool = False,
        wait: float = 5.0,
    ) -> Interaction:
        """Use a command ("settings limits" for a subcommand). A Path among the options is uploaded as a file.

        Where a guild's command and a global one share the name, `scope` ("guild" or "global") picks one of the two.
        `kind` 2 or 3 with `target` uses a user or message command. `force` sends what no client would.
        """
        body = {
            "user": user, "channel": channel, "command": command, "options": sendable(options or {}), "guild": guild,
            "locale": locale, "target": target, "type": kind, "scope": scope, "force": force, "wait": wait,
        }  # fmt: skip
        return Interaction.read(await self._call("POST", "/invoke", body))

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
        force: bool = False,
        wait: float = 5.0,
    ) -> list[Choice]:
        """What the bot offers while `value` stands in the option `focused`. TimeoutError when it stays silent.

        `options` are the others that are filled in; Discord leaves out what is not valid, and sends no resolved data.
        """
        body = {
            "user": user, "channel": channel, "command": command, "focused": focused, "value": value, "guild": guild,
            "options": sendable(options or {}), "locale": locale, "force": force, "wait": wait,
        }  # fmt: skip
        one = Interaction.read(await self._call("POST", "/autocomplete", body))
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
        component: str | None = None,
        index: int = 0,
        values: Sequence[str] | None = None,
        locale: str | None = None,
        force: bool = False,
        wait: float = 5.0,
    ) -> Interaction:
        """Press a button, or choose `values` in a select, found by custom_id, label (placeholder) or position.

        `component` is either of the first two. `values` of a select are option values or labels, or names of people,
        roles and channels.
        """
        body = {
            "user": user, "message_id": message_id, "custom_id": custom_id, "label": label, "index": index,
            "component": component,
            "values": list(values or ()), "locale": locale, "force": force, "wait": wait,
        }  # fmt: skip
        return Interaction.read(await self._call("POST", "/press", body))

    async def submit(
        self,
        interaction: Interaction | str,
        values: Mapping[str, Any],
        *,
        user: str | None = None,
        locale: str | None = None,
        force: bool = False,
        wait: float = 5.0,
    ) -> Interaction:
        """Fill the modal an interaction was answered with.

        Values go by custom_id or by label; files are lists of Paths. What is left out keeps what the modal shows.
        """
        asked = interaction if isinstance(interaction, str) else interaction.id
        body = {
            "interaction_id": asked, "values": sendable(values), "user": user, "locale": locale, "force": force,
            "wait": wait,
        }  # fmt: skip
        return Interaction.read(await self._call("POST", "/submit", body))

    async def write(
        self,
        *,
        user: str,
        channel: str,
        content: str = "",
        attachments: Sequence[Path | File] = (),
        guild: str | None = None,
    ) -> Message:
        """A message of a member's own. Links to pictures in it are unfurled to embeds."""
        files = [sendable(path) for path in attachments]
        body = {"user": user, "channel": channel, "content": content, "attachments": files, "guild": guild}
        return Message.read(await self._call("POST", "/messages", body))

    async def forward(self, *, user: str, message: Message, channel: str, guild: str | None = None) -> Message:
        """A message of somebody's, forwarded to a channel."""
        body = {"user": user, "channel": channel, "guild": guild}
        return Message.read(await self._call("POST", f"/messages/{message.id}/forward", body))

    async def react(self, *, user: str, message: Message, emoji: str, add: bool = True) -> Message:
        """A member's reaction to a message, or its taking back."""
        body = {"user": user, "emoji": emoji}
        return Message.read(await self._call("PUT" if add else "DELETE", f"/messages/{message.id}/reactions", body))

    async def pin(self, *, user: str, message: Message, pinned: bool = True) -> Message:
        """A member pins a message, or takes the pin out."""
        return Message.read(
            await self._call("PUT" if pinned else "DELETE", f"/messages/{message.id}/pin", {"user": user})
        )

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
        query = {"user": user, "after": int(message_id) - 1, "limit": 1}
        for one in items(await self._call("GET", f"/channels/{channel}/messages", query=query)):
            if one["id"] == message_id:
                return Message.read(one)
        raise LookupError(f"no message {message_id} in {channel}")

    async def see(self, message: Message | str, *, user: str | None = None) -> Message:
        """A message as it is now, for that member (without one: what everybody sees). Refused when it is gone."""
        wanted = message if isinstance(message, str) else message.id
        return Message.read(await self._call("GET", f"/messages/{wanted}", query={"user": user}))

    async def answer(self, interaction: Interaction, *, wait: float = 10.0) -> Message:
        """The message an interaction was answered with, as its member sees it, once it no longer loads.

        TimeoutError when `wait` real seconds do not bring it, or the bot stayed silent.
        """
        loop = asyncio.get_running_loop()
        deadline, now = loop.time() + wait, interaction
        while (left := deadline - loop.time()) > 0:
            after = await self.position()
            now = await self.interaction(interaction)
            if now.failed:
                break
            if now.response_message_id is not None:
                message = await self.see(now.response_message_id, user=now.user)
                if not message.loading:
                    return message
            await self.feed(after=after, wait=left)
        raise TimeoutError(now.error or f"the bot did not answer within {wait} s")

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
        about: str | None = None,
        timeout: float = 10.0,  # noqa: ASYNC109
    ) -> FeedEntry:
        """The first entry of the feed (after that sequence number) that fits; TimeoutError when none comes.

        With the id of a message in `about`, only what happens to it and to replies to it is looked at.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout
        while (left := deadline - loop.time()) > 0:
            query = {"after": after, "wait": min(left, 30.0), "about": about}
            found = await self._call("GET", "/feed", query=query)
            after = found["last"]
            for entry in map(FeedEntry.read, items(found["entries"])):
                if predicate(entry):
                    return entry
        raise TimeoutError(f"nothing in the feed fitted within {timeout} s (up to entry {after})")

    async def position(self) -> int:
        """The sequence number of the newest feed entry: what `after` takes."""
        return int((await self._call("GET", "/feed", query={"after": sys.maxsize}))["last"])

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
        """{"counts": {"POST /channels/{channel_id}/messages": 3, …}, "by_limit": {"global": 3}, "log": […]}, without
        tokens.
        """
        return cast("dict[str, Any]", await self._call("GET", "/requests"))

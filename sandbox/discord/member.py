"""One member of the community and what they do: commands with files, right clicks, buttons, selects, forms.

    bo = community.member("Bo", channel="video-lab")
    await bo.slash("video", prompt="a fox", image=Path("fox.png"))
    await bo.slash("settings limits", month="20")            # a subcommand
    await bo.menu("Animate this picture", message)           # a message command; with a name: a user command
    await bo.autocomplete("video", "model", "kl", image=Path("fox.png"))
    await bo.press(message, "Cancel")                        # by label or custom_id
    await bo.select(message, "Model", "kling", "veo")        # by placeholder or custom_id; values or their labels
    await bo.submit(interaction, {"Prompt": "a hare"}, files={"References": [Path("a.png"), Path("b.png")]})
    await bo.at("dm").write("hello")
    await bo.hostile().slash("video", prompt="")             # sends what no client would

Each waits (five real seconds, or `patience`) for the bot's first answer, and returns where the interaction then stands.
`Refused` is raised for what a Discord client would not let that member do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox.discord.calls import File
from sandbox.discord.records import Choice, Interaction, Message

if TYPE_CHECKING:
    from sandbox.discord.client import Community

_USER, _MESSAGE = 2, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A person at a place. `channel` is needed for commands and for writing; messages know theirs."""

    community: "Community"
    name: str
    channel: str | None = None
    guild: str | None = None
    locale: str | None = None
    """The language of their client; None: what the community's file says of them."""
    force: bool = False
    patience: float = 5.0
    """Real seconds to wait for the bot's first answer."""

    def at(self, channel: str, *, guild: str | None = None) -> "Member":
        """The same person elsewhere; "dm" is their direct messages with the bot."""
        return replace(self, channel=channel, guild=guild)

    def hostile(self) -> "Member":
        """The same person with a client that checks nothing."""
        return replace(self, force=True)

    async def slash(self, command: str, /, **options: Any) -> Interaction:
        """Use a command: "video", or "settings limits" for a subcommand. Paths and Files are attached."""
        return await self.community.invoke(
            user=self.name, channel=self._place(), guild=self.guild, command=command, options=options,
            locale=self.locale, force=self.force, wait=self.patience,
        )  # fmt: skip

    async def menu(self, command: str, target: Message | str, /) -> Interaction:
        """Right click, Apps: a message command on a message, a user command on a person (by name).

        A message is looked for where it stands; a person is met in this member's channel.
        """
        on_message = isinstance(target, Message)
        return await self.community.invoke(
            user=self.name, channel=target.channel_id if on_message else self._place(), command=command,
            guild=None if on_message else self.guild, target=target.id if on_message else target,
            kind=_MESSAGE if on_message else _USER, locale=self.locale, force=self.force, wait=self.patience,
        )  # fmt: skip

    async def autocomplete(self, command: str, option: str, value: Any = "", /, **others: Any) -> list[Choice]:
        """What is offered while `value` stands in `option` and the others are filled in."""
        return await self.community.autocomplete(
            user=self.name, channel=self._place(), guild=self.guild, command=command, focused=option, value=value,
            options=others, locale=self.locale, force=self.force, wait=self.patience,
        )  # fmt: skip

    async def press(self, message: Message | str, button: str, /) -> Interaction:
        """Press the button of that label or custom_id."""
        return await self._use(message, button, ())

    async def select(self, message: Message | str, select: str, /, *values: str) -> Interaction:
        """Choose in the select of that placeholder or custom_id.

        `values` are option values or labels; in selects of people, roles and channels their names or ids.
        """
        return await self._use(message, select, values)

    async def _use(self, message: Message | str, component: str, values: Sequence[str]) -> Interaction:
        return await self.community.press(
            user=self.name, message_id=message if isinstance(message, str) else message.id, component=component,
            values=values, locale=self.locale, force=self.force, wait=self.patience,
        )  # fmt: skip

    async def submit(
        self,
        modal: Interaction,
        values: Mapping[str, Any] | None = None,
        /,
        *,
        files: Mapping[str, Sequence[Path | File]] | None = None,
    ) -> Interaction:
        """Fill and send the modal that `modal` was answered with (`modal.form` shows it).

        Keys are labels or custom_ids. A text takes a str, a select or a group of checkboxes a list, a radio a str, a
        checkbox a bool, a file upload a list of Paths (here or in `files`). What is left out stays as it is shown.
        """
        return await self.community.submit(
            modal, {**(values or {}), **(files or {})}, user=self.name, locale=self.locale, force=self.force,
            wait=self.patience,
        )  # fmt: skip

    async def write(self, content: str = "", /, *files: Path | File) -> Message:
        """A message of their own."""
        return await self.community.write(
            user=self.name, channel=self._place(), guild=self.guild, content=content, attachments=files
        )

    async def forward(self, message: Message, /) -> Message:
        """Forward a message to where they are: `raw["message_snapshots"]` has what was in it."""
        return await self.community.forward(user=self.name, message=message, channel=self._place(), guild=self.guild)

    async def react(self, message: Message, emoji: str, /, *, add: bool = True) -> Message:
        """A reaction to a message, or its taking back; an emoji is written as itself."""
        return await self.community.react(user=self.name, message=message, emoji=emoji, add=add)

    async def pin(self, message: Message, /, *, pinned: bool = True) -> Message:
        return await self.community.pin(user=self.name, message=message, pinned=pinned)

    async def open_thread(self, name: str, /, **more: Any) -> str:
        """A thread where they are, or a post; its id. `more` as in `Community.open_thread`."""
        return await self.community.open_thread(
            user=self.name, channel=self._place(), guild=self.guild, name=name, **more
        )

    async def see(self, message: Message | str) -> Message:
        """A message as it is now; Refused when they do not see it (any more)."""
        return await self.community.see(message, user=self.name)

    async def messages(self, limit: int = 100) -> list[Message]:
        """Their channel, oldest first, what only they see included."""
        return await self.community.messages(channel=self._place(), user=self.name, guild=self.guild, limit=limit)

    async def commands(self, kind: int = 1) -> list[str]:
        """The names their client offers: 1 slash commands, 2 on people, 3 on messages."""
        found = await self.community.commands(
            user=self.name, channel=self._place(), guild=self.guild, locale=self.locale
        )
        return [one["name"] for one in found if one["type"] == kind]

    def _place(self) -> str:
        if self.channel is None:
            raise ValueError(f"say where {self.name} is: member.at(channel)")
        return self.channel

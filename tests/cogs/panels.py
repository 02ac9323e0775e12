"""Managers at their panels: opens sections, fills in forms, and returns the panel as it is shown afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.discord.client import Interaction, Member, Message
from tests.e2e.kit import Harness


@dataclass(frozen=True)
class Manager:
    """Ada, who owns Film Club, unless somebody else is named."""

    harness: Harness
    name: str = "Ada"
    channel: str = "video-lab"
    locale: str = "en-US"

    @property
    def member(self) -> Member:
        return self.harness.community.member(self.name, channel=self.channel, locale=self.locale)

    async def open(self, section: str | None = None) -> Message:
        options: dict[str, Any] = {"section": section} if section is not None else {}
        return await self.harness.use(
            "settings", user=self.name, channel=self.channel, locale=self.locale, options=options
        )

    async def setup(self) -> Message:
        return await self.harness.use("setup", user=self.name, channel=self.channel, locale=self.locale)

    async def press(self, panel: Message, label: str) -> Message:
        return await self.harness.turned(panel, self.member.press(panel, label))

    async def choose(self, panel: Message, select: str, *values: str) -> Message:
        return await self.harness.turned(panel, self.member.select(panel, select, *values))

    async def fill(self, panel: Message, button: str, answers: Mapping[str, str | list[str]]) -> Message:
        """Opens the form behind a button, and sends it in."""
        return await self.send(panel, await self.member.press(panel, button), answers)

    async def send(self, panel: Message, opened: Interaction, answers: Mapping[str, str | list[str]]) -> Message:
        assert opened.form is not None
        return await self.harness.turned(panel, self.member.submit(opened, dict(answers)))


def labels(panel: Message) -> list[str]:
    return [button.label for button in panel.buttons]

"""What a section of a panel is: what it shows, which forms it opens, and what its controls do."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeAlias

import discord
from bot.domain.ids import GuildId, UserId
from bot.domain.rules.policy import GuildPolicy
from bot.services.catalogue_cache import CatalogueCache
from bot.services.queue.rulebook import Rulebook
from bot.services.reports.reports import Reporting
from bot.services.wallet.accounts import Accounts
from bot.services.wallet.billing import Billing
from discord import ui

from bot.chat.kit.translation import Texts
from bot.chat.kit.words import naming_deleted
from bot.chat.settings.controls import Address, button
from bot.chat.settings.forms import FormLayout, Written
from bot.chat.settings.rule_words import rule_lines

PANEL, SETUP = "panel", "setup"
Items: TypeAlias = list[ui.Item[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """The services behind the panels. `own_pays`: the operator pays for servers that have settled nothing."""

    rulebook: Rulebook
    accounts: Accounts
    billing: Billing
    reporting: Reporting
    catalogue_cache: CatalogueCache
    own_pays: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A manager who looks at a section, or uses one of its controls: `values` was chosen, `answers` written."""

    office: Office
    guild_id: GuildId
    user_id: UserId
    texts: Texts
    address: Address
    interaction: discord.Interaction[Any]
    values: Sequence[str] = ()
    answers: Written = field(default_factory=dict[str, str])

    @property
    def arg(self) -> str:
        return self.address.arg

    async def rules(self) -> GuildPolicy:
        return await self.office.rulebook.of(self.guild_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What the panel shows next: this section, or another; `arg` is a page or a state of it, `news` what happened."""

    section: str | None = None
    arg: str = ""
    news: str | None = None


class Section(ABC):
    """Each has texts `settings-section-<name>` and `settings-about-<name>`. Errors are `Refusal`s."""

    name: ClassVar[str]

    @abstractmethod
    async def draw(self, call: Call) -> Items:
        """What it shows: what is settled in plain words, then the controls."""

    async def form(self, call: Call, given: Written | None) -> FormLayout | None:  # noqa: ARG002
        """The form that the control opens, with what was `given` before, else with what is settled; or None."""
        return None

    async def act(self, call: Call) -> Turn:  # noqa: ARG002 - a section without controls of its own
        """Does what the control is for."""
        return Turn()

    async def filled(self, call: Call) -> Turn:  # noqa: ARG002
        """Takes what was written into the form."""
        return Turn()

    def at(self, call: Call, verb: str, arg: str = "") -> Address:
        """Where a control of this section leads."""
        return Address(frame=call.address.frame, section=self.name, verb=verb, arg=arg)

    def opener(self, call: Call, verb: str, label: str, arg: str = "") -> ui.Item[Any]:
        """A button that opens a form."""
        return button(self.at(call, verb, arg), label, discord.ButtonStyle.primary)


def present(call: Call, ids: Iterable[int]) -> list[int]:
    """The roles and channels among `ids` that the server has: others as a select's defaults may break the message.

    So a thread did (discord-api-docs issue 6719); of what was deleted nobody says.
    """
    guild = call.interaction.guild
    if guild is None:
        return []
    return [each for each in ids if guild.get_role(each) is not None or guild.get_channel(each) is not None]


def rules_here(call: Call, policy: GuildPolicy, rules: Sequence[str]) -> str:
    """One line for each of the rules; what they name and the server has no more is called deleted."""
    return naming_deleted(rule_lines(policy, rules, call.texts), call.interaction.guild, call.texts)


def text(content: str) -> ui.TextDisplay[Any]:
    return ui.TextDisplay(content)


def saved(call: Call) -> Turn:
    """The section again, with the word that it is settled."""
    return Turn(news=call.texts("settings-saved"))

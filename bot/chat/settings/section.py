"""What a section of a panel is: what it shows, which forms it opens, and what its controls do.

A section of rules that are typed into one form is a `RuleSection`: a declaration of its fields.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar, TypeAlias

import discord
from discord import ui

from bot.chat.kit.components import CustomId, PersistentItem, button, row
from bot.chat.kit.context import InteractionContext
from bot.chat.kit.modal import Answers, Field, choice_field, form, text_field, text_of
from bot.chat.kit.words import naming_deleted
from bot.chat.settings.views import rule_lines, rule_name
from bot.domain.ids import GuildId, UserId
from bot.domain.rules.policy import GuildPolicy
from bot.services.engine import Engine
from bot.texts import Texts

PANEL, SETUP = "panel", "setup"
LONG = 4000  # characters of a form's field
Items: TypeAlias = list[ui.Item[Any]]


_ADDRESS = {"frame": "panel|setup", "section": "[a-z]+", "verb": "[a-z]+", "arg": "[0-9a-z_]{0,40}"}
USED = CustomId("drover:set:{frame}:{section}:{verb}:{arg}", **_ADDRESS)
FILLED = CustomId("drover:fill:{frame}:{section}:{verb}:{arg}", **_ADDRESS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """What a control or form is for: `verb` in a section, with an argument. `frame` is what is around the section."""

    frame: str
    section: str
    verb: str
    arg: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A manager who looks at a section, or uses one of its controls: `values` was chosen, `answers` written."""

    context: InteractionContext
    address: Address
    values: Sequence[str] = ()
    answers: Answers | None = None

    @property
    def services(self) -> Engine:
        return self.context.services

    @property
    def texts(self) -> Texts:
        return self.context.texts

    @property
    def guild(self) -> discord.Guild | None:
        return self.context.interaction.guild

    @property
    def guild_id(self) -> GuildId:
        return self.context.guild_id

    @property
    def user_id(self) -> UserId:
        return self.context.user_id

    @property
    def arg(self) -> str:
        return self.address.arg

    def written(self, name: str) -> str:
        """What was written or chosen in that field of the form; "" for nothing."""
        return text_of(self.answers or {}, name)

    def form(self, title: str, fields: Sequence[Field]) -> ui.Modal:
        """A form that comes back to where the control leads; what was chosen in a select goes along."""
        chosen = self.values[0] if self.values else self.arg
        return form(FILLED(**asdict(replace(self.address, arg=chosen))), title, fields)

    async def rules(self) -> GuildPolicy:
        return await self.services.policy_service.of(self.guild_id)

    async def change(self, **values: Any) -> "Turn":
        """Settles these rules; the section again, with the word that it is so."""
        return await self.change_by(lambda policy: replace(policy, **values))

    async def change_by(self, change: Callable[[GuildPolicy], GuildPolicy]) -> "Turn":
        await self.services.policy_service.change(self.guild_id, change, self.user_id)
        return Turn(news=self.texts("settings-saved"))

    def lines(self, policy: GuildPolicy, *rules: str) -> str:
        """One line for each of the rules; what they name and the server has no more is called deleted."""
        return naming_deleted(rule_lines(policy, rules, self.texts), self.guild, self.texts)

    def present(self, ids: Iterable[int]) -> list[int]:
        """The roles and channels among `ids` that the server has: others as a select's defaults may break the message.

        A thread did (discord-api-docs issue 6719). Whether a deleted role or channel does is not documented.
        """
        guild = self.guild
        if guild is None:
            return []
        return [each for each in ids if guild.get_role(each) is not None or guild.get_channel(each) is not None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What the panel shows next: this section, or another; `arg` is a page or a state of it, `news` what happened."""

    section: str | None = None
    arg: str = ""
    news: str | None = None


class Section(ABC):
    """Each has texts `settings-section-<name>` and `settings-about-<name>`. Errors are `Refusal`s.

    `acts` are the verbs of its controls that do something, `opens` those that open a form; what is written in one of
    `secrets` is never shown again.
    """

    name: str
    acts: ClassVar[Sequence[str]] = ()
    opens: ClassVar[Sequence[str]] = ()
    secrets: ClassVar[Sequence[str]] = ()

    @abstractmethod
    async def draw(self, call: Call) -> Items:
        """What it shows: what is settled in plain words, then the controls."""

    async def form(self, call: Call, given: Answers | None) -> ui.Modal | None:  # noqa: ARG002
        """The form of one of `opens`, with what was `given` before, else with what is settled. None: nothing was
        chosen to which it would belong.
        """
        return None

    async def act(self, call: Call) -> Turn:  # noqa: ARG002 - a section without controls of its own
        """Does what the control is for."""
        return Turn()

    async def filled(self, call: Call) -> Turn:  # noqa: ARG002
        """Takes what was written into the form."""
        return Turn()

    def at(self, call: Call, verb: str, arg: str = "") -> str:
        """The custom_id of a control of this section."""
        if verb not in {*self.acts, *self.opens, "show"}:
            raise ValueError(f"the section {self.name} does not name its control {verb}")
        return USED(frame=call.address.frame, section=self.name, verb=verb, arg=arg)

    def opener(self, call: Call, verb: str, label: str, arg: str = "") -> PersistentItem:
        """A button that opens a form."""
        return button(self.at(call, verb, arg), label, discord.ButtonStyle.primary)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleField:
    """A rule as it stands in a form: `parse` takes what was typed and raises `Refusal`, `show` writes what is settled.

    With `choices` (pairs of value and name) it is chosen; `size` is the most characters, of which `LONG` need lines.
    """

    rule: str
    parse: Callable[[str], Any]
    hint: Callable[[Texts], str] | None = None
    show: Callable[[Any], str] = str
    unset: str = ""
    choices: Callable[[Texts], Sequence[tuple[str, str]]] | None = None
    size: int = 20

    def draw(self, policy: GuildPolicy, given: Answers | None, texts: Texts) -> Field:
        settled = getattr(policy, self.rule)
        typed = (
            text_of(given, self.rule) if given is not None else self.unset if settled is None else self.show(settled)
        )
        name = rule_name(self.rule, texts)
        if self.choices is not None:
            return choice_field(self.rule, name, self.choices(texts), chosen=[typed or self.unset], required=True)
        hint = self.hint(texts) if self.hint is not None else None
        return text_field(self.rule, name, description=hint, value=typed, most=self.size, long=self.size == LONG)


class RuleSection(Section):
    """Rules that are written into one form, behind one button."""

    opens = ("edit",)

    def __init__(self, name: str, *fields: RuleField) -> None:
        self.name = name
        self.fields = fields

    async def draw(self, call: Call) -> Items:
        shown = await self.lines(call, await call.rules())
        return [ui.TextDisplay(shown), row(self.opener(call, "edit", call.texts("settings-change")))]

    async def lines(self, call: Call, policy: GuildPolicy) -> str:
        """What is settled, in plain words."""
        return rule_lines(policy, [one.rule for one in self.fields], call.texts)

    async def form(self, call: Call, given: Answers | None) -> ui.Modal | None:
        texts, policy = call.texts, await call.rules()
        fields = [one.draw(policy, given, texts) for one in self.fields]
        return call.form(texts(f"settings-section-{self.name}"), fields)

    async def filled(self, call: Call) -> Turn:
        return await call.change(**{one.rule: one.parse(call.written(one.rule)) for one in self.fields})

"""What members are filling in: panels and forms that take several steps, kept in memory for a quarter of an hour.

Their buttons carry the id of a sheet. A press after its time, after a restart, or after the sheet was used finds none,
and the member is told so: nothing was ordered yet, so there is nothing to lose that a row would have to keep.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self, TypeVar

import discord
from bot.domain.clock import Clock
from bot.domain.errors import Refusal
from bot.domain.ids import ID_LENGTH, UserId
from discord import ui

from bot.chat.kit.desk import Desk
from bot.chat.kit.row_button import Interaction

LASTS = 15 * 60.0  # seconds: the token by which a private panel can be changed lives no longer
MOST = 5_000  # sheets at a time; then the oldest goes
_ID = rf"(?P<id>[0-9a-z]{{{ID_LENGTH}}})"
_FORM = re.compile(rf"drover:oldform:{_ID}")


class Sheet:
    """One thing that a member is filling in. A subclass says in `act` what its buttons and selects do."""

    def __init__(self) -> None:
        self.id = ""  # until it is laid out

    async def act(self, verb: str, values: Sequence[str], interaction: Interaction) -> None:
        """Does what the control named `verb` is for; `values` are what was chosen. Raises `Refusal`."""
        raise NotImplementedError

    def button(
        self,
        verb: str,
        label: str,
        style: discord.ButtonStyle = discord.ButtonStyle.secondary,
        *,
        disabled: bool = False,
    ) -> "SheetButton":
        return SheetButton(verb, self.id, label=label, style=style, disabled=disabled)

    def select(self, verb: str, placeholder: str, options: list[discord.SelectOption]) -> "SheetSelect":
        return SheetSelect(verb, self.id, placeholder=placeholder, options=options)


SheetT = TypeVar("SheetT", bound=Sheet)


@dataclass(slots=True, kw_only=True)
class _Laid:
    """A sheet since `at` (monotonic seconds); None once it is used up."""

    at: float
    of: UserId
    sheet: Sheet | None


class Sheets:
    """The sheets in use, each for one member."""

    def __init__(self, clock: Clock, new_id: Callable[[], str]) -> None:
        self._clock = clock
        self._new_id = new_id
        self._sheets: dict[str, _Laid] = {}

    def lay_out(self, sheet: SheetT, of: UserId) -> SheetT:
        """Gives the sheet its id; from now on its controls work for `of`."""
        sheet.id = self._new_id()
        now = self._clock.monotonic()
        self._sheets = {sheet_id: laid for sheet_id, laid in self._sheets.items() if now - laid.at < LASTS}
        while len(self._sheets) >= MOST:
            del self._sheets[next(iter(self._sheets))]
        self._sheets[sheet.id] = _Laid(at=now, of=of, sheet=sheet)
        return sheet

    def find(self, sheet_id: str, by: UserId) -> Sheet:
        """The sheet. Raises `Refusal` when it is used up, too old, somebody else's, or from before a restart."""
        laid = self._sheets.get(sheet_id)
        if laid is None or laid.sheet is None or laid.of != by or not self.knows(sheet_id):
            raise Refusal("lapsed")
        return laid.sheet

    def knows(self, sheet_id: str) -> bool:
        """Whether the sheet was laid out not too long ago, be it used up or not."""
        laid = self._sheets.get(sheet_id)
        return laid is not None and self._clock.monotonic() - laid.at < LASTS

    def use_up(self, sheet: Sheet) -> None:
        """What the sheet was for is done: its controls do nothing more. Raises `Refusal` when it was done before."""
        laid = self._sheets.get(sheet.id)
        if laid is None or laid.sheet is None:
            raise Refusal("lapsed")
        laid.sheet = None

    def restore(self, sheet: Sheet) -> None:
        """It came to nothing: the sheet's controls work again, for as long as they would have."""
        laid = self._sheets.get(sheet.id)
        if laid is not None:
            laid.sheet = sheet


def form_id(sheet: Sheet) -> str:
    """The custom_id of a form of the sheet."""
    return f"drover:oldform:{sheet.id}"


def sheet_of_form(custom_id: str) -> str | None:
    """The id of the sheet to which a form belongs; None for what is no form of a sheet."""
    match = _FORM.fullmatch(custom_id)
    return match["id"] if match else None


class _Control:
    """What button and select have in common: the sheet is looked up at every press."""

    verb: str
    sheet_id: str

    async def _act(self, interaction: Interaction, values: Sequence[str]) -> None:
        client: Desk = interaction.client
        try:
            sheet = client.sheets.find(self.sheet_id, UserId(interaction.user.id))
            await sheet.act(self.verb, values, interaction)
        except Exception as error:  # noqa: BLE001 - discord.py would log it and leave the member without a word
            await client.explain(interaction, error, command=f"sheet: {self.verb}")


class SheetButton(_Control, ui.DynamicItem[ui.Button[Any]], template=rf"drover:oldsheet:(?P<verb>[a-z]+):{_ID}"):
    def __init__(
        self,
        verb: str,
        sheet_id: str,
        *,
        label: str | None = None,
        style: discord.ButtonStyle = discord.ButtonStyle.secondary,
        disabled: bool = False,
    ) -> None:
        custom_id = f"drover:oldsheet:{verb}:{sheet_id}"
        super().__init__(ui.Button(label=label, style=style, custom_id=custom_id, disabled=disabled))
        self.verb = verb
        self.sheet_id = sheet_id

    @classmethod
    async def from_custom_id(cls, _: Interaction, __: ui.Item[Any], match: re.Match[str], /) -> Self:
        return cls(match["verb"], match["id"])

    async def callback(self, interaction: Interaction) -> None:
        await self._act(interaction, ())


class SheetSelect(_Control, ui.DynamicItem[ui.Select[Any]], template=rf"drover:oldpick:(?P<verb>[a-z]+):{_ID}"):
    def __init__(
        self,
        verb: str,
        sheet_id: str,
        *,
        placeholder: str | None = None,
        options: list[discord.SelectOption] | None = None,
    ) -> None:
        custom_id = f"drover:oldpick:{verb}:{sheet_id}"
        super().__init__(ui.Select(placeholder=placeholder, options=options or [], custom_id=custom_id))
        self.verb = verb
        self.sheet_id = sheet_id

    @classmethod
    async def from_custom_id(cls, _: Interaction, __: ui.Item[Any], match: re.Match[str], /) -> Self:
        return cls(match["verb"], match["id"])

    async def callback(self, interaction: Interaction) -> None:
        await self._act(interaction, self.item.values)

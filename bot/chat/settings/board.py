"""The panels: draws them, and takes every press, choice and form of theirs.

Whoever uses one is asked for the right to at each use: the panel may be a week old, and the press somebody else's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import discord
from bot.chat.kit.actor import actor
from bot.chat.kit.control import Interaction
from bot.chat.kit.desk import Desk
from bot.chat.kit.replies import acknowledge, defer
from bot.chat.kit.session import Sheet
from bot.chat.kit.translation import Texts
from bot.chat.kit.words import refusal_text
from bot.domain.errors import Refusal
from discord import ui

from bot.chat.settings import setup
from bot.chat.settings.billing import BillingSection, Overview
from bot.chat.settings.controls import Address, Written, address_of_form, as_modal, picker, row, written
from bot.chat.settings.records import AuditLog, Log, Retention
from bot.chat.settings.rules import Access, Budgets, Hours, Members, Models, Queue, Words
from bot.chat.settings.section import PANEL, SETUP, Call, Items, Office, Section, Turn

_GREY, _AMBER = 0x6B7280, 0xF59E0B
_SHOW = "show"  # the verb of the select of sections

SECTIONS: tuple[Section, ...] = (
    *(Overview(), BillingSection(), Budgets(), Members(), Access(), Models(), Words(), Hours()),
    *(Queue(), Log(), Retention(), AuditLog()),
)
NAMES = tuple(section.name for section in SECTIONS)


class Panels:
    """All panels of one client."""

    def __init__(self, desk: Desk, office: Office) -> None:
        self._desk = desk
        self._office = office
        self._sections = {section.name: section for section in SECTIONS}
        self._steps = {step.name: step for step in setup.steps(desk, self._sections)}

    async def open(self, interaction: Interaction, section: str) -> None:
        """Answers with a private panel. Raises `Refusal` for whoever does not manage the server."""
        await self._open(interaction, Address(frame=PANEL, section=section, verb=_SHOW))

    async def walk(self, interaction: Interaction) -> None:
        """Answers with the walk through what a new server needs, where it was left off. Raises `Refusal`."""
        call = self._call(interaction, Address(frame=SETUP, section=setup.STEPS[0], verb=_SHOW))
        account = await self._office.accounts.of(call.guild_id)
        first = setup.begin(await call.rules(), account, own_pays=self._office.own_pays)
        await self._open(interaction, replace(call.address, section=first))

    async def _open(self, interaction: Interaction, address: Address) -> None:
        call = self._call(interaction, address)
        await defer(interaction, ephemeral=True)
        await self._show(call, Turn(), ())

    async def chosen(self, interaction: Interaction, address: Address, values: Sequence[str]) -> None:
        """Takes a press or a choice: opens a form, or does what it is for and shows what came of it."""
        try:
            call = self._call(interaction, address, values=values)
            if not await self._opened(call, None):
                await acknowledge(interaction)
                await self._show(call, *await self._attempt(call, self._acted))
        except Exception as error:  # noqa: BLE001 - discord.py would log it and leave the person without a word
            await self._desk.explain(interaction, error, command=f"panel: {address.section} {address.verb}")

    async def sent_in(self, interaction: discord.Interaction[Any]) -> bool:
        """Takes a form, if it is one of a panel's; whether it was."""
        data = cast("Mapping[str, Any]", interaction.data or {})
        address = address_of_form(str(data.get("custom_id", "")))
        if address is None:
            return False
        try:
            call = self._call(interaction, address, answers=written(data))
            await acknowledge(interaction)
            await self._show(call, *await self._attempt(call, self._filled))
        except Exception as error:  # noqa: BLE001
            await self._desk.explain(interaction, error, command=f"form: {address.section} {address.verb}")
        return True

    async def reopen(self, interaction: Interaction, address: Address, given: Written | None) -> None:
        """Opens a form again, as it was filled in."""
        await self._opened(self._call(interaction, address), given)

    def _call(
        self,
        interaction: discord.Interaction[Any],
        address: Address,
        *,
        values: Sequence[str] = (),
        answers: Written | None = None,
    ) -> Call:
        """Raises `Refusal` for whoever does not manage the server, and for controls of another version."""
        who = actor(interaction)
        if not who.manager:
            raise Refusal("manage-server")
        if address.section not in self._of(address.frame):
            raise Refusal("lapsed")
        return Call(
            office=self._office,
            guild_id=who.guild_id,
            user_id=who.user_id,
            texts=self._desk.texts(interaction),
            address=address,
            interaction=interaction,
            values=tuple(values),
            answers=answers or {},
        )

    def _of(self, frame: str) -> Mapping[str, Section]:
        return self._steps if frame == SETUP else self._sections

    def _section(self, call: Call) -> Section:
        return self._of(call.address.frame)[call.address.section]

    async def _opened(self, call: Call, given: Written | None) -> bool:
        """Whether the control opens a form. What was chosen in a select goes into the form's address."""
        section = self._section(call)
        layout = await section.form(call, given) if call.address.verb in section.opens else None
        if layout is None:
            return False
        chosen = call.values[0] if call.values else call.arg
        await call.interaction.response.send_modal(as_modal(layout, replace(call.address, arg=chosen)))
        return True

    async def _attempt(self, call: Call, work: Any) -> tuple[Turn, Items]:
        """What comes of it, or why nothing did: then with a way to do it again."""
        try:
            return await work(call), []
        except Refusal as refusal:
            again = await self._again(call) if call.answers else []
            return Turn(news=refusal_text(refusal, call.texts)), again

    async def _acted(self, call: Call) -> Turn:
        if call.address.verb == _SHOW:
            return Turn(section=call.values[0] if call.values else call.arg)
        return await self._section(call).act(call)

    async def _filled(self, call: Call) -> Turn:
        return await self._section(call).filled(call)

    async def _again(self, call: Call) -> Items:
        layout = await self._section(call).form(call, call.answers)
        secret = layout is None or layout.secret
        sheet = self._desk.sheets.lay_out(Again(self, call.address, None if secret else call.answers), call.user_id)
        return [row(sheet.button("again", call.texts("settings-again"), discord.ButtonStyle.primary))]

    async def _show(self, call: Call, turn: Turn, beside: Sequence[ui.Item[Any]]) -> None:
        view = await self._drawn(call, turn, beside)
        await call.interaction.edit_original_response(view=view)

    async def _drawn(self, call: Call, turn: Turn, beside: Sequence[ui.Item[Any]]) -> ui.LayoutView:
        name = turn.section if turn.section in self._of(call.address.frame) else call.address.section
        shown = replace(call, address=replace(call.address, section=name, verb=_SHOW, arg=turn.arg), values=())
        section = self._section(shown)
        view = ui.LayoutView(timeout=None)
        if turn.news is not None:
            notice: ui.Container[ui.LayoutView] = ui.Container(accent_colour=discord.Colour(_AMBER))
            told: Items = [ui.TextDisplay(turn.news), *beside]
            for item in told:
                notice.add_item(item)
            view.add_item(notice)
        container: ui.Container[ui.LayoutView] = ui.Container(accent_colour=discord.Colour(_GREY))
        head = setup.head(shown) if call.address.frame == SETUP else _head(section, shown.texts)
        drawn: Items = [*head, *await section.draw(shown)]
        for item in drawn:
            container.add_item(item)
        view.add_item(container)
        ways = await setup.ways(shown, section) if call.address.frame == SETUP else _ways(section, shown)
        for item in ways:
            view.add_item(item)
        return view


class Again(Sheet):
    """A form that was not right, to be put right: what was written in it is kept for a while, but for secrets."""

    def __init__(self, panels: Panels, address: Address, given: Written | None) -> None:
        super().__init__()
        self._panels = panels
        self._address = address
        self._given = given

    async def act(self, verb: str, values: Sequence[str], interaction: Interaction) -> None:  # noqa: ARG002
        await self._panels.reopen(interaction, self._address, self._given)


def _head(section: Section, texts: Texts) -> Items:
    return [
        ui.TextDisplay(f"### {texts(f'settings-section-{section.name}')}\n{texts(f'settings-about-{section.name}')}"),
        ui.Separator(),
    ]


def _ways(section: Section, call: Call) -> Items:
    texts = call.texts
    options = [
        discord.SelectOption(label=texts(f"settings-section-{name}"), value=name, default=name == section.name)
        for name in NAMES
    ]
    return [row(picker(section.at(call, _SHOW), texts("settings-pick-section"), options))]

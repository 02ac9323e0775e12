"""The panels of `/settings` and `/setup`: draws them, and takes every press, choice and form of theirs.

Whoever uses one is asked for the right to at each use: the panel may be a week old, and the press somebody else's.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

import discord
from discord import ui

from bot.chat.kit.components import AMBER, GREY, box, layout, row, select
from bot.chat.kit.context import InteractionContext
from bot.chat.kit.control import Control, Press
from bot.chat.kit.modal import Answers
from bot.chat.kit.replies import acknowledge, defer
from bot.chat.kit.session import FormSession
from bot.chat.kit.words import refusal_text
from bot.chat.settings import setup
from bot.chat.settings.billing import Billing, Overview
from bot.chat.settings.records import AuditLog, Log, Retention, Reviews, Showcase
from bot.chat.settings.rules import Access, Budgets, Hours, Members, Models, Prices, Queue, Words
from bot.chat.settings.section import FILLED, PANEL, SETUP, USED, Address, Call, Items, Section, Turn
from bot.chat.settings.unclear import UnclearSection
from bot.domain.errors import Refusal

_SHOW = "show"  # what the select of sections does

SECTIONS: Mapping[str, Section] = {
    section.name: section
    for section in (
        *(
            Overview(),
            Billing(),
            Budgets(),
            Prices(),
            UnclearSection(),
            Members(),
            Access(),
            Models(),
            Words(),
            Hours(),
        ),
        *(Queue(), Log(), Showcase(), Reviews(), Retention(), AuditLog()),
    )
}
_STEPS: Mapping[str, Section] = {
    **{name: SECTIONS[name] for name in ("billing", *setup.CHOSEN, "access", "log")},
    **{step.name: step for step in (setup.Protection(), setup.Trial(), setup.Done())},
}


async def open_panel(context: InteractionContext, section: str) -> None:
    """Answers with a private panel. Raises `Refusal` for whoever does not manage the server."""
    call = _call(context, Address(frame=PANEL, section=section, verb=_SHOW))
    await defer(context.interaction, ephemeral=True)
    await _show(call, Turn())


async def open_setup(context: InteractionContext) -> None:
    """Answers with the walk through what a new server needs, where it was left off. Raises `Refusal`."""
    call = _call(context, Address(frame=SETUP, section=setup.STEPS[0], verb=_SHOW))
    first = await setup.first_step(call)
    await defer(context.interaction, ephemeral=True)
    await _show(call, Turn(section=first))


async def _used(press: Press) -> None:
    """Takes a press or a choice: opens a form, or does what it is for and shows what came of it."""
    call = _call(press.context, Address(**press.values))
    call = replace(call, values=tuple(press.chosen))
    if await _opened(call, None):
        return
    await acknowledge(press.interaction)
    if call.address.verb == _SHOW:
        await _show(call, Turn(section=call.values[0] if call.values else call.arg))
    else:
        await _attempt(call, _section(call).act)


async def _filled(press: Press) -> None:
    """Takes a form: does what it is for and shows what came of it, or why nothing did, with a way back to the form."""
    call = replace(_call(press.context, Address(**press.values)), answers=press.answers)
    await acknowledge(press.interaction)
    await _attempt(call, _section(call).filled)


CONTROLS = (Control(USED, _used), Control(FILLED, _filled))


class Again(FormSession):
    """A form that was not right, to be put right: what was written in it is kept for a while, but for secrets."""

    verbs = ("again",)

    def __init__(self, call: Call) -> None:
        super().__init__(call.context)
        self._address = call.address
        self._given = call.answers if call.address.verb not in _section(call).secrets else None

    async def act(self, verb: str, press: Press) -> None:  # noqa: ARG002 - there is one button
        await _opened(_call(press.context, self._address), self._given)


def _call(context: InteractionContext, address: Address) -> Call:
    """Raises `Refusal` for whoever does not manage the server, and for controls of another version."""
    if not context.manager:
        raise Refusal("manage-server")
    if address.section not in _sections(address.frame):
        raise Refusal("lapsed")
    return Call(context=context, address=address)


def _sections(frame: str) -> Mapping[str, Section]:
    return _STEPS if frame == SETUP else SECTIONS


def _section(call: Call) -> Section:
    return _sections(call.address.frame)[call.address.section]


async def _opened(call: Call, given: Answers | None) -> bool:
    """Whether the control opens a form."""
    section = _section(call)
    form = await section.form(call, given) if call.address.verb in section.opens else None
    if form is not None:
        await call.context.interaction.response.send_modal(form)
    return form is not None


async def _attempt(call: Call, work: Callable[[Call], Awaitable[Turn]]) -> None:
    """Shows what comes of it, or why nothing did: then, after a form, with a button to fill it in again."""
    try:
        turn = await work(call)
    except Refusal as refusal:
        again: Items = []
        if call.answers is not None:
            label = call.texts("settings-again")
            again = [row(Again(call).button("again", label, discord.ButtonStyle.primary))]
        await _show(call, Turn(news=refusal_text(refusal, call.texts)), again)
    else:
        await _show(call, turn)


async def _show(call: Call, turn: Turn, beside: Items | None = None) -> None:
    """Puts the section, with the news above it, in the place of the panel. What is `beside` belongs to the news."""
    name = turn.section if turn.section in _sections(call.address.frame) else call.address.section
    shown = replace(call, address=replace(call.address, section=name, verb=_SHOW, arg=turn.arg), values=())
    section, texts = _section(shown), call.texts
    if call.address.frame == SETUP:
        head, ways = setup.head(shown), await setup.ways(shown, section)
    else:
        head = f"### {texts(f'settings-section-{name}')}\n{texts(f'settings-about-{name}')}"
        options = [
            discord.SelectOption(label=texts(f"settings-section-{each}"), value=each, default=each == name)
            for each in SECTIONS
        ]
        ways = [row(select(section.at(shown, _SHOW), texts("settings-pick-section"), options))]
    news = [box([turn.news, *(beside or [])], AMBER)] if turn.news is not None else []
    panel = box([head, ui.Separator(), *await section.draw(shown)], GREY)
    await call.context.interaction.edit_original_response(view=layout(*news, panel, *ways, colour=None))

"""The nearest request that would run, as a button below a refusal."""

from collections.abc import Sequence
from typing import Any

import discord
from bot.domain.errors import Refusal
from bot.domain.ids import UserId
from bot.domain.models.catalogue import DURATION_NAMES
from bot.domain.orders.order import GenerationRequest
from discord import ui

from bot.chat.kit.control import Interaction
from bot.chat.kit.desk import Desk
from bot.chat.kit.money import dollars
from bot.chat.kit.session import Sheet
from bot.chat.kit.translation import Texts
from bot.chat.kit.words import option_word
from bot.chat.orders.placing import order

_SHOWN = 40  # characters of a value
_MODEL = 55  # characters of a model's name: a button has 80
_LEFT_OUT = frozenset({"option-unknown", "option-foreign"})  # what is mended by leaving the option out
_OTHER_MODEL = frozenset({"input-missing", "input-missing-any", "input-unwanted"})
_LENGTHS = frozenset({"duration", *DURATION_NAMES})


class SuggestionSheet(Sheet):
    """A request that was mended: its one button orders it."""

    def __init__(self, desk: Desk, request: GenerationRequest) -> None:
        super().__init__()
        self._desk = desk
        self._request = request

    async def act(self, verb: str, values: Sequence[str], interaction: Interaction) -> None:  # noqa: ARG002 - one button
        self._desk.sheets.use_up(self)
        await order(interaction, self._request)


def suggestion_view(interaction: discord.Interaction[Any], desk: Desk, refusal: Refusal) -> ui.View | None:
    """The button “Run with 10 s” for a refusal that has a suggestion; None for others."""
    if refusal.suggestion is None:
        return None
    sheet = desk.sheets.lay_out(SuggestionSheet(desk, refusal.suggestion), UserId(interaction.user.id))
    view = ui.View(timeout=None)
    view.add_item(sheet.button("run", suggestion_label(refusal, desk.texts(interaction)), discord.ButtonStyle.primary))
    return view


def suggestion_label(refusal: Refusal, texts: Texts) -> str:
    """“Run with 10 s”, or what else is nearest."""
    if refusal.key in _OTHER_MODEL and refusal.values.get("nearest"):
        price = dollars(refusal.cost) if refusal.cost is not None else "none"
        return texts("remedy-run-model", model=str(refusal.values["nearest"])[:_MODEL], price=price)
    if refusal.also:  # each line says what is nearest
        return texts("remedy-run")
    nearest = str(refusal.values.get("nearest", ""))[:_SHOWN]
    if refusal.key == "model-wrong-kind":
        return texts("remedy-run-kind", kind=str(refusal.values["makes"]))
    if not nearest and refusal.key in _LEFT_OUT:
        return texts("remedy-run-without", option=option_word(str(refusal.values["option"]), texts)[:_SHOWN])
    if not nearest:
        return texts("remedy-run")
    if refusal.key == "duration" or refusal.values.get("option") in _LENGTHS:
        nearest = texts("setting-seconds", seconds=nearest.removesuffix("s").strip())
    return texts("remedy-run-with", value=nearest)

"""The question before many orders are cancelled: how many, how much, what it cannot undo; what its buttons carry."""

from decimal import Decimal
from typing import Any

import pytest
from discord import ui

from bot.chat.queue.views import ask_view, banned_view, choose_view, done_view, dump_scope, load_scope
from bot.domain.errors import Refusal
from bot.domain.ids import ChannelId, OrderId, UserId
from bot.domain.orders.waiting import Scope, Weight
from bot.texts import Translations
from tests.chat.orders import ID, REQUESTER
from tests.chat.test_cards import LANGUAGES, fits, text, walked

SCOPES = (
    Scope(),
    Scope(order=OrderId(ID(1))),
    Scope(member=UserId(2**63 - 1)),
    Scope(channel=ChannelId(1150000000000000111)),
)


def weight(generations: int, *, unsent: int = 0, unpriced: int = 0, reserved: str = "0") -> Weight:
    return Weight(orders=1, generations=generations, unsent=unsent, unpriced=unpriced, reserved=Decimal(reserved))


def ids(view: ui.LayoutView) -> list[Any]:
    return [one["custom_id"] for one in walked(view) if "custom_id" in one]


@pytest.mark.parametrize("scope", SCOPES, ids=lambda scope: scope.kind)
def test_a_scope_comes_back_from_its_buttons(scope: Scope) -> None:
    assert load_scope(dump_scope(scope)) == scope


@pytest.mark.parametrize(
    "given", ["", "order-", "order-xyz", "member-", "member--1", "channel-1e9", "member-" + "9" * 30, "alll"]
)
def test_what_no_button_of_ours_carries_is_refused(given: str) -> None:
    with pytest.raises(Refusal):
        load_scope(given)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("scope", SCOPES, ids=lambda scope: scope.kind)
def test_every_panel_fits(translations: Translations, language: str, scope: Scope) -> None:
    texts = translations.of(language)
    for one in (
        weight(0),
        weight(1, unsent=1, reserved="0.35"),
        weight(9000, unsent=3, unpriced=2, reserved="12345.678"),
    ):
        fits(ask_view(scope, one, texts))
        fits(banned_view(REQUESTER, one, texts))
    fits(choose_view(texts))
    fits(done_view(9000, texts))


def test_it_says_how_many_how_much_and_what_cannot_be_undone(translations: Translations) -> None:
    texts = translations.of("en-US")
    mixed = ask_view(Scope(), weight(5, unsent=2, unpriced=1, reserved="1.4"), texts)
    assert text(mixed).split("\n") == [
        "### Cancel 5 results in this server?",
        "💵 $1.40 is reserved for them. The money of whatever is not made any more is released.",
        "The price of one of them is not known.",
        "2 have not been sent yet and cost nothing; what is at Oxen and nearly done may still arrive, and be charged.",
    ]
    assert ids(mixed) == ["drover:queue:sure:all", "drover:queue:page:server-1"]
    assert "nothing will be charged" in text(ask_view(Scope(), weight(2, unsent=2), texts))
    assert "All of it is at Oxen already" in text(ask_view(Scope(), weight(2), texts))
    nothing = ask_view(Scope(member=REQUESTER), weight(0), texts)
    assert text(nothing) == f"There is nothing to cancel of <@{REQUESTER}>."
    assert ids(nothing) == ["drover:queue:page:server-1"]

"""The panel of `/privacy`, its question and its promise, and what is told of orders that ended with a departure."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from discord import ui

from bot.chat.kit.components import PersistentItem
from bot.chat.orders.messages import result_text
from bot.chat.privacy.controls import panel, promise, question
from bot.domain.ids import NOBODY, GuildId
from bot.domain.messenger import OutgoingResult
from bot.domain.orders.generation import GenerationState, Reason
from bot.domain.records.privacy import Holding, Holdings
from bot.services.privacy.privacy import Stored
from bot.settings import LOCALES
from bot.texts import Translations
from tests.chat.orders import generation, order, post, validated

TEXTS = Translations(LOCALES)
HERE, THERE = GuildId(1), GuildId(2)
AT = datetime(2026, 11, 20, tzinfo=UTC)
MUCH = Holding(guild_id=HERE, orders=7, videos=3, prompts=6, files=2, open=2, acts=4, spent=Decimal("12.345"), since=AT)
every_language = pytest.mark.parametrize("language", TEXTS.languages)


def stored(
    here: Holding, *others: Holding, asked: bool = False, banned: bool = False, days: int | None = None
) -> Stored:
    by_guild = {one.guild_id: one for one in (here, *others) if one.orders}
    holdings = Holdings(by_guild=by_guild, asked_at={HERE: AT} if asked else {})
    return Stored(here=here, everywhere=holdings, retention=days, banned=banned)


def said(view: ui.LayoutView) -> str:
    return "\n".join(item.content for item in view.walk_children() if isinstance(item, ui.TextDisplay))


def buttons(view: ui.LayoutView) -> Sequence[str]:
    return [
        item.item.label or ""
        for item in view.walk_children()
        if isinstance(item, PersistentItem) and isinstance(item.item, ui.Button)
    ]


def test_the_panel_says_what_there_is() -> None:
    other = Holding(guild_id=THERE, orders=5)
    text = said(panel(stored(MUCH, other, days=30), TEXTS.of("en-US")))
    for part in (
        "7 orders",
        "3 videos, 4 pictures",
        "prompts of 6 orders (2",
        "$12.35",
        "4 entries",
        "30 days",
        "12 orders",
    ):
        assert part in text
    assert "<t:1795132800:D>" in text
    assert "may not order" not in text


def test_the_panel_says_what_waits_and_what_stays() -> None:
    text = said(panel(stored(MUCH, asked=True, banned=True), TEXTS.of("en-US")))
    assert "You asked me on <t:1795132800:D>" in text
    assert "<t:1797897600:D>" in text  # 32 days later
    assert "may not order here" in text
    assert "until somebody deletes them" in text


def test_what_is_under_way_is_said_before_and_after() -> None:
    texts = TEXTS.of("en-US")
    for view in (question(stored(MUCH), texts), promise(stored(MUCH), "here", texts)):
        assert "2 orders of yours here are still under way" in said(view)
    assert "under way" not in said(question(stored(Holding(guild_id=HERE)), texts))
    assert buttons(question(stored(MUCH), texts)) == ["Delete here", "Delete in all servers", "Keep it"]


@every_language
def test_everything_fits_into_a_message(language: str) -> None:
    texts, much = TEXTS.of(language), stored(MUCH, asked=True, banned=True, days=3650)
    views = [
        panel(much, texts),
        question(much, texts),
        promise(much, "here", texts),
        promise(much, "everywhere", texts),
    ]
    for view in views:
        assert len(said(view)) < 4000
        assert view.content_length() < 4000


@every_language
def test_what_was_stopped_by_a_departure_names_nobody(language: str) -> None:
    made = [generation(1, GenerationState.CANCELLED, reason=Reason.CANCELLED, cancelled_by=NOBODY)]
    text = result_text(OutgoingResult(post=post(order(validated(), locale=language), made)), TEXTS.of(language))
    assert "<@0>" not in text
    assert TEXTS.of(language)("result-cancelled-left") in text

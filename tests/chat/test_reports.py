"""What is said of usage and history: within Discord's limits, harmless, in both languages."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import product

import pytest
from discord import ui

from bot.chat.favourites.views import favourites_view
from bot.chat.history.views import GO, FoundResult, HistoryCursor, history_view, order_view, pictured
from bot.chat.kit.components import PersistentItem
from bot.chat.kit.previews import Preview
from bot.chat.usage.views import TABLE, duration, table_id, table_of, usage_chart, usage_view
from bot.domain.ids import GenerationId, MessageId, OrderId, UserId
from bot.domain.models.catalogue import MediaKind
from bot.domain.orders.generation import GenerationState
from bot.domain.records.reports import Budget, Forecast, Lineage, OfKind, Page, PastOrder, Spent, Usage, Wait, Way
from bot.domain.records.stars import Favourite, Favourites
from bot.domain.rules.periods import Period, Span
from bot.settings import LOCALES
from bot.texts import Texts, Translations
from tests.chat.orders import generation, order, validated
from tests.chat.rendering import interpreted

TRANSLATIONS = Translations(LOCALES)
S = GenerationState
DAY = datetime(2026, 11, 1, tzinfo=UTC)
WAIT = Wait(half=timedelta(seconds=48), most=timedelta(minutes=3))
NASTY = "](http://x) @everyone *a* `b` $c$ " * 10


@pytest.fixture(params=["en-US", "de"])
def texts(request: pytest.FixtureRequest) -> Texts:
    return TRANSLATIONS.of(request.param)


def texts_of(view: ui.LayoutView) -> list[str]:
    return [child.content for child in view.walk_children() if isinstance(child, ui.TextDisplay)]


def spent(names: Sequence[str]) -> tuple[Spent, ...]:
    return tuple(Spent(name=name, usd=Decimal("1234.5678"), orders=1000) for name in names)


def usage(**given: object) -> Usage:
    full = Usage(
        period=Period(start=DAY, end=DAY + timedelta(days=30), label="2026-11"),
        member=None,
        spent=Decimal("4999.9951"),
        reserved=Decimal("1.5"),
        orders=12345,
        days=spent([f"2026-11-{n:02}" for n in range(1, 31)]),
        members=spent([str(2**62 + n) for n in range(40)]),
        models=spent([f"{NASTY}{n}" for n in range(40)]),
        others=Decimal("0.35"),
        states=Counter({S.SUCCEEDED: 1000, S.FAILED: 10, S.CANCELLED: 3}),
        kinds=(
            OfKind(
                kind=MediaKind.VIDEO, outputs=1, usd=Decimal(4000), unsure=Decimal("0.35"), success_rate=0.9, took=WAIT
            ),
            OfKind(
                kind=MediaKind.IMAGE,
                outputs=999,
                usd=Decimal("999.9951"),
                unsure=Decimal(0),
                success_rate=None,
                took=None,
            ),
        ),
        took=WAIT,
        held=WAIT,
        budget=Budget(usd=Decimal(5000), spent=Decimal("4999.9951")),
        day_budget=Decimal(200),
    )
    return replace(full, **given)  # type: ignore[arg-type]


def test_what_is_unclear_is_said(texts: Texts) -> None:
    said = texts_of(usage_view(usage(unclear=Decimal("1.05")), Span.MONTH, texts, pictured=False, table=False))
    without = texts_of(usage_view(usage(), Span.MONTH, texts, pictured=False, table=False))
    assert texts.money(Decimal("1.05")) in said[1]
    assert "❔" in said[1]
    assert "❔" not in without[1]


def test_what_is_estimated_is_marked_and_the_month_is_forecast(texts: Texts) -> None:
    soon = Forecast(usd=Decimal(6000), exhausted=DAY)
    month = usage(estimated=Decimal("0.35"), forecast=soon)
    said = "\n".join(texts_of(usage_view(month, Span.MONTH, texts, pictured=False, table=False)))
    for words in (
        texts("usage-line-estimated", amount=Decimal("0.35")),
        texts("usage-line-forecast", amount=Decimal(6000), exhausted=f"<t:{int(DAY.timestamp())}:D>"),
        texts(
            "usage-line-kind",
            kind="video",
            spent=f"≈ {texts.money(Decimal(4000))}",
            count=1,
            rate="90 %",
            half="48 s",
            most="3 min",
        ),
        texts(
            "usage-line-kind",
            kind="image",
            spent=texts.money(Decimal(1000)),
            count=999,
            rate="none",
            half="none",
            most="none",
        ),
    ):
        assert words in said
    chart = usage_chart(month, texts, {})
    assert chart.tiles[0][1] == f"≈ {texts.money(Decimal(5000))}"
    assert chart.tiles[3] == (texts("usage-forecast"), f"≈ {texts.money(Decimal(6000))}")
    assert chart.note == texts("usage-unsure")
    assert not usage_chart(usage(), texts, {}).note
    assert [label for label, _ in chart.kinds] == [
        texts("usage-kind-title", kind="video", spent=f"≈ {texts.money(Decimal(4000))}"),
        texts("usage-kind-title", kind="image", spent=texts.money(Decimal(1000))),
    ]


def test_a_full_month_fits_into_a_message(texts: Texts) -> None:
    view = usage_view(usage(), Span.MONTH, texts, pictured=True, table=True)
    said = texts_of(view)
    assert sum(map(len, said)) <= 4000
    assert view.total_children_count <= 40
    assert "@everyone" not in "".join(said)
    assert "masked link" not in interpreted("".join(said))


def test_the_picture_says_what_the_numbers_say(texts: Texts) -> None:
    names = {UserId(2**62): "Ada", UserId(2**62 + 1): "🦊", UserId(2**62 + 2): "a" * 99, UserId(2**62 + 4): "Bo 🦊"}
    chart = usage_chart(usage(), texts, names)
    assert chart.tiles[0][1] == texts.money(Decimal(5000))
    assert chart.tiles[2][1] == "99 %"
    assert [label for _, label in chart.scale] == [texts.money(Decimal(n)) for n in (0, 500, 1000, 1500)]
    assert chart.limit is not None
    assert chart.meter is not None
    assert [name for name, _, _ in chart.bars[0].rows] == ["Ada", "2.", f"{'a' * 31}…", "4.", "Bo"]
    assert all(len(name) <= 32 for name, _, _ in chart.bars[1].rows)
    assert len(usage_chart(usage(member=UserId(1), members=()), texts, {}).bars) == 1


def test_the_scale_is_round_and_reaches_over_the_highest_day(texts: Texts) -> None:
    for usd in ("0", "0.0001", "0.009", "0.019", "0.35", "1", "2.5", "7.77", "99", "100000"):
        days = (Spent(name="2026-11-01", usd=Decimal(usd), orders=1),)
        scale = usage_chart(usage(days=days, day_budget=None), texts, {}).scale
        assert scale[0] == (0.0, texts.money(Decimal(0)))
        assert scale[-1][0] >= float(usd)
        assert 2 <= len(scale) <= 6
        assert len({label for _, label in scale}) == len(scale)


def test_an_empty_report_is_a_kind_sentence_without_a_picture(texts: Texts) -> None:
    nothing = usage(
        spent=Decimal(0), orders=0, days=(), members=(), models=(), others=Decimal(0), states=Counter(), took=None,
        held=None, budget=None,
    )  # fmt: skip
    view = usage_view(nothing, Span.TODAY, texts, pictured=False, table=True)
    assert texts("usage-nothing") in texts_of(view)
    usage_chart(nothing, texts, {})


def test_times_are_short() -> None:
    said = [duration(timedelta(seconds=n), TRANSLATIONS.of("en-US")) for n in (0, 119, 120, 7199, 7200)]
    assert said == ["0 s", "119 s", "2 min", "120 min", "2.0 h"]


def test_the_table_is_of_the_same_period_a_week_later() -> None:
    period = Period(start=DAY, end=DAY + timedelta(days=30), label="2026-11")
    values = TABLE.parse(table_id(period, UserId(5)))
    assert values is not None
    again, member = table_of(values)
    assert (again.start, again.end, member) == (period.start, period.end, UserId(5))


def test_a_place_survives_in_a_custom_id() -> None:
    for words, member in product(("", "a fox", ":n:-:0:", "\n x", "🦊" * 36), (None, UserId(1), UserId(2**64 - 1))):
        place = HistoryCursor(member=member, words=words, way=Way.OLDER, start=OrderId("0" * 24))
        custom_id = GO(**place.dump())
        assert len(custom_id) <= 100
        values = GO.parse(custom_id)
        assert values is not None
        assert HistoryCursor.load(values) == place


def past(prompt: str = "a fox", **given: object) -> PastOrder:
    made = generation(1, S.SUCCEEDED)
    whole = PastOrder(
        order=order(validated(prompt)), generations=(made,), cost=Decimal("0.35"), posts={made.id: MessageId(99)}
    )
    return replace(whole, **given)  # type: ignore[arg-type]


def test_a_page_fits_whatever_people_wrote(texts: Texts) -> None:
    page = Page(entries=(past(NASTY),) * 8, newer=OrderId("0" * 24), older=OrderId("1" * 24))
    pictures = {output: Preview(url="https://cdn.invalid/1", covered=True) for _, output in pictured(page)}
    view = history_view(page, HistoryCursor(member=None, words=NASTY[:36]), pictures, texts)
    assert view.total_children_count == 33
    assert sum(isinstance(child, ui.Thumbnail) for child in view.walk_children()) == 8
    said = "\n".join(texts_of(view))
    assert len(said) <= 4000
    assert "@everyone" not in said
    assert said.count("](https://discord.com/channels/") == 8


def test_a_page_of_favourites_fits_and_says_what_is_gone(texts: Texts) -> None:
    ids = [GenerationId(f"{n:024}") for n in range(5)]
    entries = [
        Favourite(output=each, past=past(NASTY, posts={each: MessageId(99)}, wordless=each == ids[3]), stars=1_000_000)
        for each in ids
    ]
    previews: dict[GenerationId, Preview | None] = {
        each: Preview(url="https://cdn.invalid/1", covered=False) for each in ids
    }
    shown = favourites_view(Favourites(entries=entries, page=2, pages=3), previews, (), texts)
    assert shown.total_children_count <= 40
    assert sum(map(len, texts_of(shown))) <= 4000
    assert "@everyone" not in "".join(texts_of(shown))
    assert "".join(texts_of(shown)).count("](https://discord.com/channels/") == 5
    custom_ids = [str(child.custom_id) for child in shown.walk_children() if isinstance(child, PersistentItem)]
    assert len({*custom_ids}) == len(custom_ids) == 4 + 5 + 2, "what has no words is not made again"

    part = favourites_view(Favourites(entries=entries[:2], page=1, pages=1), {ids[0]: None}, {ids[1]}, texts)
    said = "\n".join(texts_of(part))
    assert texts("favourites-gone") in said
    assert texts("favourites-unseen") in said
    assert "discord.com" not in said
    assert texts("favourites-none") in "\n".join(
        texts_of(favourites_view(Favourites(entries=(), page=1, pages=1), {}, (), texts))
    )


def test_a_deleted_prompt_is_called_deleted(texts: Texts) -> None:
    gone = past("", wordless=True)
    page = history_view(Page(entries=(gone,), newer=None, older=None), HistoryCursor(member=None), {}, texts)
    assert "drover:repeat" not in str(page.to_components())
    deleted = texts("history-forgotten").replace("(", "").replace(")", "")
    assert deleted in "\n".join(texts_of(page))
    assert deleted in "\n".join(texts_of(order_view(gone, Lineage(), [], None, texts)))
    assert texts("history-no-words") in "\n".join(texts_of(order_view(past(""), Lineage(), [], None, texts)))


def test_links_fit_or_are_asked_for_alone(texts: Texts) -> None:
    one = past()
    made = tuple(replace(one.generations[0], ordinal=n) for n in range(1, 5))
    backs = [FoundResult(generation=g, link=f"https://results.invalid/{'x' * 1500}") for g in made]
    said = texts_of(order_view(replace(one, generations=made), Lineage(), backs, HistoryCursor(member=None), texts))
    assert sum(map(len, said)) <= 4000
    assert texts("history-alone", ordinal="4") in said[2]


def test_the_answer_says_where_a_lost_result_may_be(texts: Texts) -> None:
    one = past()
    gone, later = FoundResult(generation=one.generations[0]), FoundResult(generation=one.generations[0], later=True)
    said = "\n".join(texts_of(order_view(one, Lineage(), [gone], None, texts)))
    assert "Namespace" in said or "namespace" in said
    assert texts("history-later", ordinal="1", namespace="") in "\n".join(
        texts_of(order_view(one, Lineage(), [later], None, texts))
    )

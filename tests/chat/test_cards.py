"""The order card and the queue: within Discord's limits, whatever is shown and in every language."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from discord import ui
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.orders.cards import confirmation_card, order_card
from bot.chat.queue.views import PAGE, Entry, QueuePage, order_line, order_panel, queue_view
from bot.domain.ids import ChannelId, MessageId, OrderId
from bot.domain.models.catalogue import MediaKind
from bot.domain.models.parameters import Json
from bot.domain.models.slots import InputKind, Role
from bot.domain.orders.estimate import Estimate, EstimateSource
from bot.domain.orders.generation import ENDED, GenerationState, Reason
from bot.domain.orders.inputs import Attachment, FileLocation, Input
from bot.domain.orders.order import Booked, ConfirmationState, PendingConfirmation
from bot.domain.orders.payer import KeyId, Payer
from bot.domain.orders.validation import MAX_COUNT, MAX_PROMPT
from bot.domain.orders.waiting import Forecast, QueuePosition
from bot.domain.rules.policy import GuildPolicy
from bot.settings import LOCALES
from bot.texts import Translations
from tests.cases import each_case
from tests.chat.orders import MODERATOR, NOW, REQUESTER, generation, order, record, validated
from tests.fakes.orders import at

S = GenerationState
TEXTS = Translations(LOCALES)
LANGUAGES = TEXTS.languages
LONG_PROMPTS = ("x" * MAX_PROMPT, "*_~`<>" * 1000, "a\n" * 3000, "\n".join("<@everyone>" * 545), "🦊" * MAX_PROMPT)
EVERYTHING = {"duration": 15, "aspect_ratio": "9:19.5", "seed": 2**63 - 1, "generate_audio": True}
MODEL_NAME = "*_Some Model_* - Reference to Video (Preview) " * 3


def walked(view: ui.LayoutView) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []

    def walk(components: list[dict[str, Any]]) -> None:
        for one in components:
            found.append(one)
            walk(one.get("components", []))

    walk(view.to_components())
    return found


def text(view: ui.LayoutView) -> str:
    return "\n".join(one["content"] for one in walked(view) if one["type"] == 10)


def fits(view: ui.LayoutView) -> None:
    components = walked(view)
    assert len(components) <= 40
    assert sum(len(one["content"]) for one in components if one["type"] == 10) <= 4000
    assert all(one["content"] for one in components if one["type"] == 10)
    for button in (one for one in components if one["type"] == 2):
        assert 1 <= len(button["label"]) <= 80
        assert 1 <= len(button["custom_id"]) <= 100


def test_a_card_fits(translations: Translations) -> None:
    with each_case() as case:
        for language, state, prompt in product(LANGUAGES, S, LONG_PROMPTS):
            wanted = validated(prompt, count=MAX_COUNT, model_name=MODEL_NAME, parameters=EVERYTHING)
            generations = [generation(n, state) for n in range(1, MAX_COUNT + 1)]
            cancelling = [generation(n, state, cancelled_by=MODERATOR) for n in range(1, MAX_COUNT + 1)]
            with case((language, state, prompt[:20])):
                for attempts in (0, 3):
                    fits(order_card(record(order(wanted), generations, attempts=attempts), translations.of(language)))
                fits(order_card(record(order(wanted), cancelling), translations.of(language)))


@given(prompt=st.text(max_size=300), states=st.lists(st.sampled_from(S), min_size=1, max_size=4))
def test_a_card_says_how_every_generation_stands(prompt: str, states: list[S]) -> None:
    generations = [generation(n, state) for n, state in enumerate(states, 1)]
    view = order_card(record(order(validated(prompt, count=len(states))), generations), TEXTS.of("en-US"))
    fits(view)
    lines = text(view).split("\n")
    if len(states) > 1:
        assert [n for n in range(1, len(states) + 1) if any(line.startswith(f"{n}. ") for line in lines)]
    buttons = [one for one in walked(view) if one["type"] == 2]
    assert len(buttons) == (0 if all(state in ENDED for state in states) else 1)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_card_tells_of_what_nobody_could_be_told(translations: Translations, language: str) -> None:
    wanted = validated("x" * MAX_PROMPT, count=MAX_COUNT, model_name=MODEL_NAME, parameters=EVERYTHING)
    generations = [generation(n, S.FAILED if n == MAX_COUNT else S.SUCCEEDED) for n in range(1, MAX_COUNT + 1)]
    told = order_card(record(order(wanted), generations), translations.of(language))
    untold = replace(record(order(wanted), generations), untold=frozenset(g.id for g in generations[1:]))
    view = order_card(untold, translations.of(language))
    fits(view)
    assert "📭" in text(view)
    assert "000001" in next(line for line in text(view).split("\n") if "📭" in line)
    assert "📭" not in text(told)
    buttons = [one["custom_id"] for one in walked(view) if one["type"] == 2]
    assert buttons == [f"drover:link:{g.id}" for g in generations[1:-1]]


def test_a_card_tells_who_asked_for_what(translations: Translations) -> None:
    one = order(validated("a fox", kind=MediaKind.IMAGE, count=2, parameters={"aspect_ratio": "1:1", "seed": 1234567}))
    view = order_card(record(one, [generation(1, S.SUCCEEDED), generation(2, S.FAILED)]), translations.of("en-US"))
    assert text(view).split("\n") == [
        f"### 2 images for <@{REQUESTER}>",
        "> a fox",
        "**Kling 2.6 Pro** · 1:1 · seed 1234567",
        "💵 price not known beforehand · from **film-club**",
        "1. ✅ ready",
        "2. ❌ failed",
        "-# Order 000001",
    ]


def test_a_card_that_cannot_be_cancelled_has_a_disabled_button(translations: Translations) -> None:
    one = record(order(validated()), [generation(1, S.PROCESSING, cancelled_by=REQUESTER)])
    [button] = [c for c in walked(order_card(one, translations.of("en-US"))) if c["type"] == 2]
    assert button["disabled"]
    assert button["label"] == "Cancelling…"


def queue_page(entries: Sequence[Entry], *, number: int = 1, pages: int = 1, moderator: bool = False) -> QueuePage:
    rules = GuildPolicy(paused=moderator, drained=moderator)
    return QueuePage(entries=entries, scope="server", number=number, pages=pages, rules=rules, moderator=moderator)


def waiting(ahead: int, *, paused: bool = False) -> QueuePosition:
    estimate = None if paused else Forecast(likely=timedelta(minutes=3), at_most=timedelta(hours=30))
    return QueuePosition(
        order_id=OrderId("x"), at=NOW, since=NOW, admitted=False, ahead=ahead, estimate=estimate, paused=paused
    )


def test_a_page_of_the_queue_fits(translations: Translations) -> None:
    mixed = [generation(1, S.UNKNOWN), generation(2, S.INTENDED), generation(3, S.SUCCEEDED), generation(4, S.SENDING)]
    with each_case() as case:
        for language, prompt, paused in product(LANGUAGES, LONG_PROMPTS, (False, True)):
            wanted = validated(prompt, count=4, model_name=MODEL_NAME)
            entries = [
                (900 + n, replace(record(order(wanted, number=n), mixed), place=waiting(800, paused=paused)))
                for n in range(PAGE)
            ]
            with case((language, prompt[:20], paused)):
                view = queue_view(queue_page(entries, number=17, pages=167, moderator=True), translations.of(language))
                fits(view)
                assert [line.split()[0] for line in text(view).split("\n") if line.startswith("**")] == [
                    f"**{900 + n}.**" for n in range(PAGE)
                ]
                fits(order_panel(entries[0], translations.of(language)))


def test_only_moderators_get_the_controls_of_the_queue(translations: Translations) -> None:
    entries = [(1, record(order(validated()), [generation(1, S.QUEUED)]))]
    for moderator in (False, True):
        view = queue_view(queue_page(entries, moderator=moderator), translations.of("en-US"))
        labels = [one["label"] for one in walked(view) if one["type"] == 2]
        assert labels == (["Refresh", "Resume", "Cancel…"] if moderator else ["Refresh"])
        assert bool([one for one in walked(view) if one["type"] == 3]) == moderator


def test_an_order_without_a_card_has_no_link(translations: Translations) -> None:
    entries = [(3, record(order(validated("a [fox](https://x)"), card=False), [generation(1, S.QUEUED)]))]
    line = text(queue_view(queue_page(entries), translations.of("en-US"))).split("\n")[1]
    assert line.startswith("**3.** 🎬 a ")
    assert "https://discord.com" not in line


def test_a_card_tells_its_place_and_when_it_is_expected(translations: Translations) -> None:
    one = record(order(validated()), [generation(1, S.INTENDED)])
    texts = translations.of("en-US")
    soon = replace(waiting(2), estimate=Forecast(likely=timedelta(minutes=3), at_most=timedelta(minutes=9)))
    shown = text(order_card(replace(one, place=soon), texts))
    assert "waits for its turn" in shown
    at = int(NOW.timestamp())
    assert f"2 orders are before this one. Expected around <t:{at + 180}:t>, nearly always by <t:{at + 540}:t>" in shown
    assert f"<t:{at + 30 * 3600}:f>" in text(order_card(replace(one, place=waiting(0)), texts))
    paused = text(order_card(replace(one, place=waiting(0, paused=True)), texts))
    assert "paused" in paused
    assert "Expected" not in paused


def test_what_is_being_made_tells_how_far_it_is_and_when_it_will_be_ready(translations: Translations) -> None:
    """On the card and in the list, whose lines tell an age once."""
    texts, began = translations.of("en-US"), NOW - timedelta(minutes=2)
    at, soon = int(began.timestamp()), Forecast(likely=timedelta(minutes=4), at_most=timedelta(minutes=9))
    one = record(order(validated()), [generation(1, S.PROCESSING)])
    place = QueuePosition(order_id=OrderId("x"), at=NOW, since=began, admitted=True, ahead=0, estimate=soon)
    for after, bar, words in (
        (timedelta(), "▰▰▰▰▰▱▱▱▱▱", f"ready about <t:{at + 240}:t>"),
        (timedelta(minutes=3), "▰▰▰▰▰▰▰▰▰▱", f"ready any moment, nearly always by <t:{at + 540}:t>"),
        (timedelta(minutes=8), "▰▰▰▰▰▰▰▰▰▱", "takes longer than usual"),
    ):
        seen = replace(one, place=replace(place, at=NOW + after))
        assert f"{bar} {words}" in text(order_card(seen, texts))
        line = order_line(1, seen, texts)
        assert (words in line, line.count(":R>"), "\n" in line) == (True, 1, False)
    made = [generation(1, S.SUCCEEDED), *(generation(n, S.PROCESSING) for n in (2, 3, 4))]
    several = replace(record(order(validated(count=4)), made), place=place)
    assert f"▰▰▰▰▰▰▱▱▱▱ 1 of 4 · ready about <t:{at + 240}:t>" in text(order_card(several, texts))
    assert f"✅ ready, 3 × ready about <t:{at + 240}:t> · " in order_line(1, several, texts)  # noqa: RUF001


def test_a_card_says_what_it_costs_and_at_last_what_was_charged(translations: Translations) -> None:
    texts = translations.of("en-US")
    one = order(replace(validated("a fox", count=2), estimate=at(Decimal("0.35"))))
    running = record(one, [generation(1, S.QUEUED), generation(2, S.QUEUED)])
    assert "💵 $0.70 (2 × $0.35) · from **film-club**" in text(order_card(running, texts))  # noqa: RUF001
    over = record(one, [generation(1, S.SUCCEEDED), generation(2, S.FAILED, reason=Reason.PROVIDER)])
    estimated, told = Booked(charged=Decimal("0.35"), told=False, unclear=None), Decimal("0.355")
    about = text(order_card(replace(over, booked=estimated), texts))
    assert "💵 charged about $0.35; Oxen has not said exactly" in about
    exact = Booked(charged=told, told=True, unclear=None)
    assert "💵 charged $0.36 · from" in text(order_card(replace(over, booked=exact), texts))
    nothing = Booked(charged=None, told=True, unclear=None)
    failed = record(one, [generation(n, S.FAILED, reason=Reason.PROVIDER) for n in (1, 2)])
    assert "💵 nothing charged" in text(order_card(replace(failed, booked=nothing), texts))
    lost = record(one, [generation(1, S.SUCCEEDED), generation(2, S.FAILED, reason=Reason.LOST)])
    partly = replace(exact, unclear=Decimal("0.35"))
    assert "💵 charged $0.36, may have been charged about $0.35; Oxen did not say · from" in text(
        order_card(replace(lost, booked=partly), texts)
    )
    gone = record(one, [generation(n, S.FAILED, reason=Reason.LOST) for n in (1, 2)])
    assert "💵 may have been charged about $0.70" in text(
        order_card(replace(gone, booked=replace(nothing, unclear=Decimal("0.70"))), texts)
    )
    assert "💵 nothing charged" in text(order_card(replace(gone, booked=nothing), texts)), "it turned out so"


def test_a_card_says_where_a_price_is_known_from(translations: Translations) -> None:
    texts = translations.of("en-US")
    learnt = Estimate(usd=Decimal("0.04"), reserve=Decimal("0.05"), source=EstimateSource.LEARNT, samples=12)
    for estimate, words in (
        (at("0.35"), "💵 $0.35 ·"),
        (at("0.35", EstimateSource.SET), "💵 $0.35 ·"),
        (learnt, "💵 about $0.04, from 12 earlier ones ·"),
        (at("0.25", EstimateSource.CEILING), "💵 at most $0.25 is set aside; the price is not known ·"),
    ):
        one = order(replace(validated(), estimate=estimate))
        assert words in text(order_card(record(one, [generation(1, S.QUEUED)]), texts))


@pytest.mark.parametrize(
    ("payer", "words"),
    [
        (Payer(namespace="*club*"), "from **\\*club\\***"),
        (Payer(), "paid by the owner of this bot"),
        (Payer(key=KeyId("a" * 16)), "from this server's own account"),
    ],
)
def test_a_card_says_who_pays(translations: Translations, payer: Payer, words: str) -> None:
    one = replace(order(validated()), payer=payer)
    assert words in text(order_card(record(one, [generation(1, S.QUEUED)]), translations.of("en-US")))


def test_a_storyboard_shows_its_shots_and_fits(translations: Translations) -> None:
    shots: list[Json] = [{"prompt": "*wave* " * 80, "duration": 1} for _ in range(15)]
    one = order(validated("", parameters={"multi_prompt": shots}))
    view = order_card(record(one, [generation(1, S.QUEUED)]), translations.of("de"))
    fits(view)
    assert "1. **1 s** \\*wave\\*" in text(view)
    assert "multi prompt" not in text(view)


def an_input(number: int, kind: InputKind, message: int, role: Role | None = None, slot: str = "input_images") -> Input:
    place = FileLocation(channel_id=ChannelId(7), message_id=MessageId(message), attachment_id=number)
    attachment = Attachment(
        kind=kind, name=f"input-{number}.x", media_type="", size=1, url="https://x", role=role, place=place
    )
    return Input(slot=slot, position=number, attachment=attachment)


CARD = 1150000000000000999


def test_a_card_shows_the_files_it_keeps_and_counts_them_by_kind(translations: Translations) -> None:
    inputs = (
        an_input(1, InputKind.IMAGE, CARD, Role.START),
        an_input(2, InputKind.IMAGE, CARD),
        an_input(3, InputKind.VIDEO, CARD),
        an_input(4, InputKind.AUDIO, CARD),
        an_input(0, InputKind.IMAGE, CARD, slot="elements"),
    )
    wanted = replace(validated("a fox"), inputs=inputs)
    view = order_card(record(order(wanted), [generation(1, S.QUEUED)]), translations.of("en-US"))
    fits(view)
    names = "**@Image1** (starting picture) · **@Image2** · **@Video1** · **@Audio1** · **@Element1**"
    assert f"Made from {names}" in text(view)
    [gallery] = [one for one in walked(view) if one["type"] == 12]
    assert [item["media"]["url"] for item in gallery["items"]] == [f"attachment://input-{n}.x" for n in (1, 2, 3, 0)]
    [sound] = [one for one in walked(view) if one["type"] == 13]
    assert sound["file"]["url"] == "attachment://input-4.x"


def test_files_that_another_card_keeps_are_linked_to(translations: Translations) -> None:
    wanted = replace(validated("a fox"), inputs=(an_input(1, InputKind.IMAGE, 42),))
    view = order_card(record(order(wanted), [generation(1, S.QUEUED)]), translations.of("en-US"))
    assert "[the first order](https://discord.com/channels/1150000000000000100/7/42)" in text(view)
    assert [one for one in walked(view) if one["type"] == 12] == []


WHY = {
    "above": ({"above": Decimal("0.50")}, "0.35", "asks before an order that costs more than $0.50"),
    "always": ({"above": Decimal(0)}, "0.35", "asks before each order that costs something"),
    "ceiling": ({"above": Decimal(1)}, None, "Nobody knows beforehand what this model will charge"),
    "changed": (
        {"above": Decimal(0), "before": Decimal("0.30")},
        "0.35",
        "was $0.60 when you ordered and is $0.70 now",
    ),
}


@pytest.mark.parametrize(("more", "quote", "why"), WHY.values(), ids=WHY)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_pending_confirmation_says_its_price_and_why_it_asks(
    translations: Translations, language: str, more: dict[str, Decimal], quote: str | None, why: str
) -> None:
    one = order(replace(validated("a fox", count=2), estimate=at(quote) or at("0.35", EstimateSource.CEILING)))
    confirmation = PendingConfirmation(order=one, lapses_at=NOW, above=more["above"], before=more.get("before"))
    view = confirmation_card(confirmation, translations.of(language))
    fits(view)
    buttons = [button for button in walked(view) if button["type"] == 2]
    assert len(buttons) == 2
    assert all(one.id in button["custom_id"] for button in buttons)
    if language == "en-US":
        assert why in text(view)
        assert [button["label"] for button in buttons] == [
            "Order · $0.70" if quote else "Order · at most $0.70",
            "Not now",
        ]
        assert ("$0.70 (2 × $0.35)" if quote else "at most $0.70 is set aside") in text(view)  # noqa: RUF001
    lapsed = confirmation_card(replace(confirmation, state=ConfirmationState.LAPSED), translations.of(language))
    fits(lapsed)
    assert [one for one in walked(lapsed) if one["type"] == 2] == []

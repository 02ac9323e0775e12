"""The order card and the queue: within Discord's limits, whatever is shown and in every language."""

from typing import Any

import pytest
from discord import ui
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.cards import order_card
from bot.chat.queues import queue_view
from bot.chat.translation import Translations
from bot.domain.catalogue import MediaKind
from bot.domain.generation import ENDED, GenerationState
from bot.domain.planning import MAX_COUNT, MAX_PROMPT
from bot.settings import LOCALES
from tests.chat.orders import MODERATOR, REQUESTER, generation, order, plan, record

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


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", S)
@pytest.mark.parametrize("prompt", LONG_PROMPTS, ids=range(len(LONG_PROMPTS)))
def test_a_card_fits(translations: Translations, language: str, state: S, prompt: str) -> None:
    wanted = plan(prompt, count=MAX_COUNT, model_name=MODEL_NAME, parameters=EVERYTHING)
    generations = [generation(n, state) for n in range(1, MAX_COUNT + 1)]
    for attempts in (0, 3):
        fits(order_card(record(order(wanted), generations, attempts=attempts), translations.of(language)))
    cancelling = [generation(n, state, cancelled_by=MODERATOR) for n in range(1, MAX_COUNT + 1)]
    fits(order_card(record(order(wanted), cancelling), translations.of(language)))


@given(prompt=st.text(max_size=300), states=st.lists(st.sampled_from(S), min_size=1, max_size=4))
def test_a_card_says_how_every_generation_stands(prompt: str, states: list[S]) -> None:
    generations = [generation(n, state) for n, state in enumerate(states, 1)]
    view = order_card(record(order(plan(prompt, count=len(states))), generations), TEXTS.of("en-US"))
    fits(view)
    lines = text(view).split("\n")
    if len(states) > 1:
        assert [n for n in range(1, len(states) + 1) if any(line.startswith(f"{n}. ") for line in lines)]
    buttons = [one for one in walked(view) if one["type"] == 2]
    assert len(buttons) == (0 if all(state in ENDED for state in states) else 1)


def test_a_card_tells_who_asked_for_what(translations: Translations) -> None:
    one = order(plan("a fox", kind=MediaKind.IMAGE, count=2, parameters={"aspect_ratio": "1:1", "seed": 1234567}))
    view = order_card(record(one, [generation(1, S.SUCCEEDED), generation(2, S.FAILED)]), translations.of("en-US"))
    assert text(view).split("\n") == [
        f"### 2 images for <@{REQUESTER}>",
        "> a fox",
        "**Kling 2.6 Pro** · 1:1 · seed 1234567",
        "1. ✅ ready",
        "2. ❌ failed",
        "-# Order 000001",
    ]


def test_what_cannot_be_cancelled_any_more_has_a_dead_button(translations: Translations) -> None:
    one = record(order(plan()), [generation(1, S.PROCESSING, cancelled_by=REQUESTER)])
    [button] = [c for c in walked(order_card(one, translations.of("en-US"))) if c["type"] == 2]
    assert button["disabled"]
    assert button["label"] == "Cancelling…"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("prompt", LONG_PROMPTS, ids=range(len(LONG_PROMPTS)))
@pytest.mark.parametrize("state", [S.UNKNOWN, S.PROCESSING])
def test_a_queue_of_a_hundred_orders_fits(translations: Translations, language: str, prompt: str, state: S) -> None:
    mixed = [generation(1, state), generation(2, S.QUEUED), generation(3, S.SUCCEEDED), generation(4, S.SENDING)]
    wanted = plan(prompt, count=4, model_name=MODEL_NAME)
    entries = [(n, record(order(wanted, number=n), mixed)) for n in range(1, 101)]
    view = queue_view(entries, "server", translations.of(language))
    fits(view)
    shown = text(view).split("\n")
    assert shown[1].startswith("**1.**")
    assert len(shown) >= 6  # a queue that shows nothing is of no use


def test_what_does_not_fit_into_the_list_is_counted(translations: Translations) -> None:
    entries = [(n, record(order(plan(), number=n), [generation(1, S.QUEUED)])) for n in range(1, 101)]
    lines = text(queue_view(entries, "server", translations.of("en-US"))).split("\n")
    left = 100 - sum(line.startswith("**") for line in lines)
    assert lines[-1] == f"… and {left} more."
    assert 0 < left <= 95


@pytest.mark.parametrize("scope", ["mine", "server"])
def test_an_order_without_a_card_has_no_link(translations: Translations, scope: str) -> None:
    entries = [(3, record(order(plan("a [fox](https://x)"), card=False), [generation(1, S.QUEUED)]))]
    line = text(queue_view(entries, scope, translations.of("en-US"))).split("\n")[1]
    assert line.startswith("**3.** 🎬 a ")
    assert "https://discord.com" not in line

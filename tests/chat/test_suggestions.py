"""What a refusal and its button say: the options by their names, and what pressing does."""

from dataclasses import replace
from typing import Any

import pytest

from bot.chat.kit.replies import suggestion_label
from bot.chat.kit.words import readable, refusal_text
from bot.domain.errors import Refusal, Value
from bot.domain.models.catalogue import MediaKind
from bot.domain.orders.estimate import EstimateSource
from bot.domain.orders.order import GenerationRequest
from bot.domain.orders.validation import suggest
from bot.texts import Translations
from tests.fakes.orders import at, video_request
from tests.locales.kit import LOCALES

TEXTS = Translations(LOCALES)


@pytest.mark.parametrize(
    ("key", "values", "english", "german"),
    [
        ("duration", {"nearest": "10", "option": "duration"}, "Run with 10 s", "Mit 10 s bestellen"),
        ("not-a-choice", {"nearest": "4k", "option": "resolution"}, "Run with 4k", "Mit 4k bestellen"),
        ("option-unknown", {"option": "seed", "model": "Kling"}, "Order without seed", "Ohne seed bestellen"),
        (
            "option-foreign",
            {"option": "num_inference_steps", "nearest": "", "model": "Kling"},
            "Order without Steps",
            "Ohne Schritte bestellen",
        ),
        ("option-foreign", {"option": "gidance", "nearest": "guidance"}, "Run with guidance", "Mit guidance bestellen"),
        ("model-wrong-kind", {"makes": "image", "model": "Nano"}, "Order an image", "Als Bild bestellen"),
        ("prompt-and-shots", {"model": "Kling"}, "Order it that way", "So bestellen"),
    ],
)
def test_a_button_says_what_it_orders(key: str, values: dict[str, Value], english: str, german: str) -> None:
    refusal = Refusal(key, **values)
    assert suggestion_label(refusal, TEXTS.of("en-US")) == english
    assert suggestion_label(refusal, TEXTS.of("de")) == german


def test_a_button_for_another_model_says_what_that_costs() -> None:
    refusal = Refusal("input-missing", model="Kling", option="image", kind="image", nearest="Kling - Text to Video")
    request = GenerationRequest(kind=MediaKind.VIDEO, prompt="a fox", model="one")
    instead = replace(video_request(count=2), model_name="Kling - Text to Video", estimate=at("0.35"))
    suggest(refusal, request, replace(request, model="other"), instead)
    assert suggestion_label(refusal, TEXTS.of("en-US")) == "Run Kling - Text to Video · $0.70"
    for source, english, german in (
        (EstimateSource.LEARNT, " · about $0.70", " · etwa 0,70\N{NO-BREAK SPACE}$"),
        (EstimateSource.CEILING, " · at most $0.70", " · höchstens 0,70\N{NO-BREAK SPACE}$"),
    ):
        refusal.validated = replace(instead, model_name="K" * 200, estimate=at("0.35", source))
        for locale, ends in (("en-US", english), ("de", german)):
            label = suggestion_label(refusal, TEXTS.of(locale))
            assert label.endswith(ends)
            assert len(label) <= 80
    assert "without one" in refusal_text(refusal, TEXTS.of("en-US")).lower()


@pytest.mark.parametrize(
    ("changes", "english", "german"),
    [
        ({"duration": 5}, "Order 5 s · $0.35", "5 s bestellen · 0,35 $"),
        ({"resolution": "720p", "count": 1}, "Order 720p, one video · $0.35", "720p, ein Video bestellen · 0,35 $"),
        ({"count": 2}, "Order 2 videos · $0.35", "2 Videos bestellen · 0,35 $"),
        ({"more": {"quality": "low"}}, "Order quality low · $0.35", "Qualität low bestellen · 0,35 $"),
        ({"audio": False}, "Order without sound · $0.35", "ohne Ton bestellen · 0,35 $"),
    ],
)
def test_a_button_for_what_fits_says_what_is_less(changes: dict[str, Any], english: str, german: str) -> None:
    request = GenerationRequest(kind=MediaKind.VIDEO, prompt="a fox", model="one", duration=10, count=4, audio=True)
    refusal = Refusal("limit-guild-day")
    suggest(refusal, request, replace(request, **changes), replace(video_request(), estimate=at("0.35")))
    assert suggestion_label(refusal, TEXTS.of("en-US")) == english
    assert suggestion_label(refusal, TEXTS.of("de")).replace("\N{NO-BREAK SPACE}", " ") == german


def test_a_suggestion_for_several_things_says_each_of_them() -> None:
    refusal = Refusal("duration", option="duration", given=7, allowed="5, 10", nearest="5", model="Kling")
    refusal.also = (Refusal("count", option="count", given=9, max=4, nearest=4),)
    texts = TEXTS.of("en-US")
    first, second = refusal_text(refusal, texts).splitlines()
    assert "7" in first
    assert "9" in second
    assert suggestion_label(refusal, texts) == "Order it that way"


def test_options_that_a_refusal_lists_are_named_as_discord_shows_them() -> None:
    refusal = Refusal("input-unwanted", model="Kling", option="sound", kind="audio", allowed="image, last_frame")
    assert "It takes: image, last\\_frame." in refusal_text(refusal, TEXTS.of("en-US"))
    german = TEXTS.of("de")
    names = f"{german('name-image')}, {german('name-last_frame')}".replace("_", "\\_")
    assert f"Es nimmt: {names}." in refusal_text(refusal, german)


def test_a_model_that_takes_no_file_says_so() -> None:
    refusal = Refusal("input-unwanted", model="Kling", option="image", kind="image", allowed="")
    assert "from words alone" in refusal_text(refusal, TEXTS.of("en-US"))


def test_a_models_own_setting_goes_by_the_words_of_its_form() -> None:
    texts = TEXTS.of("en-US")
    refusal = Refusal("out-of-range", option="num_inference_steps", given="99", allowed="1 - 50", nearest="50")
    assert refusal_text(refusal, texts).startswith(f"**{readable('num_inference_steps', texts)}** cannot be 99")
    assert readable("some_new_setting", texts) == "Some new setting"

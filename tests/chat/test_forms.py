"""Forms and panels for every model of the catalogue, within Discord's rules, and back to what is ordered."""

from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bot.chat.kit.files import FileShown
from bot.chat.kit.modal import PAGE, Answers, answers_in, form
from bot.chat.kit.session_store import LASTS, MOST, SessionStore
from bot.chat.orders.catalogue_panel import CataloguePanel
from bot.chat.orders.fields import file_fields, parameter_field, values_of
from bot.chat.orders.model_search import ModelSearch
from bot.chat.orders.pages import MessagePage, ModelPage, ReferencePage, parameter_pages
from bot.chat.orders.storyboard import storyboard_models
from bot.domain.errors import Refusal
from bot.domain.ids import IdMaker, UserId
from bot.domain.models.catalogue import MediaKind, Model
from bot.domain.models.choices import default_settings
from bot.domain.models.parameters import Parameter
from bot.domain.models.slots import Role
from bot.domain.orders.estimate import Estimate, EstimateSource
from bot.domain.orders.order import GenerationRequest
from bot.domain.orders.validation import listed, validate
from bot.texts import Translations
from cogs.options import FILES, OPTIONS, request_of
from sandbox.discord import modals
from sandbox.discord.components import check
from sandbox.discord.forms import Problems
from tests.cases import each_case
from tests.domain.kit import real_catalogue
from tests.fakes.clock import ManualClock

CATALOGUE = real_catalogue()
WISH = GenerationRequest(kind=MediaKind.VIDEO, prompt="a fox")
BO = UserId(12)


def sessions() -> SessionStore:
    clock = ManualClock()
    return SessionStore(clock, IdMaker(clock))


def context() -> Any:
    """As much of an interaction's context as a session needs."""
    services = SimpleNamespace(catalogue_cache=SimpleNamespace(require=lambda: CATALOGUE))
    return SimpleNamespace(services=services, front_end=SimpleNamespace(sessions=sessions()), user_id=BO)


def search(translations: Translations, locale: str) -> ModelSearch:
    cheap, fast = translations.words("search-cheap"), translations.words("search-fast")
    texts, rank = translations.of(locale), lambda _: 0
    unknown = Estimate.of_price(Decimal("0.25"), EstimateSource.CEILING)

    def price(model: Model) -> Estimate:
        return listed(model, default_settings(model)) or unknown

    return ModelSearch(catalogue=CATALOGUE, texts=texts, cheap=cheap, fast=fast, price=price, rank=rank)


def shown(page: Any, translations: Translations, locale: str) -> dict[str, Any]:
    """The modal as the stand-in for Discord accepts it."""
    texts = translations.of(locale)
    return modals.accepted(form("drover:form:x", page.title(texts), page.fields(WISH, texts)).to_dict())


async def test_every_models_forms_are_within_discords_rules(translations: Translations) -> None:
    texts = translations.of("en-US")
    with each_case() as case:
        for model in CATALOGUE:
            with case(model.id):
                pages = [ModelPage(model=model), ReferencePage(model=model), *parameter_pages(model)]
                for page in pages:
                    for locale in ("en-US", "de"):
                        assert 1 <= len(shown(page, translations, locale)["components"]) <= 5
                # No form asks for a link, and every slot can be filled with files.
                asked = {cast("Any", field.component).custom_id for page in pages for field in page.fields(WISH, texts)}
                links = {p.name for p in model.parameters.values() if p.format in {"uri", "url", "MP4"}}
                assert asked & (links | {slot.parameter for slot in model.slots}) == set()
                fields = {field.role for field in file_fields(model, PAGE - 2)}
                assert {slot.role for slot in model.slots} <= {option.role for option in FILES} | fields


@pytest.mark.parametrize("kind", MediaKind)
def test_what_is_left_out_is_left_to_the_request(kind: MediaKind) -> None:
    assert request_of(
        kind, {one.name: one.default for one in OPTIONS if one.only in (None, kind)}
    ) == GenerationRequest(kind=kind)


async def test_every_models_panel_is_within_discords_rules(translations: Translations) -> None:
    with each_case() as case:
        for model in CATALOGUE:
            with case(model.id):
                panel = CataloguePanel(context(), "", None)
                panel.turn("model", [model.id])
                problems = Problems()
                check(panel.view(search(translations, "de")).to_components(), (), problems, v2=True)
                problems.settle()
                assert model.id in str(panel.view(search(translations, "en-US")).to_components())
    panel = CataloguePanel(context(), "", None)
    panel.turn("group", ["all"])
    problems = Problems()
    check(panel.view(search(translations, "de")).to_components(), (), problems, v2=True)
    problems.settle()


async def test_every_models_line_fits_a_choice_and_ends_with_its_price(translations: Translations) -> None:
    for locale in ("en-US", "de"):
        found = search(translations, locale)
        lines = {found.line(model): model for model in CATALOGUE}
        assert len(lines) == len(CATALOGUE)
        for line, model in lines.items():
            assert len(line) <= 100
            assert line.startswith(model.name)
            assert line.endswith(found.price_words(model))
    long = replace(next(m for m in CATALOGUE if found.price(m).known), name="K" * 200)
    assert found.line(long).endswith(found.price_words(long))
    assert len(found.line(long)) == 100


async def test_references_and_messages_have_forms(translations: Translations) -> None:
    files = [FileShown(id=n, url="https://cdn.discordapp.com/x", name=f"{n}.png") for n in range(10)]
    found = search(translations, "de")
    models = {found.line(model): model for model in list(CATALOGUE)[:30]}
    assert 20 < len(storyboard_models(found, lambda _: True)) <= 25
    page = MessagePage(heading="Use as reference", files=files, models=models, role=Role.REFERENCE, several=True)
    assert len(shown(page, translations, "de")["components"]) == 5
    assert len(shown(ReferencePage(), translations, "en-US")["components"]) == 2


def test_what_the_model_does_anyway_is_not_sent() -> None:
    parameters = [
        Parameter(name="steps", types=("integer",), default=28),
        Parameter(name="sharp", types=("boolean",), default=True),
        Parameter(name="mode", types=("string",), choices=("fast", "slow"), default="fast"),
        Parameter(name="loop", types=("boolean",)),
    ]
    assert values_of(parameters, {"steps": "28", "sharp": True, "mode": ["fast"]}) == {}
    given: Answers = {"steps": "30", "sharp": False, "mode": ["slow"], "loop": ["false"]}
    assert values_of(parameters, given) == {"steps": "30", "sharp": False, "mode": "slow", "loop": "false"}


def test_a_box_to_tick_is_for_what_has_a_default(translations: Translations) -> None:
    texts = translations.of("en-US")
    ticked = parameter_field(Parameter(name="sharp", types=("boolean",), default=True), texts).to_component_dict()
    assert ticked["component"] == {"type": 23, "custom_id": "sharp", "default": True}  # type: ignore[comparison-overlap]
    either = parameter_field(Parameter(name="loop", types=("boolean",)), texts).to_component_dict()
    assert [option["label"] for option in either["component"]["options"]] == ["Yes", "No"]  # type: ignore[typeddict-item]


def test_what_was_written_in_a_form_is_planned() -> None:
    model = CATALOGUE.get("black-forest-labs-flux-2-klein-4b")
    assert model is not None
    [page] = parameter_pages(model)
    request = page.filled(
        GenerationRequest(kind=MediaKind.IMAGE, prompt="a fox", model=model.id), {"num_inference_steps": "12"}
    )
    assert validate(request, CATALOGUE, []).parameters == {"num_inference_steps": 12}
    assert page.filled(request, {}).more == {}  # cleared


def test_a_session_is_its_members_alone_and_lapses() -> None:
    clock = ManualClock()
    kept = SessionStore(clock, IdMaker(clock))
    session_id = kept.open("a storyboard", BO)
    assert kept.find(session_id, BO) == "a storyboard"
    with pytest.raises(Refusal, match="lapsed"):
        kept.find(session_id, UserId(13))
    clock.advance(seconds=LASTS)
    with pytest.raises(Refusal, match="lapsed"):
        kept.find(session_id, BO)


def test_a_session_is_consumed_once_and_the_oldest_go() -> None:
    kept = sessions()
    first = kept.open("first", BO)
    kept.consume(first)
    for lapsed in (lambda: kept.consume(first), lambda: kept.find(first, BO)):
        with pytest.raises(Refusal, match="lapsed"):
            lapsed()
    kept.restore(first)
    assert kept.find(first, BO) == "first"
    for _ in range(MOST):
        kept.open("another", BO)
    with pytest.raises(Refusal, match="lapsed"):
        kept.find(first, BO)


def test_what_was_written_in_a_form_is_read_in_the_members_order() -> None:
    def file(number: int, name: str, **more: Any) -> dict[str, Any]:
        return {"id": str(number), "filename": name, "url": f"https://x/{name}", "size": 9, **more}

    def field(kind: int, name: str, **said: Any) -> dict[str, Any]:
        return {"type": 18, "component": {"type": kind, "custom_id": name, **said}}

    files = [file(1, "a.png", content_type="image/png; x=y", width=3, height=2), file(2, "SPOILER_b.mp4")]
    answers = answers_in(
        {
            "resolved": {"attachments": {one["id"]: one for one in files}},
            "components": [
                field(4, "prompt", value=" a fox "),
                field(4, "empty", value="  "),
                field(3, "model", values=["kling"]),
                field(3, "nothing", values=[]),
                field(23, "sharp", value=False),
                field(19, "files", values=["2", "1"]),
            ],
        }
    )
    assert answers == {
        "prompt": "a fox",
        "model": ["kling"],
        "sharp": False,
        "files": [
            FileShown(id=2, url="https://x/SPOILER_b.mp4", name="b.mp4", size=9, spoiler=True),
            FileShown(id=1, url="https://x/a.png", name="a.png", media_type="image/png", size=9, width=3, height=2),
        ],
    }
    assert answers_in({"custom_id": "drover:cancel:x"}) == {}


def test_a_form_chooses_no_shape_where_a_file_may_decide(translations: Translations) -> None:
    """What is chosen beforehand could not be told from what a member chose; the model's usual one can be chosen too."""
    model = CATALOGUE.get("nano-banana")
    assert model is not None
    page = ModelPage(model=model)
    fields = {label.component.custom_id: label for label in cast("list[Any]", page.fields(WISH, translations.of("de")))}
    assert not any(option.default for option in fields["aspect_ratio"].component.options)
    assert fields["aspect_ratio"].description == "Leer: das Format deiner Datei"
    request = GenerationRequest(kind=MediaKind.IMAGE, model=model.id)
    assert page.filled(request, {"prompt": "a fox", "aspect_ratio": ["16:9"]}).more == {"aspect_ratio": "16:9"}
    assert page.filled(request, {"prompt": "a fox"}).more == {}
    from_words = CATALOGUE.get("happyhorse-1.1-t2v")
    assert from_words is not None
    [ratio] = [p for p in from_words.parameters.values() if p.name == "aspect_ratio"]
    fields = {
        one.component.custom_id: one
        for one in cast("list[Any]", ModelPage(model=from_words).fields(WISH, translations.of("de")))
    }
    assert [option.value for option in fields["aspect_ratio"].component.options if option.default] == [ratio.default]


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("kling-video-v2-6-pro-image-to-video", 1),
        ("kling-video-v2-5-turbo-pro-image-to-video", 1),
        ("bytedance-seedance-2-0-reference-to-video", 0),  # a face may do, and has a field of its own
        ("nano-banana", 0),
    ],
)
def test_a_form_wants_the_file_that_the_model_works_on(name: str, least: int, translations: Translations) -> None:
    model = CATALOGUE.get(name)
    assert model is not None
    fields = cast("list[Any]", ModelPage(model=model).fields(WISH, translations.of("en-US")))
    [files] = [one.component for one in fields if one.component.custom_id == "drover-files"]
    assert (files.min_values, files.required) == (least, least > 0)

"""What a member waits for while typing and ordering: the check of an order and autocomplete, at a thousand models."""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from bench.figures import Table, number, quantile, verdict
from bot.chat.orders.model_search import ModelSearch
from bot.chat.results.uses import ANIMATION, use_models
from bot.domain.errors import Refusal
from bot.domain.ids import GuildId, ModelId
from bot.domain.models.catalogue import Catalogue, MediaKind, Model, ModelGroup
from bot.domain.models.choices import length_choices, ratio_choices, resolution_choices
from bot.domain.models.slots import InputKind
from bot.domain.orders.inputs import Attachment
from bot.domain.orders.order import GenerationRequest, ValidatedRequest
from bot.domain.orders.shots import parse_shots
from bot.domain.orders.validation import listed, validate
from bot.domain.rules.alternatives import nearest
from bot.domain.rules.policy import GuildPolicy
from bot.oxen import catalogue as provider_catalogue
from bot.services.wallet.estimator import Estimator
from bot.settings import LOCALES
from bot.texts import ENGLISH, Translations
from cogs.options import model_choices, stand_ins

_MODELS = Path(__file__).resolve().parent.parent / "sandbox" / "oxen" / "data" / "models.json"
_ORDER, _TYPING, _SEARCHED = 2.0, 5.0, 50.0  # ms; the last where every model of a group is tried
_SHARE = 0.99  # of the repetitions
_KLING = "kling-video-o3-pro-reference-to-video"
_PICTURE = Attachment(kind=InputKind.IMAGE, name="a.png", media_type="image/png", size=10, url="https://cdn.invalid/a")
_FILM = stand_ins(["video"])


async def measure(*, quick: bool) -> list[Table]:
    return await asyncio.to_thread(_measure, 1000, 20 if quick else 500)


def many(models: int) -> Catalogue:
    """The provider's catalogue, again and again under other names, until there are so many."""
    public = list(provider_catalogue.catalogue(json.loads(_MODELS.read_text(encoding="utf-8"))))
    return Catalogue(_copy(public[n % len(public)], n // len(public)) for n in range(models))


def _copy(model: Model, number: int) -> Model:
    if not number:
        return model
    return replace(model, id=ModelId(f"{model.id}--{number}"), name=f"{model.name} {number}")


def _measure(models: int, repeats: int) -> list[Table]:
    catalogue = many(models)
    rows = [
        _row(name, call, _SEARCHED if "budget" in name else _ORDER, repeats)
        for name, call in _orders(catalogue).items()
    ]
    rows += [_row(name, call, _TYPING, repeats) for name, call in _keystrokes(catalogue).items()]
    notes = (
        f"{models:,} models, {repeats} repetitions, in time of the processor. A refusal includes planning what would",
        "run instead.",
    )
    head = ("what", "median, ms", f"{_SHARE:.0%} within, ms", "aim, ms", "")
    return [Table(title="Checking an order, and autocomplete", head=head, rows=rows, notes=notes)]


def _orders(catalogue: Catalogue) -> dict[str, Callable[[], object]]:
    video = GenerationRequest(
        kind=MediaKind.VIDEO, prompt="a fox", model="kling-video-v2-6-pro-text-to-video", duration=5
    )
    named = "Kling 2.6 Pro - Text to Video"
    return {
        "an order": lambda: validate(video, catalogue, ()),
        "an order by the model's name": lambda: validate(replace(video, model=named), catalogue, ()),
        "a storyboard": lambda: validate(
            GenerationRequest(kind=MediaKind.VIDEO, model=_KLING, shots=parse_shots("5s a\n5s b\n5s c")), catalogue, ()
        ),
        "a picture, and no model named": lambda: validate(
            GenerationRequest(kind=MediaKind.VIDEO, prompt="a fox", attachments=(_PICTURE,)), catalogue, ()
        ),
        "a length that is refused": lambda: _refused(replace(video, duration=7), catalogue),
        "a parameter that no model has": lambda: _refused(replace(video, more={"no_such": "x"}), catalogue),
        "an order above a budget, shorter": lambda: _other(replace(video, duration=10), catalogue, "0.40"),
        "an order above a budget, another model": lambda: _other(video, catalogue, "0.30"),
        "an order above a budget, and none fits": lambda: _other(video, catalogue, "0.0001"),
        "a model that is misspelled": lambda: _refused(replace(video, model="wan 2.7 text to vidio"), catalogue),
        "a model id of 500 characters": lambda: _refused(replace(video, model="kling-" * 84), catalogue),
    }


def _keystrokes(catalogue: Catalogue) -> dict[str, Callable[[], object]]:
    kling = catalogue.named(_KLING)
    if kling is None:
        raise LookupError(_KLING)
    known: Any = _Known()
    estimator = Estimator(known, known, known, {})
    translations, videos = Translations(LOCALES), MediaKind.VIDEO
    search = ModelSearch(
        catalogue=catalogue,
        texts=translations.of(ENGLISH),
        cheap=translations.words("search-cheap"),
        fast=translations.words("search-fast"),
        price=lambda model: estimator.estimate(GuildId(1), model),
        rank=lambda _: 0,
    )
    return {
        "autocomplete: models, nothing typed": lambda: catalogue.find("", MediaKind.VIDEO),
        "autocomplete: models, two words": lambda: catalogue.find("kling pro", MediaKind.VIDEO),
        "autocomplete: models, misspelled": lambda: catalogue.find("see dnce 2.0 fast txt", MediaKind.VIDEO),
        "autocomplete: models of a group": lambda: catalogue.find("topaz", group=ModelGroup.UPSCALE),
        "autocomplete: models as they are offered": lambda: model_choices(search, videos, "", (), _any),
        "autocomplete: cheap models that are fast": lambda: model_choices(search, videos, "cheap fast", (), _any),
        "autocomplete: models that take a film": lambda: model_choices(search, videos, "", _FILM, _any),
        "autocomplete: models that take references": lambda: model_choices(
            search, videos, "kling", (), _any, references=True
        ),
        "models for a picture that is right-clicked": lambda: use_models(
            catalogue, ANIMATION, [InputKind.IMAGE], _any
        ),
        "autocomplete: lengths, shapes, sizes": lambda: (
            catalogue.named(_KLING), length_choices(kling), ratio_choices(kling), resolution_choices(kling),
        ),
    }  # fmt: skip


class _Known:
    """What the estimator reads from memory: a guild's rules and payer, which is one without a name; costs, which it has
    not learnt.
    """

    def known(self, _: GuildId) -> GuildPolicy:
        return GuildPolicy()

    def find(self, *_: object) -> None:
        return None


def _any(_: Model) -> bool:
    """A guild without rules for models."""
    return True


def _refused(request: GenerationRequest, catalogue: Catalogue) -> None:
    try:
        validate(request, catalogue, ())
    except Refusal:
        return
    raise AssertionError("this should have been refused")


def _other(request: GenerationRequest, catalogue: Catalogue, budget: str) -> None:
    """The nearest order that a budget has room for."""
    asked, most = validate(request, catalogue, ()), Decimal(budget)

    def accepts(order: ValidatedRequest) -> bool:
        return order.total is not None and order.total.reserve <= most

    nearest(request, asked, catalogue, _any, listed, accepts)


def _row(name: str, call: Callable[[], object], aim: float, repeats: int) -> tuple[str, ...]:
    call()  # what is worked out once, is
    took: list[float] = []
    for _ in range(repeats):
        began = time.thread_time()  # other work shares the processors
        call()
        took.append((time.thread_time() - began) * 1000)
    most = quantile(took, _SHARE)
    return name, number(quantile(took, 0.5), 3), number(most, 3), f"< {aim:g}", verdict(met=most < aim)

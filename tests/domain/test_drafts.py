"""Drafts of whatever model there is: cheaper, of the same prompt and shape, and the way back to what was meant."""

from dataclasses import replace
from decimal import Decimal

import pytest

from bot.domain.errors import Refusal
from bot.domain.models.catalogue import AUDIO, SEED, Catalogue, MediaKind
from bot.domain.models.slots import InputKind, Role
from bot.domain.orders.inputs import Attachment
from bot.domain.orders.order import GenerationRequest
from bot.domain.orders.validation import fit, listed, validate
from bot.domain.rules.drafts import draft_of
from tests.domain.kit import real_catalogue

CATALOGUE = real_catalogue()
PICTURE = Attachment(kind=InputKind.IMAGE, role=Role.START, name="a.png", media_type="image/png", size=1, url="x")


def drafted(request: GenerationRequest, catalogue: Catalogue = CATALOGUE) -> GenerationRequest:
    full = validate(request, catalogue, [])
    return draft_of(request, full, catalogue, lambda _: True, listed)


def test_every_draft_runs_costs_less_and_knows_what_it_stands_for() -> None:
    found, none = 0, list[Refusal]()
    for model in CATALOGUE:
        for kind in MediaKind:
            if not model.runs_on_prompt(kind):
                continue
            request = GenerationRequest(kind=kind, model=model.id, prompt="a fox", draft=True, seed=None)
            full = validate(request, CATALOGUE, [])
            try:
                draft = drafted(request)
            except Refusal as refusal:
                none.append(refusal)
                continue
            found += 1
            proper = draft.proper
            assert proper is not None
            assert (draft.prompt, draft.draft, draft.count, proper.model) == ("a fox", False, 1, model.id)
            made = fit(draft, CATALOGUE.get(draft.model or "") or model, CATALOGUE)
            assert made.proper == proper
            if made.estimate is not None and full.estimate is not None:
                assert made.estimate.usd < full.estimate.usd
                assert proper.price == full.estimate.usd
            back = replace(request, model=proper.model, duration=proper.duration, more=proper.more, draft=False)
            assert fit(back, model, CATALOGUE).parameters == full.parameters
    assert found > 20
    assert {refusal.key for refusal in none} <= {"draft-none"}
    assert all(refusal.suggestion and not refusal.suggestion.draft for refusal in none)


def test_a_draft_is_short_small_and_silent_and_keeps_its_shape() -> None:
    model = "bytedance-seedance-2-0-text-to-video"
    request = GenerationRequest(
        kind=MediaKind.VIDEO, model=model, prompt="a fox", aspect_ratio="9:16", duration=10, resolution="1080p", count=4
    )
    draft = drafted(request)
    assert str(draft.model).startswith("bytedance-seedance-2-0-")
    assert (draft.aspect_ratio, draft.count) == ("9:16", 1)
    assert (draft.duration or 99) < 10
    assert draft.resolution in {"480p", "540p", "720p"}
    made = fit(draft, CATALOGUE.get(draft.model or "") or pytest.fail("gone"), CATALOGUE)
    assert made.parameters.get(AUDIO) is not True
    proper = draft.proper
    assert proper is not None
    assert (proper.duration, proper.resolution, proper.aspect_ratio) == (10, "1080p", "9:16")


def test_a_film_that_is_worked_on_keeps_its_length_and_a_seed_stays() -> None:
    request = GenerationRequest(kind=MediaKind.VIDEO, prompt="it moves", seed=7, attachments=(PICTURE,), duration=10)
    draft = drafted(request)
    assert draft.seed == 7
    assert draft.attachments == (PICTURE,)
    made = fit(draft, CATALOGUE.get(draft.model or "") or pytest.fail("gone"), CATALOGUE)
    assert made.parameters[SEED] == 7


def test_a_sibling_of_a_model_that_is_not_offered_is_no_draft() -> None:
    request = GenerationRequest(kind=MediaKind.VIDEO, model="bytedance-seedance-2-0-text-to-video", prompt="a fox")
    full = validate(request, CATALOGUE, [])
    draft = draft_of(request, full, CATALOGUE, lambda _: False, listed)
    assert draft.model == request.model
    assert draft.proper is not None
    assert draft.proper.price is None or draft.proper.price > Decimal(0)

"""The states of a generation, and the provider's words sorted into reasons."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.orders.generation import ENDED, TRANSITIONS, UPSTREAM, GenerationState, Reason, reason_for

S = GenerationState


def reachable(start: GenerationState) -> set[GenerationState]:
    seen: set[GenerationState] = set()
    waiting = [start]
    while waiting:
        for target in TRANSITIONS[waiting.pop()] - seen:
            seen.add(target)
            waiting.append(target)
    return seen


def test_every_state_says_where_it_leads() -> None:
    assert set(TRANSITIONS) == set(S)


def test_what_is_over_stays_as_it_is_and_nothing_else_is_a_dead_end() -> None:
    assert {state for state, targets in TRANSITIONS.items() if not targets} == ENDED
    assert {state for state in S if state.ended} == ENDED


@pytest.mark.parametrize("state", sorted(set(S) - ENDED))
def test_from_every_open_state_there_is_an_end(state: GenerationState) -> None:
    assert reachable(state) & ENDED


def test_every_state_can_come_about() -> None:
    assert reachable(S.INTENDED) == set(S)


def test_what_may_have_been_paid_for_is_never_sent_again() -> None:
    assert not {S.INTENDED, S.SENDING} & reachable(S.UNKNOWN)


def test_only_the_provider_makes_a_success() -> None:
    assert {state for state, targets in TRANSITIONS.items() if S.SUCCEEDED in targets} == UPSTREAM


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("DataInspectionFailed: Input data may contain inappropriate content", Reason.PROMPT_REFUSED),
        ("the provider rejected text of this kind", Reason.PROMPT_REFUSED),
        ("Blocked by MODERATION", Reason.PROMPT_REFUSED),
        ("nsfw", Reason.PROMPT_REFUSED),
        ("moderated: look elsewhere", Reason.PROMPT_REFUSED),
        ("Insufficient credits", Reason.NO_CREDIT),
        ("INSUFFICIENT CREDIT for this namespace", Reason.NO_CREDIT),
        ("Total shot duration (16s) exceeds maximum allowed (15s).", Reason.PROVIDER),
        ("The model provider returned an error.", Reason.PROVIDER),
        ("", Reason.PROVIDER),
    ],
)
def test_the_providers_words_are_sorted_by_what_a_person_can_do(words: str, reason: Reason) -> None:
    assert reason_for(words) is reason


@given(st.text())
def test_any_words_have_a_reason(words: str) -> None:
    assert reason_for(words) in {Reason.PROVIDER, Reason.PROMPT_REFUSED, Reason.NO_CREDIT}

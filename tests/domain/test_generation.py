"""The states of a generation, and the provider's words sorted into reasons."""

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.orders.failure_words import reason_for
from bot.domain.orders.generation import ENDED, TRANSITIONS, UPSTREAM, GenerationState, Reason
from tests.cases import for_each

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


@for_each("state", sorted(set(S) - ENDED))
def test_every_open_state_leads_to_an_end(state: GenerationState) -> None:
    assert reachable(state) & ENDED


def test_every_state_can_come_about() -> None:
    assert reachable(S.INTENDED) == set(S)


def test_what_may_have_been_paid_for_is_never_sent_again() -> None:
    assert not {S.INTENDED, S.SENDING} & reachable(S.UNKNOWN)


def test_only_the_provider_makes_a_success() -> None:
    assert {state for state, targets in TRANSITIONS.items() if S.SUCCEEDED in targets} == UPSTREAM


@for_each(
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
        ("input_image is not an image, or is broken", Reason.INPUT_REFUSED),
        ("elements[0].frontal_image_url is not an image, or is broken", Reason.INPUT_REFUSED),
        ("reference_images[1] is too large: at most 31457280 bytes are taken", Reason.INPUT_REFUSED),
        ("input_image is animated, and must be a still image", Reason.INPUT_REFUSED),
        ("input_audio is not a sound", Reason.INPUT_REFUSED),
        ("Unsupported image format: HEIC", Reason.INPUT_REFUSED),
        ("Invalid image", Reason.INPUT_REFUSED),
        ("cannot identify image file <_io.BytesIO object at 0x7f>", Reason.INPUT_REFUSED),
        ("Failed to decode the input video.", Reason.INPUT_REFUSED),
        ("The file https://x.example/a.heic could not be read", Reason.INPUT_REFUSED),
        ("Unable to read the audio file", Reason.INPUT_REFUSED),
        ("The media type image/heic is not supported", Reason.INPUT_REFUSED),
        ("Video codec hevc is not supported", Reason.INPUT_REFUSED),
        ("image dimensions are too small", Reason.INPUT_REFUSED),
        ("The image appears to be corrupted", Reason.INPUT_REFUSED),
        ("Image dimensions too small: minimum 300x300", Reason.INPUT_REFUSED),
        ("The aspect ratio of the input image must be between 1:3 and 3:1", Reason.INPUT_REFUSED),
        ("Width of the uploaded image exceeds 4096 pixels", Reason.INPUT_REFUSED),
        ("input_video duration must be between 3 and 10 seconds", Reason.INPUT_REFUSED),
        ("Reference video too long (max 10s)", Reason.INPUT_REFUSED),
        ("File exceeds 10 MB", Reason.INPUT_REFUSED),
        ("The image must be at least 300 pixels wide", Reason.INPUT_REFUSED),
        ("Video duration must be between 3 and 10 seconds", Reason.PROVIDER),
        ("image_size is invalid", Reason.PROVIDER),
        ("The video could not be made in less than 600 seconds", Reason.PROVIDER),
        ("input_image could not be fetched", Reason.PROVIDER),
        ("input_image could not be fetched: HTTP 503", Reason.PROVIDER),
        ("Failed to download the image: timed out", Reason.PROVIDER),
        ("Video generation failed", Reason.PROVIDER),
        ("aspect_ratio is invalid for image-to-video", Reason.PROVIDER),
        ("Video generation is not supported in your region", Reason.PROVIDER),
        ("The image model is broken", Reason.PROVIDER),
        ("The video could not be generated.", Reason.PROVIDER),
        ("Unable to open connection to the image service", Reason.PROVIDER),
        ("The video queue is too long, try again later", Reason.PROVIDER),
        ("out of memory", Reason.PROVIDER),
        ("Image generation is temporarily unavailable", Reason.PROVIDER),
        ("CUDA error: an illegal memory access was encountered", Reason.PROVIDER),
    ],
)
def test_the_providers_words_are_sorted_by_what_a_person_can_do(words: str, reason: Reason) -> None:
    assert reason_for(words) is reason


@given(st.text())
def test_any_words_have_a_reason(words: str) -> None:
    assert reason_for(words) in {Reason.PROVIDER, Reason.PROMPT_REFUSED, Reason.NO_CREDIT, Reason.INPUT_REFUSED}

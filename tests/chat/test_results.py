"""The result message: within Discord's limit, and one sentence for everything that needs one."""

from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.orders.messages import CONTENT_LIMIT, post_mark, result_buttons, result_text
from bot.domain.messenger import Form, OutgoingResult
from bot.domain.orders.generation import Generation, GenerationState, Reason
from bot.domain.orders.order import Order
from bot.domain.orders.validation import MAX_COUNT
from bot.settings import LOCALES
from bot.texts import Translations
from tests.cases import for_each
from tests.chat.orders import MODERATOR, NOW, REQUESTER, generation, order, post, validated

S = GenerationState
TEXTS = Translations(LOCALES)
ENGLISH = TEXTS.of("en-US")
LINK = f"https://hub.oxen.ai/results/{'x' * 40}?signature={'y' * 64}"
LONG_URL = f"https://hub.oxen.ai/results/{'x' * 1500}?signature={'y' * 400}"
ended = st.builds(
    lambda state, reason, detail, by: (state, None if state is S.SUCCEEDED else reason, detail, by),
    st.sampled_from([S.SUCCEEDED, S.FAILED, S.CANCELLED, S.EXPIRED, S.ABSENT]),
    st.sampled_from(Reason),
    st.none() | st.text(max_size=400),
    st.none() | st.just(MODERATOR),
)


def generations(*ends: tuple[S, Reason | None]) -> list[Generation]:
    return [generation(n, state, reason=reason) for n, (state, reason) in enumerate(ends, 1)]


def shown(one: Order, made: list[Generation], *, part: int = 1, files: int = 0, link: str | None = None) -> list[str]:
    with_files = {g.id: Path(f"{g.ordinal}.mp4") for g in made[:files]}
    links = {g.id: link for g in made[files:] if link is not None and g.state is S.SUCCEEDED}
    return result_text(
        OutgoingResult(post=post(one, made, part=part), files=with_files, links=links), TEXTS.of(one.context.locale)
    ).split("\n")


@given(st.lists(ended, min_size=1, max_size=4), st.sampled_from(TEXTS.languages), st.integers(0, 4), st.booleans())
def test_a_result_fits_and_ends_with_its_mark(
    ends: list[tuple[S, Reason | None, str | None, None]], language: str, files: int, linked: bool
) -> None:
    made = [
        generation(n, state, reason=reason, detail=detail, cancelled_by=by)
        for n, (state, reason, detail, by) in enumerate(ends, 1)
    ]
    one = order(validated(count=MAX_COUNT, model_name="*" * 200), locale=language)
    lines = shown(one, made, files=files, link=LONG_URL if linked else None)
    whole = "\n".join(lines)
    assert len(whole) <= CONTENT_LIMIT
    assert whole.endswith(post_mark(post(one, made), TEXTS.of(language)))
    assert f"<@{REQUESTER}>" in lines[0]
    assert lines[-1].startswith("-# ")


@for_each("language", TEXTS.languages)
def test_each_of_25_outputs_is_attached_linked_or_counted(language: str) -> None:
    """Ten files are a message's most, and the lines of the others are longer than it."""
    one, made = order(validated("a fox " * 60, count=25), locale=language), generations(*[(S.SUCCEEDED, None)] * 25)
    files, links = {g.id: Path(f"{g.ordinal}.mp4") for g in made[:10]}, {g.id: LINK for g in made[10:]}
    outgoing = OutgoingResult(post=post(one, made), files=files, links=links)
    whole, buttons = result_text(outgoing, TEXTS.of(language)), result_buttons(outgoing, TEXTS.of(language))
    assert len(whole) <= CONTENT_LIMIT
    told = whole.count(LINK) + sum(each.id in whole for each in made)
    assert 0 < told < 15
    assert TEXTS.of(language)("result-rest", count=15 - told) in whole
    assert buttons is not None
    assert len(buttons.children) == 15


def test_every_reason_has_words_in_every_language() -> None:
    for language, reason, detail in product(TEXTS.languages, Reason, (None, "the provider's words")):
        made = [generation(1, S.FAILED, reason=reason, detail=detail, cancelled_by=MODERATOR)]
        lines = shown(order(validated(), locale=language), made)
        assert len(lines) == 5, (language, reason)
        assert "{" not in "\n".join(lines), (language, reason)


def test_the_headlines() -> None:
    one, four = order(validated()), order(validated(count=4))
    done, failed, stopped = (S.SUCCEEDED, None), (S.FAILED, Reason.LOST), (S.CANCELLED, Reason.CANCELLED)
    cases = [
        (shown(one, generations(done), files=1), "your video is ready."),
        (shown(four, generations(done, done, done, done), files=4), "your 4 videos are ready."),
        (shown(four, generations(done, done, failed, done), files=2), "3 of 4 are ready."),
        (shown(four, generations(done, done), files=2), "2 of 4 are ready."),
        (shown(four, generations(done, done), files=2, part=2), "and here is the rest."),
        (shown(one, [after_all(1)], files=1, part=2), "your video is ready after all. It came later than I had hoped."),
        (shown(one, generations((S.FAILED, Reason.PROVIDER))), "your video could not be made."),
        (shown(one, generations(failed)), "I cannot tell what became of your video."),
        (shown(four, generations(stopped, stopped, stopped, stopped)), "your 4 videos were cancelled."),
        (shown(four, generations(stopped, failed, stopped, stopped)), "your 4 videos could not be made."),
    ]
    for lines, words in cases:
        assert lines[0] == f"<@{REQUESTER}>, {words}"


def after_all(ordinal: int) -> Generation:
    """A success that had been given up."""
    return replace(generation(ordinal, S.SUCCEEDED), clarified_at=NOW)


def test_what_the_provider_stopped_by_itself_has_its_words() -> None:
    made = [generation(1, S.CANCELLED, reason=Reason.CANCELLED, detail="by an admin")]
    assert "Oxen says: by an admin" in shown(order(validated()), made)


def test_links_that_do_not_fit_are_left_out_whole() -> None:
    """Half a link would lead nowhere."""
    made = generations(*[(S.SUCCEEDED, None)] * 4)
    lines = shown(order(validated(count=4)), made, link=LONG_URL)
    assert len("\n".join(lines)) <= CONTENT_LIMIT
    for line in lines:
        assert line.count("[") == line.count("](") == line.count(")")


def test_a_file_that_could_not_be_fetched_is_said() -> None:
    lines = shown(order(validated()), generations((S.SUCCEEDED, None)))
    assert lines[3] == (
        "No. 1 is ready, but its file could not be fetched. It is in the namespace film-club on Oxen.ai."
    )


@pytest.mark.parametrize(
    ("form", "said"),
    [(Form.WHOLE, "too large to attach"), (Form.LINKS, "I may not attach files here"), (Form.WORDS, "`/history`")],
)
def test_each_form_says_how_to_get_at_the_result(form: Form, said: str) -> None:
    one, made = order(validated()), generations((S.SUCCEEDED, None))
    outgoing = OutgoingResult(post=post(one, made), form=form, links={made[0].id: "https://hub.oxen.ai/x"})
    shown = result_text(outgoing, ENGLISH)
    assert said in shown
    assert ("https://hub.oxen.ai/x" in shown) is (form is not Form.WORDS)
    assert (made[0].id in shown) is (form is Form.WORDS)
    view = result_buttons(outgoing, TEXTS.of("en-US"))
    assert view is not None  # in words alone, too: a button is no link


def test_a_brief_message_repeats_nobody_elses_words() -> None:
    made = [generation(1, S.SUCCEEDED), generation(2, S.FAILED, reason=Reason.PROVIDER, detail="forbidden words")]
    one = order(validated(count=2, parameters={"lyrics": "more of them"}))
    for form in (Form.BRIEF, Form.WORDS):
        text = result_text(OutgoingResult(post=post(one, made), form=form, files={made[0].id: Path("1.mp4")}), ENGLISH)
        assert "forbidden" not in text
        assert "more of them" not in text
        assert text.endswith(post_mark(post(one, made), TEXTS.of("en-US")))


def test_a_link_that_does_not_fit_is_named_by_its_id() -> None:
    one, made = order(validated(count=2)), generations((S.SUCCEEDED, None), (S.SUCCEEDED, None))
    outgoing = OutgoingResult(post=post(one, made), links={g.id: LONG_URL for g in made})
    assert made[0].id in result_text(outgoing, ENGLISH)

"""Templates of prompts: whatever is written around a prompt, the prompt comes out as it went in."""

import contextlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import Refusal
from bot.domain.ids import UserId
from bot.domain.models.catalogue import MediaKind
from bot.domain.orders.order import GenerationRequest
from bot.domain.orders.styles import MOST_TEMPLATE, fill, name_key, read_name, read_template
from tests.fakes.orders import styled

ME = UserId(7)
WORDS = st.text(max_size=40)
PROMPTS = st.text(min_size=1, max_size=60)
BRACED = st.text(alphabet="{} aprompt", max_size=30)


def doubled(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


@given(st.lists(WORDS, min_size=2, max_size=4), PROMPTS)
def test_words_and_prompts_come_out_as_they_went_in(words: list[str], prompt: str) -> None:
    """Braces in a prompt are no placeholders, and doubled ones in a template are braces."""
    first, *others = words
    template = read_template("{prompt}".join(map(doubled, [f"[{first}", *others[:-1], f"{others[-1]}]"])))
    assert fill(template, prompt) == prompt.join([f"[{first}", *others[:-1], f"{others[-1]}]"])


@given(WORDS.filter(str.strip), PROMPTS)
def test_a_template_without_its_place_has_the_prompt_before_it(words: str, prompt: str) -> None:
    assert fill(read_template(doubled(words)), prompt) == f"{prompt}, {words.strip()}"


@given(BRACED)
def test_what_is_taken_is_taken_again_as_it_is(text: str) -> None:
    with contextlib.suppress(Refusal):
        template = read_template(text)
        assert read_template(template) == template
        assert fill(template, "a fox").count("a fox") >= 1


@pytest.mark.parametrize(
    ("template", "key", "given"),
    [
        ("{propmt}, oil", "style-placeholder", "propmt"),
        ("{prompt} by {artist}", "style-placeholder", "artist"),
        ("{prompt", "style-brace", "{"),
        ("prompt} oil", "style-brace", "}"),
        ("{}", "style-placeholder", ""),
        ("{ {prompt} }", "style-brace", "{"),
    ],
)
def test_what_cannot_be_filled_in_is_named(template: str, key: str, given: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_template(template)
    assert (refused.value.key, refused.value.values["given"]) == (key, given)


def test_a_template_is_bounded_with_what_is_put_before_it() -> None:
    assert read_template(f"{{prompt}}{'x' * (MOST_TEMPLATE - 8)}")
    with pytest.raises(Refusal, match="style-template-long"):
        read_template("x" * MOST_TEMPLATE)


def test_without_a_prompt_no_comma_is_left_over() -> None:
    assert fill(read_template("{Prompt}, oil on canvas"), "") == "oil on canvas"
    assert fill(read_template(""), "") == ""


@given(st.text(max_size=60))
def test_a_name_is_one_harmless_line(text: str) -> None:
    with contextlib.suppress(Refusal):
        name = read_name(text)
        assert name.strip() == name != ""
        assert not set("@<>\n`*{}") & set(name)
        assert name_key(name) == name_key(text)


def test_what_the_member_sets_holds() -> None:
    style = styled(
        owner=ME, template="{prompt}, oil", model="kling", settings={"resolution": "720p", "duration": 5}, more={"a": 1}
    )
    bare = GenerationRequest(kind=MediaKind.VIDEO, prompt="a fox")
    made = style.applied(bare)
    assert (made.prompt, made.model, made.resolution, made.duration) == ("a fox, oil", "kling", "720p", 5)
    assert made.more == {"a": 1}
    own = style.applied(replace(bare, resolution="1080p", more={"a": 2}))
    assert (own.resolution, own.duration, own.more) == ("1080p", 5, {"a": 2})
    other = style.applied(replace(bare, model="wan"))
    assert (other.model, other.resolution, other.more) == ("wan", None, {})
    assert style.applied(replace(bare, kind=MediaKind.IMAGE)).duration is None

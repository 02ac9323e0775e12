"""Members' words in messages: whatever they typed is shown, and nothing of it works."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.chat.kit.words import QUOTED_LINES, escape_markdown, quote
from tests.chat.rendering import interpreted

LIVE = (
    "@everyone @here <@1150000000000000012> <@&1150000000000000101> <#1150000000000000110>",
    "<:fox:1150000000000000102> </video:1150000000000000102> <t:1700000000:R> <id:browse>",
    "https://example.com/_x_ <https://example.com> [click](https://example.com)",
    "https://**bold** https://||spoiler|| https://`code`",
    "# one\n## two\n  ### three",
    "> one\n  > two\n>>> three",
    "- one\n* two\n  - three\n1. four\n 23. five\n+ six",
    "-# small print",
    "**bold** *italic* __under__ _italic_ ~~gone~~ ||spoiler|| `code` ```py\nblock```",
    "a\r# b\x0b# c\x0c# d\x85# e\u2028# f\u2029# g\x1c# h",
    "\\*bold\\* \\\\*bold*",
    "[a]\n(https://example.com)",
)
MARKUP = st.sampled_from(
    [*"\\*_~|`<>[]()#-+.@:/!& \n\r\t", "\u2028", "://", "@everyone", "<@1150000000000000012>", "1. ", "- ", "# ", "x"]
)
ANY_TEXT = st.one_of(st.text(), st.lists(MARKUP, max_size=40).map("".join))


@pytest.mark.parametrize("text", LIVE)
def test_the_model_of_the_client_knows_what_is_live(text: str) -> None:
    assert interpreted(text)


@pytest.mark.parametrize("text", LIVE)
def test_what_is_live_is_made_inert(text: str) -> None:
    assert interpreted(escape_markdown(text, 1000)) == []


@given(ANY_TEXT)
@example("".join(LIVE))
def test_nothing_in_an_inert_text_works(text: str) -> None:
    assert interpreted(escape_markdown(text, 1000)) == []


@given(ANY_TEXT, st.integers(1, 60))
def test_a_long_text_is_cut_and_grows_at_most_to_twice_its_limit(text: str, limit: int) -> None:
    shown = escape_markdown(text, limit)
    assert len(shown) <= 2 * limit
    assert ("…" in shown) == (len(text) > limit or "…" in text)


@given(st.text(alphabet=st.characters(categories=["L", "N"]) | st.sampled_from(" ,!?'\"ß🦊"), max_size=50))
def test_plain_words_stay_as_they_are(text: str) -> None:
    assert escape_markdown(text, 100) == text


@given(ANY_TEXT)
@example("a\r# b\x85- c\u2028> d")
def test_every_line_of_a_quote_is_quoted_and_inert(text: str) -> None:
    lines = quote(text, 1000).split("\n")
    assert all(line.startswith("> ") for line in lines)
    assert interpreted("\n".join(line.removeprefix("> ") for line in lines)) == []
    assert all(len(line.splitlines()) == 1 for line in lines)


def test_a_quote_does_not_fill_the_channel_with_lines() -> None:
    shown = quote("\n".join("abcdefghijklmnopqrstuvwxyz" * 2), 1000)
    assert len(shown.split("\n")) == QUOTED_LINES
    assert shown.endswith("…")


@pytest.mark.parametrize("text", ["", " ", "\n\n"])
def test_a_quote_of_nothing_is_still_a_quote(text: str) -> None:
    assert quote(text, 10).startswith("> ")

import time

import pytest

from sandbox.demo.markup import emphasised, literal, readable, relative, size, wrapped
from sandbox.demo.screen import Style
from tests.demo.kit import NAMES, NOON


def plain(text: str) -> str:
    return emphasised(readable(text, NAMES, NOON), Style())


@pytest.mark.parametrize(
    ("markdown", "seen"),
    [
        ("### Video for <@2>", "Video for @Bo"),
        ("-# Order k3f9a2", "Order k3f9a2"),
        ("**Kling** · 5 s", "Kling · 5 s"),
        (f"being made, since <t:{NOON - 2:.0f}:R>", "being made, since 2 s ago"),
        ("use `/settings namespace`, or </style save:42>", "use /settings namespace, or /style save"),
        ("**1.** [a fox](https://discord.com/channels/1/2/3) · now", "1. a fox · now"),
        (r"\*\*not bold\*\* \<@2> \# no title", "**not bold** <@2> # no title"),
        ("http:\u200b//example.org", "http://example.org"),
        ("<@99>", "@somebody"),
        ("news in <#9>, not in <#8>", "news in #lab, not in #somewhere"),
    ],
)
def test_markup_is_read_as_discord_would_show_it(markdown: str, seen: str) -> None:
    assert plain(markdown) == seen


def test_instants_with_their_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "localtime", time.gmtime)
    assert plain(f"from <t:{NOON:.0f}:t>, that is <t:{NOON:.0f}:f>") == "from 23:33, that is 31 March 2026 23:33"


def test_what_a_member_typed_is_shown_as_typed() -> None:
    assert plain(literal("a **fox**\n <@2> [x](http://y.z) `c` \\o/")) == "a **fox** <@2> [x](http://y.z) `c` \\o/"


def test_bold_is_bold_only_in_colour() -> None:
    assert emphasised("a **fox**", Style(colour=True)) == "a \x1b[1mfox\x1b[22m"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.4, "now"), (1, "1 s ago"), (59.9, "59 s ago"), (61, "1 min ago"), (7300, "2 h ago"), (-5, "in 5 s")],
)
def test_instants_are_counted(seconds: float, words: str) -> None:
    assert relative(seconds) == words


@pytest.mark.parametrize(("count", "words"), [(0, "0 B"), (2048, "2 KiB"), (1_258_291, "1.2 MiB")])
def test_sizes(count: int, words: str) -> None:
    assert size(count) == words


def test_long_lines_go_on_below_themselves_and_quotes_stay_quotes() -> None:
    assert wrapped(["one two three", "> four five six"], 2, 12) == [
        "  one two",
        "    three",
        "  > four",
        "  > five six",
    ]

"""A blocked word is found however it is written, what is another word is not, and nothing makes that slow."""

import itertools
import time
import unicodedata
from collections.abc import Callable, Sequence

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.rules.patterns import Patterns, parse_patterns
from tests.cases import for_each

PATTERNS, PROMPT = 200, 6000
MOST_SECONDS = 0.005


@for_each(
    "written",
    [
        *(
            f"go{unseen}re"
            for unseen in "\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\u061c\u180e\u202e\u2066\u3164\ufe0f"
        ),
        *(f"go{unseen}re" for unseen in "\U000e0065\U000e0100\u115f\uffa0\u2063\x00\x7f\ufff9"),
        "\u202egore\u202c",
        *("g\u0300ore", "g\u0301o\u0301r\u0301e\u0301", "g\u0336o\u0336r\u0336e\u0336", "g\u0308o\u0308r\u0308e\u0308"),
        *("go\u0301re", "gor\u00e9", "g\u00f5re", "\u0121ore"),
        "".join(chr(ord(letter) + 0xFEE0) for letter in "gore"),  # full width
        *("".join(chr(ord(letter) - ord("a") + start) for letter in "gore") for start in (0x1D41A, 0x1D4EA, 0x24D0)),
        *("".join(chr(ord(letter) - ord("a") + start) for letter in "gore") for start in (0x1F170, 0x1F150, 0x1F1E6)),
        "\u0262\u1d0f\u0280\u1d07",  # small capitals
        *("g\u043er\u0435", "g\u03bfre", "g\u0585re", "\u0261ore", "\u0581ore", "g\u03ccre", "g\u043ere\u200b"),
        *("G\u041eR\u0415", "G\u039fR\u0395", "GORE", "Gore\u2019s"),
        *("\ua4d6\ua4f3\ua4e3\ua4f0", "\uab90o\uaba2\uab7c"),  # Lisu, small Cherokee
        *("g0re", "g0r3", "G0R3!"),
        *(
            "g o r e",
            "G.O.R.E.",
            "g-o-r-e",
            "g_o_r_e",
            "g*o*r*e",
            "g 0 r 3",
            "G.0.R.E",
            "a g o r e scene",
            "go-re",
            "go.re",
            "g\u200bo\u200br\u200be",
        ),
    ],
)
def test_what_reads_the_same_is_found(written: str) -> None:
    assert parse_patterns("gore").find(f"No {written} here") == "gore"
    assert parse_patterns("gore").find(written) == "gore"


@for_each(
    ("pattern", "written"),
    [
        ("blow job", "blow\u200bjob"), ("blow job", "a BLOWJOB"),
        ("kill", "k1ll"), ("kill", "ki11"), ("kill", "kiII"), ("shit", "sh!t"), ("ass", "a$$"), ("naive", "na\u00efve"),
        ("dead body", "d e a d  b o d y"), ("dead body", "de\u00adad b\u043edy"), ("bl*d", "b l o o d"),
        ("*nud*", "de n u d ed"), ("bl*d", "BL\u041e\u041eD"), ("stra\u00dfe", "STRASSE"), ("strasse", "Stra\u00dfe"),
        ("f\u00fcr", "fu\u0308r"), ("boob", "\u0412\u041e\u041e\u0412"), ("g\u043ere", "gore"),
        ("\u0432\u0438\u043d\u043e", "\u0412\u0418\u041d\u041e"), ("\u0938\u0902\u0924", "\u0938\u0902\u0924 is here"),
        ("go\u200bre", "gore"), ("caf\u00e9", "cafe\u0301"), ("is", "\u0130S"),
    ],
)  # fmt: skip
def test_patterns_read_as_prompts_do(pattern: str, written: str) -> None:
    assert parse_patterns(pattern).find(written) is not None


@for_each(
    ("pattern", "written"),
    [
        ("fur", "f\u00fcr"), ("fur", "fu\u0308r"), ("f\u00fcr", "fur"), ("gore", "G\u00f6re"), ("ano", "a\u00f1o"),
        ("p\u00e9ch\u00e9", "p\u00eache"), ("p\u00e9ch\u00e9", "peche"), ("gore", "gorge the categore"),
        ("gore", "the go re"), ("ed", "a 3d scene in 4k"), ("io", "1080p"), ("as", "a s"),
        ("kot", "\u043a\u043e\u0442"), ("ads", "4 d 5"), ("on go", "ongo"),
        ("ass", "as $5"), ("\u0938\u0902\u0924", "\u0938\u0924"), ("\u304b", "\u304c"),
    ],
)  # fmt: skip
def test_another_word_is_another_word(pattern: str, written: str) -> None:
    assert parse_patterns(pattern).find(written) is None


def test_a_pattern_of_invisible_characters_is_dropped() -> None:
    assert parse_patterns("\u200b, \u00ad\n\ufe0f").texts == ()


def fits(pattern: str, word: str) -> bool:
    """By trying everything: short words only."""
    head, *rest = pattern.split("*", 1)
    if not rest:
        return word == pattern
    return word.startswith(head) and any(fits(rest[0], word[start:]) for start in range(len(head), len(word) + 1))


LETTERS = st.text("ab", max_size=3)
STARRED = st.lists(LETTERS, min_size=1, max_size=3).map("*".join).filter(lambda word: bool(word.strip("*")))


@given(st.lists(st.lists(STARRED, min_size=1, max_size=3), min_size=1, max_size=6), st.lists(st.text("ab", min_size=2)))
def test_words_and_stars_fit_as_they_are_said_to(patterns: list[list[str]], prompt: list[str]) -> None:
    wanted = {
        " ".join(prompt[start : start + len(words)])
        for words in patterns
        for start in range(len(prompt) - len(words) + 1)
        if all(fits(word, prompt[start + n]) for n, word in enumerate(words))
    }
    found = Patterns(tuple(" ".join(words) for words in patterns)).find(" ".join(prompt))
    assert found in wanted if wanted else found is None


@given(st.text(max_size=60), st.integers(0, 60), st.sampled_from("\u200b\u00ad\u034f\ufe0f\u2060"))
def test_what_nobody_sees_changes_nothing(before: str, at: int, unseen: str) -> None:
    patterns = parse_patterns("gore\n*nud*\ndead body")
    for prompt in (before, f"{before} gore", f"x{before} dead body"):
        assert patterns.find(f"{prompt[:at]}{unseen}{prompt[at:]}") == patterns.find(prompt)
        assert patterns.find(unicodedata.normalize("NFD", prompt)) == patterns.find(prompt)


def numbered(make: Callable[[int], str]) -> Sequence[str]:
    return [make(number) for number in range(PATTERNS)]


def filled(text: str) -> str:
    return (text * PROMPT)[:PROMPT]


WORDS = ["".join(letters) for letters in itertools.islice(itertools.product("bcdefghijk", repeat=4), 2000)]
PROSE = "I like AI, and the 4k 3d-scene of a fox's x264 film; g00d! "
FOREIGN = "Ein sch\u00f6ner Tag f\u00fcr \u00c4rger, gr\u00f6\u00dfer als \u00e9 \u0438 \u043d\u043e\u0447\u044c: "


@for_each(
    ("patterns", "prompt"),
    [
        (numbered(lambda n: f"word{n}"), filled(PROSE)),
        (numbered(lambda n: f"word{n}*"), filled(FOREIGN)),
        (numbered(lambda n: f"{WORDS[n][:3]}*{WORDS[-n][:2]}*x{n}"), " ".join(WORDS)[:PROMPT]),
        (numbered(lambda n: f"b*{WORDS[n]}q*"), " ".join(WORDS)[:PROMPT]),
        (numbered(lambda n: f"a*{'a' * (1 + n % 40)}b*a"), filled("a")),
        (numbered(lambda n: f"a*{'a' * (1 + n % 40)}b*a"), filled("aaaaaaa ")),
        (numbered(lambda n: f"a*{'a' * (1 + n % 10)}b{n}*a"), filled(f"{'a' * 20} ")),
        (numbered(lambda n: " ".join("ab"[n >> bit & 1] for bit in range(20)) + " b"), filled("a ")),
        (numbered(lambda n: f"xyz{n}"), filled("a\u0301\u0302")),
        (numbered(lambda n: f"*{n}*xyz*"), filled("1!|$")),
    ],
)  # fmt: skip
def test_nothing_that_an_owner_or_a_member_writes_makes_it_slow(patterns: Sequence[str], prompt: str) -> None:
    checked = Patterns(tuple(patterns))
    assert checked.find("x") is None

    def took() -> float:
        began = time.thread_time()
        assert checked.find(prompt) is None
        return time.thread_time() - began

    assert min(took() for _ in range(5)) < MOST_SECONDS

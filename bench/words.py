"""Looking for a server's blocked words in a prompt, at most of both: it happens on the event loop."""

import asyncio
import itertools
import time
from collections.abc import Sequence

from bench.figures import Table, number, quantile, verdict
from bot.domain.rules.patterns import MOST_PATTERNS, Patterns

LONGEST = 6000  # characters of a prompt that Discord lets through
AIM = 5.0  # milliseconds
_WORDS = ["".join(letters) for letters in itertools.islice(itertools.product("bcdefghijk", repeat=4), 2000)]
_CASES: dict[str, tuple[Sequence[str], str]] = {
    "words, English": ([f"word{n}" for n in range(MOST_PATTERNS)], "I like AI, and the 4k 3d-scene of a fox; g00d! "),
    "one star, German and Russian": (
        [f"wort{n}*" for n in range(MOST_PATTERNS)],
        "Ein sch\u00f6ner Tag f\u00fcr \u00c4rger, als \u00e9 \u0438 \u043d\u043e\u0447\u044c: ",
    ),
    "two stars, each word another": (
        [f"{_WORDS[n][:3]}*{_WORDS[-n][:2]}*x{n}" for n in range(MOST_PATTERNS)],
        " ".join(_WORDS),
    ),
    "two stars, one letter": ([f"a*{'a' * (1 + n % 40)}b*a" for n in range(MOST_PATTERNS)], "a"),
    "twenty words in a row": (
        [" ".join("ab"[n >> bit & 1] for bit in range(20)) + " b" for n in range(MOST_PATTERNS)],
        "a ",
    ),
}


def timed(times: int) -> dict[str, float]:
    """The median in milliseconds of each case."""
    found: dict[str, float] = {}
    for name, (texts, text) in _CASES.items():
        patterns, prompt = Patterns(tuple(texts)), (text * LONGEST)[:LONGEST]
        patterns.find("")  # what is read once for all prompts
        took: list[float] = []
        for _ in range(times):
            began = time.perf_counter()
            patterns.find(prompt)
            took.append((time.perf_counter() - began) * 1000)
        found[name] = quantile(took, 0.5)
    return found


async def measure(*, quick: bool) -> list[Table]:
    found = await asyncio.to_thread(timed, 5 if quick else 50)
    return [
        Table(
            title="Blocked words",
            head=("patterns and prompt", "median ms", f"aim: < {AIM:g} ms"),
            rows=[(name, number(took), verdict(met=took < AIM)) for name, took in found.items()],
            notes=(f"{MOST_PATTERNS} patterns, {LONGEST} characters, none of which is found.",),
        )
    ]

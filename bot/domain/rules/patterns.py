"""Words that a guild does not want in prompts, and a way to find them that no pattern can make slow.

A pattern is one word or several in a row; `*` stands for any letters or none, once or twice in a word. There are no
regular expressions: a careless one takes longer than the universe lasts, and Python's cannot be stopped. Here every
pattern takes at most (words of the prompt) times (words of the pattern) comparisons.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.errors import Refusal

MOST_PATTERNS = 200
LONGEST_PATTERN = 60  # characters
_STARS = 2  # in one word
_WORD = re.compile(r"[^\W_]+")
_PATTERN_WORD = re.compile(r"[^\W_*]*(?:\*[^\W_*]*)*")
_JOINERS = re.compile(r"[\s_'\u2019.,-]+")


@dataclass(frozen=True, slots=True)
class Patterns:
    """Checked patterns, as `parse_patterns` gives them back."""

    texts: tuple[str, ...] = ()

    def find(self, prompt: str) -> str | None:
        """The first pattern that occurs in `prompt`, whatever its case and width; None if none does."""
        if not self.texts:
            return None
        words = _WORD.findall(_folded(prompt))
        known = set(words)
        return next((text for text in self.texts if _occurs(text.split(), words, known)), None)


def parse_patterns(text: str) -> Patterns:
    """One pattern a line, or separated by commas. Raises `Refusal` that names the one that will not do."""
    found: dict[str, None] = {}
    for given in re.split(r"[\n,;]+", text):
        pattern = " ".join(_JOINERS.split(_folded(given).strip())).strip()
        if pattern:
            _check(pattern, given.strip())
            found[pattern] = None
    if len(found) > MOST_PATTERNS:
        raise Refusal("patterns-many", count=len(found), max=MOST_PATTERNS)
    return Patterns(tuple(found))


def _check(pattern: str, given: str) -> None:
    if len(pattern) > LONGEST_PATTERN:
        raise Refusal("pattern-long", given=given[:LONGEST_PATTERN], max=LONGEST_PATTERN)
    for word in pattern.split():
        if not _PATTERN_WORD.fullmatch(word) or word.count("*") > _STARS:
            raise Refusal("pattern-shape", given=given[:LONGEST_PATTERN])
        if not word.strip("*"):
            raise Refusal("pattern-everything", given=given[:LONGEST_PATTERN])


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _occurs(pattern: Sequence[str], words: Sequence[str], known: set[str]) -> bool:
    if len(pattern) == 1 and "*" not in pattern[0]:
        return pattern[0] in known
    last = len(words) - len(pattern)
    return any(all(_fits(part, words[start + n]) for n, part in enumerate(pattern)) for start in range(last + 1))


def _fits(pattern: str, word: str) -> bool:
    """Whether `word` is `pattern` with letters in the place of its stars. With two stars at most that is linear."""
    head, *rest = pattern.split("*")
    if not rest:
        return head == word
    *middle, tail = rest
    if len(word) < len(head) + len(tail) or not (word.startswith(head) and word.endswith(tail)):
        return False
    return all(part in word[len(head) : len(word) - len(tail)] for part in middle)

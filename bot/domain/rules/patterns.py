"""Words that a guild does not want in prompts, and a way to find them that no pattern can make slow.

A pattern is one word or several in a row; `*` stands for any letters or none, once or twice in a word. There are no
regular expressions: a careless one takes longer than the universe lasts, and Python's cannot be stopped. Here each
word of the prompt is looked at once for all patterns, and sets of patterns are the bits of a number.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.domain.errors import Refusal
from bot.domain.rules.likeness import folded, is_word, readings, spelt, words_of

MOST_PATTERNS = 200
LONGEST_PATTERN = 60  # characters
_STARS = 2  # in one word
_JOINERS = re.compile(r"[\s_'\u2019.,-]+")
_SHORT = 16  # characters of a word, up to which all its parts are few
_SHORTEST_COMPOUND = 6  # letters of a pattern of several words that is looked for as one word as well
_SHORTEST_SPELT = 3  # letters of a pattern that is looked for inside of what is spelt out


@dataclass(frozen=True, slots=True)
class Patterns:
    """Checked patterns, as `parse_patterns` gives them back."""

    texts: tuple[str, ...] = ()

    def find(self, prompt: str) -> str | None:
        """The words of `prompt` that fit a pattern, as people read them (`likeness`); None if there are none."""
        return _finder(self.texts).find(prompt) if self.texts else None


def parse_patterns(text: str) -> Patterns:
    """One pattern a line, or separated by commas. Raises `Refusal` that names the one that will not do."""
    found: dict[str, None] = {}
    for given in re.split(r"[\n,;]+", text):
        pattern = " ".join(_JOINERS.split(folded(given).strip())).strip()
        if not pattern:
            continue
        shown = given.strip()[:LONGEST_PATTERN]
        if len(pattern) > LONGEST_PATTERN:
            raise Refusal("pattern-long", given=shown, max=LONGEST_PATTERN)
        for word in pattern.split():
            parts = [part for part in word.split("*") if part]
            if word.count("*") > _STARS or not all(map(is_word, parts)):
                raise Refusal("pattern-shape", given=shown)
            if not parts:
                raise Refusal("pattern-everything", given=shown)
        found[pattern] = None
    if len(found) > MOST_PATTERNS:
        raise Refusal("patterns-many", count=len(found), max=MOST_PATTERNS)
    return Patterns(tuple(found))


@lru_cache(maxsize=512)
def _finder(texts: tuple[str, ...]) -> "_Finder":
    return _Finder(texts)


class _Finder:
    """Each word of each pattern is a bit; the words of a pattern follow each other, and the last one ends it."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._words = _WordFinder()
        self._first = self._last = 0
        self._ends: dict[int, int] = {}  # how many words the pattern has that ends with this bit
        self._closed: list[str] = []  # all letters of each pattern without a star
        bit = 1
        for text in texts:
            # What stands around the stars of each word, as it is read.
            words = [["".join(words_of(part)) for part in word.split("*")] for word in text.split()]
            if not words or not all(any(parts) for parts in words):
                continue
            self._first |= bit
            for parts in words:
                self._words.add(bit, parts)
                bit <<= 1
            self._last |= bit >> 1
            self._ends[bit >> 1] = len(words)
            letters = "".join(parts[0] for parts in words)
            if all(len(parts) == 1 for parts in words) and len(letters) >= _SHORTEST_SPELT:
                self._closed.append(letters)
                if len(words) > 1 and len(letters) >= _SHORTEST_COMPOUND:  # "blow job" is "blowjob" too
                    self._words.add(bit, [letters])
                    self._first, self._last = self._first | bit, self._last | bit
                    self._ends[bit] = 1
                    bit <<= 1

    def find(self, prompt: str) -> str | None:
        known: dict[str, int] = {}
        for words in readings(prompt):
            found = self._in_a_row(words, known) or self._spelt(words, known)
            if found is not None:
                return found
        return None

    def _in_a_row(self, words: Iterable[str], known: dict[str, int]) -> str | None:
        """Shift-And over words: a bit of `state` says that a pattern's words up to this one have just been read."""
        state, first, last = 0, self._first, self._last
        fits = self._words.fits
        read: list[str] = []
        for word in words:
            read.append(word)
            fitting = known.get(word)
            if fitting is None:
                fitting = known[word] = fits(word)
            state = (state << 1 | first) & fitting
            over = state & last
            if over:
                return " ".join(read[-self._ends[over & -over] :])[:LONGEST_PATTERN]
        return None

    def _spelt(self, words: list[str], known: dict[str, int]) -> str | None:
        for run in spelt(words):
            for letters in self._closed:
                if letters in run:
                    return letters
            found = self._in_a_row([run], known)
            if found is not None:
                return found
        return None


class _WordFinder:
    """Which of many words with stars fit a word. A trie for their beginnings, one for their ends read backwards."""

    def __init__(self) -> None:
        self._exact: dict[str, int] = {}
        self._heads: _Trie = ({}, [0])
        self._tails: _Trie = ({}, [0])
        self._lengths: dict[int, int] = {}
        self._middles: dict[str, int] = {}
        self._middle_of: dict[int, tuple[int, str, int]] = {}
        self._with_middle = 0

    def add(self, bit: int, parts: Sequence[str]) -> None:
        """`parts` are what is around the stars: at most three."""
        if len(parts) == 1:
            self._exact[parts[0]] = self._exact.get(parts[0], 0) | bit
            return
        head, tail = parts[0], parts[-1]
        _put(self._heads, head, bit)
        _put(self._tails, reversed(tail), bit)
        least = len(head) + len(tail)
        self._lengths[least] = self._lengths.get(least, 0) | bit
        middle = "".join(parts[1:-1])
        if middle:
            self._with_middle |= bit
            self._middles[middle] = self._middles.get(middle, 0) | bit
            self._middle_of[bit] = (len(head), middle, len(tail))

    def fits(self, word: str) -> int:
        found = _along(self._heads, word) & _along(self._tails, reversed(word))
        for least, bits in self._lengths.items() if found else ():
            if least > len(word):
                found &= ~bits
        unsure = found & self._with_middle
        if unsure:
            found &= ~unsure
            if len(word) <= _SHORT:
                size, inside = len(word), 0  # the words whose middle is somewhere in this one
                for start in range(size):
                    for end in range(start + 1, size + 1):
                        inside |= self._middles.get(word[start:end], 0)
                unsure &= inside
            while unsure:
                bit = unsure & -unsure
                unsure ^= bit
                start, middle, end = self._middle_of[bit]
                if word.find(middle, start, len(word) - end) >= 0:
                    found |= bit
        return found | self._exact.get(word, 0)


_Trie = tuple[dict[str, "_Trie"], list[int]]  # what follows, and the words that are whole here


def _put(trie: _Trie, letters: Iterable[str], bit: int) -> None:
    for letter in letters:
        trie = trie[0].setdefault(letter, ({}, [0]))
    trie[1][0] |= bit


def _along(trie: _Trie, letters: Iterable[str]) -> int:
    bits = trie[1][0]
    for letter in letters:
        following = trie[0].get(letter)
        if following is None:
            break
        trie = following
        bits |= trie[1][0]
    return bits

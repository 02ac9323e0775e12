"""Finding a model by what somebody typed for its name: "klng 2.6" means Kling 2.6.

Each word is compared with the words that occur in names and ids, of which even a large catalogue has few hundred; what
comes out best is then compared as a whole. Numbers have to be right: a version is no spelling.
"""

import difflib
import itertools
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

from bot.domain.ids import ModelId

_WORD = re.compile(r"[a-z]+|\d+(?:[.,-]\d+)*")
_LONGEST, _MOST = 100, 10  # characters and different words of what was typed; no name has more
_ALIKE = 0.6  # of difflib: below, two words have little in common; so it is for all words together
_BEGUN, _OTHER_VERSION = 0.9, 0.4  # how much a word counts that goes on, and "2.5" for "2.6"
_NUMBER = 3  # letters that a number weighs
_COMPARED = 8  # models whose whole names are compared


def words_of(text: str) -> tuple[str, ...]:
    """The words and numbers of a name, an id or what was typed for one: "Kling v2-6" has "kling", "v" and "2.6"."""
    return tuple(re.sub("[,-]", ".", word) for word in _WORD.findall(text.lower()))


class Spelling:
    """The words of all models; `texts` are the name and the id of each."""

    def __init__(self, texts: Mapping[ModelId, Sequence[str]]) -> None:
        self._texts = {model: [" ".join(words_of(text)) for text in each] for model, each in texts.items()}
        self._models: defaultdict[str, set[ModelId]] = defaultdict(set)
        for model, each in texts.items():
            for words in map(words_of, each):
                together = (a + b for a, b in itertools.pairwise(words) if (a + b).isalpha())
                for word in (*words, *together):  # "nanobanana" is Nano Banana
                    self._models[word].add(model)
        self._letters = {word: frozenset(word) for word in self._models if word.isalpha()}

    def nearest(self, typed: str) -> list[tuple[ModelId, float]]:
        """The models that may be meant, the likeliest first, each with how much it is like that; 1 is the most."""
        words = dict.fromkeys(words_of(typed[:_LONGEST]))
        weights = {word: len(word) if word.isalpha() else _NUMBER for word in [*words][:_MOST]}
        all_of_them = sum(weights.values())
        likeness: defaultdict[ModelId, float] = defaultdict(float)
        for word, weight in weights.items():
            best: dict[ModelId, float] = {}
            for other, alike in sorted(self._like(word).items(), key=lambda each: each[1]):
                best |= dict.fromkeys(self._models[other], alike)
            for model, alike in best.items():
                likeness[model] += alike * weight / all_of_them
        likely = sorted((m for m in likeness if likeness[m] >= _ALIKE), key=lambda m: -likeness[m])
        typed = " ".join(words)
        matcher = difflib.SequenceMatcher(None, "", typed, autojunk=False)
        whole: dict[ModelId, float] = {}
        for model in likely[:_COMPARED]:
            for text in self._texts[model]:
                matcher.set_seq1(text)
                whole[model] = max(whole.get(model, 0), matcher.ratio())
        likely.sort(key=lambda m: -likeness[m] - whole.get(m, -1))
        return [(model, likeness[model]) for model in likely]

    def _like(self, typed: str) -> Mapping[str, float]:
        """The words that may be meant by one."""
        found = {typed: 1.0} if typed in self._models else {}
        if not typed.isalpha():
            major, digits = typed.partition(".")[0], typed.replace(".", "")
            for word in self._models.keys() - found.keys() - self._letters.keys():
                if word.replace(".", "") == digits:
                    found[word] = _BEGUN
                elif word.partition(".")[0] == major:
                    found[word] = _OTHER_VERSION
            return found
        if found or len(typed) == 1:
            return found
        letters, matcher = frozenset(typed), difflib.SequenceMatcher(None, "", typed, autojunk=False)
        for word, theirs in self._letters.items():
            if word.startswith(typed):
                found[word] = _BEGUN
            elif 2 * len(letters & theirs) >= _ALIKE * (len(letters) + len(theirs)):
                matcher.set_seq1(word)
                if matcher.real_quick_ratio() >= _ALIKE and (alike := matcher.ratio()) >= _ALIKE:
                    found[word] = alike
        return found

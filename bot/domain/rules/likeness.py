"""What reads the same is the same: the ways in which a text may be read, each as a list of words.

A reader does not see zero-width characters and takes a Cyrillic o for a Latin one. So a text is read several times: as
it stands, without its accents, with signs for letters, and so on. Each reading can only find more. Where the tables
come from, and what is left out on purpose, is in docs/decisions/0029-what-reads-the-same.md.
"""

import itertools
import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache

# Default_Ignorable_Code_Point of Unicode (DerivedCoreProperties.txt): what is shown as nothing. And control characters
# but for those that are white space.
_NOTHING = (
    (0x00, 0x08), (0x0E, 0x1B), (0x7F, 0x84), (0x86, 0x9F), (0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C),
    (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F),
    (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFFB),
    (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
)  # fmt: skip
# Marks of no script in particular: over and under Latin, Greek and Cyrillic letters they are accents. The vowels of
# other scripts are marks too; those are no accents, and stay.
_ACCENTS = ((0x300, 0x36F), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x20D0, 0x20FF), (0xFE20, 0xFE2F))
_ACCENTED = ("LATIN", "GREEK", "CYRILLIC")
# With an accent these are other letters, not the same with an accent: "für" is not "fur", "año" is not "ano".
_LETTERS_OF_THEIR_OWN = frozenset("äöüåñőűйїў")

# Letters that are drawn alike in the common fonts (Unicode TR39, confusables.txt), small ones.
_ALIKE = {
    "a": "\u0430\u0251\u03b1\u1d00", "b": "\u042c\u0184\u044c\u0299", "c": "\u0441\u1d04", "d": "\u0501\u1d05",
    "e": "\u0435\u03b5\u1d07\u212e\u0454", "f": "\u0584\ua730", "g": "\u0261\u1d83\u0581\u0262\u050d",
    "h": "\u04bb\u0570\u029c", "i": "\u0456\u03b9\u0131\u026a\u0269", "j": "\u0458\u1d0a\u0575",
    "k": "\u03ba\u043a\u1d0b", "l": "\u04cf\u01c0\u029f", "m": "\u1d0d", "n": "\u0578\u057c\u0274",
    "o": "\u043e\u03bf\u0585\u03c3\u1d0f", "p": "\u0440\u03c1\u1d18", "q": "\u051b\u0563\u0566",
    "r": "\u0280\u0433\u1d26", "s": "\u0455\ua731", "t": "\u03c4\u1d1b", "u": "\u057d\u03c5\u028b\u1d1c",
    "v": "\u03bd\u1d20\u0475", "w": "\u051d\u0461\u1d21", "x": "\u0445\u03c7", "y": "\u0443\u04af\u0263\u028f\u03b3",
    "z": "\u1d22",
}  # fmt: skip
# The same of Cherokee and Lisu, whose letters are all drawn as capitals: generators of "fancy text" take them.
_ALIKE_IN_OTHERS = {
    "a": "\u13aa\ua4ee", "b": "\u13f4\ua4d0", "c": "\u13df\ua4da", "d": "\u13a0\ua4d3", "e": "\u13ac\ua4f0",
    "f": "\ua4dd", "g": "\u13c0\ua4d6", "h": "\u13bb\ua4e7", "i": "\u13a5\ua4f2", "j": "\u13ab\ua4d9",
    "k": "\u13e6\ua4d7", "l": "\u13de\ua4e1", "m": "\u13b7\ua4df", "n": "\ua4e0", "o": "\ua4f3",
    "p": "\u13e2\ua4d1", "r": "\u13d2\ua4e3", "s": "\u13da\ua4e2", "t": "\u13a2\ua4d4", "u": "\ua4f4",
    "v": "\u13d9\ua4e6", "w": "\u13b3\ua4ea", "x": "\ua4eb", "y": "\u13bd\ua4ec", "z": "\u13c3\ua4dc",
}  # fmt: skip
# Capitals that are drawn alike though their small letters are not.
_ALIKE_AS_CAPITALS = {
    "A": "\u0410\u0391", "B": "\u0412\u0392", "C": "\u0421\u03f9", "E": "\u0415\u0395", "G": "\u050c",
    "H": "\u041d\u0397\u04ba", "I": "\u0406\u0399\u04c0", "J": "\u0408\u037f", "K": "\u041a\u039a", "L": "\u053c",
    "M": "\u041c\u039c", "N": "\u039d", "O": "\u041e\u039f\u0555", "P": "\u0420\u03a1", "S": "\u0405\u054f",
    "T": "\u0422\u03a4", "U": "\u054d", "V": "\u0474", "X": "\u0425\u03a7", "Y": "\u04ae\u03a5", "Z": "\u0396",
}  # fmt: skip
_FRAMED = (0x1F150, 0x1F170, 0x1F1E6)  # A to Z in black circles, in black squares, and as halves of flags
_SIGNS_FOR_LETTERS = {"0": "o", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "9": "g", "@": "a", "$": "s"}
_TALL = "1!|"  # an i or an l

_MARKS = "".join(f"{chr(first)}-{chr(last)}" for first, last in _ACCENTS)
# Marks that belong to the letters before them, in scripts whose vowels are marks. Python's \w has none of them.
_OTHER_MARKS = (
    "\u0483-\u0487\u0591-\u05bd\u064b-\u065f\u0670\u0900-\u0903\u093a-\u094d\u0951-\u0957\u0962\u0963"
    "\u0981-\u0983\u09bc-\u09cd\u0a01-\u0a03\u0a3c-\u0a51\u0abc-\u0acd\u0b3c-\u0b57\u0bbe-\u0bcd\u0c3e-\u0c56"
    "\u0cbc-\u0cd6\u0d3e-\u0d4d\u0dca-\u0ddf\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0f71-\u0f84"
    "\u102b-\u103e\u17b6-\u17d3\u3099\u309a"
)
_LETTERS = rf"\w{_MARKS}{_OTHER_MARKS}"  # and digits; the underscore is a hyphen by then
_WORD = re.compile(rf"[{_LETTERS}]+")
_SIGNS = re.compile(rf"[^\s{_LETTERS}]+")
_LOOSE_ACCENT = re.compile(rf"[{_MARKS}]+")
_TALL_CAPITALS = re.compile(r"(?<=[a-z])I+")
_STANDS_FOR = re.compile(r"[034578919@$!|]")
_AFTER_A_LETTER = re.compile(r"[a-z][@$]")  # "a$$"
_SPELT = 3  # single letters in a row that are taken for one word


_DROPPED = re.compile(
    "[" + "".join(f"{re.escape(chr(first))}-{re.escape(chr(last))}" for first, last in _NOTHING) + "]"
)
_AS_LATIN = {
    each: latin for latin, others in (*_ALIKE.items(), *_ALIKE_IN_OTHERS.items()) for each in others.casefold()
} | {chr(start + n): chr(ord("a") + n) for start in _FRAMED for n in range(26)}
_AS_LATIN_CAPITALS = {each: latin for latin, others in _ALIKE_AS_CAPITALS.items() for each in others}
_TALL_IS = tuple(str.maketrans(_SIGNS_FOR_LETTERS | dict.fromkeys(_TALL, letter)) for letter in "il")


def folded(text: str) -> str:
    """The text as it is shown and compared: composed, in small letters, without what nobody sees."""
    composed = unicodedata.normalize("NFKC", _DROPPED.sub("", text))
    return _DROPPED.sub("", unicodedata.normalize("NFKC", composed.casefold()))


def is_word(text: str) -> bool:
    """Whether there is nothing but letters and digits in it."""
    return _WORD.fullmatch(text) is not None


def words_of(text: str) -> list[str]:
    """The words of a pattern: as it was written, with letters that look Latin as Latin ones."""
    return _WORD.findall(_LOOSE_ACCENT.sub("", _replaced(folded(text).replace("_", "-"), _AS_LATIN)))


def readings(text: str) -> Iterator[list[str]]:
    """The words of a prompt, in every way in which it may be read. The first is as it stands."""
    read: dict[str, None] = {}
    for shown in _shown(unicodedata.normalize("NFKC", _DROPPED.sub("", text)).replace("_", "-")):
        plain = _LOOSE_ACCENT.sub("", shown)
        read[plain] = None
        if not shown.isascii():
            # No language sets accents that make no letter with the one below: then none of them makes another letter.
            kept = _LETTERS_OF_THEIR_OWN if len(plain) == len(shown) else frozenset[str]()
            read[_without_accents(plain, _LETTERS_OF_THEIR_OWN)] = None
            read[_without_accents(plain, kept)] = None
    for plain in read:
        words = _WORD.findall(plain)
        yield words
        for lettered in _with_letters_for_signs(plain):
            yield _WORD.findall(lettered)
        if _SIGNS.search(plain):
            yield _WORD.findall(_SIGNS.sub("", plain))


def _shown(text: str) -> Iterator[str]:
    """In small letters; once with small letters that look alike, once with capitals that do."""
    yield _small(text)
    capitals = _replaced(text, _AS_LATIN_CAPITALS)
    if capitals != text:
        yield _small(capitals)
    tall = _TALL_CAPITALS.sub(lambda found: "l" * len(found[0]), capitals)
    if tall != capitals:
        yield _small(tall)


def _small(composed: str) -> str:
    return _replaced(folded(composed), _AS_LATIN)


def _replaced(text: str, table: Mapping[str, str]) -> str:
    """A prompt has few different characters: quicker than looking at each of thousands."""
    if not text.isascii():
        for each in table.keys() & set(text):
            text = text.replace(each, table[each])
    return text


def _without_accents(text: str, kept: frozenset[str]) -> str:
    for each in set(text):
        bare = _bare(each, kept)
        if bare != each:
            text = text.replace(each, bare)
    return text


@lru_cache(maxsize=4096)
def _bare(letter: str, kept: frozenset[str]) -> str:
    """The letter without its accents, but for those that make it one of `kept`; then it may look like another one."""
    base = unicodedata.normalize("NFD", letter)
    if len(base) == 1 or not unicodedata.name(base[0], "").startswith(_ACCENTED):
        return letter
    own = unicodedata.normalize("NFC", base[:2])
    return own if own in kept else _AS_LATIN.get(base[0], base[0])


def _with_letters_for_signs(text: str) -> Iterator[str]:
    """Once with 1 for i and once for l, where signs are among at least two letters: "3d" and "1080p" stay."""
    if not _STANDS_FOR.search(text):
        return
    tokens = text.split()
    spelt = [
        (place, token.rstrip("!"))
        for place, token in enumerate(tokens)
        if _STANDS_FOR.search(token) and (sum(map(str.isalpha, token)) > 1 or _AFTER_A_LETTER.search(token))
    ]
    for table in _TALL_IS if spelt else ():
        for place, token in spelt:
            tokens[place] = token.translate(table)
        yield " ".join(tokens)


def spelt(words: list[str]) -> list[str]:
    """The words that are spelt out, letter by letter, each put together; digits among letters are read as those too."""
    found: list[str] = []
    for single, run in itertools.groupby(words, key=lambda word: len(word) == 1):
        letters = "".join(run) if single else ""
        if len(letters) >= _SPELT:
            found += [letters, *_with_letters_for_signs(letters)]
    return found

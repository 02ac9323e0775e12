"""Money has one format, the reader's, and everything that a person reads goes through it."""

import ast
import re
from decimal import ROUND_HALF_UP, Decimal

from fluent.syntax.ast import TextElement
from hypothesis import given
from hypothesis import strategies as st

from bot.texts import money
from tests.architecture.kit import docstrings, sources
from tests.cases import for_each
from tests.locales.kit import LANGUAGES, TRANSLATIONS, messages, walk

SIGN = {"en-US": ("$", ".", ","), "de": ("$", ",", ".")}


@for_each(
    ("amount", "english", "german"),
    [
        ("0", "$0.00", "0,00 $"),
        ("1.2", "$1.20", "1,20 $"),
        ("3", "$3.00", "3,00 $"),
        ("0.355", "$0.36", "0,36 $"),
        ("0.01", "$0.01", "0,01 $"),
        ("0.0095", "$0.01", "0,01 $"),
        ("0.0094", "$0.009", "0,009 $"),
        ("0.0005", "$0.001", "0,001 $"),
        ("0.00004", "<$0.001", "<0,001 $"),
        ("-0.00004", ">-$0.001", ">-0,001 $"),
        ("-0.35", "-$0.35", "-0,35 $"),
        ("-0.004", "-$0.004", "-0,004 $"),
        ("1E+2", "$100.00", "100,00 $"),
        ("1234567.891", "$1,234,567.89", "1.234.567,89 $"),
    ],
)
def test_amounts_as_they_are_written(amount: str, english: str, german: str) -> None:
    exact = Decimal(amount)
    assert (money(exact), money(exact, "de").replace("\N{NO-BREAK SPACE}", " ")) == (english, german)
    for language, written in (("en-GB", english), ("de", german)):  # a text gets the amount as it is
        shown = TRANSLATIONS.of(language)("usage-line-unclear", amount=exact)
        assert written in shown.replace("\N{NO-BREAK SPACE}", " ")


@given(st.integers(-(10**13), 10**13) | st.integers(-20_000, 20_000))
def test_what_is_written_can_be_read_again(micro: int) -> None:
    """To half of the last digit, whatever the amount; and only nothing looks like nothing."""
    amount = Decimal(micro) / 1_000_000
    for language, (sign, point, thousands) in SIGN.items():
        written = money(amount, language)
        assert sign in written
        plain = written.replace("\N{NO-BREAK SPACE}", "").replace(sign, "").replace(thousands, "").replace(point, ".")
        digits = len(plain.partition(".")[2])
        read = Decimal(plain.lstrip("<>"))
        if plain[0] in "<>":
            assert 0 < abs(amount) < abs(read) == Decimal("0.001")
            continue
        assert digits == (3 if 0 < abs(read) < Decimal("0.01") else 2)
        assert read == amount.quantize(Decimal(10) ** -digits, ROUND_HALF_UP)
        assert (read == 0) == (amount == 0)


# Strays

# What a machine reads, or a form gives back: it is exact.
EXACT = {"typed_amount", "_cells"}
A_SIGN = re.compile(r"\$\s*$|^\s*(\$|USD\b)")  # beside an amount
DECIMALS = re.compile(r"\.[2-6]f")


def test_no_code_writes_an_amount_itself() -> None:
    found: list[str] = []
    for source in sources("bot", "cogs"):
        passed = docstrings(source.tree)
        for node in ast.walk(source.tree):  # from the outside to the inside
            if id(node) in passed or getattr(node, "name", "") in EXACT:
                passed |= {id(each) for each in ast.walk(node)}
            elif isinstance(node, ast.JoinedStr):
                texts = [one.value for one in node.values if isinstance(one, ast.Constant)]
                specs = [ast.unparse(one) for one in node.values if isinstance(one, ast.FormattedValue)]
                if any(A_SIGN.search(str(text)) for text in texts) or any(map(DECIMALS.search, specs)):
                    found.append(source.at(node))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and re.search(r"\$\d", node.value):
                found.append(source.at(node))
    assert found == []


def test_no_text_has_a_sign_of_its_own() -> None:
    """What an amount looks like is not said twice: a text gets it with its sign."""
    found = [
        f"{language}: {message.key}"
        for language in LANGUAGES
        for message in messages(language).values()
        for node in walk(message.entry)
        if isinstance(node, TextElement) and "$" in node.value
    ]
    assert found == []

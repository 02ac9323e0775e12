"""What the pages name is there: files, tests and what `-k` selects of them, decisions, folders of tests."""

import ast
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.settings import Settings
from tests.architecture.kit import ROOT

DECISIONS = ROOT / "docs" / "decisions"
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("sandbox/**/*.md")])
PROSE = [page for page in PAGES if page.name != "CHANGELOG.md"]  # it tells of files as they were
CODE = re.compile(r"`([^`\n]+)`")
NAMED = re.compile(r"(?<![\w/.-])(?:[\w.-]+/)+[\w.-]+\.(?:py|sql|ftl|md|json|txt|in|sh)\b(?!\.)")
LINK = re.compile(r"\]\(([^)#\s]+)")
TEST = re.compile(r"(?P<path>tests/[\w/]+(?:\.py)?|…)(?:::(?P<name>\w+)| -k (?P<words>\w+|'[\w ]+'))?")
TO_A_DECISION = re.compile(r"\[(?:decision )?(\d+)\]\((?:[\w./]*/)?(\d{4})-")
BY_NUMBER = re.compile(r"\bdecision (\d+)\b")


every_page = pytest.mark.parametrize("page", PROSE, ids=lambda page: str(page.relative_to(ROOT)))


def told_tests() -> Iterator[object]:
    for page in PROSE:
        path = ""
        for line in page.read_text(encoding="utf-8").splitlines():
            for code in CODE.findall(line):
                match = TEST.fullmatch(code)
                if match is None:
                    continue
                path = path if match["path"] == "…" else match["path"]
                words = match["words"].strip("'").split(" or ") if match["words"] else []
                yield pytest.param(path, match["name"], words, id=f"{page.name}-{code}".replace("/", "."))


@every_page
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    links = LINK.findall(page.read_text(encoding="utf-8"))
    assert [link for link in links if "://" not in link and not (page.parent / link).exists()] == []


@every_page
def test_every_file_that_is_named_exists(page: Path) -> None:
    """By its path in the checkout, in `bot`, or beside the page."""
    paths = {path for code in CODE.findall(page.read_text(encoding="utf-8")) for path in NAMED.findall(code)}
    gone = {path for path in paths if not any((base / path).exists() for base in (ROOT, ROOT / "bot", page.parent))}
    assert gone <= {"migrations/NNNN.name.sql"}


@pytest.mark.parametrize(("path", "name", "words"), list(told_tests()))
def test_every_test_that_is_named_exists_and_every_word_selects_some(
    path: str, name: str | None, words: list[str]
) -> None:
    assert (ROOT / path).exists()
    files = [ROOT / path] if path.endswith(".py") else sorted((ROOT / path).glob("test_*.py"))
    tests = [
        node.name
        for file in files
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    ]
    assert name is None or name in tests
    for word in words:
        assert any(word in each for each in tests), word


def test_decisions_are_numbered_without_a_gap_and_headed_by_their_numbers() -> None:
    files = sorted(DECISIONS.glob("*.md"))
    assert [int(file.name[:4]) for file in files] == list(range(1, len(files) + 1))
    for number, file in enumerate(files, 1):
        assert file.read_text(encoding="utf-8").startswith(f"# {number}. ")


def test_every_reference_to_a_decision_has_its_number() -> None:
    most = len(list(DECISIONS.glob("*.md")))
    for file in (*PROSE, *ROOT.glob("bot/**/*.py"), *ROOT.glob("cogs/*.py")):
        text = file.read_text(encoding="utf-8")
        assert all(int(said) == int(number) for said, number in TO_A_DECISION.findall(text)), file
        assert all(int(number) <= most for number in BY_NUMBER.findall(text)), file


def test_every_folder_of_tests_has_its_place_in_the_table() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    table = text[text.index("Where tests live") : text.index("## The simulation")]
    told = {cell.removeprefix("tests/") for row in table.splitlines() for cell in CODE.findall(row.split(" | ")[0])}
    assert told == {file.parent.relative_to(ROOT / "tests").parts[0] for file in ROOT.glob("tests/*/test_*.py")}


def test_every_table_of_the_database_is_in_the_table_of_tables() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = page[page.index("| table | what a row is |") :].partition("\n\n")[0].splitlines()
    told = {name for row in rows for name in CODE.findall(row.split(" | ")[0])}
    with closing(sqlite3.connect(":memory:")) as db:
        for file in sorted((ROOT / "migrations").glob("*.sql")):
            db.executescript(file.read_text(encoding="utf-8"))
        assert told == {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def test_every_setting_is_in_the_table_of_the_readme() -> None:
    told = set(CODE.findall((ROOT / "README.md").read_text(encoding="utf-8").partition("## Settings")[2]))
    assert {str(field.alias) for field in Settings.model_fields.values()} <= told

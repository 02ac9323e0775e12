"""What the pages name is there: files, tests and what `-k` selects of them, decisions, folders of tests."""

import ast
import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

from bot.settings import Settings
from tests.architecture.kit import ROOT, parse

DECISIONS = ROOT / "docs" / "decisions"
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("sandbox/**/*.md")])
PROSE = [page for page in PAGES if page.name != "CHANGELOG.md"]  # it tells of files as they were
CODE = re.compile(r"`([^`\n]+)`")
NAMED = re.compile(r"(?<![\w/.-])(?:[\w.-]+/)+[\w.-]+\.(?:py|sql|ftl|md|json|txt|in|sh)\b(?!\.)")
LINK = re.compile(r"\]\(([^)#\s]+)")
TEST = re.compile(r"(?P<path>tests/[\w/]+(?:\.py)?|…)(?:::(?P<name>\w+)| -k (?P<words>\w+|'[\w ]+'))?")
TO_A_DECISION = re.compile(r"\[(?:decision )?(\d+)\]\((?:[\w./]*/)?(\d{4})-")
BY_NUMBER = re.compile(r"\bdecision (\d+)\b")
CLASS = re.compile(r"[A-Z]\w*[a-z]\w*(?:\.\w+)?")
STOP = re.compile(r"^### .*`([\w/]+\.py)`, `([\w.]+)`$", re.MULTILINE)


def told_tests() -> Iterator[tuple[str, str, str | None, list[str]]]:
    """Each test that a page names: the page, its path, its name, the words of a `-k`."""
    for page in PROSE:
        path = ""
        for line in page.read_text(encoding="utf-8").splitlines():
            for code in CODE.findall(line):
                match = TEST.fullmatch(code)
                if match is None:
                    continue
                path = path if match["path"] == "…" else match["path"]
                words = match["words"].strip("'").split(" or ") if match["words"] else []
                yield page.name, path, match["name"], words


def test_every_link_to_a_file_leads_somewhere() -> None:
    links = [(page, link) for page in PROSE for link in LINK.findall(page.read_text(encoding="utf-8"))]
    assert [(page, link) for page, link in links if "://" not in link and not (page.parent / link).exists()] == []


def test_every_file_that_is_named_exists() -> None:
    """By its path in the checkout, in `bot`, or beside the page."""
    named = {
        (page, path)
        for page in PROSE
        for code in CODE.findall(page.read_text(encoding="utf-8"))
        for path in NAMED.findall(code)
    } - {(ROOT / "CONTRIBUTING.md", "migrations/NNNN.name.sql")}
    assert [
        (page, path)
        for page, path in named
        if not any((at / path).exists() for at in (ROOT, ROOT / "bot", page.parent))
    ] == []


def test_every_test_that_is_named_exists_and_every_word_selects_some() -> None:
    missing: list[tuple[str, ...]] = []
    for page, path, name, words in told_tests():
        files = [ROOT / path] if path.endswith(".py") else sorted((ROOT / path).glob("test_*.py"))
        tests = [
            node.name
            for file in files
            if file.exists()
            for node in parse(file).body
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
        ]
        if not (ROOT / path).exists() or (name is not None and name not in tests):
            missing.append((page, path, name or ""))
        missing += [(page, path, word) for word in words if not any(word in each for each in tests)]
    assert missing == []


def test_every_class_that_readers_are_told_of_exists() -> None:
    """In the glossary and the page for readers: classes with their members, and each stop in the file that it names."""
    classes: defaultdict[str, set[str]] = defaultdict(set)
    for file in (*ROOT.glob("bot/**/*.py"), *ROOT.glob("cogs/*.py")):
        for name, members in _names(file).items():
            classes[name] |= members
    missing: list[str] = []
    for page in (ROOT / "docs" / "glossary.md", ROOT / "docs" / "reading.md"):
        text = page.read_text(encoding="utf-8")
        for code in filter(CLASS.fullmatch, CODE.findall(text)):
            name, _, member = code.partition(".")
            if name not in classes or (member and member not in classes[name]):
                missing.append(code)
        for path, code in STOP.findall(text):
            name, _, member = code.partition(".")
            found = _names(ROOT / path) if (ROOT / path).exists() else {}
            if name not in found or (member and member not in found[name]):
                missing.append(f"{path} {code}")
    assert missing == []


def _names(file: Path) -> Mapping[str, set[str]]:
    """What a file defines, by name: classes with their members, functions and values with none."""
    found: dict[str, set[str]] = {}
    for node in parse(file).body:
        if isinstance(node, ast.ClassDef):
            parts = list(ast.walk(node))
            stored = [
                part for part in parts if isinstance(part, ast.Name | ast.Attribute) and isinstance(part.ctx, ast.Store)
            ]
            found[node.name] = {part.id if isinstance(part, ast.Name) else part.attr for part in stored}
            found[node.name] |= {
                part.name for part in parts if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef)
            }
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found[node.name] = set()
        elif isinstance(node, ast.Assign):
            found |= {to.id: set() for to in node.targets if isinstance(to, ast.Name)}
    return found


def test_each_decision_has_a_number_of_its_own_and_is_headed_by_it() -> None:
    files = sorted(DECISIONS.glob("*.md"))
    numbers = [int(file.name[:4]) for file in files]
    assert len(set(numbers)) == len(numbers)
    for number, file in zip(numbers, files, strict=True):
        assert file.read_text(encoding="utf-8").startswith(f"# {number}. ")


def test_every_reference_to_a_decision_has_its_number() -> None:
    numbers = {int(file.name[:4]) for file in DECISIONS.glob("*.md")}
    for file in (*PROSE, *ROOT.glob("bot/**/*.py"), *ROOT.glob("cogs/*.py")):
        text = file.read_text(encoding="utf-8")
        assert all(int(said) == int(number) for said, number in TO_A_DECISION.findall(text)), file
        assert all(int(number) in numbers for number in BY_NUMBER.findall(text)), file


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

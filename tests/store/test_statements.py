"""Each use of a named statement fits its statement; each statement is used."""

import ast
import functools
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.store import statements
from bot.store.statements import Statements, read, split
from tests.cases import for_each

STORE = Path(statements.__file__).parent
FAMILIES = sorted(path.stem for path in STORE.rglob("*.sql"))
ASKS = {"one", "all", "run", "many", "value", "text", "row", "rows", "change"}
VALUE = re.compile(r"'[^']*'|(?<!:):(\w+)")


def families(tree: ast.AST) -> dict[str, str]:
    """By the name of the attribute or constant that holds them: the family of the statements."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and ast.unparse(node.value).startswith("Statements("):
            (held,) = re.findall(r"Statements\('(\w+)'\)", ast.unparse(node.value))
            found[ast.unparse(node.targets[0])] = held
    return found


@functools.cache
def uses() -> list[tuple[str, str, str, ast.Call]]:
    """Where, family and name of each statement that is asked for, with the call."""
    found: list[tuple[str, str, str, ast.Call]] = []
    for path in STORE.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        held = families(tree)
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ASKS):
                continue
            owner = ast.unparse(node.func.value)
            family = held.get(owner) or next(iter(re.findall(r"^Statements\('(\w+)'\)$", owner)), None)
            names = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
            if family is not None:
                assert len(names) == 1, f"{path.name}:{node.lineno}: which statement?"
                found.append((f"{path.name}:{node.lineno}", family, names[0], node))
    return found


def test_every_statement_that_is_asked_for_exists_and_every_other_is_gone() -> None:
    asked = {(family, name) for _, family, name, _ in uses()}
    assert asked == {(family, name) for family in FAMILIES for name in read(family)}


def test_every_call_gives_the_values_that_its_statement_takes() -> None:
    wrong = [
        f"{where}: {name} takes {sorted(takes)}, and is given {sorted(given)}"
        for where, family, name, call in uses()
        for takes in [{each for each in VALUE.findall(read(family)[name]) if each}]
        for given in [{keyword.arg for keyword in call.keywords if keyword.arg is not None}]
        if isinstance(call.func, ast.Attribute) and call.func.attr in ASKS - {"many", "text"}
        if not given <= takes or (given != takes and all(keyword.arg for keyword in call.keywords))
    ]
    assert wrong == []


def test_a_name_is_there_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "_HERE", tmp_path)
    for number, text in enumerate(("-- name: a\nSELECT 1;\n-- name: a\nSELECT 2;", "-- name: a\nSELECT 1; SELECT 2;")):
        (tmp_path / f"family_{number}.sql").write_text(text)
        with pytest.raises(ValueError, match=r"family_\d.sql: a has to be one statement, once"):
            read(f"family_{number}")


@for_each(
    ("text", "statements"),
    [
        ("-- Words; of no meaning.\nSELECT 1;\n\n/* more; */ SELECT 2", ["SELECT 1", "SELECT 2"]),
        ("SELECT ';', \"a;b\", 'it''s; so' -- and; so on\n;", ["SELECT ';', \"a;b\", 'it''s; so' -- and; so on"]),
        ("INSERT INTO t VALUES (3 - 1, 4 / 2);;\n;", ["INSERT INTO t VALUES (3 - 1, 4 / 2)"]),
        ("", []),
        ("-- nothing\n", []),
    ],
)
def test_a_text_is_split_into_its_statements(text: str, statements: list[str]) -> None:
    assert split(text) == statements


# What is read by an index, however long the past: what the loops ask, and looking back.

BY_MEMBER = "orders_by_member \\(guild_id=\\? AND requester_id=\\? AND \\(created_at,id\\)"
EXPECTED = {
    "spent_by_quarter": "tallies .*guild_id=\\? AND user_id=\\? AND quarter>\\? AND quarter<\\?",
    "spent_by_member": "tallies_by_time \\(guild_id=\\? AND quarter>\\? AND quarter<\\?",
    "outcomes": "orders_by_guild \\(guild_id=\\? AND created_at>\\? AND created_at<\\?",
    "outputs_in": "orders_by_guild \\(guild_id=\\? AND created_at>\\?",
    "orders_before": "\\(guild_id=\\? AND created_at<\\?",
    "orders_after": "\\(guild_id=\\? AND created_at>\\?",
    "orders_of_member_before": f"{BY_MEMBER}<",
    "orders_of_member_after": f"{BY_MEMBER}>",
    "past_orders_by_short_id": "orders_by_short_id \\(guild_id=\\? AND <expr>=\\?",
    "outputs_of": "\\(order_id=\\?",
}


BY_REMOTE_ID = "\\(remote_id=\\? AND provider=\\?"
OF_THE_LOOPS = {  # not by the provider: nearly all rows are of one
    "keys_in_flight": "generations_open_by_state",
    "any_on_their_way": "generations_open_by_state",
    "keys_in_use": "generations_open_by_key",
    "open_by_key": "generations_open_by_key",
    "generations_under_way": "generations_open_by_state",
    "generation_by_remote_id": BY_REMOTE_ID,
    "owner": BY_REMOTE_ID,
    "given_up_as": BY_REMOTE_ID,
}


class Anything(dict[str, int]):
    def __missing__(self, _: str) -> int:
        return 1


@pytest.mark.parametrize("name", EXPECTED)
def test_it_is_found_by_an_index(name: str, database_file: Path) -> None:
    with closing(sqlite3.connect(database_file)) as db:
        rows = db.execute(f"EXPLAIN QUERY PLAN {Statements('reports').text(name)}", Anything()).fetchall()
    validated = [row[3] for row in rows]
    assert any(re.search(EXPECTED[name], line) for line in validated), validated
    assert not [
        line for line in validated if line.startswith("SCAN") and re.search(r"\b(tallies|orders|entries)\b", line)
    ]

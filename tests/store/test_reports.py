"""How looking back reads: by an index and by the period, however long the past."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from bot.store.statements import Statements

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


class Anything(dict[str, int]):
    def __missing__(self, _: str) -> int:
        return 1


@pytest.mark.parametrize("name", EXPECTED)
def test_it_is_found_by_an_index(name: str, database_file: Path) -> None:
    with closing(sqlite3.connect(database_file)) as db:
        rows = db.execute(f"EXPLAIN QUERY PLAN {Statements('reports').text(name)}", Anything()).fetchall()
    plan = [row[3] for row in rows]
    assert any(re.search(EXPECTED[name], line) for line in plan), plan
    assert not [line for line in plan if line.startswith("SCAN") and re.search(r"\b(tallies|orders|entries)\b", line)]

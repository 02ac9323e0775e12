"""What is waited for after a round, and what is rightly still open then."""

from typing import Any

import pytest

from tests.chaos.evidence import Patience, Row, held_up, open_matters


def generations(**states: str) -> list[Row]:
    """By order: the states of its generations, as in `a="unknown,unknown"`."""
    return [
        {"id": f"{order}{n}", "order_id": order, "state": state, "ended_at": 1 if state == "succeeded" else None}
        for order, all_of_it in states.items()
        for n, state in enumerate(all_of_it.split(","))
    ]


def places(waiting: dict[str, int]) -> list[Row]:
    """In that order, each with so many generations."""
    return [
        {"order_id": order, "stage": "waiting", "round": turn, "position": 0, "open": outputs}
        for turn, (order, outputs) in enumerate(waiting.items())
    ]


@pytest.mark.parametrize(
    ("states", "waiting", "held"),
    [
        ({"a": "unknown,unknown,unknown", "b": "intended"}, {"b": 1}, {"b"}),
        ({"a": "unknown,unknown", "b": "intended,intended", "c": "intended"}, {"b": 2, "c": 1}, {"b", "c"}),
        ({"a": "unknown,unknown", "b": "intended"}, {"b": 1}, set()),
        ({"a": "unknown,unknown,queued", "b": "intended"}, {"b": 1}, set()),
        ({"a": "succeeded", "b": "intended,intended,intended"}, {"b": 3}, set()),
    ],
)
def test_only_what_is_looked_for_may_hold_up_others(
    states: dict[str, Any], waiting: dict[str, int], held: set[str]
) -> None:
    rows = generations(**states)
    assert held_up(rows, places(waiting)) == held
    tables = {"generations": rows, "queue_positions": places(waiting), "posts": [], "orders": []}
    hasty, patient = (open_matters(tables, Patience(cards=False, looking=looking)) for looking in (False, True))
    assert hasty == [
        f"{row['id']} is {row['state']}"
        for row in rows
        if row["state"] in {"intended", "queued"} and row["order_id"] not in held
    ]
    assert patient == [f"{row['id']} is {row['state']}" for row in rows if row["ended_at"] is None]

"""The tallies of a ledger that is older than they are."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.store.kit import MIGRATIONS

from bot.store.migrations import migrate

QUARTER = 900_000


def test_the_migration_sums_up_what_was_entered_before(tmp_path: Path) -> None:
    folder, path = Path(shutil.copytree(MIGRATIONS, tmp_path / "migrations")), tmp_path / "drover.sqlite3"
    later = {each: each.read_text(encoding="utf-8") for each in folder.glob("*.sql") if each.name >= "0007"}
    for each in later:
        each.unlink()
    migrate(path, folder)
    with closing(sqlite3.connect(path)) as db, db:
        for order, member, at in (("a", 1, 5), ("b", 1, QUARTER - 1), ("c", 2, QUARTER), ("d", 2, QUARTER)):
            db.execute(
                "INSERT INTO orders (id, guild_id, channel_id, requester_id, locale, kind, model_id, model_name, "
                "prompt, parameters, created_at, send_due_at) "
                "VALUES (?, 7, 9, ?, 'de', 'video', 'm', 'M', 'p', '{}', ?, ?)",
                (order, member, at, at),
            )
            state = "queued" if order == "c" else "succeeded"
            db.execute(
                "INSERT INTO generations (id, order_id, ordinal, state, ended_at) VALUES (?, ?, 1, ?, ?)",
                (f"{order}1", order, state, None if order == "c" else at),
            )
        for generation, kind, micro in (
            ("a1", "reserve", 100), ("a1", "release", -100), ("a1", "charge", 100), ("a1", "adjust", 20),
            ("b1", "reserve", 50), ("b1", "release", -50), ("c1", "reserve", 70),
        ):  # fmt: skip
            db.execute("INSERT INTO entries VALUES (?, ?, 7, NULL, ?, 0)", (generation, kind, micro))
    for each, text in later.items():
        each.write_text(text, encoding="utf-8")
    migrate(path, folder)
    with closing(sqlite3.connect(path)) as db:
        found = db.execute(
            "SELECT user_id, quarter, micro_usd, orders FROM tallies ORDER BY user_id, quarter"
        ).fetchall()
        places = db.execute("SELECT order_id, guild_id, requester_id, open, stage FROM queue_positions").fetchall()
    assert found == [(0, 0, 120, 2), (0, 1, 70, 2), (1, 0, 120, 2), (2, 1, 70, 2)]
    assert places == [("c", 7, 2, 1, "sent")]

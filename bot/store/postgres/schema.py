"""Bringing a PostgreSQL's schema forward, looking at it, and being the one who runs on it."""

import re
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg

from bot.domain.clock import Clock
from bot.store import migrations
from bot.store.faults import DatabaseFault
from bot.store.migrations import SchemaState
from bot.store.postgres.connections import Row, Session
from bot.store.postgres.faults import fit, shown
from bot.store.private import DatabaseInUse
from bot.store.statements import SqlValue, Statements

_SQL = Statements("postgres")
_APPLIED = Statements("migrations")
_OURS = "schema_migrations"
_DEFINES = re.compile(r"(CREATE|ALTER)\s+TABLE")
_TEXT = re.compile(r"(?<!AS )\bTEXT\b")


def migrate(url: str, folder: Path, clock: Clock) -> tuple[str, ...]:
    """As `bot.store.migrations.migrate`; one process at a time, whoever else starts waits."""
    with fit(url) as db:
        schema = PostgresSchema(db)
        db.execute("SET statement_timeout = 0")
        schema.execute(_SQL.text("hold_migrations"), {})
        state = _state(url, db, folder)
        return migrations.apply(schema, folder, clock.now()) if state.pending else ()


def inspect(url: str, folder: Path) -> SchemaState:
    """As `bot.store.migrations.inspect`."""
    with fit(url) as db:
        return _state(url, db, folder)


def _state(url: str, db: "psycopg.Connection[Row]", folder: Path) -> SchemaState:
    tables = {row[0] for row in db.execute(_SQL.text("tables").encode())}
    columns = {(row[0], row[1]) for row in db.execute(_SQL.text("columns").encode())}
    texts = migrations.read_texts(folder)
    if (_OURS, "digest") not in columns:
        if tables:
            raise DatabaseFault(
                f"{shown(url)} is a database of another program's (it has a table {min(tables)})",
                "Make one for Drover alone (`createdb`), and name that in DROVER_DATABASE_URL",
            )
        return SchemaState((), tuple(texts))
    applied: dict[str, str] = {row[0]: row[1] for row in db.execute(_APPLIED.text("applied_migrations").encode())}
    served = db.execute(_APPLIED.text("schema_serves").encode()).fetchall() if "schema_serves" in tables else ()
    migrations.refuse_a_foreign_past(applied, texts, [(row[0], row[1]) for row in served])
    missing = sorted(migrations.columns_of(tuple(text for name, text in texts.items() if name in applied)) - columns)
    if missing:
        table, column = missing[0]
        what = f"column {column} of table {table}" if table in tables else f"table {table}"
        raise DatabaseFault(f"the database {shown(url)} is damaged: {what} is missing", "Restore a backup of your own")
    return SchemaState(tuple(n for n in texts if n in applied), tuple(n for n in texts if n not in applied))


class PostgresSchema:
    """A connection without a transaction, as `bot.store.migrations.apply` needs it."""

    errors = (psycopg.Error,)

    def __init__(self, db: "psycopg.Connection[Row]") -> None:
        self._db = db
        self._session = Session(db)

    def execute(self, statement: str, values: Mapping[str, SqlValue]) -> Iterable[Any]:
        """Texts are compared byte by byte, as SQLite does, whatever the language of the database."""
        if _DEFINES.match(statement):
            statement = _TEXT.sub('TEXT COLLATE "C"', statement)
        return self._session.execute(statement, values).fetchall()

    @contextmanager
    def transaction(self) -> Generator[None]:
        with self._db.transaction():
            yield


@contextmanager
def sole_user(url: str) -> Generator[None]:
    """Holds the database for this process. Raises `DatabaseInUse` at once when others are there, `DatabaseFault`."""
    with fit(url) as db:
        if not Session(db).execute(_SQL.text("hold_alone")).fetchall()[0]["held"]:
            raise DatabaseInUse(
                f"another Drover is running on {shown(url)}. Stop it first, or set DROVER_DATABASE_URL to another one"
            )
        try:
            yield
        finally:
            with suppress(psycopg.Error):  # it was lost, and the lock with it
                Session(db).execute(_SQL.text("leave"))

"""What is wrong with a PostgreSQL, by its cause and in words: each says what to do, and none shows a password."""

from collections.abc import Generator
from contextlib import closing, contextmanager

import psycopg
from psycopg.conninfo import conninfo_to_dict

from bot.store.faults import DatabaseFault
from bot.store.postgres.connections import Row, connect
from bot.store.statements import Statements

_SQL = Statements("postgres")
OLDEST = 14  # the major version of the server
_GO_ON = "set DROVER_DATABASE_URL to another database"
_LET_IN = "Check user and password in DROVER_DATABASE_URL, and the server's pg_hba.conf"
_AT_CONNECTING = (  # a part of what the server or libpq says; there is no SQLSTATE for these
    ("password authentication failed", "does not accept this user and password", _LET_IN),
    ("no password supplied", "wants a password", _LET_IN),
    ("authentication failed", "does not let this user in", _LET_IN),
    ("no pg_hba.conf entry", "does not let this user in", _LET_IN),
    ("role ", "does not know this user", _LET_IN),
    ("database ", "has no database of that name", "Make it (`createdb`), or name another in DROVER_DATABASE_URL"),
    ("starting up", "is starting", "Wait until it is up, and start Drover again"),
    ("shutting down", "is stopping", "Start it, then start Drover again"),
    ("in recovery", "is recovering", "Wait until it is up, and start Drover again"),
    ("too many clients", "has no connection left", "Raise max_connections; Drover wants 12 for itself"),
    ("connection slots", "has no connection left", "Raise max_connections; Drover wants 12 for itself"),
)
_BY_SQLSTATE = {
    "53100": ("its disk is full", "Make room on the disk of PostgreSQL"),
    "53200": ("it is out of memory", "Give PostgreSQL more memory, or fewer connections"),
    "53300": ("it has no connection left", "Raise max_connections; Drover wants 12 for itself"),
    "25006": ("it takes no changes: it is a replica, or read-only", "Name the primary in DROVER_DATABASE_URL"),
    "42501": ("this user may not do what Drover needs", "Make the user the owner of the database"),
    "42P01": ("a table is missing", "Run `drover migrate`, or restore a backup of your own"),
    "XX001": ("it is damaged", "Look at PostgreSQL's log, and restore a backup of your own"),
    "XX002": ("an index is damaged", "Look at PostgreSQL's log, and run REINDEX"),
}


def shown(url: str) -> str:
    """The URL for people and logs: host, port and database, never a password or a user."""
    rest = url.partition("://")[2].partition("?")[0]
    return f"postgresql://{rest.rpartition('@')[2]}"


def is_fault(error: psycopg.Error) -> bool:
    """Whether it is about the server or the way to it, and about no statement of ours."""
    state = error.sqlstate
    return isinstance(error, psycopg.OperationalError) or (state is not None and state in _BY_SQLSTATE)


def fault(url: str, error: psycopg.Error) -> DatabaseFault:
    """The error by its cause."""
    said = " ".join(str(error).split())
    where = shown(url)
    if error.sqlstate in _BY_SQLSTATE:
        problem, suggestion = _BY_SQLSTATE[error.sqlstate]
        return DatabaseFault(f"the database {where} cannot be used: {problem} ({said})", suggestion)
    if isinstance(error, psycopg.ProgrammingError) and error.sqlstate is None:
        return DatabaseFault("DROVER_DATABASE_URL is no URL of PostgreSQL's", "Such as postgresql://user@host/drover")
    if error.sqlstate is None or error.sqlstate.startswith(("08", "57P", "28", "3D")):
        _, _, of_the_server = said.partition("FATAL:")
        for part, problem, suggestion in _AT_CONNECTING:
            if part in of_the_server:
                return DatabaseFault(f"PostgreSQL at {where} {problem} ({of_the_server.strip()})", suggestion)
        reason = said.split("Is the server running", maxsplit=1)[0].strip()  # of the first address that was tried
        return DatabaseFault(
            f"no PostgreSQL answers at {where} ({reason})", "Start it, or put DROVER_DATABASE_URL right"
        )
    return DatabaseFault(f"the database {where} cannot be used ({said})", f"To go on, {_GO_ON}")


@contextmanager
def explained(url: str) -> Generator[None]:
    """Raises `DatabaseFault` for PostgreSQL's errors inside."""
    try:
        yield
    except psycopg.Error as error:
        raise fault(url, error) from error


@contextmanager
def fit(url: str, oldest: int = OLDEST) -> Generator["psycopg.Connection[Row]"]:
    """A connection to a server that Drover can work with. Raises `DatabaseFault`."""
    with explained(url), closing(connect(url)) as db:
        where, version = shown(url), db.info.server_version // 10_000
        if version < oldest:
            raise DatabaseFault(
                f"the PostgreSQL at {where} is version {version}", f"Drover needs {oldest} or newer: upgrade it"
            )
        found = db.execute(_SQL.text("what_it_is").encode()).fetchone()
        assert found is not None  # noqa: S101 - one row, always
        if found["pid"] != db.info.backend_pid:
            raise DatabaseFault(
                f"a pooler (PgBouncer or its like) is between Drover and the PostgreSQL at {where}",
                "Name the server itself in DROVER_DATABASE_URL: Drover's own pool takes at most 12 connections",
            )
        if found["in_recovery"] or found["read_only"] == "on":
            why = "is a replica, or still recovers" if found["in_recovery"] else "has default_transaction_read_only on"
            raise DatabaseFault(
                f"the PostgreSQL at {where} {why}: it takes no changes", "Name the primary in DROVER_DATABASE_URL"
            )
        if found["encoding"] != "UTF8":
            raise DatabaseFault(
                f"the database {where} has the encoding {found['encoding']}",
                "Make one with `createdb --encoding=UTF8 --template=template0`",
            )
        if not found["may_create"]:
            user = conninfo_to_dict(url).get("user") or "that Drover uses"
            raise DatabaseFault(
                f"the user {user} may not make tables in {where}", "Make the user the owner of the database"
            )
        yield db

"""Looks everywhere in a database, whatever its tables are called."""

from bot.store.database import Database, SqliteDatabase

CATALOGUE = {"models"}  # the provider's own words


async def columns(db: Database) -> dict[str, list[str]]:
    """All columns of all tables of ours."""
    query = OF_SQLITE if isinstance(db, SqliteDatabase) else OF_POSTGRES
    found: dict[str, list[str]] = {}
    for table, column in await db.read(lambda reader: reader.execute(query).fetchall()):
        found.setdefault(table, []).append(column)
    return found


OF_SQLITE = (
    "SELECT t.name, c.name FROM sqlite_master AS t, pragma_table_info(t.name) AS c "
    "WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'"
)
OF_POSTGRES = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema()"


async def found(db: Database, marker: str) -> set[str]:
    """Every "table.column" that has `marker` anywhere in what it holds."""
    places: set[str] = set()
    for table, names in (await columns(db)).items():
        if table in CATALOGUE:
            continue
        for row in await db.read(lambda reader, q=f"SELECT * FROM {table}": reader.execute(q).fetchall()):  # noqa: S608
            places |= {f"{table}.{name}" for name in names if marker in str(row[name])}
    return places

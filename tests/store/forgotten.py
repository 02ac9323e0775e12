"""Looks everywhere in a database, whatever its tables are called."""

from bot.store.database import Database

CATALOGUE = {"models"}  # the provider's own words


async def columns(db: Database) -> dict[str, list[str]]:
    """All columns of all tables of ours."""
    query = "SELECT name FROM sqlite_master WHERE type = 'table'"
    tables = [row[0] for row in await db.read(lambda reader: reader.execute(query).fetchall())]
    ours = [table for table in tables if not table.startswith("sqlite_")]
    found: dict[str, list[str]] = {}
    for table in ours:
        info = f"SELECT name FROM pragma_table_info('{table}')"  # noqa: S608
        found[table] = [row[0] for row in await db.read(lambda reader, q=info: reader.execute(q).fetchall())]
    return found


async def found(db: Database, marker: str) -> set[str]:
    """Every "table.column" that has `marker` anywhere in what it holds."""
    places: set[str] = set()
    for table, names in (await columns(db)).items():
        if table in CATALOGUE:
            continue
        for row in await db.read(lambda reader, q=f"SELECT * FROM {table}": reader.execute(q).fetchall()):  # noqa: S608
            places |= {f"{table}.{name}" for name in names if marker in str(row[name])}
    return places

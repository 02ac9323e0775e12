"""Rules of the house that neither the linter nor the import contracts can hold."""

import ast
import re

import pytest

from tests.architecture.kit import ROOT, Source, docstrings, full_name, sources

OURS = sources("bot", "cogs")
MOST_LINES = 400
every_file = pytest.mark.parametrize("source", OURS, ids=lambda source: source.module)


def test_the_source_was_found() -> None:
    assert {"bot.app", "bot.domain.orders.planning", "bot.store.database", "cogs.generate"} <= {s.module for s in OURS}


# Imports

SPEAKS_DISCORD = ("bot.chat", "cogs", "bot.app", "bot.checkup")


def within(module: str, packages: tuple[str, ...]) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)


@every_file
def test_discord_is_imported_where_it_is_spoken_and_nowhere_else(source: Source) -> None:
    if within(source.module, SPEAKS_DISCORD):
        return
    assert [source.at(node) for node, name in source.imports() if within(name, ("discord",))] == []


@every_file
def test_nothing_imports_the_tests(source: Source) -> None:
    assert [source.at(node) for node, name in source.imports() if within(name, ("tests", "bench", "pytest"))] == []


# Time, chance and sleep are arguments

TIMELESS = ("bot.domain", "bot.store", "bot.services")
FROM_OUTSIDE = re.compile(
    r"time\.\w+|datetime\.(datetime|date)\.(now|utcnow|today)|asyncio\.(tasks\.)?sleep|random\.\w+"
    r"|secrets\.\w+|uuid\.uuid\w+|os\.(urandom|environ|getenv)"
)
THE_CLOCK = {"bot.domain.clock"}


@pytest.mark.parametrize("source", [s for s in OURS if within(s.module, TIMELESS)], ids=lambda source: source.module)
def test_time_chance_and_sleep_come_from_outside(source: Source) -> None:
    """`secrets.randbits` as the default of an argument is no call, and so it is fine."""
    found = [source.at(node) for node, name in source.calls() if FROM_OUTSIDE.fullmatch(name)]
    if source.module in THE_CLOCK:
        inside = {
            n.lineno
            for c in source.tree.body
            if getattr(c, "name", "") == "SystemClock"
            for n in ast.walk(c)
            if hasattr(n, "lineno")
        }
        found = [where for where in found if int(where.rpartition(":")[2]) not in inside]
    assert found == []


# Output

PRINTS = {"print", "pprint.pprint", "sys.stdout.write", "sys.stderr.write"}


@every_file
def test_nothing_is_printed(source: Source) -> None:
    assert [source.at(node) for node, name in source.calls() if name in PRINTS] == []


# SQL lives in .sql files

SQL = re.compile(
    r"\b(SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP|WHERE|JOIN|RETURNING|VALUES|PRAGMA|SAVEPOINT|RELEASE)\s+\S"
    r"|^(BEGIN|COMMIT|ROLLBACK)\b"
)
OF_THE_CONNECTION = re.compile(r"(BEGIN IMMEDIATE|COMMIT|ROLLBACK( TO unit)?|SAVEPOINT unit|RELEASE unit|PRAGMA .*)")
WRITES_SQL = {"bot.store.migrations", "bot.store.faults"}  # of tables that are SQLite's and the tool's
OPENS_CONNECTIONS = {"bot.store.database", "bot.store.backup", "bot.store.wallet.vault"}


@every_file
def test_sql_lives_in_sql_files(source: Source) -> None:
    if source.module in WRITES_SQL:
        return
    prose = docstrings(source.tree)
    found = [
        f"{source.at(node)}: {node.value}"
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose
        if SQL.search(node.value)
        and not (source.module in OPENS_CONNECTIONS and OF_THE_CONNECTION.fullmatch(node.value))
    ]
    assert found == []


@pytest.mark.parametrize(
    "family",
    [
        "orders",
        "generations",
        "posts",
        "guilds",
        "ledger",
        "catalogue",
        "keys",
        "policies",
        "audit",
        "notices",
        "drafts",
        "queueing",
        "privacy",
        "departures",
        "reports",
    ],
)
def test_every_statement_is_used_and_every_used_one_exists(family: str) -> None:
    """The names are strings at run time: a typing error would show only when the statement is run."""
    written = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "bot" / "store").rglob("*.sql")}
    defined = set(re.findall(r"^-- name: (\w+)", written[family], re.MULTILINE))
    everywhere = {n for text in written.values() for n in re.findall(r"^-- name: (\w+)", text, re.MULTILINE)}
    asked = {
        node.args[1].value
        for source in sources("bot/store")
        for node, name in source.calls()
        if name.rpartition(".")[2] in {"one", "all", "run", "many", "value"} and len(node.args) > 1
        if isinstance(node.args[1], ast.Constant)
    }
    assert asked <= everywhere
    assert defined <= asked, "a statement that nobody runs"


# Size


@every_file
def test_no_file_outgrows_its_reader(source: Source) -> None:
    assert len(source.text.splitlines()) <= MOST_LINES


# Nothing happens on import


@pytest.mark.parametrize("source", [s for s in OURS if s.module != "bot.__main__"], ids=lambda source: source.module)
def test_importing_opens_nothing(source: Source) -> None:
    names = source.imported_names()
    opened = {
        "open",
        "asyncio.run",
        "asyncio.create_task",
        "sqlite3.connect",
        "aiosqlite.connect",
        "os.environ.get",
        "os.getenv",
    }
    found = [
        source.at(call)
        for statement in source.tree.body
        if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        for call in ast.walk(statement)
        if isinstance(call, ast.Call) and full_name(call.func, names) in opened
    ]
    assert found == []

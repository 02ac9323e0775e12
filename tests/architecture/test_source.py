"""Rules of the house that neither the linter nor the import contracts can hold."""

import ast
import re
from collections.abc import Iterable

from bench import shape
from tests.architecture.kit import Source, docstrings, full_name, sources

OURS = sources("bot", "cogs")


def test_the_source_was_found() -> None:
    assert {"bot.app", "bot.domain.orders.validation", "bot.store.database", "cogs.generate"} <= {
        s.module for s in OURS
    }


# Imports

SPEAKS_DISCORD = ("bot.chat", "cogs", "bot.app", "bot.checkup")


def within(module: str, packages: tuple[str, ...]) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def imported(packages: tuple[str, ...], by: Iterable[Source]) -> list[str]:
    return [source.at(node) for source in by for node, name in source.imports() if within(name, packages)]


def test_discord_is_imported_where_it_is_spoken_and_nowhere_else() -> None:
    assert imported(("discord",), (s for s in OURS if not within(s.module, SPEAKS_DISCORD))) == []


def test_nothing_imports_the_tests() -> None:
    assert imported(("tests", "bench", "pytest"), OURS) == []


def test_nothing_imports_in_a_circle() -> None:
    """For types only and inside functions, too."""
    assert shape.circle(shape.sources("bot", "cogs")) == []


# The front end asks services

BEHIND_THEM = {"background", "rows", "recover", "heard"}  # of the engine, for who runs it and for tests


def test_the_front_end_reaches_for_no_rows_and_no_loops() -> None:
    found = [
        source.at(node)
        for source in sources("bot/chat", "cogs")
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute)
        and node.attr in BEHIND_THEM
        and full_name(node.value, {}).rpartition(".")[2].lstrip("_") == "services"
    ]
    assert found == []


# Time, chance and sleep are arguments

TIMELESS = ("bot.domain", "bot.store", "bot.services")
FROM_OUTSIDE = re.compile(
    r"time\.\w+|datetime\.(datetime|date)\.(now|utcnow|today)|asyncio\.(tasks\.)?sleep|random\.\w+"
    r"|secrets\.\w+|uuid\.uuid\w+|os\.(urandom|environ|getenv)"
)
THE_CLOCK = {"bot.domain.clock"}


def test_time_chance_and_sleep_come_from_outside() -> None:
    """`secrets.randbits` as the default of an argument is no call, and so it is fine."""
    found: list[str] = []
    for source in OURS:
        if within(source.module, TIMELESS):
            allowed = {
                id(node)
                for part in source.tree.body
                if source.module in THE_CLOCK and getattr(part, "name", "") == "SystemClock"
                for node in ast.walk(part)
            }
            found += [
                source.at(node)
                for node, name in source.calls()
                if FROM_OUTSIDE.fullmatch(name) and id(node) not in allowed
            ]
    assert found == []


# Output

PRINTS = {"print", "pprint.pprint", "sys.stdout.write", "sys.stderr.write"}


def test_nothing_is_printed() -> None:
    assert [source.at(node) for source in OURS for node, name in source.calls() if name in PRINTS] == []


# SQL lives in .sql files

SQL = re.compile(
    r"\b(SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP|WHERE|JOIN|RETURNING|VALUES|PRAGMA|SAVEPOINT|RELEASE)\s+\S"
    r"|^(BEGIN|COMMIT|ROLLBACK)\b"
)
OF_THE_CONNECTION = re.compile(
    r"BEGIN( IMMEDIATE| ISOLATION LEVEL [A-Z ]+)?|COMMIT|ROLLBACK( TO unit)?|SAVEPOINT unit|RELEASE unit"
    r"|(PRAGMA|SET) .*"
)
WRITES_SQL = {  # of tables that are SQLite's and the tool's; of all tables, whatever they are called
    "bot.store.migrations",
    "bot.store.faults",
    "bot.store.moving",
}
OPENS_CONNECTIONS = {
    "bot.store.backup",
    "bot.store.database",
    "bot.store.postgres.database",
    "bot.store.postgres.storage",
    "bot.store.storage",
}


def test_sql_lives_in_sql_files() -> None:
    found = [
        f"{source.at(node)}: {node.value}"
        for source in OURS
        if source.module not in WRITES_SQL
        for prose in [docstrings(source.tree)]
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose
        if SQL.search(node.value)
        and not (source.module in OPENS_CONNECTIONS and OF_THE_CONNECTION.fullmatch(node.value))
    ]
    assert found == []


# Fragments

SHORT_FUNCTION, SHORT_FILE = 8, 60  # lines
# A file ("bot.x.y") or a function ("bot.x.y._name") whose name earns its place though it is short, and why.
EARNED: dict[str, str] = {
    "bot.domain.errors": "everything below the chat raises them, so nothing else may be beside them",
    "bot.domain.orders.left": "rules work it out and orders carry it, which know nothing of each other's folder",
    "bot.domain.ids": "the types of all ids, which everything imports",
    "bot.domain.models.catalogue._same": "kept once it was made",
    "bot.domain.rules.likeness._bare": "kept once it was made",
    "bot.domain.rules.parsing._places": "kept once it was made",
    "bot.domain.rules.patterns._finder": "kept once it was made",
    "bot.oxen.blocking._escaped": "a state of the parser, as its siblings are",
    "bot.oxen.wire._moment": "a validator, which its annotation has to name",
    "cogs.generate._first_page": "a rule: what a command without words opens",
    "cogs.menus": "a cog has a file",
    "bot.chat.kit.guilds": "what several cogs and the messenger need of guilds, and no feature has",
    "bot.chat.favourites.controls": "what presses do, apart from what is shown, as in every feature",
    "bot.chat.favourites.controls._hide": "a control's handler",
    "bot.chat.favourites.controls._remove": "a control's handler",
    "bot.chat.results.star": "a button below results has a file",
    "bot.chat.results.controls": "the list of the buttons, which the files of the buttons cannot have",
    "bot.chat.orders.model_search._media": "kept once it was made",
    "bot.chat.orders.controls._withdraw": "a control's handler, named beside the control's id in CONTROLS",
    "bot.chat.settings.controls._filled": "a control's handler",
    "bot.chat.usage.drawing._draw_meter": "one of the four parts of the picture; each has its function",
    "bot.app._share_limit": "goes on as long as the process",
    "bot.bundle": "what needs Fluent and Babel, so that a start does not",
    "bot": "the version, which set-up reads",
    "bot.checkup._closed": "one finding of the check, as its siblings are",
    "bot.checkup._commands": "one finding of the check",
    "bot.checkup._namespace": "one finding of the check",
    "bot.checkup._unchangeable": "one finding of the check",
    "bot.services.catalogue_cache._from_rows": "what runs in a thread of its own",
    "bot.services.delivery.delivery._told": "what an earlier attempt may have left: the rule of the outbox",
    "bot.services.ordering.canceller": "one agent with its loop's step",
    "bot.services.ordering.voting": "one agent: votes are shown at a pace",
    "bot.store.records.votes": "a table's repository",
    "bot.services.ordering.reconciler._in_vain": "the second of the two ends of a look-up",
    "bot.services.privacy.eraser._forget": "one of the four things that are forgotten",
    "bot.services.privacy.export._input": "a part of the exported document",
    "bot.services.privacy.privacy._orders": "page by page, however many there are",
    "bot.services.reports.reports._plain": "a rule with a reason: no cell is a formula",
    "bot.services.tracking.settler._began": "a rule with a reason: the provider's clock may be wrong",
    "bot.terminal.commands._once": "a callback that click calls",
    "bot.terminal.commands._unicode": "a callback that click calls",
    "bot.terminal.lists._type": "a cell of a table",
    "bot.terminal.results._seconds": "a cell of a table",
    "cogs": "the one place where the cogs are listed",
    "cogs.about": "a family of commands",
    "cogs.models": "a family of commands",
    "cogs.rights": "what the bot hears of its rights, and no command",
    "cogs.settings": "a family of commands",
    "cogs.storyboard": "a family of commands",
}


def test_a_fragment_has_a_reason() -> None:
    """A file or a function exists because somebody needs its name, not because its parent was long.

    Looked at: private functions with a single caller in their module, and files that are more than a docstring.
    """
    texts = shape.sources("bot", "cogs")
    short = [f"{one.module}.{one.name}" for one in shape.functions(texts) if one.lonely and one.lines < SHORT_FUNCTION]
    short += [
        module
        for module, text in texts.items()
        if len(text.splitlines()) < SHORT_FILE and len(ast.parse(text).body) > 1
    ]
    assert "\n".join(sorted(set(short) - EARNED.keys())) == ""
    assert EARNED.keys() - set(short) == set(), "not short any more, or gone"


# Nothing happens on import


def test_importing_opens_nothing() -> None:
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
        for source in OURS
        if source.module != "bot.__main__"
        for names in [source.imported_names()]
        for statement in source.tree.body
        if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        for call in ast.walk(statement)
        if isinstance(call, ast.Call) and full_name(call.func, names) in opened
    ]
    assert found == []

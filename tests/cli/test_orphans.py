"""`drover orphans`: what Oxen works on without an order of ours; ended one by one, and only by name."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.domain.ids import RemoteId
from bot.domain.orders.order import ValidatedRequest
from bot.oxen.client import OxenClient
from bot.settings import MIGRATIONS
from bot.store.migrations import migrate
from sandbox.oxen.faults import Fault
from sandbox.oxen.server import OxenSandbox
from tests.cli.kit import Ended, Shell
from tests.e2e.kit import FakeRenderer
from tests.fakes.orders import image_request

PROMPT = "somebody's own fox"
NONE = "No orphans: everything under way belongs to an order."
ORDER = """
    INSERT INTO orders (id, guild_id, channel_id, requester_id, locale, kind, model_id, model_name, prompt, parameters,
        created_at, send_due_at)
    VALUES (:id, 1, 2, 3, 'en-US', 'image', 'm', 'M', 'p', '{}', 0, 0)
"""


@pytest.fixture
def env(provider: OxenSandbox) -> dict[str, object]:
    """Discord is not needed."""
    return {"OXEN_API_KEY": "sandbox", "OXEN_API_URL": provider.url}


@pytest.fixture
def database(shell: Shell) -> Path:
    path = shell.folder / "var" / "drover.sqlite3"
    migrate(path, MIGRATIONS)
    return path


@pytest.fixture
def held(renderer: FakeRenderer) -> ValidatedRequest:
    """What is ordered of it stays under way."""
    renderer.hold(PROMPT)
    return image_request(PROMPT)


async def under_way(provider: OxenSandbox, validated: ValidatedRequest, namespace: str | None = None) -> RemoteId:
    async with OxenClient(provider.url, "sandbox") as oxen:
        [remote_id] = await oxen.enqueue(validated, 1, namespace)
    return remote_id


def owned(database: Path, order: str, remote_id: str | None, state: str = "queued") -> None:
    """An order of ours that has the generation, or that waits to learn its id."""
    with closing(sqlite3.connect(database)) as db, db:
        db.execute(ORDER, {"id": order})
        db.execute(
            "INSERT INTO generations (id, order_id, ordinal, state, remote_id) VALUES (?, ?, 1, ?, ?)",
            [f"g-{order}", order, state, remote_id],
        )


def pays(database: Path, namespace: str) -> None:
    with closing(sqlite3.connect(database)) as db, db:
        db.execute("INSERT INTO guilds (guild_id, namespace, updated_at, updated_by) VALUES (1, ?, 0, 0)", [namespace])


def status(provider: OxenSandbox, remote_id: str) -> str:
    generation = provider.generations.get(remote_id)
    assert generation is not None
    return generation.state.value


def lines(ended: Ended) -> list[str]:
    assert ended.err == ""
    return ended.out.splitlines()


async def test_orphans_are_listed_and_ended_by_name_only(
    shell: Shell, env: dict[str, object], provider: OxenSandbox, database: Path, held: ValidatedRequest
) -> None:
    pays(database, "film-club")
    ours, first, second = [await under_way(provider, held, n) for n in ("film-club", "film-club", None)]
    owned(database, "order-1", ours)
    listed = await shell("orphans", env=env)
    assert listed.code == 0
    assert {line.split()[0] for line in lines(listed)} == {first, second}
    for line in lines(listed):
        assert held.model_id in line
        assert "UTC" in line
        assert PROMPT not in line
    assert len({status(provider, each) for each in (ours, first, second)} & {"cancelled"}) == 0
    ended = await shell("orphans", "--cancel", first, "--cancel", ours, "--cancel", "unheard-of", env=env)
    assert ended.code == 1
    assert lines(ended)[2:] == [
        f"{first}: cancelled",
        f"{ours}: not cancelled, it is no orphan",
        "unheard-of: not cancelled, it is no orphan",
    ]
    assert status(provider, first) == "cancelled"
    assert "cancelled" not in {status(provider, ours), status(provider, second)}
    assert (await shell("orphans", "--cancel", second, env=env)).code == 0
    last = await shell("strays", env=env)  # the command's name in earlier versions
    assert (last.code, lines(last)) == (0, [NONE])
    assert status(provider, ours) != "cancelled"


@pytest.mark.parametrize("state", ["sending", "unknown"])
async def test_what_may_belong_to_an_order_is_not_ended(
    shell: Shell, env: dict[str, object], provider: OxenSandbox, database: Path, held: ValidatedRequest, state: str
) -> None:
    """An order's answer was lost: whatever is under way may be its own, and is being looked up."""
    remote_id = await under_way(provider, held)
    owned(database, "order-abc123", None, state)
    ended = await shell("orphans", "--cancel", remote_id, env=env)
    assert ended.code == 1
    [line] = lines(ended)
    assert "cannot be told yet" in line
    assert "abc123" in line
    assert status(provider, remote_id) != "cancelled"


async def test_what_is_wrong_is_said(
    shell: Shell, env: dict[str, object], provider: OxenSandbox, database: Path
) -> None:
    refused = await shell("orphans", env={**env, "OXEN_API_KEY": "another"})
    assert refused.code == 1
    assert lines(refused)[0].startswith("Oxen: ")
    provider.faults.set([Fault(on="list", kind="status", value=503)])
    down = await shell("orphans", env=env)
    assert (down.code, lines(down)) == (1, ["Oxen: status 503"])
    nowhere = await shell("orphans", env={**env, "DROVER_DATABASE_URL": "sqlite:///none.sqlite3"})
    assert nowhere.code == 1
    assert lines(nowhere)[0].startswith("there is no database at none.sqlite3")
    assert not (shell.folder / "none.sqlite3").exists()
    unset = await shell("orphans")
    assert unset.code == 2
    assert unset.lines[0].startswith("OXEN_API_KEY: is missing")


async def test_a_database_of_an_older_version_is_brought_forward_first(shell: Shell, env: dict[str, object]) -> None:
    first = shell.folder / "first"
    first.mkdir()
    shutil.copy(min(MIGRATIONS.glob("*.sql")), first)
    migrate(shell.folder / "var" / "drover.sqlite3", first)
    ended = await shell("orphans", env=env)
    assert ended.code == 1
    assert "is of an older version. Run `drover migrate` first" in ended.out

"""docs/privacy.md against the schema and against what the rows really hold: nothing personal is left out."""

import re
import shutil
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.clock import SteadyClock, to_millis
from bot.domain.ids import MessageId, UserId
from bot.services.privacy.eraser import Eraser
from bot.store.database import Database, SqliteDatabase
from bot.store.migrations import migrate
from bot.store.records.privacy import LeftGuilds, PrivacyRepository
from bot.store.records.styles import Styles
from bot.store.wallet.policies import GuildPolicyRepository
from tests.architecture.kit import ROOT
from tests.fakes.clock import ManualClock
from tests.fakes.orders import styled
from tests.store.forgotten import columns, found
from tests.store.kit import GUILD, MIGRATIONS, S, Store

PERSON = re.compile(r"(^|_)(by|user|requester|by_id|user_id|requester_id|prompt|author|member)($|_)")
DOCUMENT = (ROOT / "docs" / "privacy.md").read_text(encoding="utf-8")
SOMEBODY = UserId(910_000_000_000_000_001)


def personal() -> list[str]:
    return re.findall(r"^\| `(\w+\.\w+)` \|", DOCUMENT, re.MULTILINE)


def plain() -> list[str]:
    rows = re.findall(r"^\| `(\w+)` \| ((?:`\w+`(?:, )?)+) \|$", DOCUMENT, re.MULTILINE)
    return [f"{table}.{column}" for table, listed in rows for column in re.findall(r"`(\w+)`", listed)]


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    path = tmp_path / "drover.sqlite3"
    migrate(path, MIGRATIONS)
    async with SqliteDatabase(Path(shutil.copy(path, tmp_path / "copy.sqlite3"))) as database:
        yield database


async def test_every_column_is_said_to_be_personal_or_not_once(db: Database) -> None:
    schema = {f"{table}.{name}" for table, names in (await columns(db)).items() for name in names}
    listed = Counter([*personal(), *plain()])
    assert schema - listed.keys() == set(), "say in docs/privacy.md what this column tells of whom"
    assert listed.keys() - schema == set(), "this column is no more"
    assert [column for column, times in listed.items() if times > 1] == []


def test_what_is_called_like_a_person_is_not_said_to_be_none() -> None:
    assert [column for column in plain() if PERSON.search(column.partition(".")[2])] == []


async def test_where_a_member_and_their_words_are_found_is_in_the_table(db: Database) -> None:
    store = Store(db)
    await store.in_state(S.SUCCEEDED, by=SOMEBODY, prompt="a quixotic fox", parameters={"style": "quixotic"})
    waiting = await store.accepted(by=SOMEBODY)
    ids = [generation.id for generation in waiting.generations]
    await store.generations.want_cancelled(waiting.order.id, ids, SOMEBODY, store.now)
    await store.accepted(by=SOMEBODY)
    await store.guilds.set_namespace(GUILD, "ox", SOMEBODY, store.now)
    await GuildPolicyRepository(db).change(
        GUILD, lambda rules: replace(rules, banned=frozenset({SOMEBODY}), acts_told=True), SOMEBODY, store.now
    )
    await Styles(db).save(styled(owner=SOMEBODY, template="{prompt}, quixotic"))
    places = await found(db, str(SOMEBODY)) | await found(db, "quixotic")
    assert len(places) > 8
    assert places <= set(personal())


def test_what_has_to_be_filled_in_is_marked() -> None:
    policy = DOCUMENT.partition("## For whoever runs Drover")[0]
    assert "**[e-mail address]**" in policy
    assert policy.count("**[") >= 4


async def test_what_is_to_be_typed_after_a_restore_forgets_somebody(db: Database) -> None:
    store = Store(db)
    record = await store.in_state(S.SUCCEEDED, by=SOMEBODY, prompt="a quixotic fox", card=None)
    post = await store.claimed()
    await store.posts.delivered(post.id, MessageId(7), store.now)
    typed = re.search(r"`(INSERT INTO erasures [^`]+)`", DOCUMENT)
    assert typed is not None
    values = iter([SOMEBODY, GUILD, to_millis(store.now)])
    statement = re.sub("…", lambda _: str(next(values)), typed[1])
    await db.write(lambda tx: tx.execute(statement))
    assert "orders.prompt" in await found(db, "quixotic")
    clock = ManualClock()
    clock.advance(store.now - clock.now())
    await Eraser(PrivacyRepository(db), LeftGuilds(db), SteadyClock(clock)).step()
    assert await found(db, "quixotic") == set()
    assert (await store.record(record.order.id)).forgotten

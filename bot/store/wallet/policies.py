"""Each guild's rules. A change is in force for whatever is accepted or admitted after its transaction."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime

from bot.domain.clock import to_millis
from bot.domain.ids import GuildId, UserId
from bot.domain.records.guild_log import Act, ActKind
from bot.domain.rules.policy import STANDARD, GuildPolicy, changes, dump_policy, load_policy
from bot.store.database import Database, Owner
from bot.store.records.guild_log import record
from bot.store.rows import policy_of
from bot.store.statements import Connection, Statements
from bot.store.wallet.queueing import QueueSlots

_SQL = Statements("policies")

Change = Callable[[GuildPolicy], GuildPolicy]


class GuildPolicyRepository:
    """`standard` holds for what a guild has said nothing about.

    The rules of all guilds are in memory too, for what has to be answered at once: `load` reads them, `change` keeps
    them. What is accepted is decided by the rows.
    """

    def __init__(self, db: Database, standard: GuildPolicy = STANDARD) -> None:
        self._db = db
        self._slots = QueueSlots(standard)
        self._standard = standard
        self._known: dict[GuildId, GuildPolicy] = {}

    async def load(self) -> None:
        """Reads all guilds' rules."""
        rows = await self._db.read(lambda db: _SQL.all(db, "policies"))
        self._known = {GuildId(row["guild_id"]): load_policy(row["content"], self._standard) for row in rows}

    def known(self, guild_id: GuildId) -> GuildPolicy:
        """The guild's rules, from memory."""
        return self._known.get(guild_id, self._standard)

    async def get(self, guild_id: GuildId) -> GuildPolicy:
        """The guild's rules."""
        return await self._db.read(lambda db: policy_of(db, guild_id, self._standard))

    async def change(self, guild_id: GuildId, change: Change, by: UserId, now: datetime) -> GuildPolicy:
        """Puts what `change` makes of the rules in their place, and in force at once.

        Each field that differs is an act in the audit log; the queue moves on by the new rules.
        `change` sees the rules as they are inside the transaction, so that two managers do not undo each other's work.
        """

        def work(tx: Connection) -> GuildPolicy:
            before = policy_of(tx, guild_id, self._standard)
            after = change(before)
            content = dump_policy(after)
            _SQL.run(tx, "set_policy", guild_id=guild_id, content=content, now=to_millis(now), by=by)
            for act in _acts(guild_id, by, before, after):
                record(tx, act, now, told=after.acts_told)
            self._slots.rules_changed(tx, guild_id, after, now)
            return after

        after = self._known[guild_id] = await self._db.write(work, Owner("guild", guild_id))
        return after

    async def with_weekly_summary(self) -> Sequence[tuple[GuildId, GuildPolicy]]:
        """The guilds that want a summary of each week, with their rules."""
        rows = await self._db.read(lambda db: _SQL.all(db, "rules_with_summary"))
        return [(GuildId(row["guild_id"]), load_policy(row["content"], self._standard)) for row in rows]


_QUEUE = {
    ("paused", True): ActKind.PAUSED,
    ("paused", False): ActKind.RESUMED,
    ("drained", True): ActKind.DRAINED,
    ("drained", False): ActKind.RESUMED,
}


def _acts(guild_id: GuildId, by: UserId, before: GuildPolicy, after: GuildPolicy) -> list[Act]:
    return [
        Act(
            guild_id=guild_id,
            by=by,
            kind=_QUEUE.get((name, new), ActKind.RULES_CHANGED) if isinstance(new, bool) else ActKind.RULES_CHANGED,
            subject=name,
            before=json.dumps(old),
            after=json.dumps(new),
        )
        for name, (old, new) in changes(before, after).items()
    ]

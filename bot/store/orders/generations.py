"""Generations while the provider has them, and how they end. Each method is one transaction."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from bot.domain.clock import from_millis, to_millis
from bot.domain.ids import OXEN, GenerationId, GuildId, OrderId, ProviderName, RemoteId, UserId
from bot.domain.models.catalogue import MediaKind
from bot.domain.orders.generation import Generation, Outcome, names_in, result_mark
from bot.domain.orders.payer import KeyId, Payer
from bot.store.database import BESIDE, Database, Owner
from bot.store.orders.settlement import Settled, Settlement
from bot.store.rows import to_generation, to_payer
from bot.store.statements import Connection, Statements

_SQL = Statements("generations")
_ORDERS = Statements("orders")
_BATCH = 200


class InFlight(NamedTuple):
    """A generation in short. Ten thousand of them are compared with each list, and hardly one has news."""

    id: GenerationId
    remote_id: RemoteId
    state: str
    kind: str = "video"
    queued_at: int = 0  # unix ms


class Unconfirmed(NamedTuple):
    """A success that only an event has told of since then (unix ms)."""

    id: GenerationId
    remote_id: RemoteId
    since: int


class Claim(NamedTuple):
    """What an event is about. `taken`: the result that it names, or the link to it, is another output's."""

    generation: Generation
    kind: MediaKind
    guild_id: GuildId
    taken: bool


class Generations:
    def __init__(self, db: Database, settlement: Settlement) -> None:
        self._db = db
        self._settlement = settlement

    async def keys_in_flight(self, provider: ProviderName = OXEN) -> set[KeyId | None]:
        """The operator's key (None) and those of guilds in use; none while there is nothing to ask the provider.

        There is while it has work of ours, and until it has confirmed what events told.
        """
        rows = await self._db.read(_SQL.rows("keys_in_flight", provider=provider))
        return {row["key_id"] for row in rows}

    async def under_way(self) -> Mapping[Payer, list[InFlight]]:
        """What the provider has of ours, by who pays for it."""

        def work(db: Connection) -> dict[tuple[ProviderName, KeyId | None, str | None], list[InFlight]]:
            found: dict[tuple[ProviderName, KeyId | None, str | None], list[InFlight]] = {}
            for row in _SQL.all(db, "generations_under_way"):
                payer = row["provider"], row["key_id"], row["namespace"] or None
                kind, queued_at = row["kind"] or "video", row["queued_at"] or 0
                short = InFlight(row["id"], row["remote_id"], row["state"], kind, queued_at)
                found.setdefault(payer, []).append(short)
            return found

        # Ten thousand rows are read in the database's thread, beside the event loop.
        return {
            Payer(provider=provider, key=key, namespace=namespace): rows
            for (provider, key, namespace), rows in (await self._db.read(work)).items()
        }

    async def unconfirmed(self) -> Mapping[Payer, list[Unconfirmed]]:
        """Successes that only events have told of so far, by who pays for them."""
        found: defaultdict[Payer, list[Unconfirmed]] = defaultdict(list)
        for row in await self._db.read(lambda db: _SQL.all(db, "unconfirmed")):
            payer = replace(to_payer(row), namespace=row["namespace"] or None)
            found[payer].append(Unconfirmed(row["id"], row["remote_id"], row["unconfirmed_since"]))
        return found

    async def confirm(self, ids: Collection[GenerationId]) -> None:
        """The provider says of these what events said."""

        def work(tx: Connection) -> None:
            _SQL.many(tx, "confirm", rows=[{"id": generation_id} for generation_id in sorted(ids)])

        await self._db.write(work, BESIDE)

    async def disown(self, generation_id: GenerationId, now: datetime) -> None:
        """The provider says that it came to nothing: what was told stays told, and it is not booked."""
        await self._db.write(lambda tx: self._settlement.balances.adjust(tx, generation_id, Decimal(0), now))

    async def claim(
        self, remote_id: RemoteId, key: KeyId | None, url: str, provider: ProviderName = OXEN
    ) -> Claim | None:
        """What an event that came by `key` says has its result behind `url`; None for what is none of the key's."""

        def work(db: Connection) -> Claim | None:
            row = _SQL.one(db, "spoken_for", remote_id=remote_id, provider=provider, mark=result_mark(url))
            if row is None or row["key_id"] != key:
                return None
            taken = bool(row["taken"])
            for name in names_in(url):
                if name.partition(".")[0] == remote_id:
                    continue
                taken = taken or _SQL.one(db, "owner", remote_id=name, provider=provider) is not None
            kind = MediaKind(row["kind"] or MediaKind.VIDEO)
            return Claim(to_generation(row), kind, GuildId(row["guild_id"]), taken)

        return await self._db.read(work)

    async def keys_in_use(self, provider: ProviderName = OXEN) -> list[KeyId]:
        """The keys of guilds by which something was placed that is not over."""
        rows = await self._db.read(lambda db: _SQL.all(db, "keys_in_use", provider=provider))
        return [KeyId(row["key_id"]) for row in rows]

    async def open_by_key(self, key: KeyId, provider: ProviderName = OXEN) -> list[Generation]:
        """What was placed by the guilds' `key` and is not over, sent or not."""
        rows = await self._db.read(lambda db: _SQL.all(db, "open_by_key", key_id=key, provider=provider))
        return [to_generation(row) for row in rows]

    async def get(self, generation_id: GenerationId) -> Generation | None:
        """The generation, or None."""
        row = await self._db.read(lambda db: _SQL.one(db, "generation_by_id", id=generation_id))
        return to_generation(row) if row is not None else None

    async def by_remote_id(
        self, remote_id: RemoteId, key: KeyId | None = None, provider: ProviderName = OXEN
    ) -> Generation | None:
        """Our unfinished generation with the provider's id; None when there is none, or it is over.

        What was placed by another key than `key` is as good as not there: nobody speaks for it but its own.
        """
        row = await self._db.read(
            lambda db: _SQL.one(db, "generation_by_remote_id", remote_id=remote_id, provider=provider)
        )
        return to_generation(row) if row is not None and row["key_id"] == key else None

    async def orphans(self, ids: set[RemoteId], provider: ProviderName = OXEN) -> set[RemoteId] | None:
        """Those of `ids` that no order owns; None while ids of ours are still to be learnt."""

        def work(db: Connection) -> set[RemoteId] | None:
            if _SQL.one(db, "any_on_their_way", provider=provider) is not None:
                return None
            return {each for each in ids if _SQL.one(db, "owner", remote_id=each, provider=provider) is None}

        return await self._db.read(work)

    async def start(self, generation_id: GenerationId, started_at: datetime, now: datetime) -> None:
        """The provider has begun to work on it."""

        def work(tx: Connection) -> None:
            row = _SQL.one(tx, "to_processing", id=generation_id, started_at=to_millis(started_at))
            if row is not None:
                _ORDERS.run(tx, "touch_order", id=row["order_id"], now=to_millis(now))

        await self._db.write(work, Owner("generation", generation_id))

    async def settle(self, generation_id: GenerationId, outcome: Outcome, now: datetime) -> Settled | None:
        """Ends it, with the post that it owes. None: it was over already, and nothing changed."""
        # An event's result has to be no other guild's: nobody else settles with that link meanwhile.
        mark = result_mark(outcome.result_url) if outcome.result_url is not None else None
        return await self._db.write(
            lambda tx: self._settlement.settle(tx, generation_id, outcome, now),
            Owner("generation", generation_id, beside=mark),
        )

    async def given_up(self, since: datetime) -> list[Generation]:
        """What ended since then without the provider's word, and is not known yet; the latest first."""
        rows = await self._db.read(lambda db: _SQL.all(db, "given_up", since=to_millis(since), limit=_BATCH))
        return [to_generation(row) for row in rows]

    async def given_up_as(
        self, remote_id: RemoteId, key: KeyId | None, provider: ProviderName = OXEN
    ) -> Generation | None:
        """The one with that id, placed by `key`, if it was given up."""
        row = await self._db.read(lambda db: _SQL.one(db, "given_up_as", remote_id=remote_id, provider=provider))
        return to_generation(row) if row is not None and row["key_id"] == key else None

    async def settle_late(
        self,
        generation_id: GenerationId,
        result_url: str | None,
        now: datetime,
        remote_id: RemoteId | None = None,
        *,
        by_event: bool = False,
    ) -> bool:
        """What was given up is a success after all, and is told and charged once. False: not now, or not any more.

        `remote_id` is needed where none was known.
        """
        return await self._db.write(
            lambda tx: self._settlement.settle_late(tx, generation_id, result_url, remote_id, now, by_event=by_event)
        )

    async def clarify(self, generation_id: GenerationId, now: datetime) -> bool:
        """What was given up has come to nothing, and cost nothing. False: that is known already."""
        return await self._db.write(
            lambda tx: self._settlement.clarify(tx, generation_id, now), Owner("generation", generation_id)
        )

    async def payers_of_images(self) -> set[Payer]:
        """Those for whom the provider has images of ours in the making."""
        rows = await self._db.read(lambda db: _SQL.all(db, "payers_of_images"))
        return {replace(payer, namespace=payer.namespace or None) for payer in map(to_payer, rows)}

    async def want_cancelled(self, order_id: OrderId, ids: list[GenerationId], by: UserId, now: datetime) -> int:
        """Notes that `by` wants these ended, ends at once what was never sent; how many were noted."""

        def work(tx: Connection) -> int:
            noted = 0
            for generation_id in ids:
                noted += _SQL.run(tx, "want_cancelled", id=generation_id, by=by, now=to_millis(now))
            self._settlement.cancel_unsent(tx, order_id, now)
            if noted:
                _ORDERS.run(tx, "touch_order", id=order_id, now=to_millis(now))
            return noted

        return await self._db.write(work, Owner("order", order_id))

    async def cancels_wanted(self) -> list[tuple[Generation, datetime]]:
        """Generations at the provider that somebody wants ended, each with the moment from which to try."""
        rows = await self._db.read(_SQL.rows("cancels_wanted"))
        return [(to_generation(row), from_millis(row["cancel_due_at"])) for row in rows]

    async def postpone_cancel(self, generation_id: GenerationId, due: datetime) -> None:
        """Try to cancel it again no sooner than `due`."""
        await self._db.write(
            lambda tx: _SQL.run(tx, "postpone_cancel", id=generation_id, due=to_millis(due)),
            Owner("generation", generation_id),
        )

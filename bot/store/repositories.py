"""All repositories on one database, with what they share."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from bot.domain.rules.policy import GuildPolicy
from bot.store.catalogue import CatalogueRepository
from bot.store.database import Database
from bot.store.orders.confirmations import PendingConfirmations
from bot.store.orders.endings import Settlement
from bot.store.orders.generations import Generations
from bot.store.orders.history import History
from bot.store.orders.orders import Orders
from bot.store.orders.posts import Posts
from bot.store.records.audit import Audit
from bot.store.records.departures import Departures
from bot.store.records.notices import Notices
from bot.store.records.privacy import PrivacyRows
from bot.store.wallet.guilds import Facts, Guilds
from bot.store.wallet.keys import Keys
from bot.store.wallet.ledger import Ledger
from bot.store.wallet.policies import Policies
from bot.store.wallet.queueing import Queues
from bot.store.wallet.reports import Reports


@dataclass(frozen=True, slots=True, kw_only=True)
class Repositories:
    audit: Audit
    catalogue: CatalogueRepository
    departures: Departures
    confirmations: PendingConfirmations
    facts: Facts
    generations: Generations
    guilds: Guilds
    history: History
    keys: Keys
    ledger: Ledger
    notices: Notices
    orders: Orders
    policies: Policies
    posts: Posts
    privacy: PrivacyRows
    queues: Queues
    reports: Reports

    @classmethod
    def on(cls, db: Database, *, new_id: Callable[[], str], grace: timedelta, standard: GuildPolicy) -> Self:
        """`grace`: how long an outcome waits for its siblings. `standard`: the rules of guilds that have set none."""
        endings = Settlement(new_id, grace, standard)
        return cls(
            audit=Audit(db),
            catalogue=CatalogueRepository(db),
            departures=Departures(db),
            confirmations=PendingConfirmations(db),
            facts=Facts(db),
            generations=Generations(db, endings),
            guilds=Guilds(db, standard),
            history=History(db),
            keys=Keys(db, standard),
            ledger=Ledger(db, standard),
            notices=Notices(db),
            orders=Orders(db, endings, new_id),
            policies=Policies(db, standard),
            posts=Posts(db),
            privacy=PrivacyRows(db, standard),
            queues=Queues(db, standard),
            reports=Reports(db, standard),
        )

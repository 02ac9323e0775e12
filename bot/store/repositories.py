"""All repositories on one database, with what they share."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from bot.domain.rules.policy import GuildPolicy
from bot.store.database import Database
from bot.store.installation import CatalogueRepository, KeyValues
from bot.store.orders.confirmations import PendingConfirmations
from bot.store.orders.generations import Generations
from bot.store.orders.orders import Orders
from bot.store.orders.posts import Posts
from bot.store.orders.settlement import Settlement
from bot.store.records.guild_log import Audit, Notices
from bot.store.records.privacy import LeftGuilds, PrivacyRepository
from bot.store.wallet.accounts import Guilds, Keys
from bot.store.wallet.ledger import Ledger
from bot.store.wallet.policies import GuildPolicyRepository
from bot.store.wallet.queueing import Queues
from bot.store.wallet.reports import History, Reports


@dataclass(frozen=True, slots=True, kw_only=True)
class Repositories:
    audit: Audit
    catalogue: CatalogueRepository
    departures: LeftGuilds
    confirmations: PendingConfirmations
    facts: KeyValues
    generations: Generations
    guilds: Guilds
    history: History
    keys: Keys
    ledger: Ledger
    notices: Notices
    orders: Orders
    policies: GuildPolicyRepository
    posts: Posts
    privacy: PrivacyRepository
    queues: Queues
    reports: Reports

    @classmethod
    def on(cls, db: Database, *, new_id: Callable[[], str], grace: timedelta, standard: GuildPolicy) -> Self:
        """`grace`: how long an outcome waits for its siblings. `standard`: the rules of guilds that have set none."""
        endings = Settlement(new_id, grace, standard)
        return cls(
            audit=Audit(db),
            catalogue=CatalogueRepository(db),
            departures=LeftGuilds(db),
            confirmations=PendingConfirmations(db),
            facts=KeyValues(db),
            generations=Generations(db, endings),
            guilds=Guilds(db, standard),
            history=History(db),
            keys=Keys(db, standard),
            ledger=Ledger(db, standard),
            notices=Notices(db),
            orders=Orders(db, endings, new_id),
            policies=GuildPolicyRepository(db, standard),
            posts=Posts(db),
            privacy=PrivacyRepository(db, standard),
            queues=Queues(db, standard),
            reports=Reports(db, standard),
        )

"""All repositories on one database, with what they share."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from bot.domain.rules.policy import GuildPolicy
from bot.store.database import Database
from bot.store.gateway import GuildFactRows
from bot.store.installation import CatalogueRepository, KeyValues
from bot.store.orders.confirmations import PendingConfirmations
from bot.store.orders.generations import Generations
from bot.store.orders.orders import Orders
from bot.store.orders.posts import Posts
from bot.store.orders.settlement import Settlement
from bot.store.orders.takeback import Takebacks
from bot.store.records.guild_log import Audit, Notices
from bot.store.records.privacy import LeftGuilds, PrivacyRepository
from bot.store.records.stars import ShowcasePosts, Stars
from bot.store.records.styles import Styles
from bot.store.records.votes import Votes
from bot.store.wallet.accounts import Guilds, Keys
from bot.store.wallet.learnt import LearntCosts
from bot.store.wallet.ledger import Ledger
from bot.store.wallet.policies import GuildPolicyRepository
from bot.store.wallet.queueing import Queues
from bot.store.wallet.reports import History, Reports


@dataclass(frozen=True, slots=True, kw_only=True)
class Repositories:
    audit: Audit
    catalogue: CatalogueRepository
    confirmations: PendingConfirmations
    generations: Generations
    guild_facts: GuildFactRows
    guilds: Guilds
    history: History
    key_values: KeyValues
    keys: Keys
    learnt_costs: LearntCosts
    ledger: Ledger
    left_guilds: LeftGuilds
    notices: Notices
    orders: Orders
    policies: GuildPolicyRepository
    posts: Posts
    privacy: PrivacyRepository
    queues: Queues
    reports: Reports
    showcase_posts: ShowcasePosts
    stars: Stars
    styles: Styles
    takebacks: Takebacks
    votes: Votes

    @classmethod
    def on(cls, db: Database, *, new_id: Callable[[], str], grace: timedelta, standard: GuildPolicy) -> Self:
        """`grace`: how long an outcome waits for its siblings. `standard`: the rules of guilds that have set none."""
        settlement, learnt_costs = Settlement(new_id, grace, standard), LearntCosts(db)
        return cls(
            audit=Audit(db),
            catalogue=CatalogueRepository(db),
            confirmations=PendingConfirmations(db),
            generations=Generations(db, settlement),
            guild_facts=GuildFactRows(db),
            guilds=Guilds(db, standard),
            history=History(db),
            key_values=KeyValues(db),
            keys=Keys(db, standard),
            learnt_costs=learnt_costs,
            ledger=Ledger(db, learnt_costs, standard),
            left_guilds=LeftGuilds(db),
            notices=Notices(db),
            orders=Orders(db, settlement, new_id, standard),
            policies=GuildPolicyRepository(db, standard),
            posts=Posts(db, standard),
            privacy=PrivacyRepository(db, standard),
            queues=Queues(db, standard),
            reports=Reports(db),
            showcase_posts=ShowcasePosts(db, standard),
            stars=Stars(db, standard),
            styles=Styles(db),
            takebacks=Takebacks(db, standard),
            votes=Votes(db),
        )

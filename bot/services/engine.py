"""All services of one process, connected to each other: those that somebody asks, and the loops behind them.

Knows the ports only: the composition root gives it the real ones, the simulation gives it models of them.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bot.domain.clock import Clock, steady
from bot.domain.messenger import Messenger
from bot.domain.models.catalogue import MediaKind
from bot.domain.orders.inputs import InputFiles
from bot.domain.provider import Provider, Providers
from bot.domain.rules.policy import STANDARD, GuildPolicy
from bot.services.background import DEAF, Background
from bot.services.catalogue_cache import CatalogueCache
from bot.services.ordering.links import Links
from bot.services.ordering.looking_back import LookingBack
from bot.services.ordering.ordering import Ordering
from bot.services.privacy.leaving import Leaving
from bot.services.privacy.privacy import Privacy
from bot.services.queue.moderating import Moderating
from bot.services.queue.queueing import Queueing
from bot.services.queue.rulebook import Rulebook
from bot.services.reports.reports import Reporting
from bot.services.supervision import Alarm, Wait, wait
from bot.services.wallet.accounts import Accounts
from bot.services.wallet.billing import Billing, Hospitality
from bot.services.wallet.keyring import Keyring
from bot.store.database import Database
from bot.store.repositories import Repositories


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the operator decides about the services."""

    hospitality: Hospitality
    preferred: Mapping[MediaKind, Sequence[str]]
    work_dir: Path
    grace: timedelta = timedelta(seconds=30)
    poll: timedelta = timedelta(seconds=10)
    poll_images: timedelta = timedelta(seconds=3)
    poll_quiet: timedelta = timedelta(seconds=30)
    catalogue_refresh: timedelta = timedelta(hours=1)
    places_period: timedelta | None = None  # between two looks at places in the queues; None: the usual
    standard: GuildPolicy = STANDARD  # the rules of guilds that have set none


class Engine:
    """What members, moderators and owners ask for, and `background`, which does it.

    `provider` is the operator's; `providers` has it and those of servers with keys of their own, which `keyring` opens.
    `pause` is how its loops rest.
    """

    def __init__(
        self,
        *,
        db: Database,
        provider: Provider,
        providers: Providers,
        keyring: Keyring,
        input_files: InputFiles,
        messenger: Messenger,
        clock: Clock,
        new_id: Callable[[], str],
        policy: Policy,
        randbits: Callable[[int], int] = secrets.randbits,
        pause: Wait = wait,
    ) -> None:
        clock = steady(clock)
        rows = Repositories.on(db, new_id=new_id, grace=policy.grace, standard=policy.standard)
        alarm = Alarm(DEAF)
        self.ledger, self.policies, self.audit = rows.ledger, rows.policies, rows.audit
        self.catalogue_cache = CatalogueCache(provider, rows.catalogue, clock, policy.catalogue_refresh)
        self.rulebook = Rulebook(rows.policies, rows.audit, rows.notices, clock, alarm.ring)
        self.billing = Billing(rows.guilds, rows.keys, policy.hospitality)
        self.accounts = Accounts(rows.guilds, rows.keys, keyring, self.billing, providers, clock, alarm.ring)
        self.ordering = Ordering(
            orders=rows.orders,
            generations=rows.generations,
            confirmations=rows.confirmations,
            billing=self.billing,
            catalogue_cache=self.catalogue_cache,
            preferred=policy.preferred,
            new_id=new_id,
            clock=clock,
            wake=alarm.ring,
            randbits=randbits,
        )
        self.queueing = Queueing(
            queues=rows.queues,
            policies=rows.policies,
            orders=rows.orders,
            generations=rows.generations,
            clock=clock,
            wake=alarm.ring,
        )
        self.moderating = Moderating(rows.policies, clock, alarm.ring)
        self.privacy = Privacy(rows.privacy, rows.policies, clock, alarm.bell("forgetting"))
        self.leaving = Leaving(rows.left_guilds, self.accounts, self.queueing, rows.key_values, clock)
        self.links = Links(rows.generations, rows.orders, providers)
        self.looking_back = LookingBack(rows.history)
        self.reporting = Reporting(rows.reports, rows.policies, clock)
        self.background = Background(
            rows=rows,
            providers=providers,
            input_files=input_files,
            messenger=messenger,
            clock=clock,
            alarm=alarm,
            catalogue_cache=self.catalogue_cache,
            rulebook=self.rulebook,
            queueing=self.queueing,
            reporting=self.reporting,
            work_dir=policy.work_dir,
            poll=policy.poll,
            poll_images=policy.poll_images,
            poll_quiet=policy.poll_quiet,
            places_period=policy.places_period,
            pause=pause,
        )

    async def recover(self) -> None:
        """Once, before the loops run: reads what is needed from memory, and what the last process left on its way."""
        await self.policies.load()
        await self.catalogue_cache.load()
        await self.background.recover()

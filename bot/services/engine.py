"""All services of one process, connected to each other: those that somebody asks, and the loops behind them.

Knows the ports only: the composition root gives it the real ones, the simulation gives it models of them.
"""

import secrets
from collections.abc import Callable, Collection

from bot.domain.clock import Clock, SteadyClock
from bot.domain.messenger import Messenger
from bot.domain.orders.inputs import InputFiles
from bot.domain.provider import Provider, Providers
from bot.domain.roles import WHOLE, Role
from bot.media.transcoder import Transcoder
from bot.services.background import Background
from bot.services.catalogue_cache import CatalogueCache
from bot.services.delivery.cards import ShownCards
from bot.services.ordering.history import OrderHistory
from bot.services.ordering.links import Links
from bot.services.ordering.order_service import OrderService
from bot.services.ordering.stars import StarService
from bot.services.ordering.styles import StyleService
from bot.services.ordering.voting import Voting
from bot.services.policy import Policy
from bot.services.privacy.membership import GuildMembership
from bot.services.privacy.privacy import PrivacyService
from bot.services.queue.policy_service import ModerationService, PolicyService
from bot.services.queue.queue_service import QueueService
from bot.services.reports.limits import LimitsService
from bot.services.reports.reports import ReportService
from bot.services.supervision import Wait, wait
from bot.services.wakeups import Topic, Wakeups
from bot.services.wallet.accounts import Accounts
from bot.services.wallet.billing import Billing
from bot.services.wallet.costs import UnclearMoney
from bot.services.wallet.estimator import Estimator
from bot.services.wallet.keys import Keyring
from bot.store.database import Database
from bot.store.repositories import Repositories


class Engine:
    """What members, moderators and owners ask for, on `rows`, and `background`, which does it.

    `provider` is the operator's; `providers` has it and those of servers with keys of their own, which `keyring` opens.
    `pause` is how its loops rest, `wakeups` how they are woken. Without a `transcoder`, files are posted as they are.
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
        transcoder: Transcoder | None = None,
        randbits: Callable[[int], int] = secrets.randbits,
        pause: Wait = wait,
        wakeups: Wakeups | None = None,
    ) -> None:
        clock = SteadyClock(clock, policy.timing.clock_sure)
        self._wakeups = wakeups = wakeups if wakeups is not None else Wakeups(db.tell)
        rows = self.rows = Repositories.on(db, new_id=new_id, grace=policy.grace, standard=policy.standard)
        self.catalogue_cache = CatalogueCache(
            provider,
            rows.catalogue,
            clock,
            policy.catalogue_refresh,
            policy.prices,
            lambda: wakeups.notify(Topic.CATALOGUE),
        )
        self.policy_service = PolicyService(rows.policies, rows.audit, rows.notices, clock, wakeups)
        self.billing = Billing(rows.guilds, rows.keys, policy.billing_policy)
        self.estimator = Estimator(rows.policies, self.billing, rows.learnt_costs, policy.prices.prices)
        self.unclear_money = UnclearMoney(rows.ledger, clock, wakeups)
        self.accounts = Accounts(rows.guilds, rows.keys, keyring, self.billing, providers, clock, wakeups)
        shown_cards = ShownCards(rows.orders, clock, policy.timing)
        self.order_service = OrderService(
            orders=rows.orders,
            generations=rows.generations,
            confirmations=rows.confirmations,
            shown_cards=shown_cards,
            billing=self.billing,
            estimator=self.estimator,
            catalogue_cache=self.catalogue_cache,
            preferred=policy.preferred,
            new_id=new_id,
            clock=clock,
            wakeups=wakeups,
            timing=policy.timing,
            randbits=randbits,
        )
        self.style_service = StyleService(rows.styles, self.order_service, self.catalogue_cache, new_id, clock)
        self.voting = Voting(rows.votes, clock)
        self.queue_service = QueueService(
            queues=rows.queues,
            policies=rows.policies,
            orders=rows.orders,
            generations=rows.generations,
            clock=clock,
            wakeups=wakeups,
        )
        self.moderation_service = ModerationService(rows.policies, clock, wakeups)
        self.privacy = PrivacyService(rows.privacy, rows.policies, clock, wakeups)
        self.membership = GuildMembership(
            rows.left_guilds, rows.guild_facts, self.accounts, self.queue_service, rows.key_values, clock
        )
        self.links = Links(rows.generations, rows.orders, providers)
        self.order_history = OrderHistory(rows.history)
        self.star_service = StarService(rows.stars, rows.showcase_posts, rows.history, clock, wakeups)
        self.report_service = ReportService(rows.reports, rows.policies, clock)
        self.limits_service = LimitsService(rows.orders, rows.policies, self.billing, clock)
        self.background = Background(
            rows=rows,
            providers=providers,
            input_files=input_files,
            messenger=messenger,
            clock=clock,
            wakeups=wakeups,
            catalogue_cache=self.catalogue_cache,
            policy_service=self.policy_service,
            queue_service=self.queue_service,
            shown_cards=shown_cards,
            report_service=self.report_service,
            limits_service=self.limits_service,
            policy=policy,
            transcoder=transcoder,
            pause=pause,
        )
        self.card_editor, self.takeback = self.background.card_editor, self.background.takeback
        self.rights_changed = self.background.delivery.rights_changed

    def heard(self, topics: Collection[str]) -> None:
        """Other processes have changed rows, and say for whom; no topics: perhaps for everybody."""
        self._wakeups.wake(topics or Topic)

    async def recover(self, role: Role = WHOLE) -> None:
        """Once, before the loops run: reads what is needed from memory, and what the last of `role` left behind."""
        await self.rows.policies.load()
        await self.billing.load()
        await self.rows.learnt_costs.load()
        await self.catalogue_cache.load()
        await self.background.recover(role)

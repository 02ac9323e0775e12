"""What the operator decides about the services, and how long they wait for what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from bot.domain.clock import CONFIRMED_AFTER
from bot.domain.models.catalogue import MediaKind
from bot.domain.orders.order import AGREEMENT_LIFETIME, CONFIRMATION_LIFETIME
from bot.domain.rules.policy import STANDARD, GuildPolicy
from bot.domain.rules.prices import PriceList
from bot.services.identifying import PAUSE
from bot.services.tracking.tracker import Polling
from bot.services.wallet.billing import BillingPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How long the services wait, where the operator has no say; tests that run the whole bot give shorter times.

    What ends in `_again` is the first pause after an attempt that failed; most of these double with each attempt.
    """

    send_again: timedelta = timedelta(seconds=2)  # an order that surely did not reach the provider
    post_again: timedelta = timedelta(seconds=2)  # a result that the channel did not take
    fetch: timedelta = timedelta(minutes=15)  # a result's file; after that, a link now is worth more
    notice_again: timedelta = timedelta(seconds=5)  # a notice that the log channel did not take
    card: timedelta = timedelta(seconds=1)  # between two edits of one card
    progress: timedelta = timedelta(seconds=10)  # at least, between two edits of one card for its bar alone
    progress_own: timedelta = timedelta(minutes=5)  # the same, where only the bot's own token is left
    card_answer: timedelta = timedelta(seconds=5)  # for the answer to an edit by an interaction's token
    card_token: timedelta = timedelta(milliseconds=500)  # between two edits by one token: Discord takes 5 in 2 s
    card_cost: timedelta = timedelta(seconds=2)  # a card whose order is over waits so long for the cost, at most
    card_again: timedelta = timedelta(seconds=10)  # a card that Discord did not take
    old_edits: timedelta = timedelta(minutes=1)  # at least, between edits that Discord limits because the card is old
    showcase: timedelta = timedelta(minutes=1)  # at least, between two edits of one post in a showcase
    queue_positions: timedelta = timedelta(seconds=30)  # between two looks at the places in the queues
    key_again: timedelta = timedelta(seconds=20)  # a key that was refused is tried
    costs: timedelta = timedelta(seconds=1)  # at least, between two looks at the costs that are not known
    costs_spare: timedelta = timedelta(minutes=5)  # in which one request for few costs is no burden
    cost_again: timedelta = timedelta(seconds=20)  # a cost that the provider has not told is asked for
    confirmation: timedelta = CONFIRMATION_LIFETIME  # how long a member may confirm a price
    agreement: timedelta = AGREEMENT_LIFETIME  # how long a manager may agree to an unknown one
    clock_sure: timedelta = CONFIRMED_AFTER  # how long the machine's clock goes right before anything is deleted by it
    identify: timedelta = PAUSE  # between two shards of a bucket: Discord takes one in 5 s
    uploads: timedelta = timedelta(seconds=4)  # at the end of the process, for files on their way into cards


TIMING = Timing()


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the operator decides about the services."""

    billing_policy: BillingPolicy
    preferred: Mapping[MediaKind, Sequence[str]]
    work_dir: Path
    grace: timedelta = timedelta(seconds=30)  # how long an outcome waits for its siblings
    polling: Polling = field(default_factory=Polling)
    catalogue_refresh: timedelta = timedelta(hours=1)
    standard: GuildPolicy = STANDARD  # the rules of guilds that have set none
    prices: PriceList = field(default_factory=PriceList)  # the operator's
    timing: Timing = TIMING

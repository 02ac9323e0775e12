"""Which loop a change of rows is for.

Whoever changes rows says what there is to do now, as a topic; the loops that do it subscribe to that topic (the table
in `bot.services.background`). A wakeup only saves time: a loop that misses one finds the rows itself when it looks
next, within a minute.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from enum import StrEnum

from bot.domain.ids import GuildId
from bot.domain.orders.generation import MAY_HAVE_BEEN_MADE, GenerationState, Outcome
from bot.domain.orders.payer import KeyId


class Topic(StrEnum):
    """What there may be to do."""

    TO_SEND = "to send"  # an order was accepted, admitted, or may be tried again
    IN_FLIGHT = "in flight"  # the provider has given ids: something is to be followed
    ANSWER_LOST = "answer lost"  # nobody knows whether an order arrived
    GIVEN_UP = "given up"  # a generation ended without the provider's word
    EVENT = "event"  # an event stream spoke, connected or broke
    KEY_IN_USE = "key in use"  # something was ordered by a server's own key
    KEYS = "keys"  # a key was entered, given back or refused, or something that was ordered by one is over
    CANCELLATION = "cancellation"  # somebody wants a generation ended
    POST = "post"  # a channel is owed a message
    CARD = "card"  # a card shows less than the rows know
    COST = "cost"  # a success whose cost the provider may tell
    CONFIRMATION = "confirmation"  # an order waits for a yes to its price
    NOTICE = "notice"  # a log channel is owed a message
    SHOWCASE = "showcase"  # a showcase owes a post, or shows an old one
    TIDY = "tidy"  # messages of a result are not as its row says, or a case says less than the rows know
    ERASURE = "erasure"  # somebody wants to be forgotten
    CATALOGUE = "catalogue"  # the models on offer are others


AN_END = (Topic.POST, Topic.CARD, Topic.TO_SEND)
"""What the end of any generation makes: a post, an old card, and room in the queue."""

LATE_SUCCESS = (Topic.POST, Topic.CARD, Topic.COST)
"""What it makes that something was made which had been given up."""


def of_end(outcome: Outcome, key: KeyId | None = None, *, moved_on: bool = True) -> tuple[Topic, ...]:
    """What there is to do after a generation that was ordered by `key` ended so; `moved_on`: others may be sent."""
    succeeded, unclear = outcome.state is GenerationState.SUCCEEDED, outcome.reason in MAY_HAVE_BEEN_MADE
    more = {Topic.TO_SEND: moved_on, Topic.COST: succeeded, Topic.GIVEN_UP: unclear, Topic.KEYS: key is not None}
    return (Topic.POST, Topic.CARD, *(topic for topic, holds in more.items() if holds))


def of_adoption(*, to_cancel: bool) -> tuple[Topic, ...]:
    """What there is to do after the provider's ids were stored; `to_cancel`: of what somebody wants ended."""
    return (Topic.IN_FLIGHT, Topic.CARD, *((Topic.CANCELLATION,) if to_cancel else ()))


class Wakeups:
    """Handed to the services, which notify, and to the loops, which subscribe. `tell` lets other processes know."""

    def __init__(self, tell: Callable[[Collection[str], GuildId | None], None] | None = None) -> None:
        self._events: defaultdict[Topic, list[asyncio.Event]] = defaultdict(list)
        self._tell = tell

    def subscribe(self, topics: Iterable[Topic]) -> asyncio.Event:
        """An event that is set whenever one of `topics` is notified; who waits for it clears it."""
        event = asyncio.Event()
        for topic in topics:
            self._events[topic].append(event)
        return event

    def notify(self, *topics: Topic, of: GuildId | None = None) -> None:
        """Wakes the loops of these topics, here and in other processes. Call it after the commit.

        What is only shown to the guild `of` is nothing to processes with shards that do not serve it.
        """
        self.wake(topics)
        if self._tell is not None:
            self._tell(topics, of)

    def wake(self, topics: Iterable[str]) -> None:
        """The same in this process alone: for what a loop leaves to loops of its own role, which are here.

        Topics that it does not know are a newer version's.
        """
        for topic in topics:
            if topic in self._events:
                for event in self._events[Topic(topic)]:
                    event.set()

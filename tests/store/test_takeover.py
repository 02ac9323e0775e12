"""A process is paused while it sends, another takes its role over, and the first comes back. Each guard is needed."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any
from unittest.mock import patch

import pytest

from bot.domain.ids import RemoteId
from bot.domain.orders.generation import GenerationState
from bot.domain.roles import WORK, Lease, NotHeld, Replaced
from bot.store.statements import Statements
from tests.postgres import Postgres
from tests.store.kit import GUILD, Store, saying
from tests.store.test_membership import beats, processes

REFUSED = "acts outside, though another process does its work"
FENCED = "writes in the place of another process"
LOOKED_UP = "what the dead one was sending is looked up by nobody"
LEFT_ALONE = "what a living one is sending counts as lost"


async def played(postgres: Postgres) -> list[str]:
    """What is wrong after a pause, an eviction and a takeover, in words."""
    async with processes(postgres) as start:
        paused, heir, other = await start(), await start(), await start()
        await paused.db.take(WORK)
        before, beside = Store(paused.db), Store(other.db)
        beside.new_id = before.new_id
        lost, sent = await before.sending(), await beside.sending(guild=GUILD + 1)
        await beats(7, heir, other)
        await heir.db.take(WORK)
        after = Store(heir.db)
        await after.orders.recover(after.now)

        wrong: list[str] = []
        if await after.states(lost.order.id) != [GenerationState.UNKNOWN]:
            wrong.append(LOOKED_UP)
        if await after.states(sent.order.id) != [GenerationState.SENDING]:
            wrong.append(LEFT_ALONE)
        paused.passed += 20
        try:
            paused.db.lease.hold()
            wrong.append(REFUSED)
        except NotHeld:
            pass
        try:
            await before.orders.adopt(lost.order.id, [RemoteId("late")], before.now, complete=True)
            wrong.append(FENCED)
        except Replaced:
            pass
        return wrong


def a_lease_that_always_holds() -> AbstractContextManager[Any]:
    return patch.object(Lease, "hold", lambda _: None)


def an_eviction_that_leaves_the_writers() -> AbstractContextManager[Any]:
    return saying("end_writers", "SELECT 1 WHERE :process = ''")


def a_recovery_of_all_that_is_sending() -> AbstractContextManager[Any]:
    return saying("orders_left_sending", "SELECT DISTINCT order_id AS id FROM generations WHERE state = 'sending'")


def a_recovery_of_what_nobody_sent() -> AbstractContextManager[Any]:
    return saying("stamp_sending", Statements("orders").text("stamp_sending").replace(":process", "'somebody'"))


@pytest.mark.parametrize(
    ("mutant", "caught"),
    [
        (nullcontext, []),
        (a_lease_that_always_holds, [REFUSED]),
        (an_eviction_that_leaves_the_writers, [FENCED]),
        (a_recovery_of_all_that_is_sending, [LEFT_ALONE]),
        (a_recovery_of_what_nobody_sent, [LEFT_ALONE]),
    ],
)
async def test_each_mutant_of_the_takeover_is_caught(postgres: Postgres, mutant: Any, caught: list[str]) -> None:
    with mutant():
        assert await played(postgres) == caught

"""Any sequence of what the services may ask of the rows, crashes among it, keeps the promises of the store.

Every rule is applied whether or not it makes sense at that moment: the guards have to hold by themselves.
"""

import random
from collections.abc import Coroutine, Mapping
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from bot.domain.ids import GenerationId, MessageId, OrderId, PostId, RemoteId
from bot.domain.orders.generation import ENDED, TRANSITIONS, Outcome, Reason
from bot.domain.orders.order import Post
from tests.store.kit import MEMBER, Row, S
from tests.store.machine import SOME, Some, StoreMachine, machine_settings

Rows = Mapping[str, Row]
CALLS = (
    "adopt",
    "adopt_what_is_owned",
    "dead_letter",
    "claim",
    "deliver",
    "fail_unsent",
    "lose",
    "mark_sending",
    "postpone",
    "postpone_post",
    "settle",
    "start",
    "want_cancelled",
)
OVER = frozenset({"delivered", "dead"})
MOST_ORDERS = 6


class Promises(StoreMachine):
    def __init__(self) -> None:
        super().__init__()
        self.said: dict[str, list[GenerationId]] = {}  # by post, since its first claim
        self.generations: Rows = {}
        self.posts: Rows = {}
        self.revisions: dict[str, int] = {}

    @initialize(outputs=st.integers(1, 4), state=st.sampled_from(S))
    def begin(self, outputs: int, state: S) -> None:
        self.open()
        self.order_at_some_stage(outputs, state)

    @rule(seconds=st.integers(0, 60))
    def time_passes(self, seconds: int) -> None:
        self.clock.advance(timedelta(seconds=seconds))

    @rule(some=SOME, rounds=st.integers(1, 3))
    def things_go_well(self, some: Some, rounds: int) -> None:
        """What the services do next where nothing goes wrong; without it few runs would get far."""
        for _ in range(rounds):
            for order_id in self.chosen(self.orders, some):
                self.goes_well(order_id)
        self.claim(some)
        self.deliver(some)

    def goes_well(self, order_id: OrderId) -> None:
        now, states = self.store.now, {S(row["state"]): GenerationId(row["id"]) for row in self.of(order_id)}
        if S.INTENDED in states:
            self.step(self.store.orders.mark_sending(order_id, now))
        elif {S.SENDING, S.UNKNOWN} & set(states):
            remote = [RemoteId(f"remote-{next(self.numbers)}") for _ in self.of(order_id)]
            self.step(self.store.orders.adopt(order_id, remote, now, complete=True))
        elif upstream := [states[state] for state in (S.QUEUED, S.PROCESSING) if state in states]:
            self.step(self.store.generations.settle(upstream[0], Outcome(state=S.SUCCEEDED), now))

    # What the services ask for.

    @precondition(lambda self: len(self.orders) < MOST_ORDERS)
    @rule(outputs=st.integers(1, 4), state=st.sampled_from(S))
    def order_at_some_stage(self, outputs: int, state: S) -> None:
        self.orders.append(self.run(self.store.in_state(state, outputs)).order.id)

    @rule(calls=st.lists(st.tuples(st.sampled_from(CALLS), SOME, st.integers(0, 60)), min_size=1, max_size=6))
    def services_call(self, calls: list[tuple[str, Some, int]]) -> None:
        for name, some, number in calls:
            getattr(self, name)(some, number)
            self.promises_are_kept()

    def mark_sending(self, some: Some, _: int = 0) -> None:
        for order_id in self.chosen(self.orders, some):
            wanted = [r["id"] for r in self.of(order_id) if r["state"] == S.INTENDED and not r["cancel_requested_at"]]
            sent = self.run(self.store.orders.mark_sending(order_id, self.store.now))
            assert [g.id for g in sent.generations] == wanted if sent else not wanted

    def postpone(self, some: Some, number: int) -> None:
        for order_id in self.chosen(self.orders, some):
            due = self.store.now + timedelta(seconds=number)
            self.run(self.store.orders.postpone(order_id, due, self.store.now))

    def lose(self, some: Some, _: int = 0) -> None:
        for order_id in self.chosen(self.orders, some):
            self.run(self.store.orders.lose(order_id, self.store.now))

    def adopt(self, some: Some, number: int) -> None:
        for order_id in self.chosen(self.orders, some):
            remote = [RemoteId(f"remote-{next(self.numbers)}") for _ in range(number % 5)]
            self.run(self.store.orders.adopt(order_id, remote, self.store.now, complete=number > 30))

    def adopt_what_is_owned(self, some: Some, _: int = 0) -> None:
        """Of no effect: the one that has it keeps it, and nobody else gets it."""
        taken = [RemoteId(row["remote_id"]) for row in self.generations.values() if row["remote_id"]]
        for order_id in self.chosen(self.orders, some) if taken else ():
            assert self.run(self.store.orders.adopt(order_id, taken[:1], self.store.now, complete=False)).ids == []

    def fail_unsent(self, some: Some, number: int) -> None:
        for order_id in self.chosen(self.orders, some):
            outcome = Outcome(state=(S.FAILED, S.ABSENT)[number % 2], reason=Reason.REJECTED)
            self.run(self.store.orders.fail_unsent(order_id, outcome, self.store.now))

    def start(self, some: Some, _: int = 0) -> None:
        for generation_id in self.chosen(self.generations, some):
            self.run(self.store.generations.start(GenerationId(generation_id), self.store.now, self.store.now))

    def settle(self, some: Some, number: int) -> None:
        state = tuple(S)[number % len(S)]
        for generation_id in self.chosen(self.generations, some):
            before = S(self.generations[generation_id]["state"])
            outcome = Outcome(state=state)
            won = self.run(self.store.generations.settle(GenerationId(generation_id), outcome, self.store.now))
            assert (won is not None) is (state in TRANSITIONS[before] & ENDED)

    def want_cancelled(self, some: Some, number: int) -> None:
        for order_id in self.chosen(self.orders, some):
            rows = self.chosen(self.of(order_id), {number % 4, number % 3})
            ids = [GenerationId(row["id"]) for row in rows]
            noted = self.run(self.store.generations.want_cancelled(order_id, ids, MEMBER, self.store.now))
            assert noted == sum(row["ended_at"] is None and row["cancel_requested_at"] is None for row in rows)

    def claim(self, some: Some, _: int = 0) -> None:
        for post_id in self.chosen(self.posts, some):
            self.remember(PostId(post_id), self.run(self.store.posts.claim(PostId(post_id), self.store.now)))

    def deliver(self, some: Some, _: int = 0) -> None:
        for post_id in self.chosen(self.posts, some):
            message_id = MessageId(next(self.numbers))
            self.run(self.store.posts.delivered(PostId(post_id), message_id, self.store.now))

    def dead_letter(self, some: Some, _: int = 0) -> None:
        for post_id in self.chosen(self.posts, some):
            self.run(self.store.posts.dead_letter(PostId(post_id), "gone", self.store.now))

    def postpone_post(self, some: Some, number: int) -> None:
        for post_id in self.chosen(self.posts, some):
            due = self.store.now + timedelta(seconds=number)
            self.run(self.store.posts.postpone(PostId(post_id), due))

    # What has to be true after each step.

    @invariant()
    def promises_are_kept(self) -> None:
        if not self.opened:
            return
        generations, posts = self.rows("generations"), self.rows("posts")
        self.check_generations(generations)
        self.check_posts(posts, generations)
        self.check_cards(generations)
        self.generations, self.posts = generations, posts

    def check_generations(self, generations: Rows) -> None:
        for generation_id, before in self.generations.items():
            after = generations[generation_id]
            old, new = S(before["state"]), S(after["state"])
            assert new is old or new in TRANSITIONS[old], f"{old} became {new}"
            if old.ended:
                told = {"post_id": after["post_id"] if before["post_id"] is None else before["post_id"]}
                assert after == before | told, "an ended generation changed"
            if before["remote_id"] is not None:
                assert after["remote_id"] == before["remote_id"]
            if before["cancel_requested_by"] is not None:
                assert after["cancel_requested_at"] == before["cancel_requested_at"]
        remote = [row["remote_id"] for row in generations.values() if row["remote_id"] is not None]
        assert len(remote) == len(set(remote))

    def check_posts(self, posts: Rows, generations: Rows) -> None:
        for order_id in self.orders:
            waiting = [p for p in posts.values() if p["order_id"] == order_id and p["state"] == "waiting"]
            untold = [
                g for g in generations.values() if g["order_id"] == order_id and g["ended_at"] and not g["post_id"]
            ]
            assert len(waiting) == bool(untold), "what ended has one post ahead of it, and no post is empty"
        for post_id, before in self.posts.items():
            if before["state"] in OVER:
                assert posts[post_id] == before, "a post that is over changed"
        for post_id, row in posts.items():
            told = [g["id"] for g in generations.values() if g["post_id"] == post_id]
            assert sorted(told) == sorted(self.said.get(post_id, [])), "a claimed post says what it said first"
            assert bool(told) == (row["state"] != "waiting")

    def check_cards(self, generations: Rows) -> None:
        revisions = {row["id"]: row["revision"] for row in self.rows("orders").values()}
        for generation_id, before in self.generations.items():
            order_id = before["order_id"]
            if generations[generation_id]["state"] != before["state"]:
                assert revisions[order_id] > self.revisions[order_id], "a change of state that no card will show"
        self.revisions = revisions

    def finish(self) -> None:
        """Once the provider has had its say on everything and the channel has taken every post, all of it is told."""
        now = self.store.now
        for order_id in self.orders:
            self.step(self.store.orders.lose(order_id, now))
            self.step(self.store.orders.fail_unsent(order_id, Outcome(state=S.ABSENT), now))
            self.step(self.store.orders.fail_unsent(order_id, Outcome(state=S.FAILED), now))
        for generation_id in self.generations:
            self.step(self.store.generations.settle(GenerationId(generation_id), Outcome(state=S.EXPIRED), now))
        for post_id, _ in self.run(self.store.posts.open()):
            self.remember(post_id, self.run(self.store.posts.claim(post_id, now)))
            self.step(self.store.posts.delivered(post_id, MessageId(next(self.numbers)), now))
        assert self.run(self.store.posts.open()) == []
        assert all(S(row["state"]).ended for row in self.generations.values())
        told = sorted(generation for generations in self.said.values() for generation in generations)
        assert told == sorted(self.generations), "each generation is told, and told once"

    def step(self, work: Coroutine[Any, Any, object]) -> None:
        self.run(work)
        self.promises_are_kept()

    # Small help.

    def remember(self, post_id: PostId, post: Post | None) -> None:
        if post is None:
            assert self.posts.get(post_id, {"state": "dead"})["state"] in OVER
            return
        said = [g.id for g in post.generations]
        assert self.said.setdefault(post_id, said) == said
        assert all(g.state.ended for g in post.generations)

    def rows(self, table: str) -> Rows:
        return {row["id"]: row for row in self.selected(f"SELECT * FROM {table} ORDER BY id")}  # noqa: S608

    def of(self, order_id: OrderId) -> list[Row]:
        found = [row for row in self.generations.values() if row["order_id"] == order_id]
        return sorted(found, key=lambda row: row["ordinal"])


@pytest.mark.timeout(600)  # to make a failure small takes its time
@pytest.mark.usefixtures("template")
class TestPromises(Promises.TestCase):
    settings = machine_settings(examples=20, steps=15)


@pytest.mark.timeout(600)
@pytest.mark.usefixtures("on_postgres")
class TestPromisesOnPostgres(Promises.TestCase):
    settings = machine_settings(examples=4, steps=15)


@pytest.mark.parametrize(
    ("machines_on", "seed"), [*(("sqlite", seed) for seed in range(8)), ("postgres", 8)], indirect=["machines_on"]
)
@pytest.mark.usefixtures("machines_on")
def test_a_long_walk_keeps_the_promises(seed: int) -> None:
    """Hypothesis makes a failure small, chance goes further: every call, on orders at every stage."""
    dice = random.Random(seed)  # noqa: S311 - the same walk each time
    machine = Promises()
    try:
        machine.open()
        for state in S:
            machine.order_at_some_stage(dice.randint(1, 4), state)
        machine.promises_are_kept()
        for _ in range(30):
            some = {number for number in range(4) if dice.random() < 0.4}
            machine.services_call([(dice.choice(CALLS), some, dice.randint(0, 60))])
            machine.time_passes(dice.randint(0, 40))
        machine.crash()
        machine.promises_are_kept()
    finally:
        machine.teardown()

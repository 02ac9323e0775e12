"""Any sequence of what the services may ask of the rows, crashes among it, keeps the promises of the store.

Every rule is applied whether or not it makes sense at that moment: the guards have to hold by themselves.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine, Mapping
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bot.domain.generation import ENDED, TRANSITIONS, Outcome, Reason
from bot.domain.ids import GenerationId, MessageId, OrderId, PostId, RemoteId
from bot.domain.post import Post
from bot.store.database import Database
from tests.store.kit import MEMBER, ManualClock, Row, S, Store

T = TypeVar("T")
Rows = Mapping[str, Row]
PICK = st.integers(0, 100)
OVER = frozenset({"delivered", "dead"})
MOST_CRASHES = 3  # in one run: they are slow, and other things are to happen as well


class Promises(RuleBasedStateMachine):
    template: ClassVar[Path]

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.file = Path(shutil.copy(self.template, self.folder.name))
        self.clock = ManualClock()
        self.numbers = count()
        self.orders: list[OrderId] = []
        self.said: dict[str, list[GenerationId]] = {}  # by post, since its first claim
        self.generations: Rows = {}
        self.posts: Rows = {}
        self.revisions: dict[str, int] = {}
        self.crashes = 0

    # The database, opened and opened again.

    @initialize(outputs=st.lists(st.integers(1, 4), min_size=1, max_size=2))
    def begin(self, outputs: list[int]) -> None:
        self.open()
        for number in outputs:
            self.accept(number)

    def open(self) -> None:
        self.db = self.run(Database(self.file).__aenter__())
        self.store = Store(self.db, self.clock)
        self.store.new_id = self.store.orders._new_id = self.store.generations._endings._new_id = self.new_id
        self.store.orders._endings._new_id = self.new_id

    def new_id(self) -> str:
        return f"{next(self.numbers):024d}"

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def teardown(self) -> None:
        try:
            if hasattr(self, "db"):
                self.finish()
        finally:
            if hasattr(self, "db"):
                self.run(self.db.close())
            self.runner.close()
            self.folder.cleanup()

    @precondition(lambda self: self.crashes < MOST_CRASHES)
    @rule()
    def crash(self) -> None:
        """What is committed is all that the next process has; what was being sent is unknown to it."""
        self.crashes += 1
        self.run(self.db.close())
        self.open()
        self.run(self.store.orders.recover(self.store.now))
        assert not self.run(self.store.orders.any_sending())

    @rule(seconds=st.integers(0, 60))
    def time_passes(self, seconds: int) -> None:
        self.clock.advance(timedelta(seconds=seconds))

    @rule(picks=st.lists(PICK, min_size=1, max_size=6))
    def things_go_well(self, picks: list[int]) -> None:
        """What the services do next where nothing goes wrong; without it few runs would get far."""
        for pick in picks:
            row = self.generations[self.generation(pick)]
            order_id, generation_id = OrderId(row["order_id"]), GenerationId(row["id"])
            state = S(row["state"])
            if state is S.INTENDED:
                self.step(self.store.orders.mark_sending(order_id, self.store.now))
            elif state in (S.SENDING, S.UNKNOWN):
                remote = [RemoteId(f"remote-{next(self.numbers)}") for _ in self.of(order_id)]
                self.step(self.store.orders.adopt(order_id, remote, self.store.now, complete=True))
            elif not state.ended:
                self.step(self.store.generations.settle(generation_id, Outcome(state=S.SUCCEEDED), self.store.now))
            for post_id, _ in self.run(self.store.posts.open())[: pick % 3]:
                self.remember(post_id, self.run(self.store.posts.claim(post_id, self.store.now)))
                self.step(self.store.posts.delivered(post_id, MessageId(next(self.numbers)), self.store.now))

    # What the services ask for.

    @precondition(lambda self: len(self.orders) < 4)
    @rule(outputs=st.integers(1, 4))
    def accept(self, outputs: int) -> None:
        self.orders.append(self.run(self.store.accepted(outputs)).order.id)

    @rule(pick=PICK)
    def mark_sending(self, pick: int) -> None:
        order_id = self.order(pick)
        unsent = [row for row in self.of(order_id) if row["state"] == S.INTENDED]
        sent = self.run(self.store.orders.mark_sending(order_id, self.store.now))
        wanted = [row["id"] for row in unsent if row["cancel_requested_at"] is None]
        assert [g.id for g in sent.generations] == wanted if sent else not wanted

    @rule(pick=PICK, seconds=st.integers(0, 60))
    def postpone(self, pick: int, seconds: int) -> None:
        due = self.store.now + timedelta(seconds=seconds)
        self.run(self.store.orders.postpone(self.order(pick), due, self.store.now))

    @rule(pick=PICK)
    def lose(self, pick: int) -> None:
        self.run(self.store.orders.lose(self.order(pick), self.store.now))

    @rule(pick=PICK, found=st.integers(0, 4), complete=st.booleans())
    def adopt(self, pick: int, found: int, complete: bool) -> None:
        remote = [RemoteId(f"remote-{next(self.numbers)}") for _ in range(found)]
        self.run(self.store.orders.adopt(self.order(pick), remote, self.store.now, complete=complete))

    @precondition(lambda self: any(row["remote_id"] for row in self.generations.values()))
    @rule(pick=PICK, other=PICK)
    def adopt_what_is_owned(self, pick: int, other: int) -> None:
        """Refused as a whole where it would be stored, and of no effect where it would not."""
        owned = [row["remote_id"] for row in self.generations.values() if row["remote_id"]]
        taken, order_id = RemoteId(owned[other % len(owned)]), self.order(pick)
        open_ones = [row for row in self.of(order_id) if row["state"] in (S.SENDING, S.UNKNOWN)]
        adopting = self.store.orders.adopt(order_id, [taken], self.store.now, complete=False)
        if open_ones:
            with pytest.raises(Exception, match="remote_id"):
                self.run(adopting)
        else:
            self.run(adopting)

    @rule(pick=PICK, state=st.sampled_from((S.FAILED, S.ABSENT)))
    def fail_unsent(self, pick: int, state: S) -> None:
        outcome = Outcome(state=state, reason=Reason.REJECTED)
        self.run(self.store.orders.fail_unsent(self.order(pick), outcome, self.store.now))

    @rule(pick=PICK)
    def start(self, pick: int) -> None:
        self.run(self.store.generations.start(self.generation(pick), self.store.now, self.store.now))

    @rule(pick=PICK, state=st.sampled_from((*sorted(ENDED), *S)))
    def settle(self, pick: int, state: S) -> None:
        generation_id = self.generation(pick)
        before = S(self.generations[generation_id]["state"])
        won = self.run(self.store.generations.settle(generation_id, Outcome(state=state), self.store.now))
        assert won is (state in TRANSITIONS[before] & ENDED)

    @rule(pick=PICK, which=st.sets(st.integers(0, 3)))
    def want_cancelled(self, pick: int, which: set[int]) -> None:
        order_id = self.order(pick)
        chosen = [row for n, row in enumerate(self.of(order_id)) if n in which]
        ids = [GenerationId(row["id"]) for row in chosen]
        noted = self.run(self.store.generations.want_cancelled(order_id, ids, MEMBER, self.store.now))
        assert noted == sum(row["ended_at"] is None and row["cancel_requested_at"] is None for row in chosen)

    @precondition(lambda self: self.posts)
    @rule(pick=PICK)
    def claim(self, pick: int) -> None:
        post_id = self.post(pick)
        self.remember(post_id, self.run(self.store.posts.claim(post_id, self.store.now)))

    @precondition(lambda self: self.posts)
    @rule(pick=PICK)
    def deliver(self, pick: int) -> None:
        self.run(self.store.posts.delivered(self.post(pick), MessageId(next(self.numbers)), self.store.now))

    @precondition(lambda self: self.posts)
    @rule(pick=PICK)
    def bury(self, pick: int) -> None:
        self.run(self.store.posts.bury(self.post(pick), "gone", self.store.now))

    @precondition(lambda self: self.posts)
    @rule(pick=PICK, seconds=st.integers(0, 60))
    def postpone_post(self, pick: int, seconds: int) -> None:
        self.run(self.store.posts.postpone(self.post(pick), self.store.now + timedelta(seconds=seconds)))

    # What has to be true after each step.

    @invariant()
    def promises_are_kept(self) -> None:
        if not hasattr(self, "db"):
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
        async def all_of_them() -> list[Row]:
            found = await self.db.read(lambda reader: reader.execute_fetchall(f"SELECT * FROM {table} ORDER BY id"))  # noqa: S608
            return [dict(row) for row in found]

        return {row["id"]: row for row in self.run(all_of_them())}

    def of(self, order_id: OrderId) -> list[Row]:
        found = [row for row in self.generations.values() if row["order_id"] == order_id]
        return sorted(found, key=lambda row: row["ordinal"])

    def order(self, pick: int) -> OrderId:
        return self.orders[pick % len(self.orders)]

    def generation(self, pick: int) -> GenerationId:
        return GenerationId(sorted(self.generations)[pick % len(self.generations)])

    def post(self, pick: int) -> PostId:
        return PostId(sorted(self.posts)[pick % len(self.posts)])


@pytest.fixture
def template(migrated: Path) -> Path:
    Promises.template = migrated
    return migrated


@pytest.mark.timeout(600)  # to make a failure small takes its time
@pytest.mark.usefixtures("template")
class TestPromises(Promises.TestCase):
    settings = settings(
        max_examples=40,
        stateful_step_count=40,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )

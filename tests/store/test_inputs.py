"""The files of an order: what the column keeps is what was put in."""

import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.ids import ChannelId, MessageId
from bot.domain.models.slots import InputKind, Role
from bot.domain.orders.inputs import Attachment, FileLocation, Input
from bot.domain.orders.order import CONFIRMATION_LIFETIME, PendingConfirmation
from bot.store.orders.confirmations import PendingConfirmations
from bot.store.rows import dump_inputs, load_inputs
from bot.store.statements import Statements
from tests.store.kit import Store

IDS = st.integers(0, 2**63 - 1)
PLACES = st.builds(FileLocation, channel_id=IDS.map(ChannelId), message_id=IDS.map(MessageId), attachment_id=IDS)
MAYBE = st.none() | st.integers(0, 10_000)
ATTACHMENTS = st.builds(
    Attachment,
    kind=st.sampled_from(InputKind),
    role=st.none() | st.sampled_from(Role),
    name=st.text(max_size=20),
    media_type=st.text(max_size=20),
    size=IDS,
    url=st.text(max_size=40),
    width=MAYBE,
    height=MAYBE,
    seconds=st.none() | st.floats(0, 1000),
    animated=st.booleans(),
    element=MAYBE,
    place=st.none() | PLACES,
    spoiler=st.booleans(),
    given_name=st.none() | st.text(max_size=20),
)
INPUTS = st.builds(
    Input,
    slot=st.text(max_size=20),
    position=MAYBE,
    within=st.lists(st.text(max_size=9) | st.integers(0, 9), max_size=2).map(tuple),
    attachment=ATTACHMENTS,
    leads=st.booleans(),
)


@given(st.lists(INPUTS, max_size=3).map(tuple))
def test_what_is_written_down_is_read_back(inputs: tuple[Input, ...]) -> None:
    assert load_inputs(dump_inputs(inputs)) == inputs


@given(INPUTS)
def test_what_was_written_down_before_names_were_kept_is_read(one: Input) -> None:
    [row] = json.loads(dump_inputs([one]))
    del row["attachment"]["given_name"]
    assert load_inputs(json.dumps([row])) == (replace(one, attachment=replace(one.attachment, given_name=None)),)


async def test_an_order_comes_back_with_its_files_and_nested_parameters(store: Store) -> None:
    picture = Attachment(
        kind=InputKind.IMAGE,
        role=Role.ELEMENT,
        name="a fox.png",
        media_type="image/png",
        size=2**40,
        url="https://cdn.example/a?ex=1",
        place=FileLocation(channel_id=ChannelId(2**60), message_id=MessageId(3), attachment_id=4),
    )
    order = store.order(
        parameters={"multi_prompt": [{"prompt": "a", "duration": 5}], "source_position": {"x": [0.5, True]}},
        inputs=(Input(slot="elements", position=0, within=("frontal_image_url",), attachment=picture),),
    )
    accepted = await store.orders.accept(order)
    assert accepted.order == order
    assert accepted == await store.record(order.id)


async def test_an_order_without_files_has_none(store: Store) -> None:
    assert (await store.accepted()).order.request.inputs == ()


@given(st.lists(INPUTS, min_size=1, max_size=2).map(tuple))
def test_rows_that_are_older_say_neither_what_is_covered_nor_what_leads(inputs: tuple[Input, ...]) -> None:
    rows = json.loads(dump_inputs(inputs))
    for row in rows:
        del row["leads"], row["attachment"]["spoiler"]
    assert not any(one.leads or one.attachment.spoiler for one in load_inputs(json.dumps(rows)))


async def test_what_is_covered_stays_so_when_its_words_and_files_are_forgotten(store: Store) -> None:
    plain = store.order()
    covered = replace(plain, request=replace(plain.request, spoiler=True))
    assert (await store.orders.accept(covered)).order.request.spoiler
    sql = Statements("privacy")
    assert await store.db.write(lambda tx: sql.run(tx, "forget_words", id=covered.id, now=1)) == 1
    assert (await store.record(covered.id)).order.request.spoiler
    assert not (await store.accepted()).order.request.spoiler


async def test_a_pending_confirmation_remembers_what_is_covered(store: Store) -> None:
    plain = store.order()
    covered = replace(plain, request=replace(plain.request, spoiler=True))
    confirmations = PendingConfirmations(store.db)
    await confirmations.open(PendingConfirmation(order=covered, lapses_at=store.now + CONFIRMATION_LIFETIME))
    kept = await confirmations.get(covered.id)
    assert kept is not None
    assert kept.order.request.spoiler

"""Pages of what was ordered: newest first, there and back, one's own or a moderator's."""

from datetime import timedelta
from decimal import Decimal

import pytest

from bot.domain.errors import Refusal
from bot.domain.ids import OrderId, short
from bot.domain.records.reports import Page, Way
from bot.services.ordering.history import PAGE, OrderHistory, Reader
from tests.services.kit import Services
from tests.services.past import ANNE, BERT, GUILD, OTHER_GUILD, Past, S

OWN = Reader(guild_id=GUILD, user_id=ANNE, moderator=False)
MODERATOR = Reader(guild_id=GUILD, user_id=BERT, moderator=True)


@pytest.fixture
def past(services: Services) -> Past:
    return Past(services)


def ids(page: Page) -> list[OrderId]:
    return [one.order.id for one in page.entries]


async def some(past: Past, count: int, **given: object) -> list[OrderId]:
    """Newest first."""
    made: list[OrderId] = []
    for _ in range(count):
        made.append(await past.made(**given))  # type: ignore[arg-type]
        past.clock.advance(timedelta(seconds=1))
    return made[::-1]


async def test_a_guild_without_orders_has_an_empty_page(past: Past) -> None:
    assert await past.order_history.page(OWN, ANNE) == Page(entries=(), newer=None, older=None)


async def test_pages_lead_there_and_back(past: Past) -> None:
    made = await some(past, 2 * PAGE + 3)
    first = await past.order_history.page(OWN, ANNE)
    assert (ids(first), first.newer) == (made[:PAGE], None)
    second = await past.order_history.page(OWN, ANNE, "", Way.OLDER, first.older)
    assert ids(second) == made[PAGE : 2 * PAGE]
    third = await past.order_history.page(OWN, ANNE, "", Way.OLDER, second.older)
    assert (ids(third), third.older) == (made[2 * PAGE :], None)
    back = await past.order_history.page(OWN, ANNE, "", Way.NEWER, third.newer)
    assert ids(back) == ids(second)
    home = await past.order_history.page(OWN, ANNE, "", Way.NEWER, back.newer)
    assert (ids(home), home.newer, home.older) == (ids(first), None, first.older)


async def test_orders_of_one_millisecond_are_all_there(past: Past) -> None:
    made = {await past.made() for _ in range(PAGE + 4)}
    first = await past.order_history.page(OWN, ANNE)
    second = await past.order_history.page(OWN, ANNE, "", Way.OLDER, first.older)
    assert {*ids(first), *ids(second)} == made
    assert len(ids(first)) + len(ids(second)) == len(made)


async def test_what_came_meanwhile_is_on_a_full_newest_page(past: Past) -> None:
    made = await some(past, PAGE + 1)
    first = await past.order_history.page(OWN, ANNE)
    (latest,) = await some(past, 1)
    newer = await past.order_history.page(OWN, ANNE, "", Way.NEWER, ids(first)[0])
    assert ids(newer) == [latest, *made[: PAGE - 1]]


async def test_a_page_from_an_order_that_is_nobodys_begins_anew(past: Past) -> None:
    made = await some(past, 2)
    elsewhere = await past.made(guild=OTHER_GUILD)
    assert ids(await past.order_history.page(OWN, ANNE, "", Way.OLDER, elsewhere)) == made


async def test_members_see_their_own_and_moderators_everybodys(past: Past) -> None:
    own, other = await past.made(by=ANNE), await past.made(by=BERT)
    await past.made(by=ANNE, guild=OTHER_GUILD)
    assert ids(await past.order_history.page(OWN, ANNE)) == [own]
    assert set(ids(await past.order_history.page(MODERATOR, None))) == {own, other}
    assert ids(await past.order_history.page(MODERATOR, ANNE)) == [own]
    for whose in (BERT, None):
        with pytest.raises(Refusal, match="others-history"):
            await past.order_history.page(OWN, whose)


async def test_words_are_found_in_prompts_and_models_and_shots(past: Past) -> None:
    shots = {"multi_prompt": [{"prompt": "a storm über the sea", "duration": "5"}]}
    hit = await past.made(prompt="A fox in the Snow", model="Veo 3", parameters=shots)
    await past.made(prompt="a hare", parameters={"style": "storm"})
    for words in ("FOX snow", "veo", "  fox  ", "storm", "ÜBER"):
        assert ids(await past.order_history.page(OWN, ANNE, words)) == [hit], words


async def test_the_search_goes_on_where_it_stopped(past: Past) -> None:
    short = OrderHistory(past.services.engine.rows.history, chunk=2, chunks=2)
    hit = await past.made(prompt="a needle")
    past.clock.advance(timedelta(seconds=1))
    await some(past, 5, prompt="hay")
    first = await short.page(OWN, ANNE, "needle")
    assert ids(first) == []
    assert first.older is not None
    second = await short.page(OWN, ANNE, "needle", Way.OLDER, first.older)
    assert (ids(second), second.older) == ([hit], None)


async def test_an_order_is_known_by_its_ids(past: Past) -> None:
    order_id = await past.made(S.FAILED, outputs=2)
    record = await past.store.record(order_id)
    for name in (order_id, short(order_id), f" {short(order_id).upper()} ", f"{short(order_id)}/1"):
        found = await past.order_history.open(OWN, name)
        assert (found.order.id, len(found.generations)) == (order_id, 2)
    second = await past.order_history.open(OWN, record.generations[1].id)
    assert [one.ordinal for one in second.generations] == [2]


async def test_what_is_no_id_is_not_found(past: Past) -> None:
    await past.made()
    for name in ("", "zzzzzz", "x" * 24, "%", "' OR 1=1 --"):
        with pytest.raises(Refusal, match="order-not-found"):
            await past.order_history.open(MODERATOR, name)


async def test_others_orders_are_opened_by_moderators_of_the_guild_alone(past: Past) -> None:
    order_id, elsewhere = await past.made(by=BERT), await past.made(by=ANNE, guild=OTHER_GUILD)
    with pytest.raises(Refusal, match="others-order"):
        await past.order_history.open(OWN, order_id)
    with pytest.raises(Refusal, match="order-not-found"):
        await past.order_history.open(OWN, elsewhere)
    assert (await past.order_history.open(MODERATOR, order_id)).order.id == order_id


async def test_it_tells_what_was_paid_and_what_was_deleted(past: Past) -> None:
    priced, unpriced = await past.made(outputs=2), await past.made(usd=None)
    assert (await past.order_history.open(OWN, priced)).cost == Decimal("0.70")
    assert (await past.order_history.open(OWN, unpriced)).cost == 5, "the ceiling of ten seconds"
    await past.wordless(priced)
    found = await past.order_history.open(MODERATOR, priced)
    assert (found.wordless, found.forgotten, found.cost) == (True, True, Decimal("0.70"))
    with pytest.raises(Refusal, match="others-order"):
        await past.order_history.open(OWN, priced)

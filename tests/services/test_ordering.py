"""What members ask for, who may ask for it, and what they are told when they may not."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from bot.domain.errors import Refusal
from bot.domain.ids import GuildId, OrderId, UserId
from bot.domain.models.catalogue import MediaKind
from bot.domain.orders.markup import Names
from bot.domain.orders.order import GenerationRequest
from bot.domain.orders.payer import Unbilled
from bot.domain.rules.patterns import Patterns
from bot.domain.rules.policy import GuildPolicy
from tests.fakes.orders import PROMPT, image_request, video_request
from tests.fakes.oxen import IMAGE_MODEL, VIDEO_MODEL
from tests.services.kit import GUILD, MEMBER, MODERATOR, OPEN_BILLING, OTHER_GUILD, OTHER_MEMBER, S, Services

REQUEST = GenerationRequest(kind=MediaKind.VIDEO, prompt=PROMPT)


async def refused(call: object) -> tuple[str, dict[str, object]]:
    with pytest.raises(Refusal) as caught:
        await call  # type: ignore[misc]
    assert PROMPT not in str(caught.value)
    return caught.value.key, dict(caught.value.values)


# Planning.


async def test_a_plan_from_the_catalogue(services: Services) -> None:
    await services.catalogue_cache.step()
    validated = services.order_service.validate(replace(REQUEST, duration=10, aspect_ratio="1:1", seed=7, count=2))
    assert (validated.model_id, validated.prompt, validated.count) == (VIDEO_MODEL, PROMPT, 2)
    assert validated.parameters == {"duration": 10, "aspect_ratio": "1:1", "seed": 7}
    image = services.order_service.validate(GenerationRequest(kind=MediaKind.IMAGE, prompt=PROMPT))
    assert image.model_id == IMAGE_MODEL


def test_a_request_without_a_catalogue_is_refused(services: Services) -> None:
    with pytest.raises(Refusal, match="catalogue-missing"):
        services.order_service.validate(REQUEST)


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"prompt": "  "}, "prompt-or-shots"),
        ({"prompt": "  ", "kind": MediaKind.IMAGE}, "prompt-empty"),
        ({"count": 5}, "count"),
        ({"model": "no such model"}, "model-unknown"),
        ({"duration": 7}, "duration"),
        ({"seed": -1}, "out-of-range"),
        ({"aspect_ratio": "7:3"}, "not-a-choice"),
    ],
)
async def test_a_request_that_cannot_be_fulfilled(services: Services, changes: dict[str, object], key: str) -> None:
    await services.catalogue_cache.step()
    with pytest.raises(Refusal) as caught:
        services.order_service.validate(replace(REQUEST, **changes))  # type: ignore[arg-type]
    assert caught.value.key == key
    assert PROMPT not in str(caught.value)


# Submitting.


async def test_an_accepted_order_is_in_the_rows_and_wakes_the_loops(services: Services) -> None:
    record = await services.order(video_request(count=3))
    assert services.woken() == {"submission"}
    services.order_service.card_shown(record)
    assert services.woken() == set()
    await services.redraw()  # somebody has looked, and waits for the command to draw it
    services.order_service.card_shown(record)
    assert services.woken() == {"cards"}
    await services.rules(day_budget=Decimal(100))
    await services.order()
    assert services.woken() == {"submission", "notices"}
    assert await services.record(record) == record
    assert [g.state for g in record.generations] == [S.INTENDED] * 3
    assert [g.ordinal for g in record.generations] == [1, 2, 3]
    assert record.order.namespace is None
    assert record.order.created_at == services.clock.now()
    assert services.oxen.calls == []


async def test_the_guilds_namespace_pays_and_what_is_ordered_already_stays_with_who_paid(services: Services) -> None:
    await services.pays(GUILD, "acme")
    record, elsewhere = await services.order(), await services.order(guild=OTHER_GUILD)
    await services.pays(GUILD, "other")
    await services.send()
    assert sorted(services.oxen.calls, key=str) == [("enqueue", "acme"), ("enqueue", None)]
    assert (await services.record(record)).order.namespace == "acme"
    assert (await services.record(elsewhere)).order.namespace is None


async def test_an_order_that_nobody_pays_for_is_refused(services: Services) -> None:
    strict = services.again(billing_policy=replace(OPEN_BILLING, unbilled=Unbilled.REFUSE)).order_service
    context = (await services.order()).order.context
    assert await refused(strict.submit(video_request(), context)) == ("no-namespace", {})
    assert len(await services.order_service.queue(GUILD)) == 1
    await services.pays(GUILD, "acme")
    assert (await strict.submit(video_request(), context)).order.namespace == "acme"


# Cancelling.


@pytest.mark.parametrize(("by", "moderator"), [(MEMBER, False), (MODERATOR, True), (MEMBER, True)])
async def test_who_may_cancel(services: Services, by: UserId, moderator: bool) -> None:
    record = await services.sent(video_request(count=2))
    services.woken()
    assert await services.order_service.cancel(record.order.id, by, GUILD, moderator=moderator) == 2
    assert services.woken() == {"cancelling", "delivery", "cards", "submission"}
    assert {g.cancel_requested_by for g in await services.rows(record)} == {by}


async def test_what_may_not_be_cancelled(services: Services) -> None:
    theirs, elsewhere = await services.sent(), await services.sent(guild=OTHER_GUILD)
    other = theirs.generations[0].id

    async def cancel(order_id: OrderId, by: UserId = MEMBER, *, moderator: bool = False, only: Any = None) -> str:
        call = services.order_service.cancel(order_id, by, GUILD, moderator=moderator, only=only)
        return (await refused(call))[0]

    assert await cancel(theirs.order.id, OTHER_MEMBER) == "cancel-not-yours"
    for moderator in (False, True):
        assert await cancel(elsewhere.order.id, moderator=moderator) == "cancel-unknown"
    assert await cancel(OrderId("nothing"), moderator=True) == "cancel-unknown"
    over, ours = await services.made(), await services.sent()
    assert await cancel(over.order.id) == "cancel-over"
    assert (await cancel(ours.order.id, only=other)).startswith("cancel-")
    await services.cancel(ours)
    assert await cancel(ours.order.id) == "cancel-already"
    for record in (theirs, elsewhere):
        assert [g.cancel_requested_by for g in await services.rows(record)] == [None]


async def test_one_output_and_then_the_rest(services: Services) -> None:
    record = await services.sent(video_request(count=3))
    order_id, first = record.order.id, record.generations[0].id
    assert await services.order_service.cancel(order_id, MEMBER, GUILD, moderator=False, only=first) == 1
    call = services.order_service.cancel(order_id, MEMBER, GUILD, moderator=False, only=first)
    assert await refused(call) == ("cancel-already", {})
    assert await services.order_service.cancel(order_id, MEMBER, GUILD, moderator=False) == 2


# The queue.


async def test_the_queue_of_a_guild(services: Services) -> None:
    first = await services.order(by=MEMBER)
    services.clock.advance(seconds=1)
    over = await services.order(by=MEMBER)
    await services.cancel(over)
    await services.order(guild=OTHER_GUILD)
    services.clock.advance(seconds=1)
    third = await services.order(image_request(), by=OTHER_MEMBER)
    assert [(n, r.order.id) for n, r in await services.order_service.queue(GUILD)] == [
        (1, first.order.id),
        (2, third.order.id),
    ]
    assert [(n, r.order.id) for n, r in await services.order_service.queue(GUILD, OTHER_MEMBER)] == [
        (2, third.order.id)
    ]
    assert await services.order_service.queue(GuildId(999)) == []


# Billing.


# Discord's ids in what members write.


async def test_rules_and_limits_read_the_text_that_is_sent(services: Services) -> None:
    await services.catalogue_cache.step()
    with pytest.raises(Refusal, match="prompt-long"):
        services.order_service.validate(replace(REQUEST, prompt=f"{'x' * 5995}<@42>"))  # "someone" is longer
    assert services.order_service.validate(
        replace(REQUEST, prompt=f"{'x' * 5985}<@1150000000000000013>")
    ).prompt.endswith("someone")
    blocking = GuildPolicy(blocked=Patterns(("forbidden",)))
    await services.policies.change(GUILD, lambda _: blocking, MODERATOR, services.clock.now())
    validated = services.order_service.validate(replace(REQUEST, prompt="for<:bid:42>den fruit"))
    assert validated.prompt == "forbidden fruit"
    with pytest.raises(Refusal, match="prompt-blocked"):
        await services.order(validated)


async def test_an_order_from_before_ids_became_names_is_repeated_with_names(services: Services) -> None:
    await services.catalogue_cache.step()
    record = await services.order(video_request("placeholder"))
    parameters = json.dumps({"negative_prompt": "no <@42>"})
    await services.db.write(
        lambda tx: tx.execute(
            "UPDATE orders SET prompt = 'a portrait of <@42>', parameters = :parameters", {"parameters": parameters}
        )
    )
    await services.send()
    services.oxen.fail(await services.remote_id(record), "overloaded")
    await services.poll()
    again = await services.order_service.repeat(record.order.id, record.order.context, Names(users={42: "Cleo"}))
    assert again.order.request.prompt == "a portrait of Cleo"
    assert again.order.request.parameters == {"negative_prompt": "no Cleo"}


async def test_whatever_way_an_order_comes_no_id_of_discords_leaves(services: Services) -> None:
    record = await services.order(video_request("a portrait of <@42>"))
    assert record.order.request.prompt == "a portrait of someone"

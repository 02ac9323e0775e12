"""A link to a result that is still at the provider, whenever somebody wants one."""

import pytest

from bot.domain.errors import Refusal
from bot.domain.ids import GenerationId
from bot.domain.models.catalogue import MediaKind
from bot.domain.provider import KeyRefused, Rejected, Unavailable
from bot.services.ordering.links import Links
from tests.services.kit import EPHEMERAL, GUILD, MEMBER, OTHER_GUILD, OTHER_MEMBER, Services


@pytest.fixture
def links(services: Services) -> Links:
    return services.links


async def made(services: Services) -> GenerationId:
    record = await services.made()
    return record.generations[0].id


async def refused(links: Links, generation_id: str) -> str:
    with pytest.raises(Refusal) as caught:
        await links.fresh(GenerationId(generation_id))
    return caught.value.key


async def test_each_link_is_the_one_that_works_now(services: Services, links: Links) -> None:
    generation_id = await made(services)
    first = await links.fresh(generation_id)
    services.oxen.kill_links()
    second = await links.fresh(generation_id)
    assert first != second
    assert second == services.oxen.url(next(iter(services.oxen.jobs)))


async def test_after_the_result_was_posted_and_the_bot_began_anew(services: Services) -> None:
    generation_id = await made(services)
    await services.deliver()
    services = await services.killed()
    assert await services.links.fresh(generation_id)


async def test_what_nobody_knows_was_never_sent_or_is_not_made_yet_has_none(services: Services, links: Links) -> None:
    nobodys = GenerationId("0" * 24)
    for asked in (links.fresh(nobodys), links.fresh_in(GUILD, nobodys), links.fresh_for(MEMBER, nobodys)):
        with pytest.raises(Refusal, match="link-unknown"):
            await asked
    assert await refused(links, (await services.order()).generations[0].id) == "link-unknown"
    assert services.oxen.calls == []
    assert await refused(links, (await services.sent()).generations[0].id) == "link-gone"


async def test_after_a_day_the_provider_has_forgotten_it(services: Services, links: Links) -> None:
    generation_id = await made(services)
    services.clock.advance(hours=25)
    assert await refused(links, generation_id) == "link-gone"


@EPHEMERAL
async def test_a_provider_that_keeps_no_rows_has_none(services: Services, links: Links) -> None:
    record = await services.sent()
    services.oxen.finish(await services.remote_id(record))
    assert await refused(links, record.generations[0].id) == "link-gone"


@pytest.mark.parametrize("error", [Unavailable("502"), KeyRefused(401, "no"), Rejected(400, "no")])
async def test_a_provider_in_trouble_is_asked_again_later(services: Services, links: Links, error: Exception) -> None:
    generation_id = await made(services)
    services.oxen.faults.fail("get", error)
    assert await refused(links, generation_id) == "link-later"
    assert await links.fresh(generation_id)


async def test_another_guild_knows_nothing_of_it(services: Services, links: Links) -> None:
    """Whoever has an id may have made a button of it: it leads nowhere but where the order was placed."""
    generation_id = await made(services)
    services.oxen.calls.clear()
    with pytest.raises(Refusal, match="link-unknown"):
        await links.fresh_in(OTHER_GUILD, generation_id)
    with pytest.raises(Refusal, match="link-unknown"):
        await links.fresh_for(OTHER_MEMBER, generation_id)
    assert services.oxen.calls == []
    assert await links.fresh_in(GUILD, generation_id) == await links.fresh_for(MEMBER, generation_id)


async def test_what_a_result_is_is_told_in_its_own_guild_only(services: Services, links: Links) -> None:
    generation_id = await made(services)
    validated = await links.request_in(GUILD, generation_id)
    assert validated is not None
    assert validated.kind is MediaKind.VIDEO
    assert await links.request_in(OTHER_GUILD, generation_id) is None
    assert await links.request_in(GUILD, GenerationId("0" * 24)) is None

"""Styles in their rows: whose is found for whom, how many there may be, and what is left of who is forgotten."""

from datetime import timedelta

import pytest

from bot.domain.errors import Refusal
from bot.domain.ids import NOBODY, ChannelId, GuildId, MessageId, StyleId, UserId
from bot.domain.models.slots import InputKind, Role
from bot.domain.orders.inputs import Attachment, FileLocation
from bot.domain.orders.styles import MOST_OWN, MOST_SHARED
from bot.store.records.privacy import Erasure, LeftGuilds, PrivacyRepository
from bot.store.records.styles import Styles
from tests.fakes.orders import styled
from tests.store.kit import GUILD, MEMBER, MODERATOR, Store

OTHER = GuildId(7)
PICTURE = Attachment(
    kind=InputKind.IMAGE,
    name="input-1.png",
    media_type="image/png",
    size=3,
    url="https://x.example/a",
    role=Role.REFERENCE,
    place=FileLocation(channel_id=ChannelId(1), message_id=MessageId(2), attachment_id=3),
)


@pytest.fixture
def styles(store: Store) -> Styles:
    return Styles(store.db)


async def test_a_style_is_what_was_saved_and_is_found_however_it_is_written(styles: Styles) -> None:
    style = styled(
        "Größe & Co",
        owner=MEMBER,
        template="{prompt}, oil",
        model="kling",
        model_name="Kling",
        settings={"duration": 5},
        more={"loop": True},
        pictures=(PICTURE,),
    )
    assert await styles.save(style) is None
    for name in ("Größe & Co", " GRÖSSE & CO ", style.id):
        assert await styles.get(GUILD, MEMBER, name) == style
    assert await styles.get(GUILD, MODERATOR, "Größe & Co") is None
    assert await styles.get(GUILD, MODERATOR, style.id) is None
    assert await styles.get(OTHER, MEMBER, style.id) is None


async def test_a_name_that_is_there_is_replaced_and_the_old_one_returned(styles: Styles) -> None:
    old, new = styled(owner=MEMBER), styled("OIL", owner=MEMBER, template="{prompt}, thick oil")
    await styles.save(old)
    assert await styles.save(new) == old
    found = await styles.get(GUILD, MEMBER, "oil")
    assert found is not None
    assert (found.id, found.name, found.template) == (old.id, "OIL", new.template)


async def test_ones_own_comes_before_the_servers(styles: Styles) -> None:
    shared = styled(owner=MODERATOR)
    await styles.save(shared)
    await styles.share(shared, MODERATOR, shared.saved_at)
    assert (await styles.get(GUILD, MEMBER, "oil") or shared).owner_id == NOBODY
    own = styled(owner=MEMBER)
    await styles.save(own)
    await styles.save(styled("aquarelle", owner=MEMBER))
    assert await styles.get(GUILD, MEMBER, "oil") == own
    listed = await styles.page(GUILD, MEMBER, limit=25)
    assert [(style.name, style.shared) for style in listed] == [("aquarelle", False), ("oil", False), ("oil", True)]
    with pytest.raises(Refusal, match="style-taken"):
        await styles.share(own, MEMBER, own.saved_at)


async def test_five_hundred_are_paged_searched_and_the_most(styles: Styles) -> None:
    for number in range(MOST_SHARED):
        await styles.save(styled(f"style {number:03}", owner=NOBODY))
    assert await styles.count(GUILD, MEMBER) == MOST_SHARED
    last = await styles.page(GUILD, MEMBER, skipped=496, limit=8)
    assert [style.name for style in last] == ["style 496", "style 497", "style 498", "style 499"]
    assert [style.name for style in await styles.page(GUILD, MEMBER, "LE 49", limit=25)][:1] == ["style 490"]
    assert await styles.page(GUILD, MEMBER, "style_000", limit=25) == []
    with pytest.raises(Refusal, match="style-many"):
        await styles.save(styled("one more", owner=NOBODY))
    own = styled(owner=MEMBER)
    await styles.save(own)
    with pytest.raises(Refusal, match="style-many"):
        await styles.share(own, MEMBER, own.saved_at)
    for number in range(MOST_OWN - 1):
        await styles.save(styled(f"own {number}", owner=MEMBER))
    with pytest.raises(Refusal, match="style-many"):
        await styles.save(styled("too many", owner=MEMBER))
    await styles.save(styled("own 7", owner=MEMBER))  # replaces one


async def test_what_is_deleted_or_shared_by_somebody_else_meanwhile_is_said(styles: Styles) -> None:
    style = styled(owner=MEMBER)
    await styles.save(style)
    assert await styles.delete(style.id)
    assert not await styles.delete(style.id)
    with pytest.raises(Refusal, match="style-unknown"):
        await styles.share(style, MEMBER, style.saved_at)
    assert not await styles.delete(StyleId("no such"))


async def test_forgetting_deletes_a_members_styles_and_keeps_the_servers_without_a_name(
    store: Store, styles: Styles
) -> None:
    rows = PrivacyRepository(store.db)
    own, given, later = (styled(name, owner=MEMBER) for name in ("own", "given", "later"))
    await styles.save(own)
    await styles.save(given)
    await styles.share(given, MEMBER, store.now)
    assert (await rows.holdings(MEMBER)).here(GUILD).styles == 1
    assert {style.name for style in (await rows.beside(MEMBER, GUILD)).styles} == {"own", "given"}
    assert await rows.guilds_of(MEMBER) == [GUILD]
    asked_at = store.now
    await styles.save(styled("later", owner=MEMBER, saved_at=store.now + timedelta(seconds=1)))
    await rows.forget_rest(Erasure(user_id=MEMBER, guild_id=GUILD, asked_at=asked_at), asked_at)
    left = await styles.page(GUILD, MEMBER, limit=9)
    assert [(style.name, style.saved_by) for style in left] == [(later.name, MEMBER), ("given", NOBODY)]


async def test_a_server_that_was_left_loses_them(store: Store, styles: Styles) -> None:
    departures = LeftGuilds(store.db)
    await styles.save(styled(owner=UserId(3)))
    assert await departures.known() == {GUILD}
    await departures.note(GUILD, store.now)
    await departures.purge_rest(GUILD, store.now)
    assert await styles.count(GUILD, UserId(3)) == 0

"""The week's summary: owed once a week, by the guild's own clock, whatever happens to the process."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from bot.chat.settings.views import notice_text
from bot.domain.ids import ChannelId
from bot.domain.records.guild_log import Notice
from bot.settings import LOCALES
from bot.texts import Translations
from tests.fakes.clock import ManualClock
from tests.services.kit import Services
from tests.services.past import ANNE, BERT, GUILD, OTHER_GUILD, Past, S

SUNDAY = datetime(2026, 11, 22, 12, tzinfo=UTC)
LOG = ChannelId(5)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(SUNDAY)


@pytest.fixture
def past(services: Services) -> Past:
    return Past(services)


async def wanted(past: Past, **rules: Any) -> None:
    await past.rule(weekly_summary=True, log_channel=LOG, **rules)


async def owed(past: Past) -> list[Notice]:
    claimed = [await past.notices.claim(key, past.clock.now()) for key, _ in await past.notices.open()]
    return [one for one in claimed if one is not None and one.kind == "weekly"]


async def test_it_is_owed_when_the_week_is_over_and_once(past: Past) -> None:
    await wanted(past)
    await past.made(by=ANNE, took=timedelta(seconds=50))
    await past.made(S.FAILED, by=BERT, model="Veo")
    await past.weekly.step()
    assert await owed(past) == []
    past.clock.advance(hours=12)
    for _ in range(3):  # a restart is nothing else
        await past.weekly.step()
    (notice,) = await owed(past)
    assert notice.id.key == "weekly-2026-W47"
    assert notice.values == {
        "week": "2026-W47", "spent": "0.35", "count": 2, "ready": 1, "failed": "1", "cancelled": "0",
        "rate": "50 %", "half": "50", "most": "50", "model": "Kling", "member": str(ANNE),
    }  # fmt: skip
    past.clock.advance(days=6, hours=23)
    await past.weekly.step()
    assert len(await owed(past)) == 1


async def test_midnight_is_the_guilds(past: Past) -> None:
    await wanted(past, time_zone="Asia/Kathmandu")  # UTC+5:45: Monday begins on Sunday at 18:15
    await past.made()
    past.clock.advance(hours=6, minutes=14)
    await past.weekly.step()
    assert await owed(past) == []
    past.clock.advance(minutes=1)
    await past.weekly.step()
    assert len(await owed(past)) == 1


async def test_a_process_that_was_away_over_midnight_tells_the_week_later(past: Past) -> None:
    await wanted(past)
    await past.made()
    past.clock.advance(days=4)
    await past.weekly.step()
    assert [one.id.key for one in await owed(past)] == ["weekly-2026-W47"]


@pytest.mark.parametrize("rules", [{"weekly_summary": False}, {"log_channel": None}])
async def test_it_is_told_where_it_is_wanted_and_can_be(past: Past, rules: dict[str, Any]) -> None:
    await wanted(past)
    await past.rule(**rules)
    await past.made()
    past.clock.advance(days=1)
    await past.weekly.step()
    assert await owed(past) == []


async def test_a_week_without_orders_is_not_worth_a_word(past: Past) -> None:
    await wanted(past)
    await past.made(guild=OTHER_GUILD)
    past.clock.advance(days=1)
    await past.weekly.step()
    assert await owed(past) == []
    assert not await past.notices.told(GUILD, "weekly-2026-W47")


async def test_a_week_of_failures_has_numbers_too(past: Past) -> None:
    await wanted(past)
    await past.made(S.FAILED)
    past.clock.advance(days=1)
    await past.weekly.step()
    (notice,) = await owed(past)
    assert (notice.values["rate"], notice.values["half"], notice.values["spent"]) == ("0 %", "none", "0")


@pytest.mark.parametrize("language", ["en-US", "de"])
async def test_the_log_channel_can_say_it(past: Past, language: str) -> None:
    await wanted(past)
    await past.made(by=ANNE, took=timedelta(seconds=50), model="A *model*")
    past.clock.advance(days=1)
    await past.weekly.step()
    (notice,) = await owed(past)
    texts = Translations(LOCALES).of(language)
    said = notice_text(notice, texts)
    for words in ("2026-W47", f"**{texts.money(Decimal('0.35'))}**", "100 %", "50 s", f"<@{ANNE}>", r"A \*model\*"):
        assert words in said

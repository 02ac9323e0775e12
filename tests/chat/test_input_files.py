"""What may be put into a card: by what Discord says of the files, before anything is fetched."""

from pathlib import Path
from typing import Any

import pytest

from bot.chat.kit.input_files import DiscordInputFiles
from bot.domain.ids import GuildId
from bot.domain.messenger import Limits
from bot.domain.models.slots import InputKind
from bot.domain.orders.inputs import Attachment
from tests.domain.kit import Refused

MIB = 1024 * 1024
HERE = GuildId(1)
NOBODY: Any = None


@pytest.fixture
def input_files(tmp_path: Path) -> DiscordInputFiles:
    async def limits(_: GuildId) -> Limits:
        return Limits(file_bytes=20 * MIB, total_bytes=25 * MIB)

    return DiscordInputFiles(NOBODY, lambda: NOBODY, limits, tmp_path)


def file(size: int, url: str = "https://cdn.discordapp.com/attachments/1/2/fox.png") -> Attachment:
    return Attachment(kind=InputKind.IMAGE, name="fox.png", media_type="image/png", size=size, url=url)


async def test_what_fits_into_the_card_may_come(input_files: DiscordInputFiles) -> None:
    await input_files.check([file(20 * MIB), file(5 * MIB)], HERE)
    await input_files.check([file(1)] * 10, HERE)


async def test_what_does_not_fit_is_refused(input_files: DiscordInputFiles) -> None:
    with Refused("input-files-large", given="fox.png", limit="20"):
        await input_files.check([file(20 * MIB + 1)], HERE)
    with Refused("input-files-total", limit="25"):
        await input_files.check([file(15 * MIB), file(15 * MIB)], HERE)
    with Refused("input-files-many", given=11, max=10):
        await input_files.check([file(1)] * 11, HERE)


async def test_a_result_of_ours_that_stays_where_it_is_counts_for_nothing(input_files: DiscordInputFiles) -> None:
    await input_files.check([file(900 * MIB, "drover-result:0123456789abcdefghjkmnpq")], HERE)


async def test_what_is_elsewhere_is_not_fetched(input_files: DiscordInputFiles) -> None:
    """Whatever came in that is not at Discord: no request leaves, and it is handed on as it is."""
    foreign = file(1, "http://127.0.0.1:1/secret.png")
    async with input_files.fetched([foreign], HERE) as files:
        assert files.attachments == (foreign,)
        assert files.paths == {}

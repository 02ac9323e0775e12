"""What keeps the bot from starting, said in one line that names the setting."""

import logging
import socket
from datetime import timedelta

import aiohttp
import pytest

from bot.app import StartError, check_logins
from sandbox.discord.calls import Refused
from sandbox.oxen.catalogue import Catalogue
from sandbox.oxen.faults import Fault
from tests.e2e.kit import ENQUEUE, Harness, Stages

FILM_CLUB, VIDEO_LAB = 1150000000000000100, 1150000000000000111

_ROWS = [model.row for model in Catalogue.from_file().all()]
_WRITER = {"id": "a-writer", "display_name": "A Writer", "capabilities": {"input": ["text"], "output": ["text"]}}


async def test_a_healthy_start_warns_of_nothing(stages: Stages) -> None:
    harness = await stages()
    await harness.log.wait("event stream up")
    await harness.stop()
    assert [record.getMessage() for record in harness.log.records if record.levelno >= logging.WARNING] == []


async def test_a_model_that_writes_text_cannot_be_ordered(stages: Stages) -> None:
    harness = await stages(oxen={"catalogue": Catalogue([*_ROWS, _WRITER])})
    text = await harness.refusal(await harness.order("a fox", model="a-writer"))
    assert "under **model**" in text
    assert harness.oxen.traffic.counts[ENQUEUE] == 0
    offered = await harness.community.autocomplete(
        user="Bo", channel="video-lab", command="video", focused="model", value="writer"
    )
    assert offered == []


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("DROVER_DATABASE_URL", "sqlite:////proc/drover/drover.sqlite3"),
        ("DROVER_DATABASE_URL", "sqlite:////dev/null/drover.sqlite3"),
        ("DROVER_WORK_DIR", "/proc/drover"),
        ("DROVER_WORK_DIR", "/dev/null"),
    ],
)
async def test_a_place_where_nothing_can_be_written(stages: Stages, variable: str, value: str) -> None:
    harness = await stages(start=False, **{variable: value})
    with pytest.raises(StartError, match=f"^{variable}: cannot write in /") as refused:
        await harness.start()
    assert refused.value.setting


async def test_the_port_for_health_is_taken(stages: Stages) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        harness = await stages(start=False, DROVER_HEALTH_PORT=port)
        with pytest.raises(StartError, match=f"^DROVER_HEALTH_PORT: cannot listen on port {port} "):
            await harness.start()


async def test_a_start_without_discord_says_so(stages: Stages) -> None:
    harness = await stages(start=False)
    for wrong in (f"{harness.oxen.url}/api/v10", "http://127.0.0.1:1"):
        harness.options["DISCORD_API_URL"] = wrong
        with pytest.raises(StartError, match=f"^DISCORD_API_URL: no Discord answers at {wrong}"):
            await harness.start()


async def test_a_token_that_discord_does_not_know(stages: Stages) -> None:
    harness = await stages(start=False, DISCORD_TOKEN="wrong")
    with pytest.raises(StartError, match=r"^DISCORD_TOKEN: Discord does not accept this token"):
        await harness.start()


async def test_a_start_while_oxen_does_not_tell_its_models(stages: Stages) -> None:
    """They are known from the last time, and can be found and ordered."""
    harness = await stages()
    await harness.stop()
    harness.break_oxen(Fault(on="models", kind="status", value=503))
    mark = len(harness.log.records)
    await harness.start(catalogue=False)
    await harness.log.wait("catalogue not fetched", after=mark, kept=True)
    offered = await harness.community.autocomplete(
        user="Bo", channel="video-lab", command="video", focused="model", value="kling 2.6"
    )
    assert offered
    asked = await harness.order("a heron", model="kling-video-v2-6-pro-text-to-video")
    assert await harness.result(asked)


async def test_a_model_that_is_gone_since_the_last_time(stages: Stages) -> None:
    catalogue, gone = Catalogue(_ROWS), "kling-video-v2-6-pro-text-to-video"
    harness = await stages(oxen={"catalogue": catalogue})
    await harness.stop()
    catalogue.remove(gone)
    await harness.start()
    (told,) = harness.log.find("model gone")
    assert vars(told)["model"] == gone
    text = await harness.refusal(await harness.order("a heron", model=gone))
    assert "Oxen.ai has not offered" in text
    assert "The nearest to it is" in text
    assert harness.oxen.traffic.counts[ENQUEUE] == 0


# The commands.

REGISTER = "PUT /applications/{application_id}/commands"


async def from_elsewhere(harness: Harness, commands: list[dict[str, object]], guild: int | None = None) -> None:
    """Another program with the same token registers these in place of whatever is there."""
    where = f"/guilds/{guild}" if guild is not None else ""
    url = f"{harness.discord.url}/api/v10/applications/{harness.discord.application_id}{where}/commands"
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bot {harness.discord.token}"}) as session,
        session.put(url, json=commands) as answer,
    ):
        assert answer.status == 200, await answer.text()


async def registrations(harness: Harness) -> int:
    return int((await harness.community.requests())["counts"].get(REGISTER, 0))


async def test_commands_that_discord_has_are_not_registered_again(stages: Stages) -> None:
    harness = await stages()
    assert await registrations(harness) == 1
    await harness.stop()
    await harness.start()
    assert await registrations(harness) == 1


@pytest.mark.parametrize(
    "theirs",
    [
        [],
        [{"name": "video", "description": "made by somebody else"}],
        [{"name": "imagine", "description": "of an older program"}],
        [{"name": "Imagine", "type": 2}],
    ],
    ids=["removed", "changed", "foreign", "menu"],
)
async def test_commands_that_somebody_else_changed_are_registered_at_the_next_start(
    stages: Stages, theirs: list[dict[str, object]]
) -> None:
    harness = await stages()
    await harness.stop()
    await from_elsewhere(harness, theirs)
    before = await registrations(harness)
    await harness.start()
    assert await registrations(harness) == before + 1
    await harness.result(await harness.order("a fox"))
    with pytest.raises(Refused):
        await harness.community.invoke(user="Bo", channel="video-lab", command="imagine")


async def test_a_command_that_an_older_program_left_in_a_server(stages: Stages) -> None:
    harness = await stages()
    text = {"name": "words", "description": "in words", "type": 3, "required": True}
    await from_elsewhere(
        harness,
        [
            {"name": "imagine", "description": "of an older program", "options": [text]},
            {"name": "video", "description": "ours, as it was once", "options": [text]},
            {"name": "Remix", "type": 3},
        ],
        guild=FILM_CLUB,
    )
    gone = await harness.community.invoke(
        user="Bo", channel="video-lab", command="imagine", options={"words": "a fox"}, locale="en-US"
    )
    assert "“imagine” is gone" in await harness.refusal(gone)
    found = await harness.result(await harness.order("a fox", command="image"))
    menu = await harness.community.invoke(
        user="Bo", channel="video-lab", command="Remix", kind=3, target=found.id, locale="en-US"
    )
    assert "“Remix” is gone" in await harness.refusal(menu)
    assert harness.log.troubles() == []


async def test_suggestions_for_a_command_that_is_gone(stages: Stages) -> None:
    harness = await stages()
    text = {"name": "words", "description": "in words", "type": 3, "autocomplete": True}
    await from_elsewhere(
        harness, [{"name": "imagine", "description": "of an older program", "options": [text]}], guild=FILM_CLUB
    )
    assert (
        await harness.community.autocomplete(user="Bo", channel="video-lab", command="imagine", focused="words") == []
    )
    assert harness.log.troubles() == []


async def test_controls_that_an_older_program_left_in_a_message(stages: Stages) -> None:
    harness = await stages()
    button = {"type": 2, "style": 1, "label": "Vary", "custom_id": "mj:vary:3"}
    options = [{"label": "wide", "value": "wide"}]
    select = {"type": 3, "custom_id": "drover:shape", "placeholder": "Shape", "options": options}
    url = f"{harness.discord.url}/api/v10/channels/{VIDEO_LAB}/messages"
    rows = [{"type": 1, "components": [each]} for each in (button, select)]
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bot {harness.discord.token}"}) as session,
        session.post(url, json={"content": "of an older program", "components": rows}) as answer,
    ):
        message = (await answer.json())["id"]
    pressed = await harness.community.press(user="Bo", message_id=message, label="Vary", locale="en-US")
    assert "does nothing any more" in await harness.refusal(pressed)
    chosen = await harness.community.press(user="Bo", message_id=message, label="Shape", values=["wide"], locale="de")
    assert "tut nichts mehr" in await harness.refusal(chosen)
    assert harness.log.troubles() == []


# Limits of the platform.


def test_discord_allows_no_more_logins(caplog: pytest.LogCaptureFixture) -> None:
    reset_after = timedelta(seconds=150)
    with pytest.raises(StartError, match=r"no more logins for now \(1000 in 24 hours\); start it again in 3 minutes"):
        check_logins(0, 1000, reset_after)
    with pytest.raises(StartError, match="7 more logins, and not the 8 that are needed"):
        check_logins(7, 1000, reset_after, wanted=8)
    assert check_logins(99, 1000, timedelta(hours=16.5), wanted=4) == timedelta(minutes=40)  # what is left lasts a day
    assert check_logins(100, 1000, reset_after) == timedelta(0)
    assert [record.getMessage() for record in caplog.records] == ["few logins left"]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (4004, "DISCORD_TOKEN: Discord does not accept this token any more"),
        (4010, "same number of shards"),
        (4011, "as many as Discord recommends"),
        (4012, "update Drover"),
        (4014, "update Drover"),
    ],
)
async def test_discord_ends_the_connection_for_good(stages: Stages, code: int, said: str) -> None:
    harness = await stages()
    await harness.community.disturb_gateway("close", code=code)
    with pytest.raises(StartError, match=said) as ended:
        await harness.over()
    assert ended.value.setting == (code == 4004)

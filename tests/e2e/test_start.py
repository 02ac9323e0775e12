"""What keeps the bot from starting, said in one line that names the setting."""

import logging
import socket

import pytest

from bot.app import StartError
from sandbox.oxen.catalogue import Catalogue
from sandbox.oxen.faults import Fault
from tests.e2e.kit import ENQUEUE, Stages

_ROWS = [model.row for model in Catalogue.from_file().all()]
_WRITER = {"id": "a-writer", "display_name": "A Writer", "capabilities": {"input": ["text"], "output": ["text"]}}


async def test_a_healthy_start_warns_of_nothing(stages: Stages) -> None:
    stage = await stages()
    await stage.log.wait("event stream up")
    await stage.stop()
    assert [record.getMessage() for record in stage.log.records if record.levelno >= logging.WARNING] == []


async def test_a_model_that_writes_text_cannot_be_ordered(stages: Stages) -> None:
    stage = await stages(oxen={"catalogue": Catalogue([*_ROWS, _WRITER])})
    text = await stage.refusal(await stage.order("a fox", model="a-writer"))
    assert "under **model**" in text
    assert stage.oxen.traffic.counts[ENQUEUE] == 0
    offered = await stage.community.autocomplete(
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
    stage = await stages(start=False, **{variable: value})
    with pytest.raises(StartError, match=f"^{variable}: cannot write in /") as refused:
        await stage.start()
    assert refused.value.setting


async def test_the_port_for_health_is_taken(stages: Stages) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        stage = await stages(start=False, DROVER_HEALTH_PORT=port)
        with pytest.raises(StartError, match=f"^DROVER_HEALTH_PORT: cannot listen on port {port} "):
            await stage.start()


async def test_no_discord_answers_there(stages: Stages) -> None:
    stage = await stages(start=False)
    for wrong in (f"{stage.oxen.url}/api/v10", "http://127.0.0.1:1"):
        stage.options["DISCORD_API_URL"] = wrong
        with pytest.raises(StartError, match=f"^DISCORD_API_URL: no Discord answers at {wrong}"):
            await stage.start()


async def test_a_token_that_discord_does_not_know(stages: Stages) -> None:
    stage = await stages(start=False, DISCORD_TOKEN="wrong")
    with pytest.raises(StartError, match=r"^DISCORD_TOKEN: Discord does not accept this token"):
        await stage.start()


@pytest.mark.parametrize("code", [4004, 4014])
async def test_discord_ends_the_connection_for_good(stages: Stages, code: int) -> None:
    stage = await stages()
    await stage.community.disturb_gateway("close", code=code)
    with pytest.raises(StartError, match="Discord closed the connection for good"):
        await stage.over()


async def test_a_start_while_oxen_does_not_tell_its_models(stages: Stages) -> None:
    """They are known from the last time, and can be found and ordered."""
    stage = await stages()
    await stage.stop()
    stage.break_oxen(Fault(on="models", kind="status", value=503))
    mark = len(stage.log.records)
    await stage.start(catalogue=False)
    await stage.log.wait("catalogue not fetched", after=mark, kept=True)
    offered = await stage.community.autocomplete(
        user="Bo", channel="video-lab", command="video", focused="model", value="kling 2.6"
    )
    assert offered
    asked = await stage.order("a heron", model="kling-video-v2-6-pro-text-to-video")
    assert await stage.result(asked)


async def test_a_model_that_is_gone_since_the_last_time(stages: Stages) -> None:
    catalogue, gone = Catalogue(_ROWS), "kling-video-v2-6-pro-text-to-video"
    stage = await stages(oxen={"catalogue": catalogue})
    await stage.stop()
    catalogue.remove(gone)
    await stage.start()
    (told,) = stage.log.find("model gone")
    assert vars(told)["model"] == gone
    text = await stage.refusal(await stage.order("a heron", model=gone))
    assert "Oxen.ai has not offered" in text
    assert "The nearest to it is" in text
    assert stage.oxen.traffic.counts[ENQUEUE] == 0

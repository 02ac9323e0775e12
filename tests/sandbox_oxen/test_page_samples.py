"""The samples of the provider's pages, played as they stand but for the host, the key and the files that they name.

`tests/data/oxen/samples.md` says where they come from. The provider's own files, and those of example.com, are files of
a host beside the stand-in.
"""

import asyncio
import json
import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.oxen.catalogue import Catalogue
from tests.sandbox_oxen.files import Cdn
from tests.sandbox_oxen.support import Client, Start

FOLDER = Path(__file__).parents[1] / "data" / "oxen"
HOST = "https://hub.oxen.ai"
FILE = re.compile(r"https://(?:example\.com|hub\.oxen\.ai/api/repos)/[\w./-]+\.(\w+)")
FILES = {"mp4": "film.mp4", "mp3": "sound.wav"}
PRELUDE = "import time as _time; _sleep = _time.sleep; _time.sleep = lambda seconds: _sleep(seconds / 50)\n"
LINK = re.compile(r"https?://\S+/results/\S+")
# The provider draws placeholders for the pages; an element without its picture is one that no model could take.
EMPTY = {"elements": [{}]}


def blocks() -> Iterator[Any]:
    page = ""
    for match in re.finditer(
        r"^## ([^\n]*)$|^```(\w+)\n(.*?)^```", (FOLDER / "samples.md").read_text("utf-8"), re.MULTILINE | re.DOTALL
    ):
        if match[1]:
            page = match[1]
        else:
            yield pytest.param(match[2], match[3], id=f"{page.rpartition('/')[2]}-{match[2]}-{match.start()}")


def bodies() -> Iterator[tuple[str, dict[str, Any]]]:
    """(path, body) of every sample of the models' pages."""
    for model, page in json.loads((FOLDER / "samples.json").read_text("utf-8")).items():
        for names in (page["all"].keys(), *page["less"]):
            yield f"/api/ai/{page['call']}", {"model": model} | {name: page["all"][name] for name in names}


def nearby(text: str, cdn: Cdn) -> str:
    return FILE.sub(lambda match: cdn.url(FILES.get(match[1], "picture.png")), text)


async def run(language: str, text: str, client: Client) -> str:
    """What the sample prints when it runs to its end, without a complaint."""
    script = text.replace(HOST, client.sandbox.url).replace("YOUR_API_KEY", "sandbox")
    quick = "sleep() { command sleep 0.1; }\n" if language == "bash" else PRELUDE
    command = ["bash", "-eu", "-c"] if language == "bash" else [sys.executable, "-c"]
    process = await asyncio.create_subprocess_exec(
        *command,
        quick + script,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "OXEN_API_KEY": "sandbox"},
    )
    out, errors = await process.communicate()
    complaints = [line for line in errors.decode().splitlines() if "Error" in line or "error" in line]
    assert (process.returncode, complaints) == (0, []), errors.decode()
    return out.decode()


@pytest.mark.parametrize(("language", "text"), list(blocks()))
async def test_a_sample_of_a_page_runs_to_its_end(start: Start, cdn: Cdn, language: str, text: str) -> None:
    if language == "bash" and not all(shutil.which(tool) for tool in ("bash", "curl", "jq", "awk")):
        pytest.skip("the provider's shell samples need curl, jq and awk")
    # Those that listen to events do so after they have ordered: a run takes a second or so. Some kinds of awk read what
    # comes through a pipe only once there are some kilobytes of it, hence so many keep-alives.
    pace: dict[str, float] = {"speed": 10, "keep_alive": 0.005} if "/api/events" in text else {"speed": 1000}
    client = await start(**pace)
    said = await run(language, nearby(text, cdn), client)
    rows = client.sandbox.generations.all()
    for row in rows:
        await client.sandbox.finished(row.id)
    ended = {row.state.value for row in client.sandbox.generations.all()}
    assert ended == {"succeeded"}, [row.error for row in client.sandbox.generations.all()]
    if "print(" in text or language == "bash":
        assert LINK.search(said) or "queued" in said, said


def test_every_block_is_found() -> None:
    assert len(list(blocks())) == 13


def test_there_is_a_sample_of_every_model_that_has_a_page() -> None:
    told = {body["model"] for _, body in bodies()}
    assert {model.id for model in Catalogue.from_file().all()} - told == {"kling-video-o3-pro-reference-to-video"}


@pytest.mark.parametrize("queued", [False, True], ids=["blocking", "queued"])
async def test_every_sample_of_the_models_pages_is_accepted(start: Start, cdn: Cdn, queued: bool) -> None:
    client = await start()
    files = {"PICTURE": cdn.url("picture.png"), "FILM": cdn.url("film.mp4")}
    for path, body in bodies():
        sent = json.loads(
            nearby(json.dumps(body), cdn).replace("PICTURE", files["PICTURE"]).replace("FILM", files["FILM"])
        )
        if queued:
            answer = await client.call("POST", "/api/ai/queue", sent)
            assert answer.status == 200, (answer.body, sent)
            row = await client.ended(answer.body["generations"][0]["generation_id"])
            problem = row.get("error_message", "")
        else:
            answer = await client.call("POST", path, sent)
            problem = answer.body.get("error", {}).get("message", "")
        wanted = "Field required" if EMPTY.items() <= sent.items() and "o3-pro" in sent["model"] else ""
        assert problem == wanted, sent

"""The samples of the older pages, run against the stand-in with nothing but host and key replaced.

`tests/data/oxen/seed_samples.md` has them. `time.sleep` is shortened from outside, the text stays as it is.
"""

import asyncio
import re
import sys
from pathlib import Path

import pytest

from sandbox.oxen.render.renderer import MediaRenderer
from tests.sandbox_oxen.support import Client, Start

FILE = Path(__file__).parents[1] / "data" / "oxen" / "seed_samples.md"
HOST, KEY = "https://hub.oxen.ai", "YOUR_API_KEY"
PRELUDE = "import time as _time; _sleep = _time.sleep; _time.sleep = lambda seconds: _sleep(seconds / 200)\n"
BLOCK = re.compile(r"^## (\d+)$|^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
# How many blocks of Python each page has, so that none is missed.
BLOCKS = {"000": 2, "001": 3, "002": 2, "003": 2, "004": 2}
# The edition that each page was written for.
DIALECT = {"000": "persistent", "002": "persistent", "003": "persistent", "004": "ephemeral"}
# What the three samples of the page on the ephemeral queue end with, and how many outputs they pay for.
EPHEMERAL = [("All images generated!\n", 4), ("'status': 'processing'}]}\n", 1), ("(or cancelled/expired)\n", 0)]


def samples(number: str) -> list[str]:
    """The Python of a page, block by block."""
    page, found = "", list[str]()
    for match in BLOCK.finditer(FILE.read_text(encoding="utf-8")):
        page = match[1] or page
        if page == number and match[2]:
            found.append(match[2])
    return found


def scripts() -> list[object]:
    """In the queue's pages the second block goes on where the first ended; elsewhere each stands alone."""
    listed = [(number, ["\n".join(samples(number))]) for number in ("000", "002")] + [
        (number, samples(number)) for number in ("003", "004")
    ]
    return [
        pytest.param(DIALECT[number], script, id=f"{number}-{i}")
        for number, parts in listed
        for i, script in enumerate(parts)
    ]


async def output(client: Client, script: str) -> str:
    """What the sample prints when it runs against the stand-in to its end, without a complaint."""
    assert HOST in script
    text = script.replace(HOST, client.sandbox.url).replace(KEY, "sandbox")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PRELUDE + text, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, errors = await process.communicate()
    assert (process.returncode, errors.decode()) == (0, "")
    return out.decode()


def test_every_sample_is_found() -> None:
    assert {number: len(samples(number)) for number in BLOCKS} == BLOCKS


@pytest.mark.parametrize(("dialect", "script"), scripts())
async def test_a_sample_of_the_provider_runs_to_its_result(start: Start, dialect: str, script: str) -> None:
    client = await start(speed=1000, dialect=dialect, renderer=MediaRenderer(sketch=True))
    assert f": {client.sandbox.url}/results/" in await output(client, script)
    assert len(client.sandbox.ledger.account("sandbox").charges) == 1


async def test_a_sample_runs_in_the_browse_dialect_too(start: Start) -> None:
    client = await start(speed=1000, dialect="browse")
    assert f": {client.sandbox.url}/results/" in await output(client, "\n".join(samples("002")))


async def test_the_older_page_s_samples_run_in_the_ephemeral_dialect(start: Start) -> None:
    for script, (end, paid) in zip(samples("001"), EPHEMERAL, strict=True):
        client = await start(speed=1000, dialect="ephemeral")
        assert (await output(client, script)).endswith(end)
        for entry in client.sandbox.traffic.accepted:
            for each in entry["generation_ids"]:
                await client.sandbox.finished(each)
        assert len(client.sandbox.ledger.account("sandbox").charges) == paid

"""The provider's own samples, run against the stand-in with nothing but host and key replaced.

They are read from the folder of the provider's pages when it lies beside the checkout; without it there is
nothing to collect. `time.sleep` is shortened from outside, the text stays as it is.
"""

import asyncio
import re
import sys
import textwrap
from pathlib import Path

import pytest

from sandbox.oxen.render.studio import Studio
from tests.sandbox_oxen.support import Client, Start

PAGES = Path(__file__).parents[3] / "shared" / "seeds"
HOST, KEY = "https://hub.oxen.ai", "YOUR_API_KEY"
PRELUDE = "import time as _time; _sleep = _time.sleep; _time.sleep = lambda seconds: _sleep(seconds / 200)\n"
FENCED = re.compile(r"```python[^\n]*\n(.*?)```", re.DOTALL)
# The page copied as text has no fences: code runs from an import to the prose that follows.
BARE = re.compile(r"^(?:import .*?)(?=^[A-Z][a-z]+(?: |$)|\Z)", re.DOTALL | re.MULTILINE)
# How many blocks of Python each page has, so that none is missed when the way of finding them changes.
BLOCKS = {"000": 2, "001": 3, "002": 2, "003": 2, "004": 2}
# The edition that each page was written for.
DIALECT = {"000": "persistent", "002": "persistent", "003": "persistent", "004": "ephemeral"}
# What the three samples of the page on the ephemeral queue end with, and how many outputs they pay for.
EPHEMERAL = [("All images generated!\n", 4), ("'status': 'processing'}]}\n", 1), ("(or cancelled/expired)\n", 0)]


def samples(number: str) -> list[str]:
    """The Python of a page, one script for each run of blocks that belong together."""
    found = sorted(PAGES.glob(f"{number}_*.txt"))
    if not found:
        return []
    text = found[0].read_text(encoding="utf-8")
    blocks = [textwrap.dedent(block) for block in FENCED.findall(text)]
    return blocks or [block.strip() for block in BARE.findall(text)]


def scripts() -> list[object]:
    """In the queue's pages the second block goes on where the first ended; elsewhere each stands alone."""
    listed = [(number, ["\n".join(samples(number))]) for number in ("000", "002")] + [
        (number, samples(number)) for number in ("003", "004")
    ]
    return [
        pytest.param(DIALECT[number], script, id=f"{number}-{i}")
        for number, parts in listed
        for i, script in enumerate(parts)
        if script.strip()
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


if SCRIPTS := scripts():

    def test_every_sample_is_found() -> None:
        assert {number: len(samples(number)) for number in BLOCKS} == BLOCKS

    @pytest.mark.parametrize(("dialect", "script"), SCRIPTS)
    async def test_a_sample_of_the_provider_runs_to_its_result(start: Start, dialect: str, script: str) -> None:
        client = await start(speed=1000, dialect=dialect, renderer=Studio())
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

"""What the browser loads is in the checkout; it is what its sources give, small, and names no other place."""

import gzip
import hashlib
import json
import re
from pathlib import Path

import pytest

from sandbox.demo.processes import ROOT
from sandbox.discord.page import BUILT
from sandbox.discord.page.make import HERE, NotMade, make, node

_NO_REGISTRY = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ENETUNREACH", "EHOSTUNREACH")
_LIMIT = 300_000


def sources() -> list[str]:
    """As build.mjs counts them."""
    listed = [str(one.relative_to(HERE)) for one in (HERE / "src").rglob("*") if one.is_file()]
    return sorted([*listed, "build.mjs", "package.json", "package-lock.json", "tsconfig.json"])


def test_the_page_is_made_of_these_sources() -> None:
    """`make page` makes it anew."""
    digest = hashlib.sha256()
    for name in sources():
        digest.update(f"{name}\0".encode() + (HERE / name).read_bytes() + b"\0")
    assert (BUILT / "sources.sha256").read_text().strip() == digest.hexdigest()


def test_the_page_is_small_and_asks_nobody_else() -> None:
    assert sum(len(gzip.compress(one.read_bytes())) for one in BUILT.iterdir()) < _LIMIT
    for name in ("page.js", "page.css", "index.html"):
        text = (BUILT / name).read_text(encoding="utf-8")
        found = set(re.findall(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}", text))
        assert {one for one in found if "w3.org" not in one} == set(), name


def test_the_lock_has_hashes_and_no_hosts() -> None:
    lock = (HERE / "package-lock.json").read_text()
    assert '"resolved"' not in lock
    assert lock.count('"integrity"') >= 8


def test_each_promise_has_its_line_backstage() -> None:
    """In the README's words and order."""
    table = (ROOT / "README.md").read_text(encoding="utf-8").split("## What it promises")[1].split("\n## ")[0]
    promised = [row.split("|")[1].strip() for row in table.splitlines() if row.startswith("|")][2:]
    told = json.loads((ROOT / "sandbox" / "play" / "promises.json").read_text(encoding="utf-8"))
    assert [one["when"]["en"] for one in told] == promised
    assert all(one[part][language] for one in told for part in ("when", "watch") for language in ("en", "de"))


@pytest.mark.waits
def test_a_build_gives_the_same_bytes(tmp_path: Path) -> None:
    """Types and lint are checked on the way. Skipped where there is no Node, or no registry to get its tools from."""
    runtime = node()
    if runtime is None:
        pytest.skip("Node is not installed here")
    try:
        make(runtime, tmp_path)
    except NotMade as trouble:
        if any(word in str(trouble) for word in _NO_REGISTRY):
            pytest.skip("the registry of JavaScript packages cannot be reached")
        raise
    made = {one.name: one.read_bytes() for one in tmp_path.iterdir()}
    assert made == {one.name: one.read_bytes() for one in BUILT.iterdir()}

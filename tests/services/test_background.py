"""The page that lists the loops lists all of them."""

import re
from pathlib import Path

from tests.services.kit import Services

PAGE = Path(__file__).parents[2] / "docs" / "architecture.md"


def test_the_page_has_every_loop(services: Services) -> None:
    _, _, after = PAGE.read_text(encoding="utf-8").partition("## The loops")
    table, _, _ = after.partition("\n## ")
    rows = re.findall(r"^\| ([\w ]+) \|", table, re.MULTILINE)
    assert sorted(rows) == sorted(["loop", *services.background.loops])

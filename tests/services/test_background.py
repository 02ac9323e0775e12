"""The page that lists the loops lists all of them."""

import re
from pathlib import Path

from bot.domain.ids import IdMaker
from bot.services.engine import Engine, Policy
from bot.services.wallet.billing import Hospitality
from bot.store.database import Database
from tests.fakes.clock import ManualClock
from tests.fakes.messenger import FakeMessenger
from tests.fakes.oxen import FakeOxen
from tests.fakes.parts import parts

PAGE = Path(__file__).parents[2] / "docs" / "architecture.md"


def test_the_page_has_every_loop(db: Database, oxen: FakeOxen, clock: ManualClock, tmp_path: Path) -> None:
    policy = Policy(hospitality=Hospitality(), preferred={}, work_dir=tmp_path)
    engine = Engine(
        **parts(db, oxen), messenger=FakeMessenger(clock), clock=clock, new_id=IdMaker(clock), policy=policy
    )
    _, _, after = PAGE.read_text(encoding="utf-8").partition("## The loops")
    table, _, _ = after.partition("\n## ")
    rows = re.findall(r"^\| ([\w ]+) \|", table, re.MULTILINE)
    assert sorted(rows) == sorted(["loop", *engine.background.loops])

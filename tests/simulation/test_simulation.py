"""Nothing is lost, posted twice or paid for twice: thousands of seeds, and proof that they bite.

A failing seed is printed with the line that replays it. Sets go in the order of PYTHONHASHSEED, which `make` sets.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.simulation.invariants import check
from tests.simulation.mutants import MUTANTS, OF_SEVERAL, hunt
from tests.simulation.run import make_template, simulate
from tests.simulation.several import simulate_several

SEEDS = int(os.environ.get("SEEDS", "1000"))
# In how many tests; with several processes one seed of ten is played, which takes five times as long as with one.
PLAYS = {"one": (simulate, SEEDS, 20), "several": (simulate_several, SEEDS // 10, 5)}


@pytest.mark.timeout(0 if SEEDS > 10_000 else 300)
@pytest.mark.parametrize(
    ("processes", "chunk"), [(name, chunk) for name, (_, _, chunks) in PLAYS.items() for chunk in range(chunks)]
)
def test_every_invariant_holds_whatever_happens(processes: str, chunk: int, tmp_path: Path) -> None:
    (play, seeds, chunks), template = PLAYS[processes], make_template()
    for seed in range(chunk * seeds // chunks, (chunk + 1) * seeds // chunks):
        run = play(seed, tmp_path, template)
        problems = check(run)
        run.database.unlink()
        again = f"PYTHONHASHSEED={os.environ.get('PYTHONHASHSEED', 'random')} python -m {play.__module__} {seed}"
        assert not problems, f"seed {seed} ({again}):\n" + "\n".join(problems)


@pytest.mark.parametrize("processes", PLAYS)
def test_a_seed_replays_to_the_letter(processes: str, tmp_path: Path) -> None:
    play, template = PLAYS[processes][0], make_template()
    first, second = (play(17, tmp_path, template) for _ in range(2))

    assert (first.lives, first.steps, first.world.timeline.seconds) == (
        second.lives,
        second.steps,
        second.world.timeline.seconds,
    )
    assert first.discord.sent == second.discord.sent


@pytest.mark.tool
@pytest.mark.timeout(300)
@pytest.mark.parametrize("mutant", [*MUTANTS, *OF_SEVERAL], ids=lambda mutant: mutant.__name__)
def test_the_simulation_catches(mutant: Callable[[], Any]) -> None:
    assert hunt(mutant) is not None

"""Nothing is lost, posted twice or paid for twice: thousands of seeds, and proof that they bite.

A failing seed is printed with the line that replays it. Sets go in the order of PYTHONHASHSEED, which `make` sets.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.simulation.invariants import check
from tests.simulation.mutants import MUTANTS, hunt
from tests.simulation.run import make_template, simulate

SEEDS = int(os.environ.get("SEEDS", "1000"))
CHUNKS = 20


@pytest.mark.timeout(0 if SEEDS > 10_000 else 300)
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_every_invariant_holds_whatever_happens(chunk: int, tmp_path: Path) -> None:
    template = make_template()
    for seed in range(chunk * SEEDS // CHUNKS, (chunk + 1) * SEEDS // CHUNKS):
        run = simulate(seed, tmp_path, template)
        problems = check(run)
        run.database.unlink()
        again = f"PYTHONHASHSEED={os.environ.get('PYTHONHASHSEED', 'random')} python -m tests.simulation.run {seed}"
        assert not problems, f"seed {seed} ({again}):\n" + "\n".join(problems)


def test_a_seed_replays_to_the_letter(tmp_path: Path) -> None:
    template = make_template()
    first, second = (simulate(17, tmp_path, template) for _ in range(2))

    assert (first.lives, first.steps, first.world.timeline.seconds) == (
        second.lives,
        second.steps,
        second.world.timeline.seconds,
    )
    assert first.discord.sent == second.discord.sent


@pytest.mark.timeout(300)
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_the_simulation_catches(mutant: Callable[[], Any]) -> None:
    assert hunt(mutant) is not None

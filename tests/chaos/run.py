"""python -m tests.chaos.run --rounds N [--seed S]: three real processes, real kills, one line for each round.

With --postgres, and no rounds, a campaign: so many orders while several processes are killed, and a table at the end.

Stages are raised anew every few rounds, each with a seed of its own; a violation ends with exit code 1 and with the
command that plays the same schedule again. The schedule is the seed's; what the processes make of it is theirs.
"""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Coroutine
from contextlib import aclosing
from functools import partial
from pathlib import Path
from typing import Any

import click

from bot.store.postgres.membership import LAPSE
from sandbox.demo.processes import ROOT, Processes
from tests.chaos import campaign as campaigns
from tests.chaos.campaign import Campaign
from tests.chaos.harness import Crew
from tests.chaos.rounds import play

BATCH = 5  # rounds on one stage
_ROUNDS = 100
_LAPSE = 2.0  # seconds
_BEFORE = "before"


@click.command()
@click.option("--rounds", type=click.IntRange(1), help=f"{_ROUNDS}, or with --postgres one campaign instead.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the first stage; the next has the next.")
@click.option("--wait", is_flag=True, help="Wait, on each stage, for orders that never arrived to be declared absent.")
@click.option("--postgres", is_flag=True, help="On a PostgreSQL, with several processes of the bot.")
@click.option("--processes", type=click.IntRange(2), default=5, show_default=True, help="With --postgres: how many.")
@click.option(
    "--lapse",
    type=float,
    help=f"With --postgres: seconds after which one is gone; {LAPSE:g}, as it is, or {_LAPSE:g} in rounds.",
)
@click.option("--orders", type=click.IntRange(10), default=10_000, show_default=True, help="Of a campaign.")
@click.option("--kills", type=click.IntRange(1), default=100, show_default=True, help="Of a campaign.")
@click.option("--rate", type=float, default=12.0, show_default=True, help="Of a campaign: orders a second.")
@click.option(
    "--upgrade-from",
    metavar="[COMMIT]",
    is_flag=False,
    flag_value=_BEFORE,
    help="Of a campaign: instead of being killed, processes of that commit become those of this one, in turn. Without "
    "a commit: the last one with fewer migrations.",
)
@click.option("--keep", type=click.Path(file_okay=False, path_type=Path), help="Where the logs of a failure go.")
def main(
    *,
    rounds: int | None,
    seed: int,
    wait: bool,
    keep: Path | None,
    postgres: bool,
    processes: int,
    lapse: float | None,
    orders: int,
    kills: int,
    rate: float,
    upgrade_from: str | None,
) -> None:
    """Kill the bot at random moments, cut its wires, break the stand-ins; see that nothing is lost or paid twice."""
    if postgres and rounds is None:
        campaign = Campaign(orders=orders, kills=kills, rate=rate, seed=seed)
        sys.exit(asyncio.run(_main(_campaign(campaign, Crew(processes, lapse or LAPSE), keep, upgrade_from))))
    crew = Crew(processes, lapse or _LAPSE) if postgres else None
    sys.exit(asyncio.run(_main(_play(rounds or _ROUNDS, seed, wait=wait, keep=keep, crew=crew))))


async def _main(play: Coroutine[Any, Any, int]) -> int:
    """The exit code: 0, 1 for a violation, 130 when it was stopped."""
    work = asyncio.create_task(play)
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, work.cancel)
    await asyncio.wait({work})
    return 130 if work.cancelled() else work.result()


async def _play(rounds: int, seed: int, *, wait: bool, keep: Path | None, crew: Crew | None) -> int:
    broken = 0
    while rounds > 0:
        async with aclosing(play(seed, min(rounds, BATCH), wait=wait, keep=keep, crew=crew)) as played:
            async for one in played:
                click.echo(one.report if one.violations else str(one))
                broken += bool(one.violations)
        rounds, seed = rounds - BATCH, seed + 1
    click.echo(f"{broken} rounds with violations" if broken else "nothing lost, nothing doubled, nothing overpaid")
    return 1 if broken else 0


async def _campaign(campaign: Campaign, crew: Crew, keep: Path | None, upgrade_from: str | None) -> int:
    before = partial(_version, _parent() if upgrade_from == _BEFORE else upgrade_from) if upgrade_from else None
    table = await campaigns.play(campaign, crew, keep=keep, before=before)
    click.echo(str(table))
    return 1 if table.failed else 0


def _parent() -> str:
    """The last commit with fewer migrations than this one."""
    log = ("git", "log", "-1", "--first-parent", "--format=%H", "--", "migrations/*.sql")
    return f"{subprocess.run(log, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()}^"


def _version(commit: str, folder: Path) -> Processes:
    """Starts that commit's bot, in an environment of its own where it needs another one than this one's."""
    from bench.compare import furnished, unpacked

    code, needs = unpacked(commit, folder / "before"), Path("requirements") / "run.txt"
    if (code.root / needs).read_bytes() != (ROOT / needs).read_bytes():
        code = furnished(code, folder / "environment")
    return Processes(folder, code.root, code.python)


if __name__ == "__main__":
    main()

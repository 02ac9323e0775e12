"""What is printed at the end: the files, the ledger, the measures."""

import time
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path

from sandbox.demo.markup import size
from sandbox.demo.measures import Measure
from sandbox.demo.media import Media
from sandbox.demo.provider import Charge
from sandbox.demo.screen import Screen
from sandbox.demo.script import NAMESPACE, Played
from sandbox.demo.watch import Watch
from sandbox.discord.client import Community


async def save(community: Community, watch: Watch, played: Played, output: Path) -> list[Path]:
    """Downloads every attachment of the orders' posts; the paths, in the order of the orders."""
    paths: list[Path] = []
    for card in (played.video_card, played.image_card, played.cancelled_card):
        messages = [entry.message for entry in watch.posts(card)]
        attachments = [one for message in messages if message is not None for one in message.attachments]
        # A file name from a channel is no path.
        paths += [await community.download(one, output / Path(one.filename).name) for one in attachments]
    return paths


def show_files(files: Iterable[Media], screen: Screen) -> None:
    screen.heading("What was posted")
    screen.table(
        (
            str(one.path),
            size(one.size),
            f"{one.duration:.2f} s" if one.duration else "-",
            f"{one.width}x{one.height}",
            f"{one.kind}, {one.format}",
        )
        for one in files
    )


def show_ledger(charges: Mapping[str, Sequence[Charge]], screen: Screen) -> None:
    """What the club was charged, and what anybody else was, which should be nothing."""
    for namespace in sorted({NAMESPACE, *charges}):
        entries = charges.get(namespace, ())
        screen.heading(f"Ledger of {namespace}")
        if entries:
            screen.table((_clock(one.at), one.model, one.generation_id, f"${_usd(one.cost)}") for one in entries)
        total = sum((one.cost for one in entries), Decimal(0))
        screen.say(f"  total for {len(entries)} generations: ${_usd(total)}")


def show_measures(found: Iterable[Measure], screen: Screen) -> None:
    screen.heading("Speed and memory")
    screen.say(*(one.line(screen.style) for one in found))


def _clock(at: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(at))


def _usd(amount: Decimal) -> str:
    """At least cents, and as many more digits as there are."""
    exact = amount.normalize()
    exponent = exact.as_tuple().exponent
    digits = max(2, -exponent if isinstance(exponent, int) else 2)
    return f"{amount:.{digits}f}"

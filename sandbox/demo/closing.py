"""What is printed at the end: the files, the two ledgers side by side, the measures."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from sandbox.demo import expect
from sandbox.demo.books import Line
from sandbox.demo.markup import size
from sandbox.demo.media import Media
from sandbox.demo.orders import Act, Order
from sandbox.demo.screen import Screen
from sandbox.demo.watch import Watch
from sandbox.discord.client import Community

_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One server's money (USD): what Drover's ledger says was spent, is reserved or unclear; what Oxen charged."""

    server: str
    payer: str
    outputs: int
    spent: Decimal
    reserved: Decimal
    unclear: Decimal
    charged: Decimal

    @property
    def equal(self) -> bool:
        return self.spent == self.charged and not self.reserved and not self.unclear


def account(server: str, lines: Sequence[Line], namespace: str, charged: Decimal) -> Account:
    """Of the lines of one server."""
    own = any(line.own_key for line in lines)
    return Account(
        server=server,
        payer=f"{namespace}, by its own key" if own else namespace,
        outputs=len(lines),
        spent=sum((line.spent for line in lines), _NOTHING),
        reserved=sum((line.reserved for line in lines), _NOTHING),
        unclear=sum((line.unclear for line in lines), _NOTHING),
        charged=charged,
    )


async def save(community: Community, watch: Watch, orders: Iterable[Order], output: Path) -> dict[str, list[Path]]:
    """Downloads every attachment of the orders' posts; the paths by card."""
    paths: dict[str, list[Path]] = {}
    for order in orders:
        messages = [] if order.taken_back else [entry.message for entry in watch.posts(order.card)]
        attachments = [one for message in messages if message is not None for one in message.attachments]
        # A file name from a channel is no path.
        paths[order.card] = [await community.download(one, output / Path(one.filename).name) for one in attachments]
    return paths


async def save_pictures(community: Community, act: Act, output: Path) -> list[Path]:
    """Downloads what else the act keeps."""
    return [await community.download(one, output / name) for name, one in act.pictures]


def show_files(files: Iterable[tuple[str, Media]], screen: Screen) -> None:
    """`files` with what each is, in words."""
    screen.heading("What was made")
    screen.table(
        (
            str(one.path),
            size(one.size),
            f"{one.duration:.2f} s" if one.duration else "-",
            f"{one.width}x{one.height}",
            f"{one.kind}, {one.format}",
            what,
        )
        for what, one in files
    )


def show_accounts(accounts: Iterable[Account], screen: Screen) -> None:
    """The two ledgers side by side."""
    screen.heading("Drover's ledger and Oxen's, side by side")
    heads = ("server", "pays from", "outputs", "spent", "reserved", "unclear", "Oxen's total", "")
    screen.table([heads, *(_row(one) for one in accounts)])


def show_charges(lines: Iterable[Line], others: Mapping[str, Decimal], screen: Screen) -> None:
    """What the comparison of single charges came to. `others`: what namespaces were charged that are no server's."""
    charged = [bool(line.spent) for line in lines]
    words = _uncharged(charged.count(False))
    screen.say(f"  Each of the {charged.count(True)} charges is the same on both sides; {words} cost nothing.")
    for namespace, amount in others.items():
        screen.say(f"  Oxen also charged {namespace} {_usd(amount)}, for what was ordered from the shell.")


def check_accounts(accounts: Iterable[Account]) -> None:
    """Raises `DemoFailed` where the two ledgers differ."""
    for one in accounts:
        expect(
            one.equal,
            f"{one.server}: Drover's ledger says {_usd(one.spent)}, {_usd(one.reserved)} reserved and "
            f"{_usd(one.unclear)} unclear, Oxen's says {_usd(one.charged)}",
        )


def _row(one: Account) -> tuple[str, ...]:
    amounts = (_usd(one.spent), _usd(one.reserved), _usd(one.unclear), _usd(one.charged))
    return (one.server, one.payer, str(one.outputs), *amounts, "✓ equal" if one.equal else "✗ they differ")


def _uncharged(count: int) -> str:
    return "the one that failed or was cancelled" if count == 1 else f"the {count} that failed or were cancelled"


def _usd(amount: Decimal) -> str:
    """At least cents, and as many more digits as there are."""
    exponent = amount.normalize().as_tuple().exponent
    digits = max(2, -exponent if isinstance(exponent, int) else 2)
    return f"${amount:.{digits}f}"

"""`oxen`: the stand-in from a shell."""

import asyncio
import signal
from typing import TYPE_CHECKING

import click

from sandbox.oxen.dialects import DIALECTS, Persistent
from sandbox.oxen.keys import DEFAULT_KEYS, parse_key

if TYPE_CHECKING:
    from sandbox.oxen.server import OxenSandbox

Keys = dict[str, tuple[str, ...] | None]


def _keys(_: click.Context, __: click.Parameter, texts: tuple[str, ...]) -> Keys:
    try:
        return dict(parse_key(text) for text in texts) or dict(DEFAULT_KEYS)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.command(name="oxen")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, show_default=True, help="Port on 127.0.0.1; 0 takes a free one."
)
@click.option(
    "--speed",
    type=click.FloatRange(0, min_open=True),
    default=1.0,
    show_default=True,
    help="Divides how long generations take: at 1, images take 5-30 s and video 1-5 min.",
)
@click.option(
    "--dialect",
    type=click.Choice(sorted(DIALECTS)),
    default=Persistent.name,
    show_default=True,
    help="Which edition of the API to speak. ephemeral: a row vanishes when its generation ends; persistent: it "
    "stays, with its result; browse: it stays, and there are folders and a history with costs.",
)
@click.option(
    "--key",
    "keys",
    multiple=True,
    callback=_keys,
    metavar="KEY=NAMESPACE,NAMESPACE",
    help="An API key and the namespaces it may bill (the first pays by default); a bare KEY may bill any. "
    "May be repeated. Without it, the one key is 'sandbox'.",
)
@click.option(
    "--input-host",
    "input_hosts",
    multiple=True,
    metavar="HOST",
    help="A host that inputs are fetched from, beside this machine's own (127.0.0.1, localhost). May be repeated.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="What the run times are drawn from.")
@click.option(
    "--concurrency",
    type=click.IntRange(1),
    default=4,
    show_default=True,
    help="How many generations run at once; the rest stay queued.",
)
def oxen(
    *, port: int, speed: float, dialect: str, keys: Keys, input_hosts: tuple[str, ...], seed: int, concurrency: int
) -> None:
    """Stand in for the Oxen.ai generation API, on this machine and without money.

    Real HTTP, real media: point a client at the printed address and use the key 'sandbox'. Inputs are fetched when
    a generation runs, and what comes back is made from them. Ctrl-C ends it and removes what it rendered.

    \b
    What a client of the provider could not do needs no key:
      GET    /sandbox/ledger              who was charged what
      PUT    /sandbox/ledger/NAMESPACE    {"balance": "1.00"}, or null for credit without end
      GET    /sandbox/keys                keys and the namespaces that each may bill
      PUT    /sandbox/keys/KEY            {"namespaces": ["user", "organization"]}
      DELETE /sandbox/keys/KEY            revokes it: 401 from now on
      GET    /sandbox/prices              prices other than the catalogue's
      PUT    /sandbox/prices/MODEL        {"cost": "0.50"} for each output, whatever was quoted
      PUT    /sandbox/models/MODEL        adds a model, or changes one
      DELETE /sandbox/models/MODEL        takes one away
      POST   /sandbox/clock               {"seconds": 86400}: so much later at once
      PUT    /sandbox/faults              trouble on demand (GET shows it, DELETE ends it)
      GET    /sandbox/requests            what was received
      GET    /sandbox/generations         everything of the last day

    The README beside the stand-in's code has the details.
    """  # noqa: D301 - click reads the backspace: it keeps the lines of the list
    from sandbox.oxen.server import OxenSandbox

    sandbox = OxenSandbox(
        port=port, speed=speed, dialect=dialect, keys=keys, seed=seed, concurrency=concurrency, input_hosts=input_hosts
    )
    asyncio.run(serve(sandbox, port))


async def serve(sandbox: "OxenSandbox", port: int) -> None:
    """Until SIGINT or SIGTERM. Says on standard output when it is ready, and where."""
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    try:
        await sandbox.start()
    except OSError as error:
        raise click.ClickException(f"cannot listen on port {port}: {error.strerror}") from None
    try:
        click.echo(f"oxen sandbox ready {sandbox.url}")
        await stopped.wait()
    finally:
        await sandbox.stop()

"""`oxen`: the stand-in from a shell."""

import asyncio
import signal

import click

from sandbox.oxen.dialects import DIALECTS, Persistent
from sandbox.oxen.keys import DEFAULT_KEYS, parse_key

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
@click.option("--seed", type=int, default=0, show_default=True, help="What the run times are drawn from.")
@click.option(
    "--concurrency",
    type=click.IntRange(1),
    default=4,
    show_default=True,
    help="How many generations run at once; the rest stay queued.",
)
def oxen(*, port: int, speed: float, dialect: str, keys: Keys, seed: int, concurrency: int) -> None:
    """Stand in for the Oxen.ai generation API, on this machine and without money.

    Real HTTP, real media: point a client at the printed address and use the key 'sandbox'. What was charged is
    under /sandbox/ledger, what was received under /sandbox/requests, and faults are switched on under
    /sandbox/faults. Ctrl-C ends it and removes what it rendered.
    """
    asyncio.run(_serve(port=port, speed=speed, dialect=dialect, keys=keys, seed=seed, concurrency=concurrency))


async def _serve(*, port: int, speed: float, dialect: str, keys: Keys, seed: int, concurrency: int) -> None:
    from sandbox.oxen.server import OxenSandbox

    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    sandbox = OxenSandbox(port=port, speed=speed, dialect=dialect, keys=keys, seed=seed, concurrency=concurrency)
    try:
        await sandbox.start()
    except OSError as error:
        raise click.ClickException(f"cannot listen on port {port}: {error.strerror}") from None
    try:
        click.echo(f"oxen sandbox ready {sandbox.url}")
        await stopped.wait()
    finally:
        await sandbox.stop()

"""The command line: `drover`, the same as `python -m bot`.

Exit codes: 0 all went well; 1 something failed while working; 2 a setting or an option is missing or wrong. The
commands of `bot.terminal` have some more, which their help explains.
Commands import what they need when they run, so that each starts quickly.
"""

import asyncio
import contextlib
import gc
import os
import signal
import sys
from collections.abc import AsyncGenerator, Callable, Coroutine
from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from bot import __version__
from bot.terminal.commands import ALL as WITHOUT_DISCORD

if TYPE_CHECKING:
    from bot.domain.roles import WantedRoles
    from bot.settings import Settings
    from bot.store.storage import Storage

WRONG_SETTING = 2
_GARBAGE = 5000  # objects that are made between two looks for cycles: 700 cost a thirtieth of a busy bot's time
_READY = "oxen sandbox ready "  # so begins the first line of the stand-in


class _Drover(click.Group):
    """What the operator can put right is said in one line each, without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        from bot.domain.errors import OperatorError

        try:
            return super().invoke(ctx)
        except OperatorError as error:
            _fail(str(error).splitlines(), WRONG_SETTING if error.setting else 1)
        except Exception as error:
            if not type(error).__module__.startswith(("sqlite3", "psycopg")):
                raise
            from bot.settings import load_storage

            found = load_storage().fault(error)
            if found is None:
                raise
            _fail([str(found)], 1)


@click.group(cls=_Drover, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="drover")
def main() -> None:
    """Drover: members order video and images from Oxen.ai, the server's own namespace pays.

    \b
    See it work, with nothing but this machine:   drover demo
    Use it in the browser, with no more than that: drover play
    Find out what is missing for the real thing:  drover check
    Run it:                                       drover run
    Order without Discord:                        drover generate --help

    Settings come from the environment and from .env; .env.example explains each.
    """  # noqa: D301 - \b is click's mark for lines to be left as they are


@main.command()
@click.option(
    "--shards",
    metavar="RANGE",
    help="Serve these of Discord's shards alone: 0-3/16 (of 16), or auto/16 for any that no other process serves.",
)
@click.option("--sandbox-oxen", is_flag=True, help="Order from a stand-in for Oxen on this machine: nothing costs.")
@click.option(
    "--speed",
    type=click.FloatRange(0, min_open=True),
    default=10.0,
    show_default=True,
    help="How many times faster than real that stand-in works.",
)
def run(*, shards: str | None, sandbox_oxen: bool, speed: float) -> None:
    """Run the bot until Ctrl-C or SIGTERM.

    Applies migrations first. What was under way when it last stopped goes on. With --sandbox-oxen you can try
    Drover in a real Discord server before paying anybody: only DISCORD_TOKEN is needed, and the trial's orders go
    into a database of their own.

    On PostgreSQL several processes can share the work: some with --shards, and `drover work`. With auto/16 a process
    takes DROVER_SHARDS_EACH shards that are free, or stands by until some are.
    """

    def wanted(settings: "Settings") -> "WantedRoles":
        from bot.domain.roles import EVERYTHING, WantedRoles

        if shards is None:
            return EVERYTHING
        try:
            return WantedRoles.of_shards(shards, settings.shards_each)
        except ValueError:
            raise click.BadParameter(
                f"{shards} is no range of shards; such as 0-3/16, 5/16 or auto/16", param_hint="--shards"
            ) from None

    _run(wanted, sandbox_oxen=sandbox_oxen, speed=speed)


@main.command()
def work() -> None:
    """Do what all servers share, beside processes with `drover run --shards`, until Ctrl-C or SIGTERM.

    Sends orders, follows them, keeps accounts and the catalogue. One process at a time does; another one stands by.
    """
    from bot.domain.roles import WORK

    _run(lambda _: WORK)


def _run(wanted: "Callable[[Settings], WantedRoles]", *, sandbox_oxen: bool = False, speed: float = 1.0) -> None:
    _keep_private()
    gc.disable()  # what is imported stays: looking through it again and again takes a tenth of a start
    from contextlib import AsyncExitStack

    from bot import settings as settings_module
    from bot.app import run as run_app
    from bot.ops import logs

    async def work() -> None:
        async with AsyncExitStack() as stack:
            given = await stack.enter_async_context(_oxen_stand_in(speed)) if sandbox_oxen else {}
            settings = settings_module.load(**given)
            if sandbox_oxen:
                settings = settings_module.on_trial(settings)
            logs.set_up(settings.log_level, settings.log_format, settings.process)
            if settings.sentry_dsn is not None:
                from bot.ops.error_reports import reporting

                dsn = settings.sentry_dsn.get_secret_value()
                stack.enter_context(reporting(dsn, settings.process, __version__))
            stop = asyncio.Event()
            for number in (signal.SIGTERM, signal.SIGINT):
                asyncio.get_running_loop().add_signal_handler(number, stop.set)
            await run_app(settings, stop, wanted=wanted(settings))

    # What has been imported stays. Looked through again with each full collection, it would hold up the loop for most
    # of 70 ms whenever a catalogue of a thousand models is read; without it that takes 20.
    gc.freeze()
    gc.set_threshold(_GARBAGE)
    gc.enable()
    _finish(work())


@main.command()
@click.option("--prompt", help="A prompt of your own for the first video.")
@click.option(
    "--act", type=click.IntRange(1, 2), help="Only this act: 1 is what can be ordered, 2 each server's wallet."
)
@click.option(
    "--output", type=click.Path(file_okay=False, path_type=Path), default=Path("demo-output"), show_default=True
)
@click.option(
    "--processes",
    "several",
    type=click.IntRange(2, 20),
    help="Another demo: so many processes of the bot serve 10,000 servers from one PostgreSQL.",
)
@click.option("--kill", is_flag=True, help="With --processes: one of them is killed every 5 seconds.")
def demo(*, prompt: str | None, act: int | None, output: Path, several: int | None, kill: bool) -> None:
    """Watch the bot serve two small communities, on this machine only.

    Starts stand-ins for Oxen and Discord and the bot as three processes on free loopback ports, lets members use
    it, prints the channels while it happens, and keeps what was made. Needs no account and costs nothing.
    """
    if several is not None:
        from sandbox.demo.several import show as show_several

        sys.exit(_finish(show_several(count=several, kill=kill)))
    if kill:
        raise click.UsageError("--kill goes with --processes")
    from sandbox.demo.show import show

    sys.exit(_finish(show(prompt=prompt, output=output, act=act)))


@main.command()
@click.option("--port", type=click.IntRange(0, 65535), default=0, show_default="a free one", help="Port of the page.")
@click.option(
    "--speed",
    type=click.FloatRange(0, min_open=True),
    default=15.0,
    show_default=True,
    help="How many times faster than real the stand-in for Oxen works.",
)
@click.option(
    "--browser/--no-browser", default=True, show_default=True, help="Open the page, where there is a desktop."
)
def play(*, port: int, speed: float, browser: bool) -> None:
    """Be a member in the browser, on this machine only: order, watch, vary, and break things, until Ctrl-C.

    Starts stand-ins for Oxen and Discord and the bot, and prints the address of a chat client. Needs no account and
    costs nothing.
    """
    from sandbox.play.show import play as show

    sys.exit(_finish(show(port=port, speed=speed, browser=browser)))


@main.command()
def migrate() -> None:
    """Bring the database up to date (run does it by itself)."""
    _keep_private()
    from bot import settings as settings_module
    from bot.app import prepare_storage

    storage = settings_module.load_storage()
    prepare_storage(storage)
    with storage.sole_user():
        done = storage.migrate(settings_module.MIGRATIONS)
    for name in done:
        click.echo(f"applied {name}")
    click.echo(f"{storage} is up to date")


@main.command()
@click.option("--channel", type=int, help="Also check the bot's rights in this channel (its id).")
def check(*, channel: int | None) -> None:
    """Say, line by line, what is right for running and what is not.

    Settings, database and migrations, Discord login, intents, registered commands, rights in a channel, Oxen key,
    namespaces and catalogue. Changes nothing. Exits with 0 only if all is right.
    """
    from bot.checkup import checkup

    if not _finish(checkup(channel, click.echo)):
        sys.exit(1)


@main.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(*, file: Path) -> None:
    """Copy the database to FILE, consistently, while the bot runs."""
    _keep_private()
    from bot import settings as settings_module
    from bot.store.backup import backup as copy

    size = copy(_file_of(settings_module.load_storage()), file)
    click.echo(f"{file}: {size} bytes")


@main.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def restore(*, file: Path) -> None:
    """Put the backup FILE in the place of the database. Stop the bot first.

    What the copy calls unsent may have been sent since, and what it calls unposted may have been posted: at the next
    start the bot looks at Oxen and in the channels before it acts. The old database is kept beside the new one.
    """
    _keep_private()
    from bot import settings as settings_module
    from bot.app import prepare_folder
    from bot.domain.clock import SystemClock
    from bot.store.backup import restore as put_back
    from bot.store.private import sole_user

    database = _file_of(settings_module.load_storage())
    prepare_folder(database.parent, "DROVER_DATABASE_URL")
    with sole_user(database):
        kept = put_back(file, database, settings_module.MIGRATIONS, SystemClock().now())
    click.echo(f"{database} restored from {file}" + (f"; the old one is {kept}" if kept else ""))


@main.command()
def restored() -> None:
    """Say that the database was put back from a copy by a tool of its own (pg_restore). Stop the bot first.

    The same care as `drover restore` takes: what the copy calls unsent or unposted is looked up at the next start.
    """
    from bot import settings as settings_module
    from bot.domain.clock import SystemClock
    from bot.store.backup import mark_what_is_unsure

    storage = settings_module.load_storage()
    with storage.sole_user():
        storage.migrate(settings_module.MIGRATIONS)
        with storage.changing() as db:
            mark_what_is_unsure(db, SystemClock().now())
    click.echo(f"{storage}: what may have happened since the copy was made is looked up at the next start")


@main.command()
@click.argument("source")
@click.argument("target")
def move(*, source: str, target: str) -> None:
    """Copy everything from one database into another, empty one. Stop the bot first.

    \b
    drover move sqlite:///var/drover.sqlite3 postgresql://drover@db.internal/drover

    All of it is copied and compared, or nothing: an attempt that was broken off can be made again. The source stays as
    it is. Leave passwords out of the command: libpq takes them from PGPASSWORD or from ~/.pgpass.
    """  # noqa: D301 - \b is click's mark for lines to be left as they are
    _keep_private()
    from bot import settings as settings_module
    from bot.store.moving import MoveError
    from bot.store.moving import move as move_all
    from bot.store.storage import is_url, storage

    for url in (source, target):
        if not is_url(url):
            raise MoveError(f"{url} is neither sqlite:///PATH nor postgresql://USER@HOST/NAME")
    moved = move_all(storage(source), storage(target), settings_module.MIGRATIONS)
    for table, count in moved.rows.items():
        if count:
            click.echo(f"{table}: {count} rows, the same in both")
    click.echo(f"the ledger adds up to {moved.micro_usd} millionths of a dollar in both")
    click.echo(f"Now set DROVER_DATABASE_URL to {storage(target)} (with its user), and start the bot.")


@main.command()
@click.option("--cancel", multiple=True, metavar="ID", help="End this one at Oxen. May be repeated.")
def orphans(*, cancel: tuple[str, ...]) -> None:
    """List what Oxen works on in this bot's namespaces without an order of its own.

    Such a generation may come from somebody's own use of the namespace, or from an order whose answer was lost for
    good. Nothing is cancelled unless you name it.
    """
    from bot import settings as settings_module
    from bot.orphans import orphans as list_orphans

    settings = settings_module.load(DISCORD_TOKEN="-")  # noqa: S106 - Discord is not needed
    if not _finish(list_orphans(settings, cancel, click.echo)):
        sys.exit(1)


strays = copy(orphans)  # what the command was called before
strays.hidden = True
main.add_command(strays, "strays")


@main.group()
def keys() -> None:
    """Look after the master keys, which encrypt the Oxen keys that servers enter.

    DROVER_MASTER_KEY holds one or several, separated by commas or lines: the first encrypts, all of them decrypt. To
    put a new one in the place of an old one: put it in front, run `drover keys rotate` with the bot stopped, and take
    the old one away.
    """


@keys.command()
def new() -> None:
    """Print a fresh master key."""
    from bot.store.wallet.vault import new_master_key

    click.echo(new_master_key())


@keys.command("check")
def keys_check() -> None:
    """Say how many servers' keys are stored, and whether the master keys open all of them."""
    from bot import keys as at_rest
    from bot import settings as settings_module

    settings = settings_module.load_offline()
    at_rest.check(settings.storage, settings.vault, click.echo)


@keys.command()
def rotate() -> None:
    """Encrypt all servers' keys anew with the first master key. Stop the bot first."""
    _keep_private()
    from bot import keys as at_rest
    from bot import settings as settings_module

    settings = settings_module.load_offline()
    at_rest.rotate(settings.storage, settings.vault, click.echo)


@keys.command()
@click.confirmation_option(prompt="Servers' keys that no master key opens are deleted. Go on?")
def drop() -> None:
    """Delete the keys that no master key opens, when one was lost for good. Stop the bot first."""
    _keep_private()
    from bot import keys as at_rest
    from bot import settings as settings_module

    settings = settings_module.load_offline()
    at_rest.drop(settings.storage, settings.vault, click.echo)


@main.command()
@click.option("--port", type=int, envvar="DROVER_HEALTH_PORT", required=True, help="Where the bot reports its health.")
def health(*, port: int) -> None:
    """Ask a running bot how it is (for a container's probe). Exits with 0 if it is well."""
    import urllib.error
    import urllib.request

    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
            click.echo(answer.read().decode())
    except urllib.error.HTTPError as error:
        _fail([error.read().decode()], 1)
    except OSError as error:
        _fail([f"no answer on port {port}: {error}"], 1)


class _Sandbox(click.Group):
    """Loads a stand-in only when it is asked for: they bring a renderer and a schema along."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return ["discord", "oxen"]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name == "oxen":
            from sandbox.oxen.command import oxen

            return oxen
        if cmd_name == "discord":
            from sandbox.discord.command import discord

            return discord
        return None


@main.command(cls=_Sandbox)
def sandbox() -> None:
    """Stand-ins for Oxen and Discord, on this machine only, for trying and testing."""


for _command in WITHOUT_DISCORD:
    main.add_command(_command)


@contextlib.asynccontextmanager
async def _oxen_stand_in(speed: float) -> AsyncGenerator[dict[str, str]]:
    """The stand-in for Oxen as a process beside the bot; the settings that point the bot at it."""
    from bot.domain.errors import OperatorError

    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "sandbox", "oxen", "--speed", str(speed)),
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is for the bot, which then ends this
    )
    try:
        line = (await process.stdout.readline()).decode() if process.stdout is not None else ""
        if not line.startswith(_READY):
            await process.wait()
            raise OperatorError(
                "The stand-in for Oxen did not start: see above. Its packages are in requirements/sandbox.txt"
            )
        # Nothing costs anything here, so a server needs no namespace to try it, and may name any.
        yield {
            "OXEN_API_URL": line.removeprefix(_READY).strip(),
            "OXEN_API_KEY": "sandbox",
            "DROVER_WITHOUT_NAMESPACE": "own",
            "DROVER_NAMESPACES": "*",
        }
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


def _file_of(storage: "Storage") -> Path:
    """Raises `OperatorError` where the database is none: PostgreSQL has tools of its own for copies."""
    from bot.domain.errors import OperatorError

    if storage.file is None:
        raise OperatorError(
            f"{storage} is a database of PostgreSQL: copy it with pg_dump, put it back with pg_restore, and then run "
            "`drover restored` before the bot starts"
        )
    return storage.file


def _keep_private() -> None:
    """What this process writes is for the user that runs it alone, libraries' files among it."""
    os.umask(0o077)


def _finish(work: Coroutine[Any, Any, Any]) -> Any:
    with contextlib.suppress(KeyboardInterrupt):
        return asyncio.run(work)
    sys.exit(130)


def _fail(lines: list[str], code: int) -> NoReturn:
    for line in lines:
        click.echo(line, err=True)
    sys.exit(code)


if __name__ == "__main__":
    main(prog_name="drover")

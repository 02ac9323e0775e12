"""`drover sandbox discord`: the stand-in as a process of its own."""

from pathlib import Path

import click


@click.command("discord", context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--port", default=0, show_default="a free one", help="Port on 127.0.0.1.")
@click.option(
    "--community",
    "community_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="JSON file with the guilds, roles, members and channels; default: a film club and two more.",
)
@click.option("--token", help="The bot token to accept; default: one made from the application id.")
@click.option("--backstage", metavar="URL", help="What the page's panel beside the chat asks for more than Discord's.")
def discord(port: int, community_file: Path | None, token: str | None, backstage: str | None) -> None:
    """A local stand-in for Discord: REST v10 and gateway v10 on one port of this machine.

    Prints one line when it is ready, then the token. Open the address in a browser to be a member there. Point a bot's
    REST base at http://127.0.0.1:N/api/v10 and its gateway at ws://127.0.0.1:N/. The control API under
    http://127.0.0.1:N/sandbox/api lets a program be a member: use commands, press buttons, read channels, push the
    clock, break things. Ctrl-C ends it and leaves nothing behind.
    """
    import asyncio

    try:
        asyncio.run(_serve(port, community_file, token, backstage))
    except OSError as error:
        raise click.ClickException(f"cannot listen on 127.0.0.1:{port}: {error.strerror or error}") from error
    except (KeyError, ValueError) as error:
        raise click.ClickException(f"{community_file or 'the default community'}: {error}") from error


async def _serve(port: int, community_file: Path | None, token: str | None, backstage: str | None) -> None:
    import asyncio
    import signal

    from sandbox.discord.server import DiscordSandbox

    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with DiscordSandbox(port=port, community_file=community_file, token=token, backstage=backstage) as sandbox:
        print(f"discord sandbox ready {sandbox.url}", flush=True)
        print(f"token {sandbox.token}", flush=True)
        await stop.wait()

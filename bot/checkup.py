"""`drover check`: what is right for running and what is not, line by line. Changes nothing."""

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import discord

from bot import settings as settings_module
from bot.app import StartError, point_discord
from bot.domain.errors import OperatorError
from bot.domain.ids import GuildId
from bot.domain.models.catalogue import MediaKind
from bot.keys import KeysLost, stored_keys
from bot.oxen.client import OxenClient
from bot.oxen.errors import KeyRefused, OxenError, Rejected
from bot.settings import MIGRATIONS, Settings, SettingsProblem
from bot.store import peek
from bot.store.migrations import inspect

_RIGHTS = ("view_channel", "send_messages", "attach_files", "read_message_history")
_COMMANDS = frozenset(
    {"video", "image", "models", "storyboard", "queue", "cancel", "usage", "history", "privacy", "about"}
    | {"settings", "setup", "moderate"}
    | {"Animate this picture", "Edit this picture", "Use as reference", "Extend this video", "Upscale"}
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: `right` or not, about `subject`."""

    right: bool
    subject: str
    text: str

    def __str__(self) -> str:
        return f"{'ok   ' if self.right else 'WRONG'} {self.subject}: {self.text}"


async def checkup(channel: int | None, say: Callable[[str], None]) -> bool:
    """Says every finding; whether all is right."""
    all_right = True
    async for finding in _findings(channel):
        say(str(finding))
        all_right = all_right and finding.right
    say("All is right." if all_right else "Something is wrong: see the lines above.")
    return all_right


async def _findings(channel: int | None) -> AsyncGenerator[Finding]:
    try:
        settings = settings_module.load()
    except SettingsProblem as problem:
        for line in problem.lines:
            name, _, text = line.partition(": ")
            yield Finding(False, name, text)
        return
    yield Finding(True, "settings", "complete")
    namespaces: list[tuple[str, GuildId]] = []
    for finding in _database(settings, namespaces):
        yield finding
    async for finding in _discord(settings, channel):
        yield finding
    async for finding in _oxen(settings, namespaces):
        yield finding


def _database(settings: Settings, namespaces: list[tuple[str, GuildId]]) -> list[Finding]:
    """Fills `namespaces` with those that guilds have set."""
    path = settings.database
    try:
        state = inspect(path, MIGRATIONS)
    except OperatorError as error:
        return [Finding(False, "database", str(error))]
    unwritable = _unwritable(path)
    if unwritable is not None:
        return [Finding(False, "database", f"cannot write in {unwritable}; allow it, or set DROVER_DATABASE_URL")]
    if not path.exists():
        return [Finding(True, "database", f"{path} will be made at the first start")]
    if state.pending:
        waiting = ", ".join(state.pending)
        return [Finding(True, "database", f"{path}; the next start applies {waiting}")]
    namespaces += peek.namespaces(path)
    return [Finding(True, "database", f"{path}, {len(state.applied)} migrations applied"), _keys(settings)]


def _keys(settings: Settings) -> Finding:
    """Servers' own keys: whether they can be entered, and whether those that were still open."""
    try:
        stored = stored_keys(settings.database, settings.vault)
    except KeysLost as error:
        return Finding(False, "keys", str(error))
    if settings.vault.shut:
        return Finding(True, "keys", "servers cannot enter keys of their own: DROVER_MASTER_KEY is not set")
    return Finding(True, "keys", f"servers can enter keys of their own; {stored} are stored, and all of them open")


def _unwritable(path: Path) -> Path | None:
    """The folder that keeps `path` from being written, if one does."""
    import tempfile

    nearest = next(folder for folder in path.absolute().parents if folder.exists())
    try:
        with tempfile.TemporaryFile(dir=nearest):
            return None
    except OSError:
        return nearest


async def _discord(settings: Settings, channel: int | None) -> AsyncGenerator[Finding]:
    client = discord.Client(intents=discord.Intents(guilds=True))
    try:
        await point_discord(settings)
        await client.login(settings.discord_token.get_secret_value())
    except discord.LoginFailure:
        yield Finding(False, "Discord", "does not accept DISCORD_TOKEN; copy it again from discord.com/developers")
    except StartError as error:
        yield Finding(False, "Discord", str(error))
    except (aiohttp.ClientError, OSError, discord.HTTPException) as error:
        yield Finding(False, "Discord", f"cannot be reached ({type(error).__name__}); check the network")
    else:
        async for finding in _as_the_bot(client, channel):
            yield finding
    finally:
        await client.close()


async def _as_the_bot(client: discord.Client, channel: int | None) -> AsyncGenerator[Finding]:
    yield Finding(True, "Discord", f"logged in as {client.user}")
    yield Finding(True, "intents", "guilds only; nothing privileged is needed")
    application_id = client.application_id
    if application_id is not None:
        registered = {c["name"] for c in await client.http.get_global_commands(application_id)}
        missing = sorted(_COMMANDS - registered)
        text = f"missing: {', '.join(missing)}; the next start registers them" if missing else "registered"
        yield Finding(not missing, "commands", text)
    if channel is not None:
        yield await _rights(client, channel)


async def _rights(client: discord.Client, channel_id: int) -> Finding:
    try:
        channel = await client.fetch_channel(channel_id)
        if not isinstance(channel, discord.abc.GuildChannel) or client.user is None:
            return Finding(False, "channel", f"{channel_id} is no channel of a server")
        guild = await client.fetch_guild(channel.guild.id)
        member = await guild.fetch_member(client.user.id)
        channel = await guild.fetch_channel(channel_id)
    except discord.HTTPException as error:
        return Finding(False, "channel", f"{channel_id} cannot be seen ({error.text or error.status}); invite the bot")
    rights = channel.permissions_for(member)
    missing = [name for name in _RIGHTS if not getattr(rights, name)]
    if missing:
        plain = ", ".join(missing).replace("_", " ")
        return Finding(False, "channel", f"#{channel.name}: the bot may not {plain}; allow it there")
    return Finding(True, "channel", f"#{channel.name}: the bot may post there")


async def _oxen(settings: Settings, namespaces: list[tuple[str, GuildId]]) -> AsyncGenerator[Finding]:
    async with OxenClient(str(settings.oxen_api_url), settings.oxen_api_key.get_secret_value()) as oxen:
        try:
            await oxen.list(None)
        except KeyRefused:
            yield Finding(False, "Oxen", "does not accept OXEN_API_KEY; make a new key on oxen.ai")
            return
        except OxenError as error:
            yield Finding(
                False, "Oxen", f"cannot be reached at {settings.oxen_api_url} ({_said(error)}); check OXEN_API_URL"
            )
            return
        yield Finding(True, "Oxen", f"accepts the key at {settings.oxen_api_url}")
        for namespace in sorted({name for name, _ in namespaces}):
            yield await _namespace(oxen, namespace)
        for namespace, guild_id in namespaces:
            if not settings.namespaces.allows(namespace, guild_id):
                yield _closed(namespace, guild_id)
        if not namespaces:
            yield Finding(True, "namespace", "no server has set one yet; /settings section:billing does")
        async for finding in _catalogue(oxen, settings):
            yield finding


async def _namespace(oxen: OxenClient, namespace: str) -> Finding:
    try:
        await oxen.list(namespace)
    except OxenError as error:
        return Finding(False, "namespace", f"{namespace}: {_said(error)}; the key must belong to it")
    return Finding(True, "namespace", f"{namespace} can be used")


def _closed(namespace: str, guild_id: GuildId) -> Finding:
    text = f"{namespace} is not open to server {guild_id}, which wants to pay from it; if it may, add"
    return Finding(False, "namespace", f"{text} {namespace}={guild_id} to DROVER_NAMESPACES")


async def _catalogue(oxen: OxenClient, settings: Settings) -> AsyncGenerator[Finding]:
    try:
        catalogue = await oxen.catalogue()
    except OxenError as error:
        yield Finding(False, "catalogue", _said(error))
        return
    yield Finding(True, "catalogue", f"{len(catalogue)} models")
    chosen = {
        MediaKind.VIDEO: ("DROVER_VIDEO_MODELS", settings.video_models),
        MediaKind.IMAGE: ("DROVER_IMAGE_MODELS", settings.image_models),
    }
    for kind, (variable, names) in chosen.items():
        unfit = [n for n in names if (m := catalogue.get(n)) is None or not m.runs_on_prompt(kind)]
        text = f"cannot make {kind.value}s from a prompt: {', '.join(unfit)}" if unfit else ", ".join(names)
        yield Finding(not unfit, variable, text)


def _said(error: OxenError) -> str:
    """The provider's own words where it gave any: here they are for the operator, on the operator's screen."""
    return error.detail if isinstance(error, Rejected) else str(error)

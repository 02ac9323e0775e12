"""`drover check`: what is right for running and what is not, line by line. Changes nothing."""

import contextlib
import sqlite3
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import aiohttp
import discord

from bot import settings as settings_module
from bot.app import StartError, point_discord
from bot.chat.client import DroverClient
from bot.chat.registration import Registered, compare, global_commands
from bot.domain.errors import OperatorError
from bot.domain.ids import OXEN, GuildId
from bot.domain.models.catalogue import MediaKind
from bot.domain.provider import KeyRefused, ProviderError, Rejected
from bot.domain.roles import NO_ROLE
from bot.domain.rules.prices import read_prices
from bot.keys import KeysLost, stored_keys
from bot.ops import reasons
from bot.oxen.client import OxenClient
from bot.settings import LOCALES, MIGRATIONS, Settings, SettingsProblem
from bot.store import beside
from bot.store.faults import fault, lock_for_a_moment
from bot.store.private import try_folder, unwritable
from bot.store.storage import Storage
from bot.texts import Translations
from cogs import make_cogs

_RIGHTS = ("view_channel", "send_messages", "attach_files", "read_message_history")
_MOST_LOOKED_AT = 200  # servers; each costs a request
_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: `right` or not, about `subject`."""

    right: bool
    subject: str
    text: str

    def __str__(self) -> str:
        return f"{'ok   ' if self.right else 'WRONG'} {self.subject}: {self.text}"


def _wrong(reason: str) -> Finding:
    """A reason is a subject and what is wrong with it."""
    subject, _, text = reason.partition(": ")
    return Finding(False, subject, text)


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
    for finding in (*_database(settings, namespaces), _work_folder(settings.work_dir)):
        yield finding
    async for finding in _running(settings.health_port):
        yield finding
    async for finding in _discord(settings, channel):
        yield finding
    async for finding in _oxen(settings, namespaces):
        yield finding


def _database(settings: Settings, namespaces: list[tuple[str, GuildId]]) -> list[Finding]:
    """Fills `namespaces` with those that guilds have set."""
    storage = settings.storage
    try:
        state = storage.inspect(MIGRATIONS)
    except OperatorError as error:
        return [Finding(False, "database", str(error))]
    if storage.file is not None:
        closed = _unwritable(storage.file)
        if closed is not None:
            return [Finding(False, "database", f"cannot write in {closed}; allow it, or set DROVER_DATABASE_URL")]
        if not storage.file.exists():
            return [Finding(True, "database", f"{storage} will be made at the first start")]
        unchangeable = _unchangeable(storage.file)
        if unchangeable is not None:
            return [unchangeable]
    if state.pending:
        waiting = ", ".join(state.pending)
        return [Finding(True, "database", f"{storage}; the next start applies {waiting}")]
    namespaces += beside.namespaces(storage, OXEN)
    found = Finding(True, "database", f"{storage}, {len(state.applied)} migrations applied")
    return [found, *processes(storage), _keys(settings)]


def processes(storage: Storage) -> list[Finding]:
    """Who shares the database, and what of the whole nobody does."""
    running = storage.processes()
    roles = [each.role for each in running]
    found = [
        Finding(
            each.connected,
            "process",
            f"{each.id} on {each.host}, version {each.version}: "
            + ("stands by" if each.role == NO_ROLE else str(each.role))
            + ("" if each.connected else "; it is not connected, and counts as gone 10 seconds after another looks"),
        )
        for each in running
    ]
    shards = [role.shards for role in roles if role.shards is not None]
    if shards:
        count, served = shards[0].count, {number for each in shards for number in each.ids}
        idle = [f"{number}" for number in range(count) if number not in served]
        if idle:
            start = f"start another `drover run --shards auto/{count}`"
            found.append(Finding(False, "shards", f"nobody serves {', '.join(idle)} of {count}; {start}"))
    elif running:
        found.append(Finding(False, "shards", "nobody serves any; start `drover run --shards`"))
    if running and not any(role.work for role in roles):
        found.append(Finding(False, "work", "nobody sends orders and follows them; start `drover work`"))
    return found


def _unchangeable(path: Path) -> Finding | None:
    try:
        lock_for_a_moment(path)
        full = reasons.no_room("database", path.absolute().parent)
    except (sqlite3.Error, OSError) as error:
        return Finding(False, "database", str(fault(path, error)))
    return _wrong(full) if full is not None else None


def _work_folder(folder: Path) -> Finding:
    """Changes nothing: where there is none, it is made at the first start."""
    if not folder.exists():
        missing = _unwritable(folder)
        said = "will be made at the first start" if missing is None else f"cannot be made in {missing}; allow it"
        return Finding(missing is None, "work folder", f"{folder} {said}")
    try:
        try_folder(folder)
        full = reasons.no_room("work folder", folder)
    except OSError as error:
        return Finding(False, "work folder", unwritable(folder, error))
    return _wrong(full) if full is not None else Finding(True, "work folder", f"{folder} takes files")


async def _running(port: int | None) -> AsyncGenerator[Finding]:
    """What the bot says of itself, if it runs and has a port for that."""
    if not port:
        return
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session,
            session.get(f"http://127.0.0.1:{port}/readyz") as answer,
        ):
            said = (await answer.json())["not_ready"]
    except aiohttp.ClientConnectorError:
        yield Finding(True, "running", "no bot answers on DROVER_HEALTH_PORT")
        return
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError, LookupError, TypeError) as error:
        yield Finding(False, "running", f"no health on DROVER_HEALTH_PORT ({type(error).__name__}); restart the bot")
        return
    for reason in said:
        yield Finding(False, "running", str(reason))
    if not said:
        yield Finding(True, "running", "members can use the bot")


def _keys(settings: Settings) -> Finding:
    """Servers' own keys: whether they can be entered, and whether those that were still open."""
    try:
        stored = stored_keys(settings.storage, settings.vault)
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
        yield _wrong(reasons.discord_away(type(error).__name__))
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
        yield _commands(compare(await our_commands(), await global_commands(client.http, application_id)))
        async for finding in _servers(client, application_id):
            yield finding
    if channel is not None:
        yield await _rights(client, channel)


class _NoFrontEnd:
    """In place of what works behind the commands: here they are only described."""

    translations = Translations(LOCALES)

    def __getattr__(self, _: str) -> Self:
        return self


async def our_commands() -> list[dict[str, Any]]:
    """The commands as the start registers them."""
    front_end: Any = _NoFrontEnd()
    client = DroverClient(make_front_end=lambda _: front_end, make_cogs=make_cogs)
    await client.assemble()
    try:
        return await client.payloads()
    finally:
        await client.close()


def _commands(found: Registered) -> Finding:
    if found.current:
        return Finding(True, "commands", "registered")
    kinds = {"missing": found.missing, "unlike this version's": found.changed, "not of this version": found.foreign}
    parts = [f"{what}: {', '.join(names)}" for what, names in kinds.items() if names]
    return Finding(False, "commands", f"{'; '.join(parts)}; the next start puts that right")


async def _servers(client: discord.Client, application_id: int) -> AsyncGenerator[Finding]:
    """How many servers the bot is in, and which of them show commands that an older program left there."""
    servers = [guild async for guild in client.fetch_guilds(limit=None, with_counts=False)]
    shards, _, _ = await client.http.get_bot_gateway()
    on = "on one connection" if shards == 1 else f"on {shards} connections (shards), as Discord recommends"
    yield Finding(True, "servers", f"{len(servers)}, {on}")
    left: list[str] = []
    for guild in servers[:_MOST_LOOKED_AT]:
        with contextlib.suppress(discord.HTTPException):  # 50001: invited without applications.commands, so it has none
            names = [c["name"] for c in await client.http.get_guild_commands(application_id, guild.id)]
            left += [f"{', '.join(sorted(names))} in {guild.name} ({guild.id})"] if names else []
    if left:
        text = f"left by another program: {'; '.join(left[:_MOST_NAMED])}"
        yield Finding(
            False, "server commands", f"{text}; using one says that it is gone. Remove them with that program"
        )
    elif servers:
        beyond = f", in the first {_MOST_LOOKED_AT} servers" if len(servers) > _MOST_LOOKED_AT else ""
        yield Finding(True, "server commands", f"none left by another program{beyond}")


async def _rights(client: discord.Client, channel_id: int) -> Finding:
    """Whether the bot can post in a channel, a thread or a post. A thread has the rights of the channel it is in."""
    try:
        channel = await client.fetch_channel(channel_id)
        if not isinstance(channel, discord.abc.GuildChannel | discord.Thread) or client.user is None:
            return Finding(False, "channel", f"{channel_id} is no channel of a server")
        guild = await client.fetch_guild(channel.guild.id)
        member = await guild.fetch_member(client.user.id)
        in_thread = isinstance(channel, discord.Thread)
        held = await guild.fetch_channel(channel.parent_id if isinstance(channel, discord.Thread) else channel_id)
    except discord.HTTPException as error:
        return Finding(False, "channel", f"{channel_id} cannot be seen ({error.text or error.status}); invite the bot")
    if isinstance(channel, discord.CategoryChannel | discord.ForumChannel):
        return Finding(False, "channel", f"#{channel.name} takes no messages; name a channel or a post inside it")
    rights = held.permissions_for(member)
    needed = ("view_channel", "send_messages_in_threads", *_RIGHTS[2:]) if in_thread else _RIGHTS
    missing = [name for name in needed if not getattr(rights, name)]
    if missing:
        plain = ", ".join(missing).replace("_", " ")
        return Finding(False, "channel", f"#{channel.name}: the bot may not {plain}; allow it there")
    return Finding(True, "channel", f"#{channel.name}: the bot may post there")


async def _oxen(settings: Settings, namespaces: list[tuple[str, GuildId]]) -> AsyncGenerator[Finding]:
    async with OxenClient(str(settings.oxen_api_url), settings.oxen_api_key.get_secret_value()) as oxen:
        try:
            await oxen.list(None)
        except KeyRefused:
            yield _wrong(reasons.KEY_REFUSED)
            return
        except ProviderError as error:
            yield _wrong(reasons.oxen_away(str(settings.oxen_api_url), _said(error)))
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
    except ProviderError as error:
        return Finding(False, "namespace", f"{namespace}: {_said(error)}; the key must belong to it")
    return Finding(True, "namespace", f"{namespace} can be used")


def _closed(namespace: str, guild_id: GuildId) -> Finding:
    text = f"{namespace} is not open to server {guild_id}, which wants to pay from it; if it may, add"
    return Finding(False, "namespace", f"{text} {namespace}={guild_id} to DROVER_NAMESPACES")


async def _catalogue(oxen: OxenClient, settings: Settings) -> AsyncGenerator[Finding]:
    try:
        catalogue = await oxen.catalogue()
    except ProviderError as error:
        yield Finding(False, "catalogue", _said(error))
        return
    yield Finding(True, "catalogue", f"{len(catalogue)} models")
    chosen = {
        MediaKind.VIDEO: ("DROVER_VIDEO_MODELS", settings.video_models),
        MediaKind.IMAGE: ("DROVER_IMAGE_MODELS", settings.image_models),
    }
    for kind, (variable, names) in chosen.items():
        invalid = [n for n in names if (m := catalogue.get(n)) is None or not m.runs_on_prompt(kind)]
        text = f"cannot make {kind.value}s from a prompt: {', '.join(invalid)}" if invalid else ", ".join(names)
        yield Finding(not invalid, variable, text)
    if settings.prices is None:
        return
    try:
        listed = read_prices(settings.prices.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        yield Finding(False, "DROVER_PRICES", f"{settings.prices} cannot be read ({type(error).__name__})")
        return
    for each in (*listed.complaints, *listed.unknown(catalogue)):
        yield Finding(False, "DROVER_PRICES", f"line {each.number} is left out ({each.why}): {each.line}")
    yield Finding(True, "DROVER_PRICES", f"{len(listed.prices)} prices")


def _said(error: ProviderError) -> str:
    """The provider's own words where it gave any: here they are for the operator, on the operator's screen."""
    return error.detail if isinstance(error, Rejected) else str(error)

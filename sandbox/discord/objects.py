"""Records as Discord writes them: every field the public schema marks required, and those libraries rely on."""

import hashlib
import hmac
from datetime import UTC, datetime
from urllib.parse import quote

from sandbox.discord import state
from sandbox.discord.forms import Json
from sandbox.discord.snowflakes import created_at
from sandbox.discord.world import World

MIB = 1024 * 1024
_MOST_COUNTED = 50  # members of a thread
# 20 MiB since 2026-09-03 (discord-api-docs pull request 8578); boosted guilds keep their higher limits.
_NITRO_LIMIT = 500 * MIB
_UPLOAD_LIMITS = {0: 20 * MIB, 1: 20 * MIB, 2: 50 * MIB, 3: 100 * MIB}


def upload_limit(guild: state.Guild | None, member: state.User | None = None) -> int:
    """Bytes one file may have there; with a member what an interaction of theirs may be answered with."""
    limit = _UPLOAD_LIMITS[guild.premium_tier if guild else 0]
    return max(limit, _NITRO_LIMIT) if member is not None and member.nitro else limit


def moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds")


def user(one: state.User) -> Json:
    about: Json = {
        "id": str(one.id),
        "username": one.username,
        "global_name": None if one.bot else one.name,
        "discriminator": "0001" if one.bot else "0",
        "avatar": None,
        "avatar_decoration_data": None,
        "collectibles": None,
        "banner": None,
        "accent_color": None,
        "public_flags": 0,
        "flags": 0,
        "primary_guild": None,
    }
    return {**about, "bot": True} if one.bot else about


def own_user(one: state.User) -> Json:
    return {**user(one), "mfa_enabled": True, "locale": one.locale, "verified": True, "email": None}


def application(world: World) -> Json:
    about = world.application
    owner = world.users[next(guild.owner_id for guild in world.guilds.values())] if world.guilds else world.bot
    return {
        "id": str(about.id),
        "name": about.name,
        "icon": None,
        "description": about.description,
        "type": None,
        "bot": user(world.bot),
        "summary": "",
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": hashlib.sha256(str(about.id).encode()).hexdigest(),
        "flags": 0,
        "flags_new": "0",
        "hook": True,
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "integration_types_config": {"0": {}, "1": {}},
        "owner": user(owner),
        "approximate_guild_count": sum(guild.installed for guild in world.guilds.values()),
        "approximate_user_install_count": sum(one.installed_app for one in world.users.values()),
        "approximate_user_authorization_count": 0,
        "explicit_content_filter": 0,
        "team": None,
        "eligible_oauth2_scopes": ["bot", "applications.commands"],
    }


def role(one: state.Role) -> Json:
    about: Json = {
        "id": str(one.id),
        "name": one.name,
        "permissions": str(one.permissions),
        "position": one.position,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": one.bot_id is not None,
        "mentionable": one.mentionable,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
    }
    return {**about, "tags": {"bot_id": str(one.bot_id)}} if one.bot_id else about


def bare_member(one: state.Member) -> Json:
    """A member without the user: as messages and resolved objects carry it."""
    return {
        "avatar": None,
        "banner": None,
        "communication_disabled_until": None,
        "flags": 0,
        "joined_at": moment(one.joined_at),
        "nick": one.nick,
        "pending": False,
        "premium_since": None,
        "roles": [str(role_id) for role_id in one.roles],
        "mute": False,
        "deaf": False,
    }


def resolved_member(one: state.Member) -> Json:
    """A member among the resolved data of an interaction."""
    return {key: entry for key, entry in bare_member(one).items() if key not in {"mute", "deaf"}}


def member(world: World, one: state.Member) -> Json:
    return {**bare_member(one), "user": user(world.users[one.user_id])}


def channel(world: World, one: state.Channel, viewer: int | None = None) -> Json:
    """A channel; with a viewer, the partial's `permissions` of that user are added."""
    last = str(one.last_message_id) if one.last_message_id else None
    about: Json = {"id": str(one.id), "type": one.type, "flags": one.flags, "last_message_id": last}
    if one.last_pin_at is not None:
        about["last_pin_timestamp"] = moment(one.last_pin_at)
    if one.type == state.DM:
        recipient = [] if one.recipient_id is None else [user(world.users[one.recipient_id])]
        return {**about, "recipients": recipient}
    about |= {
        "guild_id": str(one.guild_id),
        "name": one.name,
        "parent_id": str(one.parent_id) if one.parent_id else None,
        "rate_limit_per_user": one.slowmode,
    }
    about |= _thread(world, one) if one.type in state.THREADS else _guild_channel(one)
    return about if viewer is None else {**about, "permissions": str(world.granted(one, viewer))}


_PARTIAL = frozenset(
    {
        *("id", "name", "type", "last_message_id", "nsfw", "parent_id", "guild_id", "flags", "rate_limit_per_user"),
        *("topic", "position", "thread_metadata"),
    }
)


def partial_channel(world: World, one: state.Channel, viewer: int) -> Json:
    """A channel among the resolved data of an interaction; `viewer` is who picked it."""
    whole = channel(world, one)
    permitted = {"permissions": str(world.granted(one, viewer)), "app_permissions": str(world.app_permissions(one))}
    return {**{key: entry for key, entry in whole.items() if key in _PARTIAL}, **permitted}


def _guild_channel(one: state.Channel) -> Json:
    overwrites = [
        {"id": str(entry.id), "type": entry.kind, "allow": str(entry.allow), "deny": str(entry.deny)}
        for entry in one.overwrites.values()
    ]
    about: Json = {
        "position": one.position,
        "topic": one.topic,
        "nsfw": one.nsfw,
        "permission_overwrites": overwrites,
    }
    if one.type in state.VOCAL:
        return {**about, "bitrate": 64000, "user_limit": 0, "rtc_region": None}
    if one.type in state.THREAD_ONLY:
        settled = {"default_reaction_emoji": None, "default_sort_order": None, "default_forum_layout": 0}
        about |= {**settled, "available_tags": [_tag(entry) for entry in one.tags]}
    about |= {"default_auto_archive_duration": one.archive_minutes}
    return {**about, "default_thread_rate_limit_per_user": one.thread_slowmode}


def _tag(one: state.Tag) -> Json:
    return {"id": str(one.id), "name": one.name, "moderated": one.moderated, "emoji_id": None, "emoji_name": None}


def _thread(world: World, one: state.Channel) -> Json:
    """The message a thread was started from is not counted (public documentation: resources/channel)."""
    counted = (entry for entry in world.history(one.id) if entry.id != one.id and entry.type != state.THREAD_STARTER)
    settled: Json = {
        "archived": one.archived,
        "archive_timestamp": moment(one.archive_changed_at),
        "auto_archive_duration": one.archive_minutes,
        "locked": one.locked,
        "create_timestamp": moment(created_at(one.id)),
    }
    about: Json = {
        "owner_id": str(one.owner_id),
        "message_count": sum(1 for _ in counted),
        "member_count": min(len(one.joined), _MOST_COUNTED),
        "total_message_sent": one.total_sent,
        "thread_metadata": settled,
    }
    if one.type == state.PRIVATE_THREAD:
        settled["invitable"] = one.invitable
    if one.parent_id in world.channels and world.channels[one.parent_id].type in state.THREAD_ONLY:
        about["applied_tags"] = [str(tag) for tag in one.applied]
    mine = world.application.id
    return {**about, "member": thread_member(one, mine)} if mine in one.joined else about


def thread_member(one: state.Channel, user_id: int) -> Json:
    joined = moment(one.joined[user_id])
    return {"id": str(one.id), "user_id": str(user_id), "join_timestamp": joined, "flags": 0}


def guild(one: state.Guild) -> Json:
    nothing = dict.fromkeys(
        (
            *("icon", "description", "home_header", "splash", "discovery_splash", "banner", "application_id"),
            *("afk_channel_id", "system_channel_id", "widget_channel_id", "max_presences", "vanity_url_code"),
            *("rules_channel_id", "safety_alerts_channel_id", "public_updates_channel_id", "incidents_data"),
        )
    )
    counts = dict.fromkeys(
        (
            *("system_channel_flags", "verification_level", "default_message_notifications", "mfa_level"),
            *("explicit_content_filter", "nsfw_level"),
        ),
        0,
    )
    return {
        **nothing,
        **counts,
        "id": str(one.id),
        "name": one.name,
        "features": [],
        "owner_id": str(one.owner_id),
        "region": "us-central",
        "afk_timeout": 300,
        "widget_enabled": False,
        "roles": [role(entry) for entry in one.roles.values()],
        "max_members": 500_000,
        "max_stage_video_channel_users": 50,
        "max_video_channel_users": 25,
        "premium_tier": one.premium_tier,
        "premium_subscription_count": (0, 2, 7, 14)[one.premium_tier],
        "preferred_locale": one.locale,
        "premium_progress_bar_enabled": False,
        "nsfw": False,
        "emojis": [],
        "stickers": [],
    }


def guild_create(
    world: World,
    one: state.Guild,
    *,
    members: list[state.Member] | None = None,
    places: list[state.Channel] | None = None,
) -> Json:
    """The GUILD_CREATE event with those members and channels; else with the bot alone, and with all channels."""
    if places is None:
        places = [entry for entry in world.channels.values() if entry.guild_id == one.id]
    if members is None:
        members = [one.members[world.application.id]]
    nothing: Json = {
        key: list[Json]()
        for key in ("voice_states", "presences", "stage_instances", "guild_scheduled_events", "soundboard_sounds")
    }
    return {
        **guild(one),
        **nothing,
        "joined_at": moment(one.members[world.application.id].joined_at),
        "large": False,
        "unavailable": False,
        "member_count": len(one.members),
        "members": [member(world, entry) for entry in members],
        "channels": [channel(world, entry) for entry in places if entry.type not in state.THREADS],
        "threads": [channel(world, entry) for entry in active_threads(world, one)],
    }


def active_threads(world: World, one: state.Guild) -> list[state.Channel]:
    """Those of a guild that are not archived and that the bot can look into."""
    threads = [entry for entry in world.channels.values() if entry.guild_id == one.id and entry.type in state.THREADS]
    return [entry for entry in threads if not entry.archived and world.seen_by_bot(entry)]


def signature(world: World, path: str, expires: str, issued: str) -> str:
    return hmac.new(world.secret, f"{path}?{expires}&{issued}".encode(), hashlib.sha256).hexdigest()


def _link_path(one: state.Attachment) -> str:
    root = "ephemeral-attachments" if one.ephemeral else "attachments"
    return f"/{root}/{one.channel_id}/{one.id}/{quote(one.filename)}"


def bare_link(world: World, one: state.Attachment) -> str:
    """Where an attachment lies, without the signature that opens it."""
    return f"{world.url}{_link_path(one)}"


def attachment(world: World, one: state.Attachment) -> Json:
    """An attachment with freshly signed links: reading a message refreshes them."""
    path = _link_path(one)
    issued, expires = f"{int(world.clock.now()):x}", f"{int(world.clock.now() + world.link_seconds):x}"
    signed = f"{path}?ex={expires}&is={issued}&hm={signature(world, path, expires, issued)}&"
    about: Json = {
        "id": str(one.id),
        "filename": one.filename,
        "size": one.size,
        "url": f"{world.url}{signed}",
        "proxy_url": f"{world.url}/media{signed}",
        "content_type": one.content_type,
    }
    settled = {"description": one.description, "title": one.title, "width": one.width, "height": one.height}
    settled["flags"] = one.flags or None
    about |= {key: value for key, value in settled.items() if value is not None}
    return {**about, "ephemeral": True} if one.ephemeral else about

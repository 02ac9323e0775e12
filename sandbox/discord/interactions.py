"""The life of an interaction: sent to the bot, answered within 3 seconds or dead, its token good for 15 minutes.

Source: public documentation, interactions/receiving-and-responding; discord-api-docs issues 6851 (an expired token is
401, 50027) and 3090 (afterwards the bot token still reaches what is not ephemeral).
"""

import base64
import secrets
import time
from dataclasses import dataclass

from sandbox.discord import entitlements, errors, objects, permissions, state, wire
from sandbox.discord.forms import Json
from sandbox.discord.world import Dispatch, World

COMMAND, COMPONENT, AUTOCOMPLETE, MODAL_SUBMIT = 2, 3, 4, 5
DEADLINE_SECONDS = 3.0
TOKEN_SECONDS = 15 * 60
GUILD, BOT_DM = 0, 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Who does something where: what every interaction of theirs carries."""

    user: state.User
    channel: state.Channel
    locale: str

    def number(self) -> int:
        """Discord's own number for it (Interaction Context Types)."""
        return BOT_DM if self.channel.guild_id is None else GUILD


def send(
    world: World,
    context: Context,
    kind: int,
    data: Json,
    *,
    command: str | None = None,
    source: state.Message | None = None,
    triggered_by: state.Interaction | None = None,
) -> state.Interaction:
    """Dispatch INTERACTION_CREATE and start the clock on its answer."""
    interaction_id = world.ids.next()
    token = _token(interaction_id)
    guild = world.guilds.get(context.channel.guild_id or 0)
    payload = {
        "id": str(interaction_id),
        "application_id": str(world.application.id),
        "type": kind,
        "token": token,
        "version": 1,
        "data": data,
        **_place(world, context, guild),
    }
    if source is not None:
        payload["message"] = wire.message(world, source)
    one = state.Interaction(
        id=interaction_id, token=token, type=kind, user_id=context.user.id, guild_id=guild.id if guild else None,
        channel_id=context.channel.id, payload=payload, sent_at=world.clock.now(), sent_real=time.perf_counter(),
        command=command, source_id=source.id if source else None, triggered_by=triggered_by,
        user_install_only=guild is not None and not guild.installed,
    )  # fmt: skip
    world.interactions[one.id] = world.tokens[token] = one
    one.deadline = world.clock.call_later(DEADLINE_SECONDS, lambda: _fail(world, one))
    world.feed.add("interaction_created", **summary(world, one))
    world.dispatch(Dispatch(name="INTERACTION_CREATE", data=payload, guild_id=one.guild_id))
    return one


def _place(world: World, context: Context, guild: state.Guild | None) -> Json:
    user, channel = context.user, context.channel
    owned = entitlements.in_force(world, user.id, channel.guild_id)
    about: Json = {
        "channel_id": str(channel.id),
        "channel": objects.channel(world, channel, viewer=user.id),
        "app_permissions": str(world.app_permissions(channel)),
        "locale": context.locale,
        "entitlements": [entitlements.entitlement(world, one) for one in owned],
        "attachment_size_limit": objects.upload_limit(guild, user),
        "context": context.number(),
        "authorizing_integration_owners": _owners(user, guild),
    }
    if guild is None:
        return {**about, "user": objects.user(user)}
    member = objects.member(world, guild.members[user.id])
    return {
        **about,
        "guild_id": str(guild.id),
        "guild": {"id": str(guild.id), "locale": guild.locale, "features": []},
        "guild_locale": guild.locale,
        "member": {**member, "permissions": str(world.granted(channel, user.id))},
    }


def _owners(user: state.User, guild: state.Guild | None) -> Json:
    owners: Json = {}
    if guild is None:
        owners["0"] = "0"
    elif guild.installed:
        owners["0"] = str(guild.id)
    if user.installed_app or not owners:
        owners["1"] = str(user.id)
    return owners


def _token(interaction_id: int) -> str:
    raw = f"interaction:{interaction_id}:{secrets.token_urlsafe(48)}"
    return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")


def _fail(world: World, one: state.Interaction) -> None:
    if one.state != "waiting":
        return
    one.state = "failed"
    one.error = {
        COMMAND: "The application did not respond",
        AUTOCOMPLETE: "Loading options failed",
        MODAL_SUBMIT: "Something went wrong. Try again.",
    }.get(one.type, "This interaction failed")
    world.feed.add("interaction_failed", **summary(world, one))


def await_answer(world: World, one: state.Interaction) -> None:
    """A deferred message that still thinks when the token runs out will think no more."""

    def expire() -> None:
        shown = world.messages.get(one.original_id or 0)
        if one.thinking and shown is not None:
            one.error = "The application did not respond"
            world.feed.add("interaction_expired", **summary(world, one))

    world.clock.call_later(TOKEN_SECONDS, expire)


def acknowledge(world: World, one: state.Interaction, callback_type: int) -> None:
    one.state = "acknowledged"
    one.callback_type = callback_type
    one.acknowledged_real = time.perf_counter()
    if one.deadline is not None:
        one.deadline.cancel()
    if one.type == MODAL_SUBMIT and one.triggered_by is not None:
        one.triggered_by.modal_closed = True
    world.feed.add("interaction_acknowledged", **summary(world, one))


def waiting(world: World, interaction_id: int, token: str) -> state.Interaction:
    """The interaction a callback is for. 10062 when unknown or too late, 40060 when answered already."""
    one = world.interactions.get(interaction_id)
    if one is None or one.token != token or one.state == "failed":
        raise errors.unknown_interaction()
    if one.state == "acknowledged":
        raise errors.already_acknowledged()
    return one


def answered(world: World, application_id: int, token: str) -> state.Interaction:
    """The interaction whose token stands in a webhook path. 10015 when there is none, 50027 after 15 minutes."""
    one = world.tokens.get(token)
    if one is None or application_id != world.application.id or one.state == "failed":
        raise errors.unknown_webhook()
    if world.clock.now() - one.sent_at > TOKEN_SECONDS:
        raise errors.invalid_webhook_token()
    if one.state != "acknowledged" or one.type == AUTOCOMPLETE:
        raise errors.unknown_webhook()
    return one


def reply_to(world: World, one: state.Interaction, *, ephemeral: bool) -> state.Message:
    """A fresh, empty message of the bot in answer to an interaction; not stored yet.

    An application that is not installed in the server answers in private where the member may not use external apps in
    public (public documentation: topics/permissions, USE_EXTERNAL_APPS).
    """
    place = world.channels.get(one.channel_id)
    if place is None:
        raise errors.unknown_channel()
    if one.user_install_only and not permissions.allows(world.granted(place, one.user_id), "USE_EXTERNAL_APPS"):
        ephemeral = True
    fresh = state.Message(
        id=world.ids.next(), channel_id=one.channel_id, author_id=world.application.id, created_at=world.clock.now(),
        interaction=one,
    )  # fmt: skip
    if one.original_id is not None or one.source_id is not None:
        fresh.type, fresh.reference, fresh.reference_channel = 19, one.original_id or one.source_id, one.channel_id
    elif one.type == COMMAND:
        fresh.type = 20
    if ephemeral:
        fresh.only_for, fresh.flags = one.user_id, state.EPHEMERAL
    return fresh


def summary(world: World, one: state.Interaction) -> Json:
    """An interaction as the control API shows it. `latency_ms` is real time from dispatch to acknowledgement."""
    latency = None if one.acknowledged_real is None else round((one.acknowledged_real - one.sent_real) * 1000, 3)
    place = world.channels.get(one.channel_id)
    return {
        "interaction_id": str(one.id),
        "type": {COMMAND: "command", COMPONENT: "component", AUTOCOMPLETE: "autocomplete"}.get(one.type, "modal"),
        "command": one.command,
        "user": world.users[one.user_id].name,
        "channel_id": str(one.channel_id),
        "channel": place.name if place else None,
        "state": one.state,
        "sent_at": one.sent_at,
        "acknowledged_at": None if latency is None else one.sent_at + latency / 1000,
        "latency_ms": latency,
        "callback_type": one.callback_type,
        "deferred": one.deferred,
        "ephemeral": one.ephemeral,
        "response_message_id": str(one.original_id) if one.original_id else None,
        "modal": one.modal,
        "choices": one.choices,
        "error": one.error,
    }

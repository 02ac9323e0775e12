"""Where the server hears of budgets, a key that stopped working, what moderators did, and how the week was."""

from dataclasses import replace

import discord

from bot.chat.guilds.rule_words import rule_name
from bot.chat.panels.controls import Control, button, channel_picker, row
from bot.chat.panels.section import Call, Items, Section, Turn, present, rules_here, saved, text
from bot.chat.sorting import sorted_errors
from bot.domain.errors import Refusal
from bot.domain.ids import ChannelId
from bot.domain.messenger import TryLater, Undeliverable
from bot.domain.rules.policy import GuildPolicy

_SWITCHES = ("acts_told", "weekly_summary")


class Log(Section):
    name = "log"

    async def draw(self, call: Call) -> Items:
        texts, policy = call.texts, await call.rules()
        chosen = present(call, [policy.log_channel] if policy.log_channel is not None else [])
        channels = channel_picker(self.at(call, "channel"), texts("settings-pick-log"), chosen, most=1, written=True)
        return [
            *lost(call, policy),
            text(rules_here(call, policy, ("log_channel", *_SWITCHES))),
            row(channels),
            row(*(self._switch(call, policy, name) for name in _SWITCHES)),
        ]

    def _switch(self, call: Call, policy: GuildPolicy, name: str) -> Control:
        on = bool(getattr(policy, name))
        label = call.texts("settings-switch", rule=rule_name(name, call.texts), state="on" if on else "off")
        style = discord.ButtonStyle.success if on else discord.ButtonStyle.secondary
        return button(self.at(call, "off" if on else "on", name), label, style)

    async def act(self, call: Call) -> Turn:
        """What a switch does is in its place, so that a press of an old panel does what was read on it."""
        verb, name = call.address.verb, call.arg
        if verb == "channel":
            await self._choose(call)
        elif name in _SWITCHES:
            await call.office.rulebook.change(call.guild_id, lambda p: replace(p, **{name: verb == "on"}), call.user_id)
        return saved(call)

    async def _choose(self, call: Call) -> None:
        """Greets the channel first: whether it can be written in is found out by writing. Raises `Refusal`."""
        chosen = ChannelId(int(call.values[0])) if call.values else None
        if chosen is not None and chosen != (await call.rules()).log_channel:
            await _greet(call, chosen)
        await call.office.rulebook.change(
            call.guild_id, lambda p: replace(p, log_channel=chosen, log_channel_lost=None), call.user_id
        )


def lost(call: Call, policy: GuildPolicy) -> Items:
    """The news that the log channel cannot be written in any more, until another one is chosen."""
    gone = policy.log_channel_lost
    return [text(call.texts("settings-log-lost", channel=f"<#{gone}>"))] if gone is not None else []


async def _greet(call: Call, channel_id: ChannelId) -> None:
    """Raises `Refusal` for what is no channel of this server, whatever a client says it is."""
    client, guild = call.interaction.client, call.interaction.guild
    if guild is None or guild.get_channel(channel_id) is None:
        raise Refusal("log-channel", where=f"<#{channel_id}>")
    texts = client.translations.of(guild.preferred_locale)
    channel = client.get_partial_messageable(channel_id, guild_id=guild.id)
    try:
        with sorted_errors():
            await channel.send(texts("settings-log-hello"), allowed_mentions=discord.AllowedMentions.none())
    except Undeliverable as error:
        raise Refusal("log-channel", where=f"<#{channel_id}>") from error
    except TryLater as error:
        raise Refusal("log-channel-later") from error

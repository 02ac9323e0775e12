"""The sections of a server's records: who hears of it, what it likes, for how long words are kept, who changed what."""

from collections.abc import Callable
from typing import Any

import discord
from discord import ui

from bot.chat.kit.components import TEXT_CHANNELS, button, channel_select, row, select
from bot.chat.kit.errors import sorted_errors
from bot.chat.settings.rules import PLACES
from bot.chat.settings.section import Call, Items, Section, Turn
from bot.chat.settings.views import act_line, rule_lines, rule_name, rule_value
from bot.domain.errors import Refusal
from bot.domain.ids import ChannelId
from bot.domain.messenger import TryLater, Undeliverable
from bot.domain.rules.policy import GuildPolicy
from bot.texts import Texts

_DAYS = (1, 7, 30, 90, 365)
_FOR_GOOD = "0"
_STARS = (1, 2, 3, 4, 5, 7, 10, 15, 20, 30)
_SWITCHES = ("acts_told", "weekly_summary")
_ACTS, _ACT_LINE = 10, 300  # acts on a page of the audit log, characters of each; a panel may have 4000


class Log(Section):
    """Where the server hears of budgets, a key that stopped working, what moderators did, and how the week was."""

    name = "log"
    acts = ("channel", "on", "off")

    async def draw(self, call: Call) -> Items:
        texts, policy = call.texts, await call.rules()
        chosen = call.present([policy.log_channel] if policy.log_channel is not None else [])
        channels = channel_select(self.at(call, "channel"), texts("settings-pick-log"), TEXT_CHANNELS, chosen, most=1)
        switches: Items = []
        for name in _SWITCHES:
            on = bool(getattr(policy, name))
            label = texts("settings-switch", rule=rule_name(name, texts), state="on" if on else "off")
            style = discord.ButtonStyle.success if on else discord.ButtonStyle.secondary
            switches.append(button(self.at(call, "off" if on else "on", name), label, style))
        told = ui.TextDisplay[Any](call.lines(policy, "log_channel", *_SWITCHES))
        return [*lost(call, policy), told, row(channels), row(*switches)]

    async def act(self, call: Call) -> Turn:
        """What a switch does is in its place, so that a press of an old panel does what was read on it.

        A channel is greeted first: whether it can be written in is found out by writing.
        """
        verb, name = call.address.verb, call.arg
        if verb == "channel":
            chosen = ChannelId(int(call.values[0])) if call.values else None
            if chosen is not None and chosen != (await call.rules()).log_channel:
                await _greet(call, chosen, lambda texts: texts("settings-log-hello"))
            return await call.change(log_channel=chosen, log_channel_lost=None)
        if name in _SWITCHES:
            return await call.change(**{name: verb == "on"})
        return Turn(news=call.texts("settings-saved"))


def lost(call: Call, policy: GuildPolicy) -> Items:
    """The news that the log channel cannot be written in any more, until another one is chosen."""
    gone = policy.log_channel_lost
    return [ui.TextDisplay(call.texts("settings-log-lost", channel=f"<#{gone}>"))] if gone is not None else []


class Showcase(Section):
    """Where results appear that so many members have starred."""

    name = "showcase"
    acts = ("channel", "stars")

    async def draw(self, call: Call) -> Items:
        texts, policy = call.texts, await call.rules()
        news: Items = []
        if policy.showcase_channel_lost is not None:
            news.append(ui.TextDisplay(texts("settings-showcase-lost", channel=f"<#{policy.showcase_channel_lost}>")))
        chosen = call.present([policy.showcase_channel] if policy.showcase_channel is not None else [])
        pick = texts("settings-pick-showcase")
        channels = channel_select(self.at(call, "channel"), pick, TEXT_CHANNELS, chosen, most=1)
        settled = policy.showcase_stars
        options = [
            discord.SelectOption(label=rule_value("showcase_stars", n, texts), value=str(n), default=n == settled)
            for n in sorted({*_STARS, settled})
        ]
        return [
            *news,
            ui.TextDisplay(call.lines(policy, "showcase_channel", "showcase_stars")),
            row(channels),
            row(select(self.at(call, "stars"), texts("settings-pick-stars"), options)),
        ]

    async def act(self, call: Call) -> Turn:
        """A channel is greeted first, as a log channel is."""
        if call.address.verb == "stars":
            chosen = call.values[0] if call.values else ""
            if chosen.isdecimal() and int(chosen) in _STARS:
                return await call.change(showcase_stars=int(chosen))
            return Turn(news=call.texts("settings-saved"))
        rules = await call.rules()
        channel = ChannelId(int(call.values[0])) if call.values else None
        if channel is not None and channel != rules.showcase_channel:
            if call.guild is not None and isinstance(call.guild.get_channel(channel), discord.ForumChannel):
                raise Refusal("showcase-forum", where=f"<#{channel}>")
            count = rules.showcase_stars
            await _greet(call, channel, lambda texts: texts("settings-showcase-hello", count=count))
        return await call.change(showcase_channel=channel, showcase_channel_lost=None)


async def _greet(call: Call, channel_id: ChannelId, hello: Callable[[Texts], str]) -> None:
    """Raises `Refusal` for what is no channel of this server, whatever a client says it is."""
    client, guild = call.context.interaction.client, call.guild
    if guild is None or guild.get_channel(channel_id) is None:
        raise Refusal("log-channel", where=f"<#{channel_id}>")
    texts = call.context.front_end.translations.of(guild.preferred_locale)
    channel = client.get_partial_messageable(channel_id, guild_id=guild.id)
    try:
        with sorted_errors():
            await channel.send(hello(texts), allowed_mentions=discord.AllowedMentions.none())
    except Undeliverable as error:
        raise Refusal("log-channel", where=f"<#{channel_id}>") from error
    except TryLater as error:
        raise Refusal("log-channel-later") from error


class Reviews(Section):
    """In which channels others see results only after a moderator's yes, and where moderators are asked for it."""

    name = "reviews"
    acts = ("channels", "where")

    async def draw(self, call: Call) -> Items:
        texts, policy = call.texts, await call.rules()
        chosen = call.present([policy.review_channel] if policy.review_channel is not None else [])
        channels = channel_select(
            self.at(call, "channels"), texts("settings-pick-reviewed"), PLACES, call.present(policy.reviewed)
        )
        where = channel_select(self.at(call, "where"), texts("settings-pick-review"), TEXT_CHANNELS, chosen, most=1)
        return [ui.TextDisplay(call.lines(policy, "reviewed", "review_channel")), row(channels), row(where)]

    async def act(self, call: Call) -> Turn:
        """Nothing waits for moderators who could not be asked."""
        policy, ids = await call.rules(), [ChannelId(int(value)) for value in call.values if value.isdecimal()]
        if call.address.verb == "channels":
            if ids and policy.review_channel is None and policy.log_channel is None:
                raise Refusal("review-nowhere")
            return await call.change(reviewed=frozenset(ids))
        if not ids and policy.reviewed and policy.log_channel is None:
            raise Refusal("review-nowhere")
        if ids and ids[0] != policy.review_channel:
            await _greet(call, ids[0], lambda texts: texts("settings-review-hello"))
        return await call.change(review_channel=ids[0] if ids else None)


class Retention(Section):
    """For how long prompts are kept."""

    name = "privacy"
    acts = ("days",)

    async def draw(self, call: Call) -> Items:
        texts, policy = call.texts, await call.rules()
        settled = policy.retention
        options = [
            discord.SelectOption(label=texts("rule-none", rule="retention"), value=_FOR_GOOD, default=settled is None)
        ]
        for days in sorted({*_DAYS, *([settled] if settled is not None else [])}):
            label = rule_value("retention", days, texts)
            options.append(discord.SelectOption(label=label, value=str(days), default=days == settled))
        return [
            ui.TextDisplay(rule_lines(policy, ("retention",), texts)),
            row(select(self.at(call, "days"), texts("settings-pick-retention"), options)),
        ]

    async def act(self, call: Call) -> Turn:
        chosen = call.values[0] if call.values else ""
        if chosen == _FOR_GOOD or (chosen.isdecimal() and int(chosen) in _DAYS):
            return await call.change(retention=int(chosen) or None)
        return Turn(news=call.texts("settings-saved"))


class AuditLog(Section):
    """Who changed what, and who did what to the queue. The argument is the ordinal above which the page ends."""

    name = "audit"
    acts = ("newest", "older")

    async def draw(self, call: Call) -> Items:
        texts = call.texts
        below = int(call.arg) if call.arg.isdecimal() else None
        page = await call.services.policy_service.acts(call.guild_id, below=below, size=_ACTS)
        told = [
            f"{discord.utils.format_dt(one.at, 'f')} · {act_line(one.act, texts)}".replace("\n", " ")[:_ACT_LINE]
            for one in page.acts
        ]
        shown: Items = [ui.TextDisplay("\n".join(told) or texts("settings-audit-none"))]
        buttons: Items = []
        if below is not None:
            buttons.append(button(self.at(call, "newest"), texts("settings-audit-newest")))
        if page.older is not None:
            buttons.append(button(self.at(call, "older", str(page.older)), texts("settings-audit-older")))
        return [*shown, row(*buttons)] if buttons else shown

    async def act(self, call: Call) -> Turn:
        return Turn(arg=call.arg)

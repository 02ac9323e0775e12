"""Who may order, and where: roles, channels and categories; and those who may not."""

from dataclasses import replace

from bot.domain.ids import ChannelId, RoleId, UserId
from bot.domain.rules.policy import GuildPolicy

from bot.chat.settings.controls import MOST_PICKED, channel_picker, member_picker, role_picker, row
from bot.chat.settings.section import SETUP, Call, Items, Section, Turn, present, rules_here, saved, text


class Access(Section):
    """A choice of nothing allows all."""

    name = "access"

    async def draw(self, call: Call) -> Items:
        texts, policy = call.texts, await call.rules()
        shown: Items = [
            text(rules_here(call, policy, ("roles", "channels"))),
            row(role_picker(self.at(call, "roles"), texts("settings-pick-roles"), present(call, policy.roles))),
            row(
                channel_picker(
                    self.at(call, "channels"), texts("settings-pick-channels"), present(call, policy.channels)
                )
            ),
        ]
        if call.address.frame == SETUP:
            return shown
        shown.append(text(rules_here(call, policy, ("banned",))))
        if len(policy.banned) <= MOST_PICKED:
            shown.append(row(member_picker(self.at(call, "banned"), texts("settings-pick-banned"), policy.banned)))
        return shown

    async def act(self, call: Call) -> Turn:
        ids = [int(value) for value in call.values if value.isdecimal()]

        def change(policy: GuildPolicy) -> GuildPolicy:
            match call.address.verb:
                case "roles":  # everybody has the role that is called like the server: nobody is left out
                    roles = frozenset(RoleId(each) for each in ids)
                    return replace(policy, roles=frozenset() if call.guild_id in roles else roles)
                case "channels":
                    return replace(policy, channels=frozenset(ChannelId(each) for each in ids))
                case _:
                    return replace(policy, banned=frozenset(UserId(each) for each in ids))

        await call.office.rulebook.change(call.guild_id, change, call.user_id)
        return saved(call)

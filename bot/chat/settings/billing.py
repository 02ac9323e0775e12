"""Who pays: a namespace that the operator's key may bill, or a key of the server's own; and all at a glance."""

import discord
from discord import ui

from bot.chat.kit.components import button, row
from bot.chat.kit.modal import Answers, text_field, text_of
from bot.chat.kit.words import escape_markdown
from bot.chat.settings.records import lost
from bot.chat.settings.rules import spent_lines
from bot.chat.settings.section import Call, Items, Section, Turn
from bot.domain.orders.payer import Account
from bot.domain.rules.policy import STANDARD, changes

_NAMESPACE, _KEY = "namespace", "key"
_SHOWN, _MOST = 80, 3000  # characters: of a name, of all rules
_LONGEST_NAME, _LONGEST_KEY = 70, 512
_SURE = "sure"  # the state of the panel that asks once more
# What is shown in any case; of the others what is set.
_AT_A_GLANCE = ("month_budget", "day_budget", "confirm_above", "everyone")


class Overview(Section):
    """All at a glance: who pays, what was spent of each budget, and every rule that is set."""

    name = "overview"

    async def draw(self, call: Call) -> Items:
        return await summary(call)


async def summary(call: Call) -> Items:
    """Who pays, what was spent of each budget, and every rule that is set."""
    policy = await call.rules()
    account = await call.services.accounts.of(call.guild_id)
    further = [rule for rule in changes(STANDARD, policy) if rule not in (*_AT_A_GLANCE, "log_channel_lost")]
    rules = call.lines(policy, *_AT_A_GLANCE, *further)
    told = [*await _pays(call, account), await spent_lines(call), rules]
    return [*lost(call, policy), ui.TextDisplay("\n".join(told)[:_MOST])]


class Billing(Section):
    name = "billing"
    acts = ("clear", "ask", "forget", "keep")
    opens = (_NAMESPACE, _KEY)
    secrets = (_KEY,)

    async def draw(self, call: Call) -> Items:
        texts, accounts = call.texts, call.services.accounts
        account = await accounts.of(call.guild_id)
        shown: Items = [ui.TextDisplay("\n".join(await _pays(call, account)))]
        if call.arg == _SURE and account.key is not None:
            forget = button(self.at(call, "forget"), texts("settings-key-forget"), discord.ButtonStyle.danger)
            keep = button(self.at(call, "keep"), texts("settings-key-keep"))
            return [*shown, ui.TextDisplay(texts("settings-key-forget-sure")), row(forget, keep)]
        buttons: Items = [self.opener(call, _NAMESPACE, texts("settings-namespace-set"))]
        if account.namespace is not None:
            buttons.append(button(self.at(call, "clear"), texts("settings-namespace-clear")))
        if accounts.takes_keys:
            buttons.append(self.opener(call, _KEY, texts("settings-key-set")))
        else:
            shown.append(ui.TextDisplay(f"-# {texts('settings-key-impossible')}"))
        if account.key is not None:
            danger = discord.ButtonStyle.danger
            buttons.append(button(self.at(call, "ask"), texts("settings-key-forget"), danger))
        return [*shown, row(*buttons)]

    async def form(self, call: Call, given: Answers | None) -> ui.Modal | None:
        texts = call.texts
        if call.address.verb == _KEY:
            field = text_field(
                _KEY,
                texts("settings-field-key"),
                description=texts("settings-hint-key"),
                required=True,
                most=_LONGEST_KEY,
            )
            return call.form(texts("settings-key-set"), [field])
        settled = (await call.services.accounts.of(call.guild_id)).namespace
        field = text_field(
            _NAMESPACE,
            texts("settings-field-namespace"),
            description=texts("settings-hint-namespace"),
            value=text_of(given, _NAMESPACE) if given is not None else settled,
            required=True,
            most=_LONGEST_NAME,
        )
        return call.form(texts("settings-namespace-set"), [field])

    async def filled(self, call: Call) -> Turn:
        accounts, texts = call.services.accounts, call.texts
        if call.address.verb == _KEY:
            account = await accounts.set_key(call.guild_id, call.written(_KEY), call.user_id)
            return Turn(news=texts("settings-key-saved", tail=escape_markdown(account.tail or "", 4)))
        account = await accounts.set_namespace(call.guild_id, call.written(_NAMESPACE), call.user_id)
        return Turn(news=texts("settings-namespace-saved", namespace=escape_markdown(account.namespace or "", _SHOWN)))

    async def act(self, call: Call) -> Turn:
        accounts, texts = call.services.accounts, call.texts
        match call.address.verb:
            case "ask":
                return Turn(arg=_SURE)
            case "clear":
                await accounts.clear_namespace(call.guild_id, call.user_id)
                return Turn(news=texts("settings-namespace-cleared"))
            case "forget":
                await accounts.forget_key(call.guild_id, call.user_id)
                return Turn(news=texts("settings-key-forgotten"))
            case _:
                return Turn()


async def _pays(call: Call, account: Account) -> list[str]:
    """What pays now, in plain words."""
    texts, tail = call.texts, escape_markdown(account.tail or "", 4)
    if account.refused:
        return [texts("settings-key-refused", tail=tail)]
    told = [texts("settings-key", tail=tail)] if account.key is not None else []
    if account.namespace is not None:
        told.append(texts("settings-namespace", namespace=escape_markdown(account.namespace, _SHOWN)))
    if told:
        return told
    left = await call.services.billing.trial_left(call.guild_id)
    if left is not None:
        return [texts("settings-namespace-none-trial", left=left)]
    own_pays = call.context.front_end.own_pays
    return [texts("settings-namespace-none-own" if own_pays else "settings-namespace-none-refused")]

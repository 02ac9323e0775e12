"""Who pays: a namespace that the operator's key may bill, or a key of the server's own."""

import discord
from bot.domain.orders.payer import Account

from bot.chat.kit.modal import text_field
from bot.chat.kit.money import dollars
from bot.chat.kit.translation import Texts
from bot.chat.kit.words import escape_markdown
from bot.chat.settings.controls import button, row
from bot.chat.settings.forms import FormLayout, Written
from bot.chat.settings.section import Call, Items, Section, Turn, text

_NAMESPACE, _KEY = "namespace", "key"
_SHOWN = 80  # characters
_LONGEST_NAME, _LONGEST_KEY = 70, 512
_SURE = "sure"  # the state of the panel that asks once more


class BillingSection(Section):
    name = "billing"

    async def draw(self, call: Call) -> Items:
        texts, office = call.texts, call.office
        account = await office.accounts.of(call.guild_id)
        shown: Items = [text("\n".join(await pays(call, account)))]
        if call.arg == _SURE and account.key is not None:
            return [*shown, text(texts("settings-key-forget-sure")), row(*self._sure(call))]
        buttons = [self.opener(call, _NAMESPACE, texts("settings-namespace-set"))]
        if account.namespace is not None:
            buttons.append(button(self.at(call, "clear"), texts("settings-namespace-clear")))
        if office.accounts.takes_keys:
            buttons.append(self.opener(call, _KEY, texts("settings-key-set")))
        else:
            shown.append(text(f"-# {texts('settings-key-impossible')}"))
        if account.key is not None:
            forget = button(self.at(call, "ask"), texts("settings-key-forget"), discord.ButtonStyle.danger)
            buttons.append(forget)
        return [*shown, row(*buttons)]

    def _sure(self, call: Call) -> Items:
        texts = call.texts
        return [
            button(self.at(call, "forget"), texts("settings-key-forget"), discord.ButtonStyle.danger),
            button(self.at(call, "keep"), texts("settings-key-keep")),
        ]

    async def form(self, call: Call, given: Written | None) -> FormLayout | None:
        texts = call.texts
        if call.address.verb == _NAMESPACE:
            settled = (await call.office.accounts.of(call.guild_id)).namespace
            field = text_field(
                _NAMESPACE,
                texts("settings-field-namespace"),
                description=texts("settings-hint-namespace"),
                value=(given or {}).get(_NAMESPACE, settled),
                required=True,
                most=_LONGEST_NAME,
            )
            return FormLayout(title=texts("settings-namespace-set"), fields=[field])
        if call.address.verb == _KEY:
            field = text_field(
                _KEY,
                texts("settings-field-key"),
                description=texts("settings-hint-key"),
                required=True,
                most=_LONGEST_KEY,
            )
            return FormLayout(title=texts("settings-key-set"), fields=[field], secret=True)
        return None

    async def filled(self, call: Call) -> Turn:
        accounts, texts, said = call.office.accounts, call.texts, call.answers
        if call.address.verb == _KEY:
            account = await accounts.set_key(call.guild_id, said.get(_KEY, ""), call.user_id)
            return Turn(news=texts("settings-key-saved", tail=escape_markdown(account.tail or "", 4)))
        account = await accounts.set_namespace(call.guild_id, said.get(_NAMESPACE, ""), call.user_id)
        return Turn(news=texts("settings-namespace-saved", namespace=escape_markdown(account.namespace or "", _SHOWN)))

    async def act(self, call: Call) -> Turn:
        if call.address.verb == "ask":
            return Turn(arg=_SURE)
        if call.address.verb == "clear":
            await call.office.accounts.clear_namespace(call.guild_id, call.user_id)
            return Turn(news=call.texts("settings-namespace-cleared"))
        if call.address.verb == "forget":
            await call.office.accounts.forget_key(call.guild_id, call.user_id)
            return Turn(news=call.texts("settings-key-forgotten"))
        return Turn()


async def pays(call: Call, account: Account) -> list[str]:
    """What pays now, in plain words."""
    texts = call.texts
    if account.refused:
        return [texts("settings-key-refused", tail=escape_markdown(account.tail or "", 4))]
    if account.key is not None:
        line = texts("settings-key", tail=escape_markdown(account.tail or "", 4))
        return [line] if account.namespace is None else [line, _billed_to(account.namespace, texts)]
    if account.namespace is not None:
        return [_billed_to(account.namespace, texts)]
    left = await call.office.billing.trial_left(call.guild_id)
    if left is not None:
        return [texts("settings-namespace-none-trial", left=dollars(left))]
    return [texts("settings-namespace-none-own" if call.office.own_pays else "settings-namespace-none-refused")]


def _billed_to(namespace: str, texts: Texts) -> str:
    return texts("settings-namespace", namespace=escape_markdown(namespace, _SHOWN))

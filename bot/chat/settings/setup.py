"""`/setup`: the sections that a new server needs, one after the other, and a first picture at the end.

Nothing is kept about the walk: where one is stands in the controls, what is settled in the rows.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import discord
from bot.chat.kit.actor import check_place
from bot.chat.kit.desk import Desk
from bot.chat.kit.money import dollars
from bot.chat.kit.words import escape_markdown
from bot.chat.orders.placing import order_further
from bot.domain.models.catalogue import MediaKind, Model
from bot.domain.models.parameters import Json
from bot.domain.money import cheapest
from bot.domain.orders.order import GenerationRequest
from bot.domain.orders.payer import Account
from bot.domain.rules.policy import GuildPolicy
from discord import ui

from bot.chat.settings.billing import summary
from bot.chat.settings.controls import button, row
from bot.chat.settings.section import Call, Items, Section, Turn

STEPS = ("billing", "budgets", "access", "log", "trial")
DONE = "done"
_MOST_PANELS = 1000  # of which it is remembered that their picture was ordered
_NAME = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One picture by the model with these settings, for `price` USD."""

    model: Model
    price: Decimal
    settings: Mapping[str, Json]


class Trial(Section):
    """The last step: one picture by the cheapest model whose price is public."""

    name = "trial"
    acts = ("order",)

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._used: deque[int] = deque(maxlen=_MOST_PANELS)

    async def draw(self, call: Call) -> Items:
        texts, found = call.texts, least(call, await call.rules())
        if found is None:
            return [ui.TextDisplay(texts("setup-trial-none"))]
        price = dollars(found.price)
        told = texts("setup-trial", model=escape_markdown(found.model.name, _NAME), price=price, prompt=_prompt(call))
        label = texts("setup-trial-order", price=price)
        return [ui.TextDisplay(told), row(button(self.at(call, "order"), label, discord.ButtonStyle.success))]

    async def act(self, call: Call) -> Turn:
        """Orders the picture, once for each panel: the second press of a quick hand buys nothing."""
        check_place(call.interaction)
        policy = await call.rules()
        found = least(call, policy)
        panel = call.interaction.message.id if call.interaction.message is not None else 0
        if found is None or panel in self._used:
            return Turn(section=DONE)
        self._used.append(panel)
        request = GenerationRequest(
            kind=MediaKind.IMAGE, prompt=_prompt(call), model=found.model.id, more=found.settings
        )
        if await order_further(call.interaction, request):
            asks = policy.confirm_above is not None and found.price > policy.confirm_above
            return Turn(section=DONE, news=call.texts("setup-asked" if asks else "setup-ordered"))
        self._used.remove(panel)
        return Turn()


class Done(Section):
    """What is settled now, and how to go on."""

    name = DONE

    async def draw(self, call: Call) -> Items:
        return [*await summary(call), ui.TextDisplay(call.texts("setup-done"))]


def steps(desk: Desk, sections: Mapping[str, Section]) -> list[Section]:
    """The sections of the walk."""
    return [*(sections[name] for name in STEPS if name in sections), Trial(desk), Done()]


def begin(policy: GuildPolicy, account: Account, *, own_pays: bool) -> str:
    """The first step of which nothing is settled; where something is of each, the first."""
    open_steps = (name for name in STEPS if not _settled(name, policy, account, own_pays=own_pays))
    first = next(open_steps)
    return first if first != STEPS[-1] else STEPS[0]


def head(call: Call) -> Items:
    texts, name = call.texts, call.address.section
    if name == DONE:
        return [ui.TextDisplay(f"### {texts('setup-done-title')}"), ui.Separator()]
    step = texts("setup-step", step=str(STEPS.index(name) + 1), steps=str(len(STEPS)))
    title = f"### {step} · {texts(f'settings-section-{name}')}"
    return [ui.TextDisplay(f"{title}\n{texts(f'settings-about-{name}')}"), ui.Separator()]


async def ways(call: Call, section: Section) -> Items:
    """Back and Next; Skip where nothing is settled that could be."""
    name, texts = call.address.section, call.texts
    if name == DONE:
        return []
    at = STEPS.index(name)
    policy = await call.rules()
    account = await call.office.accounts.of(call.guild_id)
    settled = _settled(name, policy, account, own_pays=call.office.own_pays)
    following = STEPS[at + 1] if at + 1 < len(STEPS) else DONE
    onward = button(
        section.at(call, "show", following),
        texts("setup-next" if settled else "setup-skip"),
        discord.ButtonStyle.primary if settled else discord.ButtonStyle.secondary,
    )
    if at == 0:
        return [row(onward)]
    return [row(button(section.at(call, "show", STEPS[at - 1]), texts("setup-back")), onward)]


def least(call: Call, policy: GuildPolicy) -> Offer | None:
    """The picture that costs least, by a model that the server allows and that needs no more than a prompt."""
    catalogue = call.office.catalogue_cache.catalogue
    models = catalogue.of_kind(MediaKind.IMAGE) if catalogue is not None else []
    offers: list[Offer] = []
    for model in models:
        found = cheapest(model.pricing, model.parameters) if _allowed(model, policy) else None
        if found is not None:
            offers.append(Offer(model=model, price=found[0], settings=found[1]))
    return min(offers, key=lambda offer: (offer.price, offer.model.name), default=None)


def _allowed(model: Model, policy: GuildPolicy) -> bool:
    if model.id in policy.restricted_models:
        return False
    return not (policy.models or policy.groups) or model.id in policy.models or bool(policy.groups & model.groups)


def _prompt(call: Call) -> str:
    return call.texts("setup-prompt")


def _settled(name: str, policy: GuildPolicy, account: Account, *, own_pays: bool) -> bool:
    match name:
        case "billing":
            return own_pays or account.namespace is not None or (account.key is not None and not account.refused)
        case "budgets":
            amounts = (policy.month_budget, policy.day_budget, policy.confirm_above)
            return any(amount is not None for amount in amounts)
        case "log":
            return policy.log_channel is not None
        case "trial":
            return False
        case _:  # that everybody may order everywhere is settled as well as anything
            return True

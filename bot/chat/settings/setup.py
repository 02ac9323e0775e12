"""`/setup`: the sections that a new server needs, one after the other, and a first picture at the end.

How careful it wants to be is one press; whoever wants to choose goes through budgets and members' limits.

Nothing is kept about the walk: where one is stands in the controls, what is settled in the rows.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

import discord
from discord import ui

from bot.chat.kit.components import button, row
from bot.chat.kit.words import escape_markdown
from bot.chat.orders.placing import place_further
from bot.chat.settings.billing import summary
from bot.chat.settings.section import Call, Items, Section, Turn
from bot.domain.models.catalogue import MediaKind, Model
from bot.domain.models.parameters import Json
from bot.domain.money import cheapest
from bot.domain.orders.order import GenerationRequest
from bot.domain.rules.policy import STANDARD, Allowance, GuildPolicy, Unpriced

PROTECTION, TRIAL, DONE = "protection", "trial", "done"
SETTLED = ("billing", PROTECTION, "access", "log")
STEPS = (*SETTLED, TRIAL)
CHOSEN = ("budgets", "members")  # within the step of the protection, for whoever chooses
# What is before each page, and what follows.
_WAYS: Mapping[str, tuple[str | None, str]] = {
    "billing": (None, PROTECTION),
    PROTECTION: ("billing", "access"),
    "budgets": (PROTECTION, "members"),
    "members": ("budgets", "access"),
    "access": (PROTECTION, "log"),
    "log": ("access", TRIAL),
    TRIAL: ("log", DONE),
}
_LIMITED = ("month_budget", "day_budget", "confirm_above", "everyone")
_MOST_PANELS = 1000  # of which it is remembered that their picture was ordered
_NAME = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One picture by the model with these settings, for `price` USD."""

    model: Model
    price: Decimal
    settings: Mapping[str, Json]


def cautious(policy: GuildPolicy) -> GuildPolicy:
    """A small budget, a question before what is dear, a few orders a day; an amount set aside for unknown prices."""
    return replace(
        policy,
        month_budget=Decimal(10),
        confirm_above=Decimal("0.50"),
        everyone=replace(policy.everyone, per_day=5),
        unpriced=Unpriced.CEILING,
        ceiling_image=STANDARD.ceiling_image,
        ceiling_second=STANDARD.ceiling_second,
    )


class Protection(Section):
    """How careful the server is with its money: one press, or the sections in which one chooses."""

    name = PROTECTION
    acts = ("cautious", "open")

    async def draw(self, call: Call) -> Items:
        texts, after = call.texts, cautious(GuildPolicy())
        offer = texts(
            "setup-protection",
            budget=after.month_budget or Decimal(0),
            above=after.confirm_above or Decimal(0),
            count=after.everyone.per_day or 0,
            image=after.ceiling_image,
            second=after.ceiling_second,
        )
        buttons = row(
            button(self.at(call, "cautious"), texts("setup-cautious"), discord.ButtonStyle.success),
            button(self.at(call, "open"), texts("setup-open")),
            button(self.at(call, "show", CHOSEN[0]), texts("setup-choose")),
        )
        return [ui.TextDisplay(offer), buttons, ui.TextDisplay(call.lines(await call.rules(), *_LIMITED))]

    async def act(self, call: Call) -> Turn:
        if call.address.verb == "cautious":
            await call.change_by(cautious)
            return Turn(section="access", news=call.texts("setup-cautious-set"))
        await call.change(month_budget=None, day_budget=None, confirm_above=None, everyone=Allowance())
        return Turn(section="access", news=call.texts("setup-open-set"))


class Trial(Section):
    """The last step: one picture by the cheapest model whose price is public."""

    name = TRIAL
    acts = ("order",)

    def __init__(self) -> None:
        self._used: deque[int] = deque(maxlen=_MOST_PANELS)  # ids of messages

    async def draw(self, call: Call) -> Items:
        texts, found = call.texts, least(call, await call.rules())
        if found is None:
            return [ui.TextDisplay(texts("setup-trial-none"))]
        price, prompt = found.price, texts("setup-prompt")
        told = texts("setup-trial", model=escape_markdown(found.model.name, _NAME), price=price, prompt=prompt)
        label = texts("setup-trial-order", price=price)
        return [ui.TextDisplay(told), row(button(self.at(call, "order"), label, discord.ButtonStyle.success))]

    async def act(self, call: Call) -> Turn:
        """Orders the picture, once for each panel: the second press of a quick hand buys nothing."""
        call.context.check_place()
        interaction, policy = call.context.interaction, await call.rules()
        found = least(call, policy)
        panel = interaction.message.id if interaction.message is not None else 0
        if found is None or panel in self._used:
            return Turn(section=DONE)
        self._used.append(panel)
        prompt = call.texts("setup-prompt")
        request = GenerationRequest(kind=MediaKind.IMAGE, prompt=prompt, model=found.model.id, more=found.settings)
        if await place_further(call.context, request):
            asks = policy.confirm_above is not None and found.price > policy.confirm_above
            return Turn(section=DONE, news=call.texts("setup-asked" if asks else "setup-ordered"))
        self._used.remove(panel)
        return Turn()


class Done(Section):
    """What is settled now, and how to go on."""

    name = DONE

    async def draw(self, call: Call) -> Items:
        return [*await summary(call), ui.TextDisplay(call.texts("setup-done"))]


async def first_step(call: Call) -> str:
    """The first of which nothing is settled; where something is of each, the first of all."""
    for name in SETTLED:
        if not await _settled(name, call):
            return name
    return STEPS[0]


def head(call: Call) -> str:
    texts, name = call.texts, call.address.section
    if name == DONE:
        return f"### {texts('setup-done-title')}"
    step = STEPS.index(PROTECTION if name in CHOSEN else name) + 1
    told = texts("setup-step", step=str(step), steps=str(len(STEPS)))
    return f"### {told} · {texts(f'settings-section-{name}')}\n{texts(f'settings-about-{name}')}"


async def ways(call: Call, section: Section) -> Items:
    """Back and Next; Skip where nothing is settled that could be."""
    name, texts = call.address.section, call.texts
    if name == DONE:
        return []
    before, after = _WAYS[name]
    settled = await _settled(name, call)
    onward = button(
        section.at(call, "show", after),
        texts("setup-next" if settled else "setup-skip"),
        discord.ButtonStyle.primary if settled else discord.ButtonStyle.secondary,
    )
    back = [button(section.at(call, "show", before), texts("setup-back"))] if before is not None else []
    return [row(*back, onward)]


async def _settled(name: str, call: Call) -> bool:
    """Whether something is settled in that step."""
    policy = await call.rules()
    match name:
        case "billing":
            account = await call.services.accounts.of(call.guild_id)
            own = account.key is not None and not account.refused
            return call.context.front_end.own_pays or account.namespace is not None or own
        case "protection":
            return any(getattr(policy, rule) != getattr(STANDARD, rule) for rule in _LIMITED)
        case "log":
            return policy.log_channel is not None
        case "trial":
            return False
        case _:  # that everybody may order everywhere is settled as well as anything
            return True


def least(call: Call, policy: GuildPolicy) -> Offer | None:
    """The picture that costs least, by a model that the server allows and that needs no more than a prompt."""
    catalogue = call.services.catalogue_cache.catalogue
    offers: list[Offer] = []
    for model in catalogue.of_kind(MediaKind.IMAGE) if catalogue is not None else []:
        if model.id in policy.restricted_models or not policy.offers(model.id, model.groups):
            continue
        found = cheapest(model.pricing, model.parameters)
        if found is not None:
            offers.append(Offer(model=model, price=found[0], settings=found[1]))
    return min(offers, key=lambda offer: (offer.price, offer.model.name), default=None)

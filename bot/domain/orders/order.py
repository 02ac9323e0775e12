"""An order: what one command asked for, by whom, where, and who pays. One order is one POST upstream.

From the request to the post: `GenerationRequest`, `ValidatedRequest`, perhaps a `PendingConfirmation`, `Order`, and a
`Post` for each message that tells its end.
"""

import enum
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from bot.domain.ids import ChannelId, GenerationId, GuildId, MessageId, ModelId, OrderId, PostId, RoleId, UserId
from bot.domain.models.catalogue import MULTI_PROMPT, PROMPT, SEED, MediaKind
from bot.domain.models.parameters import Json
from bot.domain.orders.estimate import Estimate, together
from bot.domain.orders.generation import Generation
from bot.domain.orders.inputs import Attachment, FileProperties, Input, put
from bot.domain.orders.left import Left
from bot.domain.orders.payer import Payer
from bot.domain.orders.waiting import QueuePosition

CONFIRMATION_LIFETIME = timedelta(minutes=2)
AGREEMENT_LIFETIME = timedelta(hours=24)  # managers are not always there
DEFAULT_SHOT = 5  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One shot of a storyboard (`bot.domain.orders.shots`). Nothing in it has been checked."""

    prompt: str
    duration: int = DEFAULT_SHOT  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class ProperRequest:
    """What a draft stands for, where it differs from the draft: fields of a request.

    `price` is what one output of it cost (USD) when the draft was ordered; None: that was not known.
    """

    model: ModelId
    duration: int | None = None
    aspect_ratio: str | None = None
    resolution: str | None = None
    audio: bool | None = None
    more: Mapping[str, Json] = field(default_factory=dict[str, Json])
    price: Decimal | None = None

    def asked(self, draft: "ValidatedRequest", parent: GenerationId, *, seeded: bool) -> "GenerationRequest":
        """The order that is meant, of the draft's prompt and files, and `seeded` as it was. `parent` is its output."""
        seed = draft.parameters.get(SEED)
        return replace(
            draft.asked_again(parent),
            model=self.model,
            duration=self.duration,
            aspect_ratio=self.aspect_ratio,
            resolution=self.resolution,
            audio=self.audio,
            more=self.more,
            seed=seed if seeded and isinstance(seed, int) else None,
            proper=None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerationRequest:
    """What a member asked for. Nothing in it has been checked.

    `more` holds parameters by the model's own names; a text in it is what somebody typed (`checks.from_text`).
    `facts` are the properties of the files that are among them, by the same names. `parent` is the output that
    this goes on from. `draft`: a cheap one is wanted first (`bot.domain.rules.drafts`); in the draft itself, `proper`
    is what it stands for.
    """

    kind: MediaKind
    prompt: str = ""
    model: str | None = None
    duration: int | None = None  # seconds
    aspect_ratio: str | None = None
    resolution: str | None = None
    seed: int | None = None
    count: int = 1
    audio: bool | None = None
    more: Mapping[str, Json] = field(default_factory=dict[str, Json])
    attachments: tuple[Attachment, ...] = ()
    facts: Mapping[str, FileProperties] = field(default_factory=dict[str, FileProperties])
    shots: tuple[Shot, ...] = ()
    draft: bool = False
    proper: ProperRequest | None = None
    parent: GenerationId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidatedRequest:
    """A request that its model can fulfil: every parameter is spelled as the model's schema wants it.

    `estimate` is what one output will cost where it was asked for; None: nobody has said for whom. `spoiler`: what is
    made is shown covered, because one of the files was. `defaults` is what the model does where nobody said otherwise
    (length, shape, size, sound), by its schema: it is told and not sent. `parent` is the output that this goes on from.
    `proper`: it is a draft of that.
    """

    kind: MediaKind
    model_id: ModelId
    model_name: str
    prompt: str
    parameters: Mapping[str, Json]
    count: int
    estimate: Estimate | None = None
    inputs: tuple[Input, ...] = ()
    spoiler: bool = False
    proper: ProperRequest | None = None
    defaults: Mapping[str, Json] = field(default_factory=dict[str, Json])
    parent: GenerationId | None = None

    @property
    def total(self) -> Estimate | None:
        """What all outputs will cost together."""
        return self.estimate.times(self.count) if self.estimate is not None else None

    @property
    def shots(self) -> list[Shot]:
        """What the model is asked for one after the other; [] when it makes one of the prompt."""
        given = self.parameters.get(MULTI_PROMPT)
        shots = [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []
        return [
            Shot(prompt=str(s.get("prompt", "")), duration=int(str(s.get("duration", DEFAULT_SHOT)))) for s in shots
        ]

    @property
    def title(self) -> str:
        """What it is about, in a few words: its first shot, its prompt, or the model where it takes no words."""
        return next((shot.prompt for shot in self.shots), self.prompt) or self.model_name

    def body(self, urls: Mapping[str, str] | None = None) -> dict[str, Json]:
        """What the provider is sent for it, besides the queue's own fields (model, count, who pays).

        `urls` gives for an attachment's URL the one that is valid now; without one, the attachment's own is sent.
        The prompt is left out where shots (`multi_prompt`) take its place.
        """
        body = deepcopy(dict(self.parameters))
        if self.prompt and MULTI_PROMPT not in body:
            body[PROMPT] = self.prompt
        for given in self.inputs:
            url = given.attachment.url
            put(body, given, (urls or {}).get(url, url))
        return body

    def asked_again(self, parent: GenerationId) -> GenerationRequest:
        """The request that would lead to this one, without its seed: what is made by it is a child of `parent`.

        Of a draft, it is another draft of the same.
        """
        return GenerationRequest(
            kind=self.kind,
            prompt="" if MULTI_PROMPT in self.parameters else self.prompt,
            model=self.model_id,
            count=self.count,
            more={name: value for name, value in self.parameters.items() if name != SEED},
            attachments=tuple(dict.fromkeys(given.attachment for given in self.inputs)),
            parent=parent,
            proper=self.proper,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestContext:
    """Who asked, where, in which language, and the message that answered (it becomes the card).

    What the guild's rules ask besides is known only while somebody asks, and kept in no row but that of a pending
    confirmation that a manager has to say yes to, for a day: the requester's `roles`,
    the channel or category that the channel is `within`, and whether it is `age_restricted`.
    """

    guild_id: GuildId
    channel_id: ChannelId
    requester_id: UserId
    locale: str
    card_message_id: MessageId | None = None
    roles: frozenset[RoleId] = frozenset()
    within: tuple[ChannelId, ...] = ()
    age_restricted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagePlace:
    """Where a message of ours is. `direct_to`: it is a direct message to them, and the channel that of their order."""

    guild_id: GuildId
    channel_id: ChannelId
    message_id: MessageId
    direct_to: UserId | None = None


class Review(enum.StrEnum):
    """How far a moderator's yes to a post has come."""

    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"
    LAPSED = "lapsed"  # nobody said anything for a day


UNSEEN = frozenset({Review.REFUSED, Review.LAPSED})
"""What was made is told of then, and shown to nobody but whoever ordered it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One accepted order. `payer` stays what it was when the order was placed.

    `compared_in` is the first of the orders of one prompt to several models: all of them have its card and its message.
    `deleted_at`: since when nothing of what it made is shown any more. `reviewed`: others see its results after a
    moderator's yes.
    """

    id: OrderId
    context: RequestContext
    request: ValidatedRequest
    payer: Payer
    created_at: datetime
    repeat_of: OrderId | None = None
    deleted_at: datetime | None = None
    reviewed: bool = False
    compared_in: OrderId | None = None

    @property
    def told_in(self) -> OrderId:
        """The order whose card and posts tell of it: of those that are compared the first, else itself."""
        return self.compared_in or self.id

    @property
    def namespace(self) -> str | None:
        """The namespace that pays; None is the key's own."""
        return self.payer.namespace

    @property
    def first_of_compared(self) -> bool:
        return self.compared_in == self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """What the ledger has of an order that is over, USD; None where it has nothing.

    `told`: the provider has said what each success cost, so `charged` is no estimate. `unclear` is the estimate of
    outputs that may have been made and charged. `unknown`: there are such outputs of which nobody estimated anything.
    """

    charged: Decimal | None
    told: bool
    unclear: Decimal | None
    unknown: bool = False

    @property
    def final(self) -> bool:
        """Whether nothing more will be known of it."""
        return self.told and self.unclear is None and not self.unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRecord:
    """An order with its generations, by ordinal, as the rows have it at `revision`.

    `admitted_at`: since when it may be sent; None while it waits in its guild's own queue. `forgotten`: its words are
    gone (prompt, parameters, files), as `bot.store.records.privacy` takes them from orders that are over. `place`:
    where it stands, if somebody looked; `little`: limits of which little is left, so too. `untold`: outputs of whose
    end neither the channel nor the requester could be told yet; `told`: by which messages the channel was. `booked`:
    what the ledger has of it, once it is over. `others`: those that it is compared with, where it is the first of them;
    `told` and `untold` have theirs as well. `reviews`: what moderators have said of outputs, where they are asked.
    """

    order: Order
    generations: Sequence[Generation]
    revision: int
    send_due_at: datetime
    send_attempts: int = 0
    sent_at: datetime | None = None
    admitted_at: datetime | None = None
    forgotten: bool = False
    place: QueuePosition | None = None
    booked: Booked | None = None
    untold: frozenset[GenerationId] = frozenset()
    others: "Sequence[OrderRecord]" = ()
    little: tuple[Left, ...] = ()
    told: Mapping[GenerationId, MessageId] = field(default_factory=dict[GenerationId, MessageId])
    reviews: Mapping[GenerationId, Review] = field(default_factory=dict[GenerationId, Review])

    @property
    def ended(self) -> bool:
        return all(g.state.ended for g in self.all_generations)

    @property
    def cancellable(self) -> bool:
        return any(not g.state.ended and g.cancel_requested_by is None for g in self.all_generations)

    @property
    def all_generations(self) -> Sequence[Generation]:
        """Its own, and those of the orders that it is compared with."""
        return [*self.generations, *(g for other in self.others for g in other.generations)]


class ConfirmationState(enum.StrEnum):
    OPEN = "open"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingConfirmation:
    """An order whose price its requester has to say yes to. It costs nothing, and lapses by itself.

    `order.id` is the pending confirmation's, and becomes the order's.

    `before` is what one output cost when that was told last, `above` the amount from which its guild asks; USD.
    `by_manager`: not its requester, but somebody who manages the guild has to say yes.
    """

    order: Order
    lapses_at: datetime
    state: ConfirmationState = ConfirmationState.OPEN
    before: Decimal | None = None
    by_manager: bool = False
    above: Decimal | None = field(default=None, compare=False)  # whoever opened it knows it; no row does
    others: tuple[Order, ...] = ()

    @property
    def total(self) -> Estimate | None:
        """What all outputs will cost together, and those of the orders that it is compared with."""
        totals = [order.request.total for order in (self.order, *self.others)]
        known = [total for total in totals if total is not None]
        return (together(known) if self.others else known[0]) if len(known) == len(totals) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One message that a channel is owed: a row of the outbox, claimed, with how some generations ended.

    `part` counts from 1 within the order.

    `direct`: an earlier attempt may have left a direct message. `compared`: the orders that it compares. `review`, with
    `asked_at` and the message with the `question`: what moderators have said, where they are asked.
    """

    id: PostId
    order: Order
    part: int
    generations: Sequence[Generation]
    attempt: int
    first_attempt_at: datetime
    direct: bool = False
    review: Review | None = None
    asked_at: datetime | None = None
    question: MessagePlace | None = None
    compared: Sequence[Order] = ()

    def order_of(self, generation: Generation) -> Order:
        """The order that it is an output of."""
        return next((each for each in self.compared if each.id == generation.order_id), self.order)

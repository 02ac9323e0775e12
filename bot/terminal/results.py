"""What became of an order, output by output: for a person in lines, for a script in one document."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Self

from bot.domain.ids import RemoteId
from bot.domain.orders.generation import GenerationState, Outcome, Reason
from bot.domain.orders.order import ValidatedRequest
from bot.terminal.endings import Ending
from bot.terminal.saving import Kept, described
from bot.terminal.screen import Screen
from bot.terminal.wishes import summary

_WHY = {
    Reason.PROMPT_REFUSED: "Oxen's moderation refused the prompt",
    Reason.NO_CREDIT: "the namespace that pays has no credit left",
    Reason.LOST: "it left Oxen's queue, and Oxen does not say what became of it; it may have been made and charged: "
    "if so, it is in the namespace on Oxen.ai",
    Reason.EXPIRED: "Oxen had nothing to show for it within 24 hours",
    Reason.CANCELLED: "cancelled",
}
_UNITS = ((1024**3, "GB"), (1024**2, "MB"), (1024, "kB"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """One output. `problem` says why there is no file, or why it is not what was ordered."""

    number: int  # from 1
    id: RemoteId | None = None
    state: GenerationState | None = None  # None: nobody knows
    kept: Kept | None = None
    problem: str | None = None
    url: str | None = None
    cost: Decimal | None = None  # USD; None where Oxen does not tell
    price: Decimal | None = None  # USD, as the catalogue has it

    @property
    def good(self) -> bool:
        """Whether there is a file of the kind that was ordered."""
        return self.kept is not None and self.kept.right_kind

    def with_file(self, kept: Kept, cost: Decimal | None = None) -> Self:
        return replace(self, kept=kept, cost=cost, problem=None if kept.right_kind else "; ".join(kept.differs))

    def without_file(self, problem: str) -> Self:
        return replace(self, problem=problem)


def why(outcome: Outcome) -> str:
    """Why a generation ended without a result."""
    known = _WHY.get(outcome.reason) if outcome.reason is not None else None
    said = f"Oxen says: {outcome.detail}" if outcome.detail else None
    return known or said or "Oxen gave no reason"


def ending(made: Sequence[Made], *, stopped: bool = False) -> Ending:
    """The exit code for these outputs; `stopped`: somebody pressed Ctrl-C."""
    good = sum(each.good for each in made)
    if stopped and good < len(made):
        return Ending.INTERRUPTED
    if any(each.state is None and not each.good for each in made):
        return Ending.UNKNOWN
    if good == len(made):
        return Ending.DONE
    return Ending.SOME_FAILED if good else Ending.FAILED


def show(screen: Screen, made: Sequence[Made]) -> None:
    """One line for each file on standard output, one for each failure on standard error."""
    for each in made:
        name = f" ({each.id})" if each.id else ""
        if each.kept is None:
            screen.tell(f"no. {each.number}{name}: {each.problem}")
            continue
        screen.show(f"{each.kept.path}  {described(each.kept.look)}, {size(each.kept.size)}{_money(each)}")
        for difference in each.kept.differs:
            screen.tell(f"no. {each.number}{name}: {difference}")


def _money(made: Made) -> str:
    if made.cost is not None:
        return f"; {usd(made.cost)} USD"
    return f"; {usd(made.price)} USD by the price list" if made.price is not None else ""


def document(
    made: Sequence[Made], validated: ValidatedRequest | None, namespace: str | None, code: Ending
) -> dict[str, Any]:
    """For scripts. Amounts are texts in USD; `state` is null where nobody knows what became of an output."""
    order = {} if validated is None else _order(validated, namespace)
    return {**order, "outputs": [_output(each) for each in made], "exit": int(code)}


def _order(validated: ValidatedRequest, namespace: str | None) -> dict[str, Any]:
    return {
        "model": validated.model_id,
        "kind": validated.kind.value,
        "count": validated.count,
        "namespace": namespace,
        "parameters": summary(validated),
        "quote_usd": None if validated.cost is None else f"{validated.cost:f}",
    }


def _output(made: Made) -> dict[str, Any]:
    kept = made.kept
    return {
        "number": made.number,
        "id": made.id,
        "state": made.state.value if made.state is not None else None,
        "file": str(kept.path) if kept else None,
        "bytes": kept.size if kept else None,
        "media_type": kept.look.media_type if kept else None,
        "width": kept.look.width if kept else None,
        "height": kept.look.height if kept else None,
        "seconds": kept.look.seconds if kept else None,
        "differs": list(kept.differs) if kept else [],
        "problem": made.problem,
        "url": made.url,
        "cost_usd": None if made.cost is None else f"{made.cost:f}",
        "price_usd": None if made.price is None else f"{made.price:f}",
    }


def usd(amount: Decimal) -> str:
    """An amount without the zeros that say nothing."""
    return f"{amount.normalize():f}"


def size(count: int) -> str:
    """Bytes for a person."""
    return next((f"{count / unit:.1f} {name}" for unit, name in _UNITS if count >= unit), f"{count} bytes")

"""What a person can put right: a member (`Refusal`) or whoever runs the bot (`OperatorError`).

A `Refusal` is a key with values, never a sentence: the catalogue of texts says it in the reader's language.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.domain.orders.order import GenerationRequest, ValidatedRequest

Value = str | int | float | Decimal  # a Decimal is USD


class OperatorError(Exception):
    """Whoever runs Drover can put it right: the message says what is wrong and what to do, and needs no traceback.

    `setting`: a setting has to change first.
    """

    setting = False


class Refusal(Exception):
    """The request cannot be carried out as it stands, and the person who has it can change that.

    `key` names a text `refusal-<key>`; `values` fill its gaps. Nothing was ordered, nothing will be paid.
    `suggestion` is the nearest request that would run, where there is one: it was validated, and can be offered.
    `also` is what else was wrong, one thing after the other, where it mends more than this. `validated` is what the
    suggestion becomes, and `changed` names what is different about it: fields of the request.
    """

    def __init__(self, key: str, **values: Value) -> None:
        super().__init__(key)
        self.key = key
        self.values: Mapping[str, Value] = values
        self.suggestion: GenerationRequest | None = None
        self.also: tuple[Refusal, ...] = ()
        self.validated: ValidatedRequest | None = None
        self.changed: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f"{self.key} ({', '.join(sorted(self.values))})"  # no values: a prompt may be among them

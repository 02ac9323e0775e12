"""Who was charged what. The provider has no endpoint for this; `/sandbox/ledger` does."""

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """`cost` in USD, `at` in unix seconds."""

    generation_id: str
    model: str
    cost: Decimal
    at: int


@dataclass(slots=True)
class Account:
    """`balance` in USD, None for credit without end."""

    balance: Decimal | None = None
    charges: list[Charge] = field(default_factory=list[Charge])

    @property
    def total(self) -> Decimal:
        return sum((charge.cost for charge in self.charges), Decimal(0))


class Ledger:
    def __init__(self) -> None:
        self._accounts: defaultdict[str, Account] = defaultdict(Account)

    def account(self, namespace: str) -> Account:
        return self._accounts[namespace]

    def accounts(self) -> dict[str, Account]:
        return dict(self._accounts)

    def affords(self, namespace: str, cost: Decimal) -> bool:
        balance = self.account(namespace).balance
        return balance is None or cost <= balance

    def charge(self, namespace: str, charge: Charge) -> None:
        account = self.account(namespace)
        account.charges.append(charge)
        if account.balance is not None:
            account.balance -= charge.cost

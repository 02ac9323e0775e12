"""What models really cost before, by what drives the cost: a few of the latest amounts of each kind.

Kept for each payer, and for everybody together: of others' orders nothing crosses but these amounts.
"""

import json
from datetime import datetime
from typing import NamedTuple

from bot.domain.clock import to_millis
from bot.domain.ids import ModelId
from bot.domain.orders.estimate import Costs, Estimate
from bot.domain.orders.payer import Payer
from bot.store.database import Database
from bot.store.statements import Connection, Statements

_SQL = Statements("learnt")
MOST = 5_000  # kinds of outputs that are remembered; each payer has its own
_EVERYBODY = ""


class _Kind(NamedTuple):
    """Outputs that cost about the same."""

    payer: str
    model_id: str
    drivers: str


Learnt = dict[_Kind, Costs]


class LearntCosts:
    """`load` reads everything; `note` keeps memory as the rows are, after the commit of what `learn` wrote."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._known: dict[_Kind, Estimate] = {}

    async def load(self) -> None:
        """Once, at the start."""
        for payer, model_id, drivers, micro_usd in await self._db.read(lambda db: _SQL.all(db, "learnt")):
            self.note({_Kind(payer, model_id, drivers): Costs(micro_usd=tuple(json.loads(micro_usd)))})

    def find(self, payer: Payer, model_id: ModelId, drivers: str) -> Estimate | None:
        """What such an output costs, by what the payer was charged, else everybody; None where too little is known."""
        known = self._known
        return known.get(_Kind(_text(payer), model_id, drivers)) or known.get(_Kind(_EVERYBODY, model_id, drivers))

    def note(self, learnt: Learnt) -> None:
        """Memory follows what was committed."""
        for kind, costs in learnt.items():
            estimate = costs.estimate(kind.drivers)
            if estimate is not None:
                self._known[kind] = estimate
                if len(self._known) > MOST:
                    del self._known[next(iter(self._known))]


def learn(tx: Connection, payer: Payer, model_id: str, drivers: str, micro_usd: int, now: datetime) -> Learnt:
    """Within a transaction: an output of this kind cost so much. What is known of its kind now, for `note`."""
    learnt: Learnt = {}
    for whose in (_text(payer), _EVERYBODY):
        key = {"payer": whose, "model_id": model_id, "drivers": drivers}
        before: str | None = _SQL.value(tx, "learnt_one", **key)
        costs = Costs(micro_usd=tuple(json.loads(before)) if before else ()).and_another(micro_usd)
        _SQL.run(tx, "learn", **key, micro_usd=json.dumps(costs.micro_usd), now=to_millis(now))
        learnt[_Kind(whose, model_id, drivers)] = costs
        if before is None:
            _SQL.run(tx, "forget_oldest_learnt", most=MOST)
    return learnt


def _text(payer: Payer) -> str:
    return f"{payer.provider} {payer.key or ''} {payer.namespace or ''}"

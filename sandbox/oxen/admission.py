"""What is checked when a request comes in: model, count, namespace, credit. Everything else is checked later.

The source is "Validation" in the reference of the async queue; the sentences are the provider's.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sandbox.oxen.catalogue import Catalogue, Model
from sandbox.oxen.clock import Clock
from sandbox.oxen.generations import Generation, Generations
from sandbox.oxen.keys import ApiKey
from sandbox.oxen.ledger import Ledger
from sandbox.oxen.parameters import Refused
from sandbox.oxen.pricing import Tariff
from sandbox.oxen.render.plan import plan
from sandbox.oxen.timing import REFUSAL_SECONDS, Timing
from sandbox.oxen.wire import INSUFFICIENT_CREDITS, Rejection, forbidden

# In all dialects, though the schema behind one of them says 12 (`dialects.py`).
MOST_GENERATIONS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    catalogue: Catalogue
    tariff: Tariff
    generations: Generations
    ledger: Ledger
    timing: Timing
    clock: Clock

    def admit(self, body: Mapping[str, Any], key: ApiKey, *, count: Any = 1, listed: bool = True) -> list[Generation]:
        """The generations a request asks for, not yet enqueued. Raises Rejection."""
        model = self._model(body.get("model"), key)
        if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= MOST_GENERATIONS:
            raise Rejection.plain(400, f"num_generations must be an integer between 1 and {MOST_GENERATIONS}")
        namespace = _namespace(body, key)
        asked = [
            self._generation(model, body, index=index, key=key.key, namespace=namespace, listed=listed)
            for index in range(count)
        ]
        owed = self.generations.open_cost(namespace) + sum((each.cost for each in asked), Decimal(0))
        if not self.ledger.affords(namespace, owed):
            raise Rejection.plain(400, INSUFFICIENT_CREDITS)
        return asked

    def _model(self, model_id: Any, key: ApiKey) -> Model:
        if not isinstance(model_id, str) or not model_id:
            raise Rejection.plain(400, "model is required")
        model = self.catalogue.get(model_id)
        if model is None or not model.shown_to(key):
            raise Rejection.plain(404, f"Model not found: {model_id}")
        if model.media_type is None:
            raise Rejection.plain(400, ":unsupported_media_type")
        if not model.is_active(self.clock.now()):
            raise Rejection.plain(400, f"Model is not active: {model_id}")
        return model

    def _generation(
        self, model: Model, body: Mapping[str, Any], *, index: int, key: str, namespace: str, listed: bool
    ) -> Generation:
        planned, refusal, cost = None, None, Decimal(0)
        run_seconds = self.timing.draw(model.media_type or "image")
        try:
            planned = plan(model, body, index)
            cost = self.tariff.charge(model, body, planned, run_seconds)
        except Refused as refused:
            refusal, run_seconds = refused.message, REFUSAL_SECONDS
        return Generation(
            id=str(uuid.uuid4()),
            model=model,
            parameters=body,
            namespace=namespace,
            key=key,
            plan=planned,
            refusal=refusal,
            cost=cost,
            run_seconds=run_seconds,
            enqueued_at=self.clock.now(),
            index=index,
            listed=listed,
        )


def _namespace(body: Mapping[str, Any], key: ApiKey) -> str:
    namespace = body.get("target_namespace") or key.own_namespace
    if not isinstance(namespace, str) or not key.may_bill(namespace):
        raise forbidden(str(namespace))
    return namespace

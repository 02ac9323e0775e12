"""`/sandbox`: what a test asks of the stand-in that no client of the provider could. Needs no key.

`README.md` beside this package lists the calls with their bodies.
"""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, cast

from aiohttp import web

from sandbox.oxen.api.common import Parts, Route
from sandbox.oxen.faults import Fault
from sandbox.oxen.generations import Generation
from sandbox.oxen.keys import ApiKey
from sandbox.oxen.ledger import Account
from sandbox.oxen.streams import COMPLETED, encode
from sandbox.oxen.wire import answer, bad_request, json_object, not_found

# A decade: enough for everything that expires.
MOST_SECONDS = 10 * 366 * 86400


def routes(parts: Parts) -> list[Route]:
    control = _Control(parts)
    return [
        Route("GET", "/sandbox/health", None, control.health),
        Route("GET", "/sandbox/ledger", None, control.ledger),
        Route("PUT", "/sandbox/ledger/{namespace}", None, control.set_balance),
        Route("GET", "/sandbox/keys", None, control.keys),
        Route("PUT", "/sandbox/keys/{key}", None, control.set_key),
        Route("DELETE", "/sandbox/keys/{key}", None, control.revoke),
        Route("GET", "/sandbox/prices", None, control.prices),
        Route("PUT", "/sandbox/prices/{model_id}", None, control.set_price),
        Route("PUT", "/sandbox/models/{model_id}", None, control.set_model),
        Route("DELETE", "/sandbox/models/{model_id}", None, control.remove_model),
        Route("POST", "/sandbox/clock", None, control.advance),
        Route("GET", "/sandbox/faults", None, control.faults),
        Route("PUT", "/sandbox/faults", None, control.set_faults),
        Route("DELETE", "/sandbox/faults", None, control.clear_faults),
        Route("GET", "/sandbox/requests", None, control.requests),
        Route("GET", "/sandbox/generations", None, control.generations),
        Route("POST", "/sandbox/events/{key}", None, control.say),
    ]


class _Control:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def health(self, _: web.Request) -> web.Response:
        return answer({"status": "ok", "dialect": self._parts.dialect.name})

    async def ledger(self, _: web.Request) -> web.Response:
        accounts = self._parts.ledger.accounts()
        return answer({"namespaces": {name: _statement(account) for name, account in accounts.items()}})

    async def set_balance(self, request: web.Request) -> web.Response:
        """`{"balance": "1.00"}` in USD, or null for credit without end."""
        balance = (await json_object(request)).get("balance")
        account = self._parts.ledger.account(request.match_info["namespace"])
        account.balance = None if balance is None else _usd(balance, "balance")
        return answer(_statement(account))

    async def keys(self, _: web.Request) -> web.Response:
        return answer({"keys": [_membership(key) for key in self._parts.keyring.all()]})

    async def set_key(self, request: web.Request) -> web.Response:
        """`{"namespaces": ["user", "organization"]}`, or null for any; the first is the user's own."""
        asked = (await json_object(request)).get("namespaces")
        if asked is not None and not _is_names(asked):
            raise bad_request("'namespaces' must be a list of names, or null")
        return answer(_membership(self._parts.keyring.put(request.match_info["key"], asked)))

    async def revoke(self, request: web.Request) -> web.Response:
        """Requests with it are answered 401 from now on, and its event streams end. What runs goes on, and is paid."""
        key = request.match_info["key"]
        if not self._parts.keyring.revoke(key):
            raise not_found()
        self._parts.streams.hang_up(key)
        return await self.keys(request)

    async def prices(self, _: web.Request) -> web.Response:
        fixed = self._parts.tariff.fixed()
        return answer({"prices": {model: f"{cost:f}" for model, cost in fixed.items()}})

    async def set_price(self, request: web.Request) -> web.Response:
        """`{"cost": "0.50"}`: what an output really costs, whatever the catalogue says; null: what it says."""
        cost = (await json_object(request)).get("cost")
        self._parts.tariff.set(
            request.match_info["model_id"], None if cost is None else _usd(cost, "cost", least=Decimal(0))
        )
        return await self.prices(request)

    async def set_model(self, request: web.Request) -> web.Response:
        """Fields of a model's row, put over what is known of it; `source_model` names the model to begin with."""
        asked = await json_object(request)
        model_id, source_id = request.match_info["model_id"], asked.get("source_model")
        known = self._parts.catalogue.get(model_id) or self._parts.catalogue.get(str(source_id))
        if known is None and source_id is not None:
            raise bad_request("'source_model' is not in the catalogue")
        base = known.row if known else {"owned_by": "oxen"}
        model = self._parts.catalogue.put({**base, **asked, "id": model_id})
        return answer(model.body(self._parts.clock.now()))

    async def remove_model(self, request: web.Request) -> web.Response:
        self._parts.catalogue.remove(request.match_info["model_id"])
        return await self.health(request)

    async def advance(self, request: web.Request) -> web.Response:
        """`{"seconds": 86400}`: it is so much later at once; what is a day old has expired."""
        seconds = (await json_object(request)).get("seconds")
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds <= MOST_SECONDS:
            raise bad_request("'seconds' must be a number, at least 0")
        self._parts.clock.advance(float(seconds))
        return answer({"now": int(self._parts.clock.now())})

    async def faults(self, _: web.Request) -> web.Response:
        return answer({"faults": [fault.body() for fault in self._parts.faults.current()]})

    async def set_faults(self, request: web.Request) -> web.Response:
        listed = (await json_object(request)).get("faults")
        if not isinstance(listed, list):
            raise bad_request("'faults' must be a list")
        try:
            faults = [_fault(each) for each in cast("list[Any]", listed)]
        except ValueError as error:
            raise bad_request(str(error)) from None
        self._parts.faults.set(faults)
        return await self.faults(request)

    async def clear_faults(self, request: web.Request) -> web.Response:
        self._parts.faults.set([])
        return await self.faults(request)

    async def generations(self, _: web.Request) -> web.Response:
        """Everything of the last 24 hours, oldest first, whoever pays for it."""
        return answer({"generations": [_row(each) for each in self._parts.generations.all()]})

    async def say(self, request: web.Request) -> web.Response:
        """The body, whatever it says, as the data of an event on the streams of the key: a stream that lies."""
        key = request.match_info["key"]
        self._parts.streams.publish(key, encode(COMPLETED, await json_object(request)))
        return answer({"streams": self._parts.streams.count(key)})

    async def requests(self, _: web.Request) -> web.Response:
        """How often each route was called, and every enqueue that was accepted, oldest first."""
        traffic = self._parts.traffic
        return answer({"counts": dict(traffic.counts), "enqueued": traffic.accepted, "vanished": traffic.vanished})


def _row(each: Generation) -> dict[str, Any]:
    return {
        "id": each.id,
        "model": each.model.id,
        "media_type": each.model.media_type,
        "namespace": each.namespace,
        "status": each.state.value,
        "cost": f"{each.cost:f}",
        "enqueued_at": each.enqueued_at,
        "started_at": each.started_at,
        "completed_at": each.completed_at,
        "run_seconds": each.run_seconds,
    }


def _fault(body: Any) -> Fault:
    if not isinstance(body, dict):
        raise ValueError("a fault must be an object")  # noqa: TRY004 - one kind of error for a bad fault
    return Fault.read(cast("Mapping[str, Any]", body))


def _is_names(value: Any) -> bool:
    if not isinstance(value, list) or not value:
        return False
    return all(isinstance(each, str) and each for each in cast("list[Any]", value))


def _membership(key: ApiKey) -> dict[str, Any]:
    return {"key": key.key, "namespaces": None if key.namespaces is None else list(key.namespaces)}


def _usd(amount: Any, field: str, *, least: Decimal | None = None) -> Decimal:
    refusal = bad_request(f"'{field}' must be an amount such as \"1.00\", or null")
    try:
        usd = Decimal(str(amount))
    except InvalidOperation:
        raise refusal from None
    if not usd.is_finite() or (least is not None and usd < least):
        raise refusal
    return usd


def _statement(account: Account) -> dict[str, Any]:
    entries = [
        {"generation_id": each.generation_id, "model": each.model, "cost": f"{each.cost:f}", "at": each.at}
        for each in account.charges
    ]
    balance = None if account.balance is None else f"{account.balance:f}"
    return {"total": f"{account.total:f}", "balance": balance, "entries": entries}

"""`/sandbox`: what a test asks of the stand-in that no client of the provider could. Needs no key."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, cast

from aiohttp import web

from sandbox.oxen.api.common import Parts, Route
from sandbox.oxen.faults import Fault
from sandbox.oxen.ledger import Account
from sandbox.oxen.wire import bad_request, json_object


def routes(parts: Parts) -> list[Route]:
    control = _Control(parts)
    return [
        Route("GET", "/sandbox/health", None, control.health),
        Route("GET", "/sandbox/ledger", None, control.ledger),
        Route("PUT", "/sandbox/ledger/{namespace}", None, control.set_balance),
        Route("GET", "/sandbox/faults", None, control.faults),
        Route("PUT", "/sandbox/faults", None, control.set_faults),
        Route("DELETE", "/sandbox/faults", None, control.clear_faults),
        Route("GET", "/sandbox/requests", None, control.requests),
    ]


class _Control:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def health(self, _: web.Request) -> web.Response:
        return web.json_response({"status": "ok", "dialect": self._parts.dialect.name})

    async def ledger(self, _: web.Request) -> web.Response:
        accounts = self._parts.ledger.accounts()
        return web.json_response({"namespaces": {name: _statement(account) for name, account in accounts.items()}})

    async def set_balance(self, request: web.Request) -> web.Response:
        """`{"balance": "1.00"}` in USD, or null for credit without end."""
        balance = (await json_object(request)).get("balance")
        account = self._parts.ledger.account(request.match_info["namespace"])
        account.balance = None if balance is None else _usd(balance)
        return web.json_response(_statement(account))

    async def faults(self, _: web.Request) -> web.Response:
        return web.json_response({"faults": [fault.body() for fault in self._parts.faults.current()]})

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

    async def requests(self, _: web.Request) -> web.Response:
        """How often each route was called, and every enqueue that was accepted, oldest first."""
        traffic = self._parts.traffic
        return web.json_response({"counts": dict(traffic.counts), "enqueued": traffic.accepted})


def _fault(body: Any) -> Fault:
    if not isinstance(body, dict):
        raise ValueError("a fault must be an object")  # noqa: TRY004 - one kind of error for a bad fault
    return Fault.read(cast("Mapping[str, Any]", body))


def _usd(amount: Any) -> Decimal:
    try:
        usd = Decimal(str(amount))
    except InvalidOperation:
        raise bad_request("'balance' must be an amount such as \"1.00\", or null") from None
    if not usd.is_finite():
        raise bad_request("'balance' must be an amount such as \"1.00\", or null")
    return usd


def _statement(account: Account) -> dict[str, Any]:
    entries = [
        {"generation_id": each.generation_id, "model": each.model, "cost": f"{each.cost:f}", "at": each.at}
        for each in account.charges
    ]
    balance = None if account.balance is None else f"{account.balance:f}"
    return {"total": f"{account.total:f}", "balance": balance, "entries": entries}

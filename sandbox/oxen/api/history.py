"""`/api/ai/generations`: what was made, what it cost, and with which parameters. In the `browse` edition only.

The provider describes it as a "paginated browse view of past generations". Of what it leaves open, the stand-in
takes: newest first; a page behind the last is empty; a page or size outside its limits is refused; without a
`namespace`, every one that the key may bill. Rows expire with their generations, and blocking calls have none.
"""

import math
import re
from decimal import Decimal
from typing import Any

from aiohttp import web

from sandbox.oxen.api.common import Parts, Route
from sandbox.oxen.generations import Generation, State
from sandbox.oxen.wire import answer, bad_request

DEFAULT_SIZE, LARGEST_SIZE = 50, 1000
# Said by `model_name`, and by there being one row for each output.
SAID_OTHERWISE = {"model", "num_generations"}
# In every row, null where there is nothing to say; the stand-in knows keys, not users.
NULLABLE = ("result_url", "error_message", "user_id", "username", "user_image")


def routes(parts: Parts) -> list[Route]:
    if not parts.dialect.has_history:
        return []
    history = _History(parts)
    return [
        Route("GET", "/api/ai/generations", "history", history.list),
        Route("GET", "/api/ai/generations/{generation_id}", "history", history.get),
    ]


class _History:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def list(self, request: web.Request) -> web.Response:
        """`total_cost` and `total_entries` are over the filter, not over the page."""
        key = self._parts.reader(request)
        number = _number(request, "page", default=1)
        size = _number(request, "page_size", default=DEFAULT_SIZE, most=LARGEST_SIZE)
        found = [row for row in self._parts.listed(key, "history") if row.fits(request.query)]
        found.reverse()
        page = found[(number - 1) * size : number * size]
        total = sum((_charged(row) or Decimal(0) for row in found), Decimal(0))
        body = {
            "count": len(page),
            "generations": self._parts.reworded("history", [self._row(row) for row in page]),
            "page_number": number,
            "page_size": size,
            "total_pages": max(1, math.ceil(len(found) / size)),
            "total_entries": len(found),
            "total_cost": f"{total:f}",
        }
        return answer(body)

    async def get(self, request: web.Request) -> web.Response:
        [row] = self._parts.reworded("history", [self._row(self._parts.visible(request))])
        return answer({"status": "success", "status_message": "resource_found", "generation": row})

    def _row(self, generation: Generation) -> dict[str, Any]:
        """The queue's row with the request's parameters beneath it and the charge, null if there was none."""
        asked = {name: value for name, value in generation.parameters.items() if name not in SAID_OTHERWISE}
        row = self._parts.dialect.row(generation, self._parts.result_url(generation))
        cost = _charged(generation)
        return {**asked, **dict.fromkeys(NULLABLE), **row, "cost": None if cost is None else f"{cost:f}"}


def _charged(generation: Generation) -> Decimal | None:
    """In USD. Only what succeeded is charged."""
    return generation.cost if generation.state is State.SUCCEEDED else None


def _number(request: web.Request, name: str, *, default: int, most: int | None = None) -> int:
    """Raises Rejection (400) for anything but a whole number within its limits."""
    text = request.query.get(name, str(default))
    number = int(text) if re.fullmatch(r"[0-9]{1,9}", text) else 0
    if number < 1 or (most is not None and number > most):
        raise bad_request(f"{name} must be a whole number, at least 1" + (f" and at most {most}" if most else ""))
    return number

"""What a running bot serves at `/metrics`: all that the alerts and the dashboard name. It raises the right alerts."""

import socket

import aiohttp
import promql_parser as promql
import pytest

from sandbox.oxen.faults import Fault
from tests.e2e.kit import Stages
from tests.ops.kit import Scrape, alerts, panels, selectors

ON_POSTGRESQL = {"drover_database_pool"}  # tests/store/test_postgres.py
COUNTED = {"rate", "increase"}


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


async def scrape(port: int, before: Scrape | None = None) -> Scrape:
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/metrics") as answer:
        return Scrape(await answer.text(), before)


async def test_all_that_is_asked_for_is_served_and_alerts_are_raised_when_they_should(
    stages: Stages, port: int
) -> None:
    harness = await stages(DROVER_HEALTH_PORT=port, DROVER_LOG_LEVEL="WARNING")
    before = await scrape(port)
    await harness.result(await harness.order("a fox on skates"))
    found = await scrape(port, before)
    asked = [(alert.name, alert.expression) for alert in alerts()] + list(panels())
    for where, expression in asked:
        for selector in selectors(expression):
            if selector.name in ON_POSTGRESQL:
                continue
            assert found.select(selector) or "events_total" in str(selector.name), (where, selector.prettify())
        for name, kind in uses(expression).items():
            assert found.types.get(name, "gauge") in kind, (where, name)
    assert found.firing() == set()

    harness.break_oxen(*(Fault(on=on, kind="status", value=401) for on in ("enqueue", "list")))
    await harness.order("a fox that nobody pays")
    await harness.log.wait("order rejected")
    worse = (await scrape(port, found)).firing()
    assert {"DroverNotReady", "OxenKeyRefused"} <= worse
    assert not worse & {"DroverDown", "DiscordNotConnected", "DeadLetters", "DiskFillsUp"}


def uses(expression: str) -> dict[str, set[str]]:
    """Each metric, and what it has to be for what is done with it."""
    found: dict[str, set[str]] = {}

    def visit(part: promql.Expr) -> None:
        if isinstance(part, promql.Call) and part.func.name in COUNTED:
            found[str(part.args[0].vector_selector.name)] = {"counter", "histogram"}
        elif isinstance(part, promql.VectorSelector):
            found.setdefault(str(part.name), {"gauge"})

    promql.walk(promql.parse(expression), visit)
    return found

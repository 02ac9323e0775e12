"""What `/metrics` says: names and units as Prometheus wants them, and as many series with many guilds as with one."""

import json
import logging
import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.domain.ids import GuildId, UserId
from bot.ops import logs
from bot.ops.health import Health, serve_health
from bot.ops.metrics import (
    ACCEPTED,
    DEAD,
    DELIVERED,
    LONG,
    LOOKED_UP,
    RETRIED,
    SENT,
    SETTLED,
    SHORT,
    EventCounter,
    Metrics,
)
from bot.ops.status import Reading
from bot.services.supervision import Loop
from bot.store.database import SqliteDatabase
from bot.store.migrations import migrate
from tests.architecture.kit import ROOT
from tests.fakes.clock import ManualClock
from tests.store.kit import MIGRATIONS, S, Store


@pytest.fixture
async def metrics(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Metrics]:
    async def step() -> None:
        raise NotImplementedError

    health = Health([Loop("tracking", step, clock)], [], list, dict, clock)  # type: ignore[arg-type]
    readings = [
        Reading("models", "On offer.", 3.0),
        Reading("discord_answers_total", "Answers.", {"2xx": 5.0, "429": 1.0}, "status", counts=True),
    ]
    migrate(tmp_path / "drover.sqlite3", MIGRATIONS)
    async with SqliteDatabase(tmp_path / "drover.sqlite3") as db:
        yield Metrics(health, db, clock, lambda: readings)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


async def samples(metrics: Metrics) -> dict[str, float]:
    """By name and labels."""
    text = (await metrics.page()).decode()
    return {
        f"{one.name}{one.labels or ''}": one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
        if one.name.startswith("drover_")
    }


async def test_they_say_how_it_stands(metrics: Metrics) -> None:
    store = Store(metrics.db)
    for state in S:
        await store.in_state(state, 2)
    found = await samples(metrics)
    assert found["drover_generations{'kind': 'video', 'state': 'unknown'}"] == 2
    assert found["drover_order_oldest_seconds{'stage': 'sent'}"] >= 0
    assert found["drover_lookup_oldest_seconds"] >= 0
    assert found["drover_orders_queued{'stage': 'sent'}"] == 4
    assert found["drover_posts{'state': 'waiting'}"] == 5
    assert found["drover_reserved_usd"] == pytest.approx(0.35 * 2 * 5)
    assert found["drover_charged_usd"] == pytest.approx(0.35 * 2)
    assert found["drover_loop_failures_total{'loop': 'tracking'}"] == 0
    assert found["drover_discord_answers_total{'status': '429'}"] == 1


async def test_names_and_units_are_as_prometheus_wants_them(metrics: Metrics) -> None:
    text = (await metrics.page()).decode()
    families = [family for family in text_string_to_metric_families(text) if family.name.startswith("drover_")]
    assert len(families) > 15
    for family in families:
        assert re.fullmatch(r"drover_[a-z_]+", family.name)
        assert family.documentation.endswith(".")
        assert not re.search(r"_(ms|millis|minutes|micro)", family.name)
        assert family.type in {"gauge", "counter", "histogram"}
    assert "process_resident_memory_bytes" in text


async def test_a_thousand_guilds_make_no_series(metrics: Metrics) -> None:
    store = Store(metrics.db)
    await store.accepted()
    few = await samples(metrics)
    for number in range(20):
        await store.accepted(guild=GuildId(number + 1), by=UserId(number + 1))
    assert (await samples(metrics)).keys() == few.keys()


def test_events_are_the_log_s_words_and_no_values() -> None:
    counter = EventCounter()
    log = logging.getLogger("bot.somewhere")
    log.addHandler(counter)
    log.setLevel(logging.INFO)
    for number in range(3):
        log.info("result delivered", extra={"order": number})
    log.warning("loop %s", "failed")
    assert counter.counts == {("result delivered", "info"): 3, ("loop %s", "warning"): 1}
    for number in range(1000):
        log.info(f"no constant {number}")  # noqa: G004
    log.removeHandler(counter)
    assert len(counter.counts) == 300


async def test_they_are_served_and_without_a_database_say_the_rest(metrics: Metrics) -> None:
    async with serve_health(metrics.health, "127.0.0.1", 0, metrics) as port, aiohttp.ClientSession() as session:
        url = f"http://127.0.0.1:{port}/metrics"
        async with session.get(url) as answer:
            assert answer.headers["Content-Type"].startswith("text/plain")
            assert "drover_generations" in await answer.text()
        await metrics.db.close()  # type: ignore[attr-defined]
        async with session.get(url) as answer:
            text = await answer.text()
    assert "drover_models 3.0" in text
    assert "drover_reserved_usd" not in text


async def test_what_the_log_tells_is_measured_and_every_series_is_there_before(metrics: Metrics) -> None:
    before = await samples(metrics)
    log = logging.getLogger("bot.somewhere")
    log.addHandler(metrics.events)
    log.setLevel(logging.INFO)
    log.info("order accepted", extra={"kind": "image"})
    log.info("order sent", extra={"kind": "image", "seconds": 0.3})
    log.info("generation settled", extra={"kind": "image", "state": "succeeded", "seconds": 7.0})
    log.info("generation settled", extra={"kind": None, "state": "cancelled", "seconds": None})
    log.info("result delivered", extra={"seconds": 1.5})
    log.warning("delivery postponed")
    log.error("delivery impossible")
    log.info("order found")
    log.removeHandler(metrics.events)
    after = await samples(metrics)
    assert {name: value for name, value in after.items() if before.get(name) != value and "events" not in name} == {
        "drover_orders_accepted_total{'kind': 'image'}": 1,
        "drover_generations_ended_total{'kind': 'image', 'state': 'succeeded'}": 1,
        "drover_retries_total{'what': 'post'}": 1,
        "drover_dead_letters_total{'what': 'post'}": 1,
        "drover_lookups_total{'outcome': 'found'}": 1,
        **buckets("order_wait_seconds", 0.3, "'kind': 'image'"),
        **buckets("generation_duration_seconds", 7.0, "'kind': 'image'"),
        **buckets("delivery_seconds", 1.5),
    }
    assert {name for name in after.keys() - before.keys() if "events" not in name} == set()


def buckets(name: str, seconds: float, label: str = "") -> dict[str, float]:
    """What one observation changes."""
    bounds = [str(float(bound)) for bound in (SHORT if "duration" not in name else LONG) if bound >= seconds] + ["+Inf"]
    labels = [", ".join(filter(None, [label and f"{label}", f"'le': '{bound}'"])) for bound in bounds]
    whole = f"{{{label}}}" if label else ""
    found = {f"drover_{name}_bucket{{{each}}}": 1.0 for each in labels}
    return found | {f"drover_{name}_count{whole}": 1.0, f"drover_{name}_sum{whole}": seconds}


async def test_what_is_not_written_out_is_counted(metrics: Metrics, capsys: pytest.CaptureFixture[str]) -> None:
    root, ours = logging.getLogger(), logging.getLogger("bot")
    kept = root.handlers, root.level, ours.level
    try:
        logs.set_up("WARNING", "json", "here")
        with metrics.counting(ours):
            ours.info("order accepted", extra={"order": "o-1", "kind": "image"})
            ours.warning("order not sent", extra={"order": "o-1"})
        assert ours.level == kept[2]
    finally:
        root.handlers, root.level = kept[:2]
    [line] = capsys.readouterr().err.splitlines()
    assert json.loads(line).items() >= {"event": "order not sent", "process": "here", "order": "o-1"}.items()
    assert metrics.events.counts == {("order accepted", "info"): 1, ("order not sent", "warning"): 1}


def test_what_is_counted_is_what_the_code_logs() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "bot").rglob("*.py"))
    said = set(re.findall(r'log\.(?:info|warning|error)\(\s*"([^"]+)"', source))
    assert {*RETRIED, *DEAD, *LOOKED_UP, ACCEPTED, SENT, SETTLED, DELIVERED} - said == set()

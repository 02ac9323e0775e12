"""What stands in `deploy/`: it can be read, it agrees with the bot and its pages, and it lets nobody in."""

import json
import re
from typing import Any

import promql_parser as promql
import pytest
import yaml

from bot.__main__ import main
from bot.domain.roles import WantedRoles
from bot.settings import Settings
from tests.ops.kit import DEPLOY, ROOT, alerts, panels

COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
PAGE = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
SETTINGS = {str(field.alias) for field in Settings.model_fields.values()}
FOR_OTHERS = {
    "PGPASSWORD",
    "GRAFANA_PASSWORD",
    "COMPOSE_PROFILES",
}  # libpq reads the first, the Compose file the others


def named(text: str) -> set[str]:
    """The variables that a file for an environment sets."""
    return set(re.findall(r"^(?:Environment=)?([A-Z][A-Z0-9_]+)=", text, re.MULTILINE))


@pytest.mark.parametrize("path", sorted(DEPLOY.rglob("*.y*ml")), ids=lambda path: path.name)
def test_yaml_can_be_read(path: Any) -> None:
    assert yaml.safe_load(path.read_text(encoding="utf-8"))


def test_every_alert_says_what_is_wrong_and_where_it_is_explained() -> None:
    paragraphs = dict(re.findall(r"^### (\w+)\n\n(.+?)\n(?=\n###|\Z)", PAGE, re.MULTILINE | re.DOTALL))
    names = [alert.name for alert in alerts()]
    assert names == list(paragraphs)
    for name, _, rule in alerts():
        assert len(paragraphs[name]) > 80
        assert rule["labels"]["severity"] in {"critical", "warning"}
        assert rule["annotations"]["runbook_url"] == f"docs/operations.md#{name.lower()}"
        assert rule["annotations"]["summary"]
        assert re.fullmatch(r"\d+[mh]", rule.get("for", "0m"))


@pytest.mark.parametrize(("where", "expression"), [*panels(), *((alert.name, alert.expression) for alert in alerts())])
def test_every_expression_is_one(where: str, expression: str) -> None:
    promql.parse(expression)


def test_the_dashboard_has_a_row_for_each_subject_and_no_panel_lies_on_another() -> None:
    board = json.loads((DEPLOY / "grafana/dashboards/drover.json").read_text(encoding="utf-8"))
    rows = [panel["title"] for panel in board["panels"] if panel["type"] == "row"]
    assert rows == [
        "Now", "Orders", "Deliveries", "Money of this installation", "Oxen", "Discord", "Loops and pools",
        "Database and process",
    ]  # fmt: skip
    taken = set[tuple[int, int]]()
    for panel in board["panels"]:
        at = panel["gridPos"]
        fields = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert at["x"] + at["w"] <= 24
        assert not fields & taken, panel["title"]
        taken |= fields
    sources = yaml.safe_load((DEPLOY / "grafana/provisioning/datasources/prometheus.yml").read_text())["datasources"]
    assert {panel["datasource"]["uid"] for panel in board["panels"] if "datasource" in panel} == {sources[0]["uid"]}


def test_what_the_compose_file_and_the_unit_set_are_settings() -> None:
    bots = [service for service in COMPOSE["services"].values() if service.get("image") == "drover"]
    assert len(bots) == 5
    assert named((DEPLOY / ".env.example").read_text()) <= SETTINGS | FOR_OTHERS
    assert named((DEPLOY / ".env.example").read_text()) >= {"DISCORD_TOKEN", "OXEN_API_KEY"} | FOR_OTHERS
    given, taken = {"DISCORD_TOKEN": "x", "OXEN_API_KEY": "x"}, [bot["environment"] for bot in bots]
    for unit in (DEPLOY / "systemd").rglob("*.*"):
        if unit.is_file():
            text = unit.read_text().replace("%i", "1")
            assert named(text) - {"PYTHONDONTWRITEBYTECODE"} <= SETTINGS
            taken.append(dict(re.findall(r"^Environment=(DROVER_\w+)=(.*)$", text, re.MULTILINE)))
    for values in taken:
        assert set(values) <= SETTINGS
        Settings(_env_file=None, **given | values)  # type: ignore[call-arg]  # each is one that is taken


def test_several_processes_are_started_as_they_can_be_and_kept_as_the_one_is() -> None:
    units = DEPLOY / "systemd"
    commands = [
        service["command"] for service in COMPOSE["services"].values() if service.get("profiles") == ["several"]
    ]
    texts = [path.read_text() for path in units.glob("drover-*@.service")]
    commands += [re.findall(r"^ExecStart=\S+ (.*)$", text, re.MULTILINE)[0].split() for text in texts]
    assert len(commands) == 6
    for command in commands:
        assert main.commands[command[0]].make_context(command[0], command[1:])
        assert command == ["work"] or WantedRoles.of_shards(command[2], 2).roles
    own = {"Description", "ExecStart", "Environment", "WantedBy"}
    alone, common = (
        {line for line in (units / name).read_text().splitlines() if "=" in line and line.partition("=")[0] not in own}
        for name in ("drover.service", "drover-.service.d/common.conf")
    )
    assert {line for line in alone ^ common if not line.startswith("#")} == set()


def test_the_containers_may_do_little_and_nobody_else_reaches_them() -> None:
    for name, service in COMPOSE["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert "privileged" not in service
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", [])), name
        assert "/" not in service.get("image", "").partition(":")[0].partition("/")[2], "a registry is named"
        assert not any(volume.startswith(("/", "~")) for volume in service.get("volumes", [])), name
    bot, database = COMPOSE["services"]["drover"], COMPOSE["services"]["postgres"]
    assert bot["user"] == re.search(r"--uid (\d+)", (ROOT / "Dockerfile").read_text())[1]  # type: ignore[index]
    several = [service for service in COMPOSE["services"].values() if service.get("profiles") == ["several"]]
    assert all(service["volumes"] == ["drover:/data"] for service in (bot, *several))
    assert "ports" not in database
    assert COMPOSE["networks"]["inside"]["internal"]
    assert bot["depends_on"]["postgres"]["condition"] == "service_healthy"
    assert database["healthcheck"]["test"][1] == "pg_isready"


def test_what_is_mounted_is_there_and_prometheus_looks_where_the_bot_answers() -> None:
    for service in COMPOSE["services"].values():
        for volume in service["volumes"]:
            source = volume.partition(":")[0]
            source = source.replace("${COMPOSE_PROFILES", "one.yml")  # what follows its colon is cut off
            assert (DEPLOY / source).exists() if source.startswith(".") else source in COMPOSE["volumes"]
    config = yaml.safe_load((DEPLOY / "prometheus/prometheus.yml").read_text())
    assert all((DEPLOY / "prometheus" / name).exists() for name in config["rule_files"])
    [job] = config["scrape_configs"]
    assert job["job_name"] == "drover"
    assert job["file_sd_configs"] == [{"files": ["/etc/targets.yml"]}]
    for profile in ("one", "several"):
        services = {name: one for name, one in COMPOSE["services"].items() if one.get("profiles") == [profile]}
        [group] = yaml.safe_load((DEPLOY / f"prometheus/targets/{profile}.yml").read_text())
        ports = [f"{name}:{one['environment']['DROVER_HEALTH_PORT']}" for name, one in services.items()]
        assert group["targets"] == ports

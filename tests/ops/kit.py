"""Alerts and panels of `deploy/`, and what their expressions come to on the text of a scrape."""

import json
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import promql_parser as promql
import yaml
from prometheus_client.parser import text_string_to_metric_families

from tests.architecture.kit import ROOT

DEPLOY = ROOT / "deploy"
Labels = frozenset[tuple[str, str]]
Vector = dict[Labels, float]


class Alert(NamedTuple):
    name: str
    expression: str
    rule: Mapping[str, Any]


def alerts() -> list[Alert]:
    groups = yaml.safe_load((DEPLOY / "prometheus/alerts.yml").read_text(encoding="utf-8"))["groups"]
    return [Alert(rule["alert"], rule["expr"], rule) for group in groups for rule in group["rules"]]


def panels() -> Iterator[tuple[str, str]]:
    """Title and expression; what Grafana fills in is filled in."""
    board = json.loads((DEPLOY / "grafana/dashboards/drover.json").read_text(encoding="utf-8"))
    for panel in board["panels"]:
        for target in panel.get("targets", []):
            yield panel["title"], target["expr"].replace("$__rate_interval", "1m").replace("$instance", ".*")


def selectors(expression: str) -> list[promql.VectorSelector]:
    found: list[promql.VectorSelector] = []

    def visit(part: promql.Expr) -> None:
        selector = part.vector_selector if isinstance(part, promql.MatrixSelector) else part
        if isinstance(selector, promql.VectorSelector) and selector not in found:
            found.append(selector)

    promql.walk(promql.parse(expression), visit)
    return found


class Scrape:
    """What `/metrics` said, with the labels that Prometheus adds. `before` is an earlier one, to see changes by."""

    def __init__(self, text: str, before: "Scrape | None" = None) -> None:
        self.types: dict[str, str] = {}
        self.series: dict[str, Vector] = {"up": {frozenset({("job", "drover"), ("instance", "here")}): 1.0}}
        for family in text_string_to_metric_families(text):
            for one in family.samples:
                self.types[one.name] = family.type
                labels = frozenset({**one.labels, "job": "drover", "instance": "here"}.items())
                self.series.setdefault(one.name, {})[labels] = one.value
        self.before = before or self

    def select(self, selector: promql.VectorSelector) -> Vector:
        matched: Vector = {}
        for labels, value in self.series.get(selector.name or "", {}).items():
            given = dict(labels)
            if all(_fits(matcher, given.get(matcher.name, "")) for matcher in selector.matchers.matchers):
                matched[labels] = value
        return matched

    def value(self, expression: promql.Expr) -> Vector | float:
        """Only what the alerts use. A counter's increase or rate, and a gauge's least, are of the two scrapes."""
        match expression:
            case promql.NumberLiteral():
                return expression.val
            case promql.ParenExpr():
                return self.value(expression.expr)
            case promql.VectorSelector():
                return (self.before if expression.offset else self).select(expression)
            case promql.AggregateExpr():
                kept, summed = expression.modifier.labels if expression.modifier else [], Vector()
                together = {"sum": operator.add, "max": max}[str(expression.op)]
                for labels, value in self._vector(expression.expr).items():
                    group = frozenset((name, value) for name, value in labels if name in kept)
                    summed[group] = together(summed[group], value) if group in summed else value
                return summed
            case promql.Call():
                return self._call(expression.func.name, expression.args[0])
            case promql.BinaryExpr():
                return _binary(str(expression.op), self.value(expression.lhs), self.value(expression.rhs))
            case _:
                raise NotImplementedError(expression.prettify())

    def _vector(self, expression: promql.Expr) -> Vector:
        found = self.value(expression)
        assert isinstance(found, dict)
        return found

    def _call(self, name: str, given: promql.Expr) -> Vector:
        if isinstance(given, promql.MatrixSelector):
            now, then = self.select(given.vector_selector), self.before.select(given.vector_selector)
            if name == "min_over_time":
                return {labels: min(value, then.get(labels, value)) for labels, value in now.items()}
            assert name in {"rate", "increase"}
            return {labels: value - then[labels] for labels, value in now.items() if labels in then}
        found = self._vector(given)
        if name == "absent":
            return {} if found else {frozenset(): 1.0}
        assert name == "abs"
        return {labels: abs(value) for labels, value in found.items()}

    def firing(self) -> set[str]:
        """The alerts whose expression holds, whatever `for` says."""
        return {alert.name for alert in alerts() if self.value(promql.parse(alert.expression)) != {}}


_ARITHMETIC: Mapping[str, Callable[[float, float], float]] = {"-": operator.sub, "*": operator.mul}
_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    ">": operator.gt, "<": operator.lt, ">=": operator.ge, "==": operator.eq,
}  # fmt: skip


def _binary(op: str, left: Vector | float, right: Vector | float) -> Vector | float:
    if op == "or":
        assert isinstance(left, dict)
        assert isinstance(right, dict)
        return right | left
    if not isinstance(left, dict):
        assert isinstance(right, dict)
        return {labels: _ARITHMETIC[op](left, value) for labels, value in right.items()}
    pairs = {
        labels: (value, right[labels] if isinstance(right, dict) else right)
        for labels, value in left.items()
        if not isinstance(right, dict) or labels in right
    }
    if op in _COMPARISONS:
        return {labels: pair[0] for labels, pair in pairs.items() if _COMPARISONS[op](*pair)}
    return {labels: _ARITHMETIC[op](*pair) for labels, pair in pairs.items()}


def _fits(matcher: promql.Matcher, value: str) -> bool:
    if matcher.op == promql.MatchOp.Equal:
        return value == matcher.value
    assert matcher.op == promql.MatchOp.Re
    return re.fullmatch(matcher.value, value) is not None

"""The provider's own OpenAPI file as a judge of calls: their queries, their bodies, and what came back."""

import json
import re
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

from tests.oxen.openapi import FILE, as_json_schema

Operation = tuple[str, str]


class Description:
    """`check` a call; `seen` are the operations that were checked, of all `operations`."""

    def __init__(self) -> None:
        document = as_json_schema(json.loads(FILE.read_text(encoding="utf-8")))
        self._paths: dict[str, Any] = document["paths"]
        self._components = document["components"]
        self.seen: set[Operation] = set()

    @property
    def operations(self) -> set[Operation]:
        return {(method.upper(), path) for path, methods in self._paths.items() for method in methods}

    def conforms(self, name: str, body: Any) -> None:
        """Raises ValidationError unless the body is valid against the named schema."""
        self._validate({"$ref": f"#/components/schemas/{name}"}, body)

    def check(self, method: str, path: str, query: dict[str, str], sent: Any, status: int, got: Any) -> None:
        """Raises ValidationError, or KeyError for a path, a filter or a status that is not described."""
        template = self._template(path)
        operation = self._paths[template][method.lower()]
        rules = {each["name"]: each["schema"] for each in operation["parameters"] if each["in"] == "query"}
        for name, text in query.items():
            self._validate(rules[name], int(text) if rules[name].get("type") == "integer" else text)
        if sent is not None:
            self._validate(operation["requestBody"]["content"]["application/json"]["schema"], sent)
        self._validate(operation["responses"][str(status)]["content"]["application/json"]["schema"], got)
        self.seen.add((method, template))

    def _template(self, path: str) -> str:
        """Paths without a variable go before those with one."""
        fitting = [each for each in self._paths if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", each), path)]
        return min(fitting, key=lambda each: each.count("{"))

    def _validate(self, schema: dict[str, Any], body: Any) -> None:
        whole = {**schema, "components": self._components}
        Draft202012Validator(whole, format_checker=FormatChecker()).validate(body)

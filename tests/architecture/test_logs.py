"""What may go into a log: constant messages with fields, never a prompt, a key or a token."""

import ast
import logging
from collections.abc import Iterator
from functools import cache

import pytest

from tests.architecture.kit import Source, full_name, sources

METHODS = {"debug", "info", "warning", "error", "exception", "critical", "log"}
SECRETS = {
    "prompt",
    "key",
    "token",
    "content",
    "text",
    "secret",
    "api_key",
    "payload",
    "body",
    "headers",
    "url",
    "detail",
}
# Attributes whose value is one, whatever the field is called.
TELLTALE = {"prompt", "get_secret_value", "result_url", "headers", "content", "detail", "parameters"}
TAKEN = set(vars(logging.makeLogRecord({}))) | {"message", "asctime"}
OURS = sources("bot", "cogs")


@cache
def log_fields() -> tuple[Source, ast.FunctionDef]:
    [found] = [
        (source, node)
        for source in OURS
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef) and node.name == "log_fields"
    ]
    return found


def log_calls(source: Source) -> Iterator[ast.Call]:
    names = source.imported_names()
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in METHODS:
            owner = full_name(node.func.value, names)
            if owner.rpartition(".")[2] in {"log", "logger", "_log", "logging"}:
                yield node


@cache
def every_call() -> list[tuple[Source, ast.Call]]:
    return [(source, call) for source in OURS for call in log_calls(source)]


def extra(call: ast.Call) -> ast.expr | None:
    return next((keyword.value for keyword in call.keywords if keyword.arg == "extra"), None)


def dictionaries(source: Source, expression: ast.expr) -> Iterator[ast.Dict]:
    """The literal dicts that an `extra` is put together from, by a function of the file, or by `log_fields`."""
    if isinstance(expression, ast.Dict):
        assert None not in expression.keys, f"{source.at(expression)}: fields are written out"
        yield expression
    elif isinstance(expression, ast.BinOp):
        yield from dictionaries(source, expression.left)
        yield from dictionaries(source, expression.right)
    elif isinstance(expression, ast.Call) and isinstance(expression.func, ast.Name):
        for function in source.tree.body:
            if isinstance(function, ast.FunctionDef) and function.name == expression.func.id:
                yield from returned(source, function)
    elif isinstance(expression, ast.Attribute) and expression.attr == "log_fields":
        yield from returned(*log_fields())
    else:
        pytest.fail(f"{source.at(expression)}: these fields cannot be read from the source")


def returned(source: Source, function: ast.FunctionDef) -> Iterator[ast.Dict]:
    for node in ast.walk(function):
        if isinstance(node, ast.Return) and node.value is not None:
            yield from dictionaries(source, node.value)


def fields(source: Source, call: ast.Call) -> dict[str, ast.expr]:
    expression = extra(call)
    found = dictionaries(source, expression) if expression is not None else ()
    return {
        str(key.value): value
        for each in found
        for key, value in zip(each.keys, each.values, strict=True)
        if isinstance(key, ast.Constant)
    }


def test_the_log_calls_were_found() -> None:
    assert len(every_call()) > 25
    assert any(len(fields(source, call)) > 3 for source, call in every_call())


def test_the_message_is_a_constant() -> None:
    """A field can be searched for and left out; what is written into a message can not."""
    for source, call in every_call():
        where = source.at(call)
        assert len(call.args) == 1, where
        (message,) = call.args
        assert isinstance(message, ast.Constant), where
        assert isinstance(message.value, str), where
        assert not set("%{") & set(message.value), where
        assert {keyword.arg for keyword in call.keywords} <= {"extra", "exc_info"}, where


def test_no_field_is_a_secret_or_somebodys_words() -> None:
    for source, call in every_call():
        found = fields(source, call)
        assert not SECRETS & set(found), source.at(call)
        for name, value in found.items():
            spoken = {node.attr for node in ast.walk(value) if isinstance(node, ast.Attribute)}
            assert not TELLTALE & spoken, f"{source.at(call)}: {name}"
            assert not any(isinstance(node, ast.JoinedStr) for node in ast.walk(value)), f"{source.at(call)}: {name}"


def test_no_field_has_a_name_that_logging_keeps_for_itself() -> None:
    """`logging` raises KeyError for those, in the middle of whatever was being logged."""
    assert [source.at(call) for source, call in every_call() if TAKEN & set(fields(source, call))] == []


def test_every_logger_is_named_after_its_module() -> None:
    for source in OURS:
        for call, name in source.calls():
            if name == "logging.getLogger" and source.module != "bot.ops.logs":
                assert [ast.unparse(argument) for argument in call.args] in (["__name__"], ["__package__"]), source.at(
                    call
                )

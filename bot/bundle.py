"""Texts with values and cases in them, by Fluent and Babel: loaded when the first of them is wanted."""

from collections.abc import Mapping
from typing import cast

from fluent.runtime import FluentBundle
from fluent.runtime.resolver import Message
from fluent.syntax import FluentParser, ast


class LazyBundle(FluentBundle):
    """The messages of one language by their keys, each parsed when it is first used; its syntax tree goes after that.

    Parsing all of them would take a fifth of a start and keep 4 MiB, and most are never used.
    """

    def __init__(self, language: str, sources: Mapping[str, str]) -> None:
        super().__init__([language], use_isolating=False)
        self._sources = sources

    def text(self, key: str, values: Mapping[str, object]) -> str | None:
        """The text behind `key`, one of the sources, with these values."""
        pattern = self.get_message(key).value
        return str(self.format_pattern(pattern, dict(values))[0]) if pattern else None

    def _lookup(self, entry_id: str, term: bool = False) -> Message:
        name = f"-{entry_id}" if term else entry_id
        if name not in self._compiled:
            entry = FluentParser(with_spans=False).parse_entry(self._sources[name])
            self._compiled[name] = self._compiler(cast("ast.Message | ast.Term", entry))  # tests find what is neither
        return self._compiled[name]

"""What a person sees, what a script reads, and what a log keeps of it."""

import io
import json

import pytest

from bot.terminal.screen import Screen
from bot.terminal.tables import table


class Streams:
    def __init__(self, encoding: str = "utf-8") -> None:
        self.out = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
        self.err = io.TextIOWrapper(io.BytesIO(), encoding=encoding)

    def said(self) -> tuple[str, str]:
        return tuple(s.buffer.getvalue().decode(s.encoding) for s in (self.out, self.err))  # type: ignore[attr-defined,return-value]


def test_where_nobody_looks_a_line_is_written_when_it_is_new() -> None:
    streams = Streams()
    screen = Screen(out=streams.out, err=streams.err)
    for text, clock in (("queued", " 0:01"), ("queued", " 0:02"), ("ready", " 0:03")):
        screen.progress(text, clock)
    screen.show("film.mp4")
    assert streams.said() == ("film.mp4\n", "queued\nready\n")


def test_on_a_terminal_a_line_is_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "12")
    streams = Streams()
    screen = Screen(out=streams.out, err=streams.err, live=True)
    screen.progress("queued", " 0:01 and more than fits")
    screen.tell("said")
    screen.tell("again")
    assert streams.said()[1] == "\r\x1b[Kqueued 0:01\r\x1b[Ksaid\nagain\n"


def test_a_question_stays_to_be_seen() -> None:
    streams = Streams()
    screen = Screen(out=streams.out, err=streams.err, live=True)
    screen.ask("Really?")
    screen.progress("queued")
    screen.answered()
    screen.progress("ready")
    assert streams.said()[1] == "Really? [y/N] \r\x1b[Kready"


def test_a_script_reads_the_document_alone() -> None:
    streams = Streams()
    screen = Screen(as_json=True, out=streams.out, err=streams.err)
    screen.show("film.mp4")
    screen.tell("queued")
    screen.document({"prompt": "Käuzchen"})
    out, err = streams.said()
    assert json.loads(out) == {"prompt": "Käuzchen"}
    assert err == "queued\n"


def test_a_person_reads_no_document() -> None:
    streams = Streams()
    Screen(out=streams.out, err=streams.err).document({"a": 1})
    assert streams.said() == ("", "")


def test_a_terminal_that_knows_few_letters() -> None:
    streams = Streams("ascii")
    Screen(out=streams.out, err=streams.err).show("Käuzchen 梟")
    assert streams.said()[0] == "K\\xe4uzchen \\u689f\n"


def test_columns_are_as_wide_as_what_is_in_them() -> None:
    assert table([("id", "name", "usd"), ("1", "梟", "0.35"), ("10", "e\u0301", "")]).splitlines() == [
        "id  name  usd",
        "1   梟    0.35",
        "10  e\u0301",
    ]

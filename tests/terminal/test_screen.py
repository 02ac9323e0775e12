"""What a person sees, what a script reads, and what a log keeps of it."""

import io
import json

import pytest

from bot.terminal.screen import Screen


class Streams:
    def __init__(self, encoding: str = "utf-8") -> None:
        self.out = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
        self.err = io.TextIOWrapper(io.BytesIO(), encoding=encoding)

    def said(self) -> tuple[str, str]:
        return tuple(s.buffer.getvalue().decode(s.encoding) for s in (self.out, self.err))  # type: ignore[attr-defined,return-value]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_line_is_written_when_it_is_new_without_a_terminal() -> None:
    streams = Streams()
    screen = Screen(out=streams.out, err=streams.err)
    for text, clock in (("queued", " 0:01"), ("queued", " 0:02"), ("ready", " 0:03")):
        screen.progress(text, clock)
    screen.show("film.mp4")
    assert streams.said() == ("film.mp4\n", "queued\nready\n")


def test_on_a_terminal_a_bar_is_drawn_again_and_taken_away() -> None:
    streams = Streams()
    with Screen(out=streams.out, err=streams.err, live=True) as screen:
        screen.progress("1 of 2 ready", 1, 2)
        screen.tell("said")
        screen.progress("2 of 2 ready", 2, 2)
        screen.show("film.mp4")
    out, err = streams.said()
    assert out == "film.mp4\n"
    assert (err.count("said\n"), err.index("1 of 2 ready") < err.index("said") < err.index("2 of 2 ready")) == (1, True)
    assert "━" in err
    assert err.endswith("\x1b[2K")  # nothing of it is left
    assert err.count("\x1b[?25l") == err.count("\x1b[?25h")  # and the cursor is back


def test_a_question_stays_to_be_seen() -> None:
    streams = Streams()
    with Screen(out=streams.out, err=streams.err, live=True) as screen:
        screen.progress("queued")
        screen.ask("Really?")
        before = streams.said()[1]
        assert before.endswith("Really? [y/N] ")
        screen.progress("being made")
        assert streams.said()[1] == before
        screen.answered()
        assert "being made" in streams.said()[1].removeprefix(before)


@pytest.mark.parametrize(("name", "value"), [("TERM", "dumb"), ("NO_COLOR", "1")])
def test_a_terminal_that_wants_no_drawing_gets_lines(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    terminal = Terminal()
    with Screen(out=terminal, err=terminal) as screen:
        screen.progress("queued", 0, 1)
        screen.table(("id", "model"), [("1", "[red]wan[/red]")])
    assert terminal.getvalue() == "queued\nid  model\n1   [red]wan[/red]\n"


@pytest.mark.parametrize("live", [False, True])
def test_nothing_that_is_shown_moves_the_cursor(*, live: bool) -> None:
    """Neither what a model is called nor what a file is."""
    streams = Streams()
    evil = "evil\x1b[2J\x07\r\x9b31m\u202egnp.exe"
    with Screen(out=streams.out, err=streams.err, live=live) as screen:
        screen.progress(evil)
        screen.tell(evil)
        screen.ask(evil)
        screen.show(evil)
        screen.table(("id", evil), [("1", evil)])
    out, err = streams.said()
    assert out.count("evil[2J31mgnp.exe") == 3
    assert not any(sign in out + err for sign in ("\x1b[2J", "\x07", "\x9b", "\u202e"))


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
    streams = Streams()
    long = 300 * "x"
    rows = [("1", "梟", "0.35"), ("10", "e\u0301", ""), ("11", "y", long)]
    Screen(out=streams.out).table(("id", "name", "usd"), rows)
    assert streams.said()[0].splitlines() == ["id  name  usd", "1   梟    0.35", "10  e\u0301", f"11  y     {long}"]

"""Bytes to events: however the network cuts the bytes, the events are the same."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.oxen.events import ServerSentEvent, SseParser
from tests.cases import for_each

COMPLETED = b'event: media_generation_completed\ndata: {"generation_id":"a"}\n\n'


def parse(*chunks: bytes, max_line: int = 1_000_000) -> list[ServerSentEvent]:
    parser = SseParser(max_line)
    return [event for chunk in chunks for event in parser.feed(chunk)]


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[start:end] for start, end in pairwise(edges)]


def test_an_event() -> None:
    assert parse(COMPLETED) == [ServerSentEvent("media_generation_completed", '{"generation_id":"a"}')]


def test_an_event_without_a_name_is_a_message() -> None:
    assert parse(b"data: x\n\n") == [ServerSentEvent("message", "x")]


def test_a_name_does_not_outlive_its_event() -> None:
    assert parse(b"event: a\ndata: 1\n\ndata: 2\n\n") == [ServerSentEvent("a", "1"), ServerSentEvent("message", "2")]


def test_an_event_without_data_is_ignored() -> None:
    assert parse(b"event: a\n\ndata: 2\n\n") == [ServerSentEvent("message", "2")]


def test_data_of_several_lines() -> None:
    assert parse(b"data: one\ndata:two\ndata\ndata:  four\n\n") == [ServerSentEvent("message", "one\ntwo\n\n four")]


def test_a_comment_is_a_sign_of_life() -> None:
    assert parse(b": keep-alive\n\n") == [ServerSentEvent("", "keep-alive")]


def test_a_comment_amid_an_event_does_not_end_it() -> None:
    assert parse(b"data: 1\n: keep-alive\ndata: 2\n\n") == [
        ServerSentEvent("", "keep-alive"),
        ServerSentEvent("message", "1\n2"),
    ]


def test_fields_that_mean_nothing_here_are_passed_over() -> None:
    assert parse(b"id: 7\nretry: 10\nwhatever: x\nnonsense\ndata: x\n\n") == [ServerSentEvent("message", "x")]


def test_an_unfinished_event_is_not_told() -> None:
    assert parse(b"data: x\n") == []


def test_a_byte_order_mark_is_no_part_of_the_first_line() -> None:
    assert parse(b"\xef\xbb", b"\xbfdata: x\n\n") == [ServerSentEvent("message", "x")]


@for_each("end", [b"\n", b"\r\n", b"\r"])
def test_line_ends(end: bytes) -> None:
    data = end.join([b"event: a", b"data: 1", b"data: 2", b"", b": c", b""])
    assert parse(data, b"\n") == [ServerSentEvent("a", "1\n2"), ServerSentEvent("", "c")]


def test_a_crlf_split_between_chunks_is_one_line_end() -> None:
    assert parse(b"data: 1\r", b"\ndata: 2\r", b"\n\r", b"\n") == [ServerSentEvent("message", "1\n2")]


def test_a_character_split_between_chunks() -> None:
    data = "data: renard 🦊\n\n".encode()
    assert parse(*[data[i : i + 1] for i in range(len(data))]) == [ServerSentEvent("message", "renard 🦊")]


def test_bytes_that_are_no_text_do_not_break_it() -> None:
    assert parse(b"data: \xff\n\ndata: y\n\n") == [
        ServerSentEvent("message", "\ufffd"),
        ServerSentEvent("message", "y"),
    ]


@for_each("chunks", [[b"data: 6789\n\n"], [b"data: 67", b"89\n\n"], [b"data: 6789", b"\n\n"]])
def test_a_line_that_is_too_long_is_refused_however_it_arrives(chunks: list[bytes]) -> None:
    with pytest.raises(ValueError, match="line") as caught:
        parse(*chunks, max_line=9)
    assert "6789" not in str(caught.value)


def test_a_line_as_long_as_allowed_is_taken() -> None:
    assert parse(b"data: 6789\n\n", max_line=10) == [ServerSentEvent("message", "6789")]
    assert parse(b"data: 6789", b"\r", b"\n\r\n", max_line=10) == [ServerSentEvent("message", "6789")]


LINES = st.sampled_from(
    [
        b"",
        b"",
        b"data: x",
        "data: é🦊".encode(),
        b"data",
        b"data:",
        b"event: a",
        b"event:",
        b": c",
        b":",
        b"id: 1",
        b"\xff: \xfe",
        b"nonsense",
    ]
)
STREAMS = st.lists(st.tuples(LINES, st.sampled_from([b"\n", b"\r\n", b"\r"])), max_size=30).map(
    lambda pairs: b"".join(line + end for line, end in pairs)
)


@given(data=STREAMS | st.binary(max_size=200), places=st.lists(st.integers(0, 500), max_size=30))
def test_any_cutting_gives_the_same_events(data: bytes, places: list[int]) -> None:
    assert parse(*cut(data, places)) == parse(data)


@given(
    data=STREAMS | st.binary(max_size=200),
    places=st.lists(st.integers(0, 500), max_size=30),
    longest=st.integers(1, 12),
)
def test_any_cutting_refuses_the_same_streams(data: bytes, places: list[int], longest: int) -> None:
    def refused(chunks: list[bytes]) -> bool:
        try:
            parse(*chunks, max_line=longest)
        except ValueError:
            return True
        return False

    # What the last chunk leaves unfinished may be held against it or not: it is no line yet.
    data += b"\n\n"
    assert refused(cut(data, places)) == refused([data])


@given(data=STREAMS)
def test_all_line_ends_mean_the_same(data: bytes) -> None:
    plain = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    assert parse(data, b": end\n") == parse(plain, b": end\n")


@given(texts=st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\n")), min_size=1, max_size=5))
def test_what_is_encoded_is_what_comes_out(texts: list[str]) -> None:
    data = b"".join(f"data: {text}\n".encode() for text in texts) + b"\n"
    assert parse(data) == [ServerSentEvent("message", "\n".join(texts))]

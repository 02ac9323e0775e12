"""Media out of the middle of an answer, however the network cuts it."""

import base64
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.oxen.blocking import Unpacker
from tests.cases import for_each

MIB = 1024 * 1024


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def unpack(text: bytes, folder: Path, size: int = 0, limit: int = MIB) -> tuple[Any, list[bytes]]:
    """The JSON around the media, and the media; `text` comes in pieces of `size` bytes (0: at once)."""
    unpacker = Unpacker(folder, limit)
    try:
        for start in range(0, len(text), size or len(text) or 1):
            unpacker.feed(text[start : start + (size or len(text))])
        return unpacker.close(), [file.read_bytes() for file in unpacker.files]
    finally:
        unpacker.discard()
        assert not list(folder.iterdir())


def answer(*media: bytes, **more: Any) -> dict[str, Any]:
    return {"model": "m", "created": 1, "videos": [{"b64_json": encoded(each)} for each in media], **more}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(
    media=st.lists(st.binary(max_size=60), max_size=3),
    size=st.integers(1, 40),
    indent=st.sampled_from([None, 1]),
    words=st.text(max_size=20),
)
def test_media_come_out_however_the_answer_is_cut(
    tmp_path: Path, media: list[bytes], size: int, indent: int | None, words: str
) -> None:
    whole = answer(*media, **{"before": words, words: "b64_json", "b64": {"b64_json ": words}})
    text = json.dumps(whole, indent=indent).encode()
    around, files = unpack(text, tmp_path, size)
    assert files == media
    assert [each["b64_json"] for each in around.pop("videos")] == [str(n) for n in range(len(media))]
    del whole["videos"]
    assert around == whole


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(
    whole=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    ),
    size=st.integers(1, 40),
)
def test_json_without_media_stays_as_it_is(tmp_path: Path, whole: Any, size: int) -> None:
    for ascii_only in (True, False):
        text = json.dumps(whole, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
        if b"\xed" in text and not ascii_only:  # a lone surrogate is no UTF-8
            continue
        assert unpack(text, tmp_path, size) == (whole, [])


@for_each(
    ("text", "content"),
    [
        (b'{"b64_json":"/\\/8="}', b"\xff\xff"[:2]),
        (b'{"b64_json" \n:\t "QUJD"}', b"ABC"),
        (b'\xef\xbb\xbf{"b64_json":"QUJD"}', b"ABC"),
        (b'{"b64_json":""}', b""),
    ],
)
@for_each("size", [0, 1, 3])
def test_odd_spellings(tmp_path: Path, text: bytes, content: bytes, size: int) -> None:
    _, (file,) = unpack(text, tmp_path, size)
    assert file[: len(content)] == content
    assert len(file) == len(content)


@for_each(
    "text",
    [
        b'{"b64_json":null}',
        b'{"b64_json":7,"x":"QUJD"}',
        b'["b64_json","QUJD"]',
        b'{"x":"b64_json","y":"QUJD"}',
        b'{"b64_json":["QUJD"]}',
        b'{"b64_json\\u0020":"QUJD"}',
        b'{"\\"b64_json":"QUJD"}',
    ],
)
@for_each("size", [0, 1])
def test_what_is_no_medium(tmp_path: Path, text: bytes, size: int) -> None:
    assert unpack(text, tmp_path, size) == (json.loads(text), [])


@for_each(
    "text",
    [
        b'{"b64_json":"QUJ',
        b'{"b64_json":"QUJ"}',
        b'{"b64_json":"QU=D"}',
        b'{"b64_json":"QQ==QUJD"}',
        b'{"b64_json":"!!!!"}',
        b'{"b64_json":"QUJD\\n"}',
        b'{"b64_json":"' + "ÄÖ".encode() + b'"}',
        b'{"b64_json":"QUJD"',
        b'{"x":"',
        b"",
        b"<html>",
        b"[" * 200_000,
        b'{"x":"\xff"}',
        b'{"x":"' + b"y" * 2 * MIB + b'"}',
        b'{"x":"' + b'\\"' * 2 * MIB + b'"}',
        b" " * 2 * MIB,
        json.dumps(answer(*[b"x"] * 13)).encode(),
        json.dumps(answer(b"x" * (MIB + 1))).encode(),
    ],
)
@for_each("size", [0, 4096])
def test_an_answer_that_makes_no_sense_leaves_nothing_behind(tmp_path: Path, text: bytes, size: int) -> None:
    with pytest.raises(ValueError, match=r"."):
        unpack(text, tmp_path, size)


def test_a_large_medium_is_never_held(tmp_path: Path) -> None:
    content = bytes(range(256)) * 4 * 1024 * 24  # 24 MiB
    text = json.dumps(answer(content)).encode()
    unpacker, piece = Unpacker(tmp_path, len(content)), 256 * 1024
    tracemalloc.start()
    for start in range(0, len(text), piece):
        unpacker.feed(text[start : start + piece])
    unpacker.close()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2 * MIB
    assert unpacker.files[0].read_bytes() == content

"""Whether all of a file is there: by its structure, and not by its last bytes."""

import io
import struct
import time
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.media.probe import probe
from tests.cases import for_each
from tests.media.pictures import box
from tests.media.samples import FORMATS, SAMPLES, SIZE, sample

# A frame of sound without a count of all, a page, a cluster, a fragment: where one ends, the file may end as well.
STREAMED = frozenset({"mp3-bare", "ogg", "webm-recorded", "mp4-fragments"})


def is_whole(content: bytes) -> bool:
    found = probe(io.BytesIO(content))
    return found is not None and found.whole


@for_each("name", SAMPLES)
def test_a_file_as_an_encoder_wrote_it_is_whole(name: str) -> None:
    found = probe(io.BytesIO(sample(name)))
    assert found is not None
    assert (found.suffix, found.whole) == (FORMATS[name], True)


@given(name=st.sampled_from(sorted(SAMPLES)), part=st.floats(0, 1, exclude_max=True))
@settings(max_examples=400)
def test_a_file_that_is_cut_anywhere_is_not_whole(name: str, part: float) -> None:
    content = sample(name)
    end = int(part * len(content))
    if name in STREAMED:  # any cut but one between two of its parts
        assert not (is_whole(content[:end]) and is_whole(content[: end + 1]) and is_whole(content[: end + 2]))
    else:
        assert not is_whole(content[:end])


@for_each(
    ("name", "size", "seconds"),
    [
        ("wav", None, 1),
        ("mp3", None, 1),
        ("mp3-bare", None, 1),
        ("ogg", None, 1),
        ("flac", None, 1),
        ("m4a", None, 1),
        ("webm", SIZE, 1.2),
        ("webm-recorded", SIZE, 1.1),  # up to where its last picture begins
        ("mkv", SIZE, 1.2),
        ("mp4", SIZE, 1.2),
        ("mp4-fragments", SIZE, 1.2),
    ],
)
def test_sounds_and_films_tell_their_length_and_size(name: str, size: tuple[int, int] | None, seconds: float) -> None:
    found = probe(io.BytesIO(sample(name)))
    assert found is not None
    assert (found.width, found.height) == (size or (None, None))
    assert found.seconds == pytest.approx(seconds, abs=0.08)


def test_a_long_recording_of_small_blocks_is_walked_to_its_end() -> None:
    """As a browser records a voice: blocks of 60 bytes, in clusters that say no size."""
    blocks = [b"\xa3\xbc\x81" + (20 * n).to_bytes(2) + b"\x80" + bytes(56) for n in range(500)]
    begin = b"\x1aE\xdf\xa3\x87B\x82\x84webm" + b"\x18\x53\x80\x67" + b"\x01" + b"\xff" * 7
    clusters = [b"\x1f\x43\xb6\x75\x01" + b"\xff" * 7 + b"\xe7\x84" + (10_000 * n).to_bytes(4) for n in range(400)]
    found = probe(io.BytesIO(begin + b"".join(each + b"".join(blocks) for each in clusters)))
    assert found is not None
    assert (found.whole, found.seconds) == (True, pytest.approx(3999.98))


def test_other_chunks_come_before_a_sound() -> None:
    content = sample("wav")
    found = probe(io.BytesIO(content[:12] + b"JUNK\x05\0\0\0xxxxx\0" + content[12:] + b"LIST\x04\0\0\0INFO"))
    assert found is not None
    assert found.seconds == pytest.approx(1)


def test_a_sound_behind_a_tag_is_that_sound() -> None:
    tag = b"ID3\x04\0\0\0\0\0\x0a" + bytes(10)
    for name, kind in (("mp3-bare", "mp3"), ("flac", "flac")):
        found = probe(io.BytesIO(tag + sample(name)))
        assert found is not None
        assert (found.suffix, found.whole) == (kind, True)
        assert found.seconds == pytest.approx(1, abs=0.08)


@for_each("name", SAMPLES)
def test_a_file_without_its_last_bytes_is_not_whole(name: str) -> None:
    for missing in (1, 2, 3, 5, 8, 13):
        assert not is_whole(sample(name)[:-missing]), missing


# What is found behind the ends of real files.
TRAILERS = {
    "padding": bytes(4096),
    "a byte": b"\0",
    "a line break": b"\n",
    "a tag of sounds": b"TAG" + b"x" * 125,
    "a trailer of Samsung's": b"\0\0\x01\x0a\x0e\0\0\0Image_UTC_Data1700000000000SEFHe\0\0\0\x01\0\0\0SEFT",
    "a text": b"photoshop was here; IEND \xff\xd9 OggS",
    "a picture": b"the picture of another camera",
    "a film": b"its film",
}


def behind(name: str) -> bytes:
    return {"a picture": sample("jpg"), "a film": sample("mp4")}.get(name, TRAILERS[name])


@for_each("name, trailer", product(SAMPLES, TRAILERS))
def test_what_follows_the_end_is_of_no_interest(name: str, trailer: str) -> None:
    assert is_whole(sample(name) + behind(trailer))


@given(name=st.sampled_from(sorted(SAMPLES.keys() - {"mp3-bare"})), more=st.binary(min_size=1, max_size=300))
@settings(max_examples=400)
def test_bytes_after_the_end_are_ignored(name: str, more: bytes) -> None:
    assert is_whole(sample(name) + more)


@given(name=st.sampled_from(sorted(SAMPLES)), part=st.floats(0.1, 0.9), trailer=st.sampled_from(sorted(TRAILERS)))
def test_the_thumbnail_of_a_cut_photo_is_not_its_end(name: str, part: float, trailer: str) -> None:
    """Nor is any other end mark that is inside: here, of a photo whose EXIF holds a whole one."""
    photo = sample("jpg-thumbnail")
    assert photo.count(b"\xff\xd9") == 2
    first = photo.index(b"\xff\xd9")
    assert not is_whole(photo[: first + 2 + int(part * (len(photo) - first - 4))])


def test_a_motion_photo_is_whole_and_a_photo() -> None:
    found = probe(io.BytesIO(sample("jpg") + sample("mp4")))
    assert found is not None
    assert (found.media_type, found.whole) == ("image/jpeg", True)
    assert not is_whole(sample("jpg")[:-2] + b"\0" * 40)


def test_a_film_whose_index_is_missing_is_cut() -> None:
    head = box(b"ftyp", b"isom\0\0\0\0")
    assert not is_whole(head + box(b"mdat", b"frames"))
    assert not is_whole(head + box(b"moov", b""))
    assert is_whole(head + box(b"moov", b"") + struct.pack(">I", 0) + b"mdat" + b"frames to the end")


def test_a_box_that_only_its_maker_knows_is_stepped_over() -> None:
    film = sample("mp4")
    at = int.from_bytes(film[:4])
    assert film[at : at + 8] == b"\0\0\0\x08free"  # so nothing moves that the index names
    assert is_whole(film[: at + 4] + b"beam" + film[at + 8 :])
    assert not is_whole((film[: at + 4] + b"beam" + film[at + 8 :])[:-9])


def test_a_sound_that_was_streamed_says_no_length() -> None:
    content = sample("wav")
    at = content.index(b"data")
    streamed = content[:4] + b"\xff" * 4 + content[8 : at + 4] + b"\xff" * 4 + content[at + 8 :]
    assert is_whole(streamed)


@for_each("code", range(16))
def test_what_only_looks_like_a_frame_of_sound_is_passed_over(code: int) -> None:
    """Packed sound is full of it; here, before the first frame and with each code for a frame's size."""
    content = sample("flac")
    first = content.index(b"\xff\xf8")
    assert is_whole(content[:first] + b"\xff\xf8" + bytes([code << 4 | 1, 0, 7, 7, 7]) + content[first:])


class Counting(io.BytesIO):
    """Counts how often it is read from."""

    reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self.reads += 1
        return super().read(size)


GREEDY = {
    "gif": b"GIF89a\x0a\0\x0a\0\0\0\0,\0\0\0\0\x0a\0\x0a\0\0\2" + b"\1a" * 10_000_000,
    "jpg": b"\xff\xd8" + b"\xff\xe0\0\2" * 5_000_000,
    "png": sample("png")[:33] + b"\0\0\0\0tEXt\0\0\0\0" * 1_700_000,
    "ogg": (b"OggS" + bytes(23)) * 700_000,
    "mp4": box(b"ftyp", b"isom\0\0\0\0") + box(b"free", b"") * 2_500_000,
    "mp4 inside": box(b"ftyp", b"isom\0\0\0\0") + box(b"moov", box(b"trak", box(b"free", b"") * 100) * 2) * 12_000,
    "mkv": sample("webm-recorded")[:60] + b"\xec\x80" * 10_000_000,
}


@for_each("name", GREEDY)
def test_a_file_of_20_mib_that_is_all_structure_is_soon_given_up(name: str) -> None:
    """No block of it is read twice, and of small steps there are only so many."""
    file, begun = Counting(GREEDY[name]), time.process_time()
    found = probe(file)
    assert found is None or not found.whole
    assert time.process_time() - begun < 5  # seconds; without a limit it is more than that for some
    assert file.reads <= len(GREEDY[name]) // 16_384 + 50


def overlapping() -> bytes:
    """Each box says that it goes on to the end of the file, and so do those inside it."""
    names = (b"moov", b"trak", b"mdia", b"minf", b"stbl")
    free = box(b"free", b"") * 20_000
    nest = b"".join(struct.pack(">I", 8 * (len(names) - n) + len(free)) + name for n, name in enumerate(names))
    return box(b"ftyp", b"isom\0\0\0\0") + nest[:4] + nest[4:] + free


def test_boxes_inside_one_another_are_walked_once() -> None:
    film = Counting(overlapping() + box(b"moov", box(b"trak", b"\x7f\xff\xff\xfftkhd")) + box(b"mdat", b"x"))
    probe(film)
    assert film.reads < 20

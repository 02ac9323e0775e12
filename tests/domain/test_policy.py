"""A guild's rules: as text and back, across versions, and as people type them."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import Refusal
from bot.domain.ids import ChannelId, RoleId, UserId
from bot.domain.rules import parsing
from bot.domain.rules.patterns import Patterns, parse_patterns
from bot.domain.rules.policy import (
    Allowance,
    GuildPolicy,
    QuietHours,
    Unpriced,
    changes,
    dump_policy,
    lines,
    load_policy,
)
from bot.domain.rules.prices import SetPrice
from tests.cases import for_each

FULL = GuildPolicy(
    time_zone="Europe/Berlin",
    month_budget=Decimal("25.50"),
    day_budget=Decimal(3),
    confirm_above=Decimal("0.5"),
    unpriced=Unpriced.REFUSE,
    ceiling_image=Decimal("0.1"),
    ceiling_second=Decimal("0.2"),
    prices={"kling": SetPrice(usd=Decimal("0.07")), "topaz": SetPrice(usd=Decimal("0.3"), per_output=True)},
    running=5,
    everyone=Allowance(in_flight=2, spend_per_day=Decimal("1.25"), longest=10),
    by_role={RoleId(7): Allowance(per_day=9, resolution=1080)},
    channels=frozenset({ChannelId(1)}),
    roles=frozenset({RoleId(2)}),
    models=frozenset({"kling"}),
    groups=frozenset({"upscale"}),
    blocked=Patterns(("gore", "bl*d")),
    restricted=Patterns(("beer",)),
    restricted_models=frozenset({"flux"}),
    quiet=QuietHours(start=60, end=120),
    banned=frozenset({UserId(3)}),
    log_channel=ChannelId(4),
    acts_told=True,
    weekly_summary=True,
    reviewed=frozenset({ChannelId(6), ChannelId(7)}),
    review_channel=ChannelId(8),
    retention=30,
    paused=True,
    drained=True,
)


@for_each("policy", [FULL, GuildPolicy()])
def test_what_is_written_is_read(policy: GuildPolicy) -> None:
    assert load_policy(dump_policy(policy), GuildPolicy()) == policy


def test_other_versions_rules_are_read_too() -> None:
    said = json.loads(dump_policy(FULL))
    said["of_the_future"], said["everyone"]["of_the_future"] = {"x": 1}, 5
    del said["running"]
    assert load_policy(json.dumps(said), GuildPolicy(running=20)) == replace(FULL, running=20)
    assert load_policy("{}", FULL) == FULL


@for_each("said", [None, "allow", "confirm"])
def test_rules_from_before_there_were_ceilings_set_the_usual_one_aside(said: str | None) -> None:
    before = json.loads(dump_policy(FULL)) | {"unpriced": said}
    for rule in ("ceiling_image", "ceiling_second", "prices"):
        del before[rule]
    read, default = load_policy(json.dumps(before), GuildPolicy()), GuildPolicy()
    assert read.unpriced is Unpriced.CEILING
    assert (read.ceiling_image, read.ceiling_second) == (default.ceiling_image, default.ceiling_second)


def test_what_changed_is_told_by_field() -> None:
    assert changes(FULL, replace(FULL, running=6, paused=False)) == {"running": (5, 6), "paused": (True, False)}


@for_each(("typed", "usd"), [("25", "25"), (" $12.50 ", "12.5"), ("0,40 USD", "0.4"), ("1000000", "1000000")])
def test_amounts(typed: str, usd: str) -> None:
    assert parsing.amount(typed) == Decimal(usd)


def test_an_empty_field_means_no_limit() -> None:
    assert parsing.amount(" ") is parsing.whole("") is parsing.quiet_hours("") is None


@for_each(
    ("typed", "key"),
    [("-1", "amount"), ("ten dollars", "amount"), ("1e12", "amount"), ("1,000", "amount"), ("NaN", "amount"),
     ("0", "amount-range"), ("0.00", "amount-range"), ("1000001", "amount-range"), ("999999999", "amount-range")],
)  # fmt: skip
def test_what_is_no_amount(typed: str, key: str) -> None:
    with pytest.raises(Refusal) as caught:
        parsing.amount(typed)
    assert (caught.value.key, caught.value.values["given"]) == (key, typed)


def test_a_threshold_may_be_nothing() -> None:
    assert parsing.threshold("0") == parsing.threshold("$0.00") == 0
    assert parsing.threshold("0.5") == Decimal("0.5")


@for_each("typed", ["0", "-1", "1.5", "x", "10001", "٣"])
def test_what_is_no_whole_number(typed: str) -> None:
    with pytest.raises(Refusal, match="whole-number"):
        parsing.whole(typed)


@for_each(
    ("typed", "zone"), [("europe/berlin", "Europe/Berlin"), ("Berlin", "Europe/Berlin"), ("", "UTC"),
                        ("America/New York", "America/New_York"), (" Europe / berlin ", "Europe/Berlin"),
                        ("new  york", "America/New_York"), ("japan", "Japan"), ("us/pacific", "US/Pacific"),
                        ("Etc/UTC", "UTC"), ("gmt", "UTC"), ("UTC+0", "UTC"), ("GMT-00:00", "UTC"), ("Z", "UTC")],
)  # fmt: skip
def test_time_zones(typed: str, zone: str) -> None:
    assert parsing.time_zone(typed) == zone


@for_each("typed", ["../../etc/passwd", "Moon/Base", "x" * 1000])
def test_what_is_no_time_zone(typed: str) -> None:
    with pytest.raises(Refusal, match="time-zone"):
        parsing.time_zone(typed)


@for_each(
    "typed",
    [
        "GMT+2",
        "gmt -5",
        "Etc/GMT+2",
        "etc/gmt-14",
        "UTC+2",
        "UTC+02:00",
        "utc\u22123",
        "+2",
        "-0800",
        "+05:30",
        "2",
        "GMT2",
        "UT+2",
        "UTC plus 2",
        "GMT+5.5",
        "\uff27\uff2d\uff34\uff0b\uff12",
        "GMT\u20132",
    ],
)
def test_an_offset_is_no_time_zone(typed: str) -> None:
    """POSIX reads its sign the other way round, and it does not know when the clocks change."""
    with pytest.raises(Refusal) as refused:
        parsing.time_zone(typed)
    assert refused.value.key == "time-zone-offset"


@for_each(
    ("typed", "near"),
    [
        ("EST", "America/New_York"),
        ("est5edt", "America/New_York"),
        ("mst", "America/Denver"),
        ("PST", "America/Los_Angeles"),
        ("CET", "Europe/Berlin"),
        ("MESZ", "Europe/Berlin"),
        ("IST", "Asia/Kolkata"),
        ("Berlni", "Europe/Berlin"),
        ("Rom", "Europe/Rome"),
        ("Germany/Berlin", "Europe/Berlin"),
        ("Europe/New York", "America/New_York"),
        ("posix/Europe/Berlin", "Europe/Berlin"),
        ("right/Europe/Berlin", "Europe/Berlin"),
        ("Eastern", "US/Eastern"),
    ],
)
def test_what_means_several_times_or_almost_one_is_answered_with_places(typed: str, near: str) -> None:
    with pytest.raises(Refusal) as refused:
        parsing.time_zone(typed)
    assert refused.value.key == "time-zone-near"
    assert near in str(refused.value.values["near"]).split(", ")
    for name in str(refused.value.values["near"]).split(", "):
        assert parsing.time_zone(name) == name


@for_each("typed", ["SAST", "NZT", "EAT"])
def test_an_abbreviation_is_like_no_place(typed: str) -> None:
    with pytest.raises(Refusal) as refused:
        parsing.time_zone(typed)
    assert refused.value.key == "time-zone"


@for_each("typed", ["Factory", "localtime", "leapseconds", "posixrules", "tzdata.zi", "SystemV/EST5"])
def test_what_the_zone_files_hold_besides_places_is_no_time_zone(typed: str) -> None:
    with pytest.raises(Refusal, match="time-zone"):
        parsing.time_zone(typed)


def test_quiet_hours() -> None:
    night = parsing.quiet_hours("22-7")
    assert night == QuietHours(start=22 * 60, end=7 * 60)
    assert [night.at(minute) for minute in (22 * 60, 0, 7 * 60 - 1)] == [True] * 3
    assert [night.at(minute) for minute in (7 * 60, 12 * 60, 22 * 60 - 1)] == [False] * 3
    assert parsing.quiet_hours("08:30 - 24:00") == QuietHours(start=510, end=0)


@for_each("typed", ["25-7", "7-7", "0-24", "22:75-7", "always", "22"])
def test_what_is_no_quiet_hours(typed: str) -> None:
    with pytest.raises(Refusal, match="quiet-hours"):
        parsing.quiet_hours(typed)


@for_each(
    ("resolution", "expected"),
    [("720p", 720), ("1080P", 1080), ("4k", 2160), ("1K", 1080), ("1024x1536", 1024), ("832*480", 480), (720, 720),
     ("auto", None), ("", None), ("square_hd", None)],
)  # fmt: skip
def test_lines(resolution: object, expected: int | None) -> None:
    assert lines(resolution) == expected


# Words.


@for_each(
    ("pattern", "prompt", "found"),
    [
        ("gore", "No GORE, please", "gore"),
        ("gore", "go\uff52e", "gore"),  # full width
        ("bl*d", "bloood everywhere", "bloood"),
        ("*nud*", "a denuded hill", "denuded"),
        ("dead bod*", "the dead, bodies of a star", "dead bodies"),
        ("straße", "STRASSE", "strasse"),
        ("snake case", "snake_case", "snake case"),
        ("b*d", f"b{'o' * 90}d", f"b{'o' * 59}"),
    ],
)
def test_what_a_pattern_finds_is_told_as_it_is_read(pattern: str, prompt: str, found: str) -> None:
    assert parse_patterns(pattern).find(prompt) == found


@for_each(("pattern", "prompt"), [("ass", "a classic bass"), ("bl*d", "bl od"), ("dead body", "body, dead")])
def test_what_a_pattern_leaves(pattern: str, prompt: str) -> None:
    assert parse_patterns(pattern).find(prompt) is None


@for_each(
    ("typed", "key"),
    [("(a+)+$", "pattern-shape"), ("a*b*c*d", "pattern-shape"), ("[a-z]", "pattern-shape"), ("*", "pattern-everything"),
     ("good **", "pattern-everything"), ("x" * 61, "pattern-long"),
     ("\n".join(f"word{n}" for n in range(201)), "patterns-many")],
)  # fmt: skip
def test_patterns_that_would_harm_are_refused_when_they_are_set(typed: str, key: str) -> None:
    with pytest.raises(Refusal) as caught:
        parse_patterns(typed)
    assert caught.value.key == key


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_text_is_a_pattern_or_refused_and_then_finds_or_not(typed: str, prompt: str) -> None:
    try:
        patterns = parse_patterns(typed)
    except Refusal:
        return
    assert patterns.find(prompt) != ""

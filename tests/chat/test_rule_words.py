"""A guild's rules, acts and news in plain words, in every language: no field, no kind, no variant is forgotten."""

import json
import re
from dataclasses import fields, replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from bot.chat.settings.views import MOST, act_line, notice_text, rule_lines, rule_name, rule_value
from bot.domain.errors import Value
from bot.domain.ids import NOBODY, ChannelId, GuildId, RoleId, UserId
from bot.domain.records.guild_log import Act, ActKind, Notice, NoticeKey
from bot.domain.rules.patterns import Patterns
from bot.domain.rules.policy import Allowance, GuildPolicy, QuietHours, Unpriced, changes
from bot.domain.rules.prices import SetPrice
from bot.settings import LOCALES
from bot.texts import Texts, Translations
from tests.cases import each_case

TRANSLATIONS = Translations(LOCALES)
ENGLISH, GERMAN = TRANSLATIONS.of("en-US"), TRANSLATIONS.of("de")
RULES = [each.name for each in fields(GuildPolicy)]
GUILD, ADA = GuildId(1), UserId(11)
AT = datetime(2026, 4, 1, 12, tzinfo=UTC)
FULL = GuildPolicy(
    time_zone="Europe/Berlin",
    month_budget=Decimal(20),
    day_budget=Decimal("0.004"),
    confirm_above=Decimal("0.5"),
    unpriced=Unpriced.REFUSE,
    ceiling_image=Decimal("0.1"),
    ceiling_second=Decimal("0.2"),
    prices={"kling": SetPrice(usd=Decimal("0.07"))},
    running=5,
    everyone=Allowance(in_flight=2, spend_per_day=Decimal("1.25"), longest=10),
    by_role={RoleId(7): Allowance(per_day=9, resolution=1080)},
    channels=frozenset({ChannelId(1), ChannelId(2)}),
    roles=frozenset({RoleId(2)}),
    models=frozenset({"kling_*x*"}),
    groups=frozenset({"upscale", "of-the-future"}),
    blocked=Patterns(("gore", "bl*d")),
    restricted=Patterns(("beer",)),
    restricted_models=frozenset({"flux"}),
    quiet=QuietHours(start=60, end=1350),
    banned=frozenset({UserId(3)}),
    log_channel=ChannelId(4),
    log_channel_lost=ChannelId(5),
    showcase_channel=ChannelId(6),
    showcase_channel_lost=ChannelId(7),
    showcase_stars=2,
    acts_told=True,
    weekly_summary=True,
    reviewed=frozenset({ChannelId(6)}),
    review_channel=ChannelId(8),
    retention=30,
    paused=True,
    drained=True,
)
WORDS = """\
**Time zone:** Europe/Berlin
**Budget a month:** $20.00
**Budget a day:** $0.004
**Ask for confirmation:** above $0.50
**Orders without a known price:** refused
**Set aside for an image without a known price:** $0.10
**Set aside for a second of such a video:** $0.20
**Prices of your own:** one model
**Outputs made at a time:** 5
**Limits for everybody:** 2 under way at a time · $1.25 a day · 10 s at most
**Limits by role:** \n- <@&7>: 9 a day · 1080p at most
**Channels:** <#1>, <#2>
**Roles that may order:** <@&2>
**Models allowed by name:** `kling\\_\\*x\\*`
**Groups of models:** Upscaling
**Refused words:** 2
**Words for age-restricted channels only:** one
**Models for age-restricted channels only:** `flux`
**Quiet hours:** 01:00\u201322:30
**Members who may not order:** <@3>
**Log channel:** <#4>
**Log channel that was lost:** <#5>
**Moderators' acts and changes:** on
**Weekly summary:** on
**Showcase channel:** <#6>
**Showcase channel that was lost:** <#7>
**Stars for the showcase:** 2 stars
**Channels where results wait for a moderator:** <#6>
**Where moderators are asked:** <#8>
**Prompts are kept:** 30 days
**Queue paused:** on
**New orders refused:** on"""


def plain(text: str) -> str:
    """Without the marks by which Fluent keeps directions of writing apart."""
    return re.sub("[\u2068\u2069]", "", text)


def test_every_rule_in_words() -> None:
    words = plain(rule_lines(FULL, RULES, ENGLISH))
    assert words.replace(ENGLISH("group-upscale"), "Upscaling") == WORDS


@pytest.mark.parametrize("texts", [ENGLISH, GERMAN])
def test_every_rule_has_a_name_of_its_own(texts: Texts) -> None:
    assert len({rule_name(rule, texts) for rule in RULES}) == len(RULES)


def test_every_rule_is_said_in_german_too() -> None:
    for policy in (FULL, GuildPolicy()):
        names = {
            rule: [rule_lines(policy, [rule], texts).split(":**")[0] for texts in (ENGLISH, GERMAN)] for rule in RULES
        }
        assert [rule for rule, (english, german) in names.items() if english == german] == []


def test_long_lists_are_cut() -> None:
    many = replace(FULL, channels=frozenset(ChannelId(n) for n in range(1, 40)), by_role={
        RoleId(n): Allowance(per_day=n) for n in range(1, 40)
    })  # fmt: skip
    shown = rule_lines(many, ("channels", "by_role"), ENGLISH)
    assert len(re.findall("<#", shown)) == len(re.findall("<@&", shown)) == 10
    assert plain(shown).count("… and 29 more") == 2


def test_a_threshold_of_zero_means_every_order() -> None:
    assert rule_value("confirm_above", "0", ENGLISH) == "for every order"


def test_the_change_of_any_rule_is_told() -> None:
    with each_case() as case:
        for rule in RULES:
            with case(rule):
                changed = changes(GuildPolicy(), replace(GuildPolicy(), **{rule: getattr(FULL, rule)}))
                old, new = map(json.dumps, changed[rule])
                act = Act(guild_id=GUILD, by=ADA, kind=ActKind.RULES_CHANGED, subject=rule, before=old, after=new)
                line = plain(act_line(act, ENGLISH))
                assert line.startswith(f"<@11> changed **{rule_name(rule, ENGLISH)}**: ")
                # Words that nobody wants to read are in no log.
                assert not {"gore", "beer"} & set(re.findall(r"\w+", line))


ACTS = [
    (ActKind.CANCELLED_ORDER, "0" * 18 + "abcdef", "<@11> cancelled order abcdef"),
    (ActKind.CANCELLED_MEMBER, "12", "<@11> cancelled everything of <@12>"),
    (ActKind.CANCELLED_CHANNEL, "13", "<@11> cancelled everything in <#13>"),
    (ActKind.CANCELLED_ALL, "", "<@11> cancelled everything"),
    (ActKind.MOVED, "0" * 18 + "abcdef", "<@11> moved order abcdef in the queue"),
    (ActKind.PAUSED, "paused", "<@11> paused the queue"),
    (ActKind.DRAINED, "drained", "<@11> stopped new orders"),
    (ActKind.RESUMED, "paused", "<@11> set **Queue paused**: on → off"),
]


def test_what_people_do_is_told() -> None:
    for kind, subject, line in ACTS:
        act = Act(guild_id=GUILD, by=ADA, kind=kind, subject=subject, before="true", after="false")
        assert plain(act_line(act, ENGLISH)) == line
        assert act_line(act, GERMAN) != line, kind


def test_who_pays_is_told_without_a_key() -> None:
    before, after = json.dumps({"namespace": None, "key": None}), json.dumps({"namespace": "a_b", "key": "wxyz"})
    act = Act(guild_id=GUILD, by=ADA, kind=ActKind.PAYER_CHANGED, before=before, after=after)
    said = "<@11> changed **who pays**: nobody → key ending in “wxyz”, namespace a\\_b"
    assert plain(act_line(act, ENGLISH)) == said


def test_an_act_of_the_bot_itself_names_nobody() -> None:
    act = Act(guild_id=GUILD, by=NOBODY, kind=ActKind.RULES_CHANGED, subject="log_channel", before="4", after="null")
    assert plain(act_line(act, ENGLISH)) == "I changed **Log channel**: <#4> → none"


def notice(kind: str, **values: Value) -> Notice:
    key = NoticeKey(guild_id=GUILD, key="k")
    return Notice(id=key, kind=kind, values=values, created_at=AT, attempt=1, first_attempt_at=AT)


@pytest.mark.parametrize("period", ["day", "month"])
@pytest.mark.parametrize("share", [50, 80, 100])
def test_a_budget_that_fills_up_is_told(period: str, share: int) -> None:
    told = notice("budget", period=period, share=share, spent="12.50", budget="25.00", resets="1775000000")
    text = plain(notice_text(told, ENGLISH))
    assert f"this {period}'s budget of $25.00".lower() in text.lower()
    assert "<t:1775000000:R>" in text
    assert ("used up" in text) is (share == 100)
    assert ("12.50" in text) is (share != 100)
    assert notice_text(told, GERMAN) != notice_text(told, ENGLISH)


def test_an_act_is_told_and_never_longer_than_a_message() -> None:
    told = notice("act", act="rules-changed", by="11", subject="channels", before="[]", after=json.dumps([1]))
    assert plain(notice_text(told, ENGLISH)) == "📝 <@11> changed **Channels**: all → <#1>"
    roles = {str(10**18 + n): {"per_day": 10_000, "spend_per_day": "999999.999999"} for n in range(400)}
    long = notice(
        "act", act="rules-changed", by="11", subject="by_role", before=json.dumps(roles), after=json.dumps(roles)
    )
    assert len(notice_text(long, ENGLISH)) <= MOST

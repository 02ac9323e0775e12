"""Discord's markup in what members write becomes words: no id leaves for the provider."""

from dataclasses import replace
from datetime import timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.models.catalogue import MediaKind
from bot.domain.orders.markup import MOST_NAME, Names, people_in, plain, plain_request, plain_validated, tame, texts_of
from bot.domain.orders.order import GenerationRequest, Shot
from tests.cases import for_each
from tests.fakes.orders import video_request

CLEO, EDITORS, LAB = 1150000000000000013, 1150000000000000102, 1150000000000000111
NAMES = Names(
    users={CLEO: "Cleo 🎬"},
    roles={EDITORS: "Film makers"},
    channels={LAB: "video-lab"},
    zone=timezone(timedelta(hours=2)),
)
NOON = 1767268800  # 2026-01-01 12:00 UTC


@for_each(
    ("written", "sent"),
    [
        (f"a portrait of <@{CLEO}>", "a portrait of Cleo"),
        (f"a portrait of <@!{CLEO}>, smiling", "a portrait of Cleo, smiling"),
        ("<@42> and <@43>", "someone and someone"),
        (f"<@&{EDITORS}> at work", "Film makers at work"),
        ("<@&42> at work", "a group at work"),
        (f"a poster for <#{LAB}>", "a poster for video-lab"),
        ("a poster for <#42>", "a poster for a channel"),
        ("like </video:42>", "like /video"),
        ("like </settings billing:42>", "like /settings billing"),
        ("a <:party_fox:42> dances", "a party_fox dances"),
        ("a <a:party_fox:42> dances", "a party_fox dances"),
        (f"the sky at <t:{NOON}>", "the sky at 2026-01-01 14:00"),
        (f"the sky at <t:{NOON}:R>", "the sky at 2026-01-01 14:00"),
        (f"the sky at <t:{NOON}:t>", "the sky at 14:00"),
        (f"the sky on <t:{NOON}:D>", "the sky on 2026-01-01"),
        ("the sky on <t:99999999999999999999:D>", "the sky on a date"),
        ("the sky on <t:-1:D>", "the sky on 1970-01-01"),
        ("see <id:customize>", "see the server guide"),
        ("see <id:linked-roles:42>", "see the server guide"),
        ("hear <sound:0:42>", "hear a sound"),
        ("@everyone dances, @here too", "everyone dances, here too"),
        ("as in https://discord.com/channels/1/2/3.", "as in a message."),
        ("as in <https://ptb.discord.com/channels/1/2/3>", "as in <a message>"),
        ("as in https://canary.discordapp.com/channels/@me/2/3, only blue", "as in a message, only blue"),
        (f"as in (https://discord.com/channels/1/{LAB})", "as in (video-lab)"),
        (f"https://discord.com/users/{CLEO} as a knight", "Cleo as a knight"),
        ("https://discord.com/users/42 as a knight", "someone as a knight"),
        ("discord://-/channels/1/2/3 as a film", "a message as a film"),
        ("discord.gg/abc on a wall", "a link on a wall"),
        ("DISCORD.COM/channels/1/2/3 on a wall", "a message on a wall"),
        ("https://cdn.discordapp.com/attachments/1/2/a.png?ex=1 in blue", "a file in blue"),
        (r"\<@42>", "\\someone"),
        ("`<@42>`", "`someone`"),
        (f"a portrait of <@{CLEO}", "a portrait of Cleo"),
        (f"a portrait of <@\u200b{CLEO}\u200b>", "a portrait of Cleo"),
        (f"a portrait of \uff1c\uff20{CLEO}\uff1e", "a portrait of Cleo"),
        (f"a portrait of @{CLEO + 1}, smiling", "a portrait of someone, smiling"),
        (f"<@<@{CLEO}>{CLEO}>", "CleoCleo"),
    ],
)
def test_markup_becomes_words(written: str, sent: str) -> None:
    assert plain(written, NAMES) == sent


@for_each(
    "written",
    [
        "@Image1 walks to @Video1",
        "a < b > c",
        "1150000000000000013 sheep",
        "https://example.com/channels/1/2/3",
        "https://notdiscord.com/channels/1/2/3",
        "my discord.com poster",
        "12:30:45",
        "<t:soon>",
        "someone@heretics.org",
        "<video>",
    ],
)
def test_what_is_no_markup_stays(written: str) -> None:
    assert plain(written, NAMES) == written


@for_each(
    ("name", "tamed"),
    [
        ("Cleo", "Cleo"),
        ("Zoë O'Neil-Štěpán", "Zoë O'Neil-Štěpán"),
        ("<@42>", "42"),
        ("@everyone", "everyone"),
        ("a\nb\tc\u202e\u200bd", "a b c d"),
        ("\U0001d56e\U0001d591\U0001d58a\U0001d594", "Cleo"),
        ('", "n": 4, "x": "', "n 4 x"),
        ("https://discord.gg/abc", "https discord.gg abc"),
        ("🎬🎬", ""),
        ("x" * 500, "x" * MOST_NAME),
    ],
)
def test_a_name_is_somebodys_input(name: str, tamed: str) -> None:
    assert tame(name) == tamed


def test_a_name_of_which_nothing_is_left_is_none() -> None:
    assert plain("<@1>", Names(users={1: "🎬"})) == "someone"


markup = st.sampled_from(["<", ">", "@", "!", "&", "#", ":", "a", "t", "1", "42", "/", "discord.com", "channels",
                          "users", "everyone", str(CLEO), "\u200b", "https", " ", ".", "<@", "<#", "</x:"])  # fmt: skip


@given(st.lists(markup, max_size=25).map("".join), st.lists(markup, max_size=6).map("".join))
def test_plain_text_has_no_mention_whatever_people_are_called(written: str, name: str) -> None:
    names = Names(users={1: name, 42: name}, roles={1: name, 42: name}, channels={1: name, 42: name})
    told = plain(written, names)
    assert plain(told, names) == told
    assert people_in(told) == frozenset()
    assert "@everyone" not in told.split()


def test_all_that_a_member_writes_is_made_plain() -> None:
    request = GenerationRequest(
        kind=MediaKind.VIDEO,
        prompt="<@42> walks",
        shots=(Shot(prompt="<@42> runs", duration=4),),
        more={
            "negative_prompt": "no <@42>",
            "lyrics": ["<@42>", {"deep": "<#42>"}],
            "cfg": 0.5,
            "loop": True,
            "image_url": "https://cdn.discordapp.com/attachments/1/2/a.png?ex=1",
            "style": "https://discord.com/channels/1/2/3",
        },
    )
    told = plain_request(request)
    assert told.prompt == "someone walks"
    assert told.shots == (Shot(prompt="someone runs", duration=4),)
    assert told.more == {
        "negative_prompt": "no someone",
        "lyrics": ["someone", {"deep": "a channel"}],
        "cfg": 0.5,
        "loop": True,
        "image_url": "https://cdn.discordapp.com/attachments/1/2/a.png?ex=1",
        "style": "a message",
    }
    assert {person for text in texts_of(request) for person in people_in(text)} == {42}
    validated = replace(
        video_request("<@42> walks"), parameters={"multi_prompt": [{"prompt": "<@42>", "duration": "5"}]}
    )
    told_request = plain_validated(validated)
    assert told_request.prompt == "someone walks"
    assert told_request.parameters == {"multi_prompt": [{"prompt": "someone", "duration": "5"}]}

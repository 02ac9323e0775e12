"""/settings: each section as a manager uses it, each bad input, and who may."""

import json
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from cryptography.fernet import Fernet

from sandbox.discord.client import Interaction, Message
from sandbox.discord.conformance import Conformance
from sandbox.oxen.faults import Fault
from tests.cases import each_case
from tests.cogs.panels import Manager, labels
from tests.e2e.kit import Harness, Stages

KATHMANDU = ZoneInfo("Asia/Kathmandu")

OWN_KEY = "sk-film-club-own-wxyz"
MODERATOR_ROLE, FILMMAKER_ROLE = "1150000000000000101", "1150000000000000102"
LIMITED = "Orders and spending, for everybody"

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def harness(tmp_path_factory: pytest.TempPathFactory, schema: Conformance) -> AsyncIterator[Harness]:
    """Oxen knows the operator's key, and one that Film Club may enter."""
    keys = {"sandbox": ("film-club", "film-club_1.x", "game-night"), OWN_KEY: ("club-own",)}
    async with Stages(tmp_path_factory.mktemp("settings"), schema) as made:
        yield await made(oxen={"keys": keys}, DROVER_MASTER_KEY=Fernet.generate_key().decode())


@pytest.fixture
def ada(harness: Harness) -> Manager:
    return Manager(harness)


# The panel.


async def test_the_panel_opens_with_an_overview_and_leads_to_every_section(ada: Manager) -> None:
    panel = await ada.open()
    assert panel.only_for == "Ada"
    assert "### Overview" in panel.text
    [sections] = panel.selects
    assert sections.chosen == ("overview",)
    for name, label in list(zip(sections.options, sections.labels, strict=True))[1:]:
        panel = await ada.choose(panel, sections.custom_id, name)
        assert panel.text.startswith(f"### {label}"), name
        [sections] = [one for one in panel.selects if one.options == sections.options]
        assert sections.chosen == (name,)


async def test_a_section_can_be_opened_at_once(ada: Manager) -> None:
    assert "### Words" in (await ada.open("words")).text


async def test_the_panel_speaks_german(harness: Harness) -> None:
    panel = await Manager(harness, locale="de").open("budgets")
    assert "### Budgets und Rückfragen" in panel.text
    assert "**Budget im Monat:**" in panel.text
    assert labels(panel) == ["Ändern"]


# Permissions.


async def test_a_press_a_choice_and_a_form_are_refused_to_who_is_no_manager_any_more(harness: Harness) -> None:
    cleo = Manager(harness, "Cleo")
    panel, budgets = await cleo.open("log"), await cleo.open("budgets")
    opened = await cleo.member.press(budgets, "Change")
    wrong = await cleo.fill(await cleo.open("hours"), "Change", {"Time zone": "Mars"})
    await harness.community.give_roles("Cleo", guild="Film Club")
    try:
        for used in (
            await cleo.member.press(panel, "Weekly summary: off"),
            await cleo.member.select(panel, "Log channel (none: no news)", "general"),
            await cleo.member.press(budgets, "Change"),
            await cleo.member.submit(opened, {"Budget a month": "1"}),
            await cleo.member.press(wrong, "Fill it in again"),
        ):
            assert "may manage" in await refused(harness, used, "Cleo")
    finally:
        await harness.community.give_roles("Cleo", "Moderator", guild="Film Club")
    assert "**Budget a month:** no limit" in (await cleo.open("budgets")).text
    assert "**Weekly summary:** off" in (await cleo.open("log")).text


async def test_a_manager_by_role_may_as_well(harness: Harness) -> None:
    cleo = Manager(harness, "Cleo")
    panel = await cleo.open("queue")
    assert "**Outputs made at a time:** 7" in (await cleo.fill(panel, "Change", {"Outputs made at a time": "7"})).text
    assert "no limit" in (await cleo.fill(panel, "Change", {"Outputs made at a time": ""})).text


# Billing.


async def test_a_namespace_is_asked_about_and_settled(harness: Harness, ada: Manager) -> None:
    assert "The owner of this bot pays" in (await ada.open("billing")).text
    panel = await harness.bill(" film-club_1.x ")
    assert "✅ Saved" in panel.text
    assert panel.text.count("**film-club\\_1.x**") == 2
    assert "film-club" not in (await Manager(harness, "Cleo", "lobby").open("billing")).text
    opened = await ada.member.press(panel, "Name a namespace")
    assert opened.form is not None
    assert opened.form.field("Namespace on Oxen.ai").value == "film-club_1.x"
    cleared = await ada.press(panel, "Remove the namespace")
    assert "The owner of this bot pays" in cleared.text
    assert "Remove the namespace" not in labels(cleared)


async def test_somebody_elses_namespace_is_refused_and_what_was_typed_is_kept(harness: Harness, ada: Manager) -> None:
    panel = await harness.bill("someone-elses")
    assert "does not let me bill the namespace “someone-elses”" in panel.text
    assert "**someone-elses**" not in panel.text
    again = await ada.member.press(panel, "Fill it in again")
    assert again.form is not None
    assert again.form.field("Namespace on Oxen.ai").value == "someone-elses"
    panel = await ada.send(panel, again, {"Namespace on Oxen.ai": "film-club"})
    assert "billed to **film-club**" in panel.text


async def test_a_namespace_with_odd_characters_is_refused(harness: Harness, ada: Manager) -> None:
    with each_case() as case:
        for name in (" ", "film club", "../film", "film/club", "-film", "film?x=1", "фильм", "x" * 65, "@everyone"):
            with case(name):
                panel = await harness.bill(name)
                assert "cannot be a namespace" in panel.text
                assert "letters, digits, dots, hyphens and underscores" in panel.text
                assert panel.pinged == ()
                assert labels(panel)[0] == "Fill it in again"
    assert "cannot" not in (await ada.open("billing")).text


async def test_a_key_is_entered_shown_by_its_last_four_and_forgotten(harness: Harness, ada: Manager) -> None:
    panel = await ada.open("billing")
    wrong = await ada.fill(panel, "Enter a key", {"API key of Oxen.ai": "sk-not-a-key-at-all"})
    assert "Oxen.ai does not accept that key" in wrong.text
    again = await ada.member.press(wrong, "Fill it in again")
    assert again.form is not None
    assert again.form.field("API key of Oxen.ai").value is None  # a secret never comes back
    panel = await ada.send(wrong, again, {"API key of Oxen.ai": f" {OWN_KEY} "})
    assert "key ending in “wxyz”" in panel.text
    assert OWN_KEY not in json.dumps(panel.raw) + harness.log.text
    log = await ada.open("audit")
    assert "changed **who pays**" in log.text
    assert "key ending in “wxyz”" in log.text
    asked = await ada.press(panel, "Forget the key")
    assert "**Forget the key?**" in asked.text
    assert "ending in “wxyz”" in (await ada.press(asked, "Keep it")).text
    asked = await ada.press(await ada.open("billing"), "Forget the key")
    gone = await ada.press(asked, "Forget the key")
    assert "The key is forgotten" in gone.text
    assert "Forget the key" not in labels(gone)


async def test_nothing_is_lost_when_oxen_cannot_be_asked(harness: Harness, ada: Manager) -> None:
    await harness.bill("film-club")
    harness.break_oxen(Fault(on="list", kind="status", value=503))
    panel = await harness.bill("game-night")
    harness.break_oxen()
    assert "could not ask Oxen.ai about the namespace “game-night”" in panel.text
    assert "billed to the Oxen.ai namespace **film-club**" in panel.text


# Budgets.


async def test_budgets_act_at_once_and_are_in_the_audit_log(harness: Harness, ada: Manager) -> None:
    panel = await ada.open("budgets")
    panel = await ada.fill(
        panel,
        "Change",
        {
            "Budget a month": "$20",
            "Budget a day": "0,0001",
            "Ask for confirmation": "0",
        },
    )
    for line in (
        "✅ Saved",
        "**Budget a month:** $20.00",
        "**Budget a day:** <$0.001",
        "**Ask for confirmation:** for every order",
    ):
        assert line in panel.text
    assert "budget is <$0.001 a day" in await not_ordered(harness)
    opened = await ada.member.press(panel, "Change")
    assert opened.form is not None
    assert [field.value for field in opened.form.fields[:3]] == ["20.00", "0.0001", "0.00"]
    empty = {"Budget a month": "", "Budget a day": "", "Ask for confirmation": ""}
    panel = await ada.send(panel, opened, empty)
    assert panel.text.count("no limit") == 2
    log = await ada.open("audit")
    assert "changed **Budget a month**: no limit → $20.00" in log.text
    assert "changed **Budget a month**: $20.00 → no limit" in log.text


async def test_what_is_set_aside_for_an_unknown_price_and_prices_that_the_server_knows(ada: Manager) -> None:
    """A line that cannot be taken is named, and the others are."""
    panel = await ada.open("prices")
    assert "$0.25" in panel.text
    lines = ["nano-banana-2 = 0.04", "no-such-model = 1", "gpt-image-2 = -1", "ideogram-v4 = 3 EUR", "what is this"]
    panel = await ada.fill(
        panel,
        "Change",
        {
            "Set aside for an image without a known price": "0.10",
            "Orders without a known price": ["manager"],
            "Prices of your own": "\n".join(lines),
        },
    )
    for line in (
        "**Orders without a known price:** a manager has to agree",
        "**Set aside for an image without a known price:** $0.10",
        "**Prices of your own:** one model",
        "Line 2, “no-such-model = 1”: there is no such model",
        "Line 3, “gpt-image-2 = -1”: a price is not negative",
        "Line 4, “ideogram-v4 = 3 EUR”: only US dollars are understood",
        "Line 5, “what is this”: write it as: model = 0.04",
    ):
        assert line in panel.text
    opened = await ada.member.press(panel, "Change")
    assert opened.form is not None
    assert opened.form.fields[3].value == "nano-banana-2 = 0.04"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("-1", "“-1” is not an amount"),
        ("0", "“0” cannot be a limit: it has to be more than 0 and at most $1,000,000"),
        ("1e12", "“1e12” is not an amount"),
        ("1000000000000", "is not an amount"),
        ("ten dollars", "“ten dollars” is not an amount. Use digits, for example 25 or 12.50"),
    ],
)
async def test_an_amount_that_cannot_be_is_refused_and_kept_in_the_form(ada: Manager, typed: str, said: str) -> None:
    panel = await ada.fill(await ada.open("budgets"), "Change", {"Budget a month": typed, "Budget a day": "3"})
    assert said in panel.text
    assert "**Budget a day:** no limit" in panel.text  # nothing of it is in force
    again = await ada.member.press(panel, "Fill it in again")
    assert again.form is not None
    assert again.form.field("Budget a month").value == typed
    assert again.form.field("Budget a day").value == "3"


# Members.


async def test_limits_for_everybody_and_for_a_role(harness: Harness, ada: Manager) -> None:
    panel = await ada.open("members")
    panel = await ada.fill(panel, LIMITED, {"Orders a day": "3", "Spending a day": "1.5"})
    assert "**Limits for everybody:** 3 a day · $1.50 a day" in panel.text
    opened = await ada.member.select(panel, "Orders and spending, for a role …", "Filmmaker")
    assert opened.form is not None
    assert opened.form.title == "Limits for Filmmaker"
    panel = await ada.send(panel, opened, {"Orders a day": "9"})
    assert f"- <@&{FILMMAKER_ROLE}>: 9 a day" in panel.text
    opened = await ada.member.select(panel, "Length and resolution, for a role …", "Filmmaker")
    panel = await ada.send(panel, opened, {"Longest video": "10s", "Highest resolution": "4k"})
    assert f"- <@&{FILMMAKER_ROLE}>: 9 a day · 10 s at most · 2160p at most" in panel.text
    for select, empty in (
        ("Orders and spending, for a role …", {"Orders a day": ""}),
        ("Length and resolution, for a role …", {"Longest video": "", "Highest resolution": ""}),
    ):
        panel = await ada.send(panel, await ada.member.select(panel, select, "Filmmaker"), empty)
    assert "**Limits by role:** none" in panel.text
    panel = await ada.fill(panel, LIMITED, {"Orders a day": "", "Spending a day": ""})
    assert "**Limits for everybody:** no limits" in panel.text


async def test_a_limit_that_cannot_be_is_refused(ada: Manager) -> None:
    sizes = "Length and resolution, for everybody"
    panel = await ada.open("members")
    with each_case() as case:
        for button, name, typed, said in (
            (LIMITED, "Orders a day", "0", "“0” will not do: use a whole number from 1 to 10,000"),
            (LIMITED, "Orders under way at a time", "1.5", "“1.5” will not do"),
            (LIMITED, "Spending a month", "-5", "“-5” is not an amount"),
            (sizes, "Longest video", "1e9", "“1e9” will not do"),
            (sizes, "Highest resolution", "best", "“best” is no resolution"),
            (sizes, "Highest resolution", "0p", "“0p” is no resolution"),
        ):
            with case((name, typed)):
                panel = await ada.fill(panel, button, {name: typed})
                assert said in panel.text
                assert "**Limits for everybody:** no limits" in panel.text


# Access and models.


async def test_roles_and_channels_that_may_order(harness: Harness, ada: Manager) -> None:
    panel = await ada.choose(await ada.open("access"), "Roles that may order (none: everybody)", "Moderator")
    assert f"**Roles that may order:** <@&{MODERATOR_ROLE}>" in panel.text
    assert "need one of these roles" in await not_ordered(harness)
    [roles] = [one for one in panel.selects if one.placeholder == "Roles that may order (none: everybody)"]
    assert roles.chosen == (MODERATOR_ROLE,)
    panel = await ada.choose(panel, "Roles that may order (none: everybody)")
    panel = await ada.choose(panel, "Channels in which to order (none: all)", "general", "Club")
    assert "**Channels:** <#1150000000000000109>, <#1150000000000000110>" in panel.text
    panel = await ada.choose(panel, "Channels in which to order (none: all)")
    assert "**Channels:** all" in panel.text
    panel = await ada.choose(panel, "Members who may not order", "Bo")
    assert "switched off orders for you" in await not_ordered(harness)
    panel = await ada.choose(panel, "Members who may not order")
    assert "**Members who may not order:** nobody" in panel.text


async def test_groups_and_single_models(harness: Harness, ada: Manager) -> None:
    panel = await ada.choose(await ada.open("models"), "Groups of models (none: all)", "upscale", "text-to-image")
    assert "**Groups of models:**" in panel.text
    names = "Kling Video v2.6 Pro Text to Video"
    catalogue = await harness.catalogue()
    kling = catalogue.get("kling-video-v2-6-pro-text-to-video")
    assert kling is not None
    field = "Models allowed by name"
    wrong = await ada.fill(panel, "Name single models", {field: f"{kling.name}\nklingg-video-v2-6-pro"})
    assert "I do not know a model “klingg-video-v2-6-pro”" in wrong.text
    assert "Do you mean" in wrong.text
    again = await ada.member.press(wrong, "Fill it in again")
    panel = await ada.send(wrong, again, {field: f"{kling.name}, {kling.id}"})
    assert f"**Models allowed by name:** `{kling.id}`" in panel.text, names
    assert "does not offer" in await not_ordered(harness, model="wan-v2-7-text-to-video")
    panel = await ada.fill(panel, "Name single models", {field: ""})
    panel = await ada.choose(panel, "Groups of models (none: all)")
    assert "**Groups of models:** all" in panel.text


async def test_what_was_deleted_is_no_default_of_a_select(harness: Harness, ada: Manager) -> None:
    await harness.community.set_role("Passing", guild="Film Club")
    await harness.community.open_channel("passing", guild="Film Club")
    roles, channels = "Roles that may order (none: everybody)", "Channels in which to order (none: all)"
    panel = await ada.choose(await ada.open("access"), roles, "Passing", "Filmmaker")
    panel = await ada.choose(panel, channels, "passing", "video-lab")
    await harness.community.remove_role("Passing", guild="Film Club")
    await harness.community.delete_channel("passing", guild="Film Club")
    panel = await ada.open("access")
    shown = {one.placeholder: one.chosen for one in panel.selects}
    assert shown[roles] == (FILMMAKER_ROLE,)
    assert shown[channels] == ("1150000000000000111",)
    panel = await ada.choose(await ada.choose(panel, roles), channels)
    assert "**Roles that may order:** everybody\n**Channels:** all" in panel.text


# Words, hours, queue.


async def test_words_are_checked_and_shown_behind_a_spoiler(harness: Harness, ada: Manager) -> None:
    panel = await ada.fill(await ada.open("words"), "Change", {"Refused words": "Blood*\ntwo  words"})
    assert "**Refused words:** 2\n-# ||blood\\*, two words||" in panel.text
    assert "does not want “bloody” in prompts" in await not_ordered(harness, "a bloody fox")
    assert "**Refused words**: none → 2" in (await ada.open("audit")).text  # the words themselves are in no log
    panel = await ada.fill(panel, "Change", {"Refused words": ""})
    assert "**Refused words:** none" in panel.text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("(a+)+$", "“(a+)+$” will not do. A pattern is a word"),
        ("*", "“\\*” would match every prompt"),
        ("a*b*c*d", "will not do"),
        ("x" * 61, "too long for a pattern"),
        ("\n".join(f"w{n}" for n in range(201)), "Those are 201 patterns; at most 200 fit"),
        ("\n".join(f"{n:03}{'ﷺ' * 10}" for n in range(100)), "too long for a pattern"),
    ],
)
async def test_a_dangerous_pattern_is_refused_and_kept_in_the_form(ada: Manager, typed: str, said: str) -> None:
    panel = await ada.fill(await ada.open("words"), "Change", {"Refused words": typed})
    assert said in panel.text
    again = await ada.member.press(panel, "Fill it in again")
    assert again.form is not None
    assert again.form.field("Refused words").value == typed


async def test_hours_and_zone(harness: Harness, ada: Manager) -> None:
    fields = {"Time zone": "berlin", "Quiet hours": "22 - 7:30"}
    panel = await ada.fill(await ada.open("hours"), "Change", fields)
    assert "**Time zone:** Europe/Berlin" in panel.text
    assert "**Quiet hours:** 22:00\u201307:30" in panel.text
    opened = await ada.member.press(panel, "Change")
    assert opened.form is not None
    assert opened.form.field("Quiet hours").value == "22:00-07:30"
    for field, typed, said in (
        ("Time zone", "Mars/Olympus", "I do not know the time zone “Mars/Olympus”"),
        ("Time zone", "../../etc/passwd", "I do not know the time zone"),
        ("Quiet hours", "25-7", "I cannot read “25-7” as hours"),
        ("Quiet hours", "always", "I cannot read “always” as hours"),
    ):
        panel = await ada.fill(await ada.open("hours"), "Change", {field: typed})
        assert said in panel.text
        assert "**Time zone:** Europe/Berlin" in panel.text
    panel = await ada.fill(panel, "Change", {"Time zone": "", "Quiet hours": ""})
    assert "**Time zone:** UTC · It is now" in panel.text
    assert "**Quiet hours:** none" in panel.text


async def test_the_panel_shows_the_time_in_the_zone(harness: Harness, ada: Manager) -> None:
    """An owner sees at once that the zone is another than they mean."""
    before = datetime.now(KATHMANDU)
    panel = await ada.fill(await ada.open("hours"), "Change", {"Time zone": "kathmandu"})
    times = {f"{moment:%H:%M}" for moment in (before, datetime.now(KATHMANDU))}
    assert any(f"Asia/Kathmandu · It is now {time} there." in panel.text for time in times)
    panel = await ada.fill(await ada.open("hours"), "Change", {"Time zone": "GMT+2"})
    assert "“GMT+2” does not say when the clocks change. Type a city instead" in panel.text
    assert "**Time zone:** Asia/Kathmandu" in panel.text


async def test_a_number_that_cannot_run_at_once_is_refused(ada: Manager) -> None:
    panel = await ada.open("queue")
    for typed in ("-1", "0", "1001", "many", "\uff11\uff12"):
        panel = await ada.fill(panel, "Change", {"Outputs made at a time": typed})
        assert "will not do: use a whole number from 1 to 1,000" in panel.text, typed
        assert f"**Outputs made at a time:** {typed}" not in panel.text


# Privacy.


async def test_for_how_long_prompts_are_kept(ada: Manager) -> None:
    panel = await ada.choose(await ada.open("privacy"), "For how long prompts are kept", "30 days")
    assert "**Prompts are kept:** 30 days" in panel.text
    panel = await ada.choose(panel, "For how long prompts are kept", "as long as I am here")
    assert "**Prompts are kept:** as long as I am here" in panel.text


# The log channel.


async def test_the_log_channel_is_greeted_and_told(harness: Harness, ada: Manager) -> None:
    panel = await ada.choose(await ada.open("log"), "Log channel (none: no news)", "general")
    assert "**Log channel:** <#1150000000000000110>" in panel.text
    assert "From now on I post the news of this server here" in (await last(harness, "general")).text
    panel = await ada.press(panel, "Moderators' acts and changes: off")
    assert "Moderators' acts and changes: on" in labels(panel)
    panel = await ada.press(panel, "Weekly summary: off")
    news = await harness.community.wait_for(
        lambda entry: entry.kind == "message_created" and "Weekly summary" in (entry.message or panel).text, timeout=20
    )
    assert news.message is not None
    assert news.message.text == "📝 <@1150000000000000011> changed **Weekly summary**: off → on"
    assert news.message.pinged == ()
    panel = await ada.press(panel, "Weekly summary: on")
    panel = await ada.press(panel, "Moderators' acts and changes: on")
    panel = await ada.choose(panel, "Log channel (none: no news)")
    assert "**Log channel:** none" in panel.text


@pytest.mark.parametrize("channel", ["announcements", "backstage"])
async def test_a_channel_that_cannot_be_written_in_is_refused(ada: Manager, channel: str) -> None:
    panel = await ada.choose(await ada.open("log"), "Log channel (none: no news)", channel)
    assert "I cannot write in <#" in panel.text
    assert "**Log channel:** none" in panel.text


async def test_another_servers_channel_is_none_of_this_one(harness: Harness, ada: Manager) -> None:
    guilds = (await harness.community.state())["guilds"]
    [lobby] = [c["id"] for guild in guilds for c in guild["channels"] if c["name"] == "lobby"]
    before = len(await harness.community.messages(channel="lobby"))
    panel = await ada.open("log")
    used = ada.member.hostile().select(panel, "Log channel (none: no news)", lobby)
    assert "I cannot write in <#" in (await harness.turned(panel, used)).text
    assert len(await harness.community.messages(channel="lobby")) == before


async def test_a_budget_that_fills_up_is_told_once_in_the_servers_language(harness: Harness) -> None:
    cleo = Manager(harness, "Cleo", "lobby")  # who runs Game Night, a German server
    await harness.bill("game-night", user="Cleo", channel="lobby")
    panel = await cleo.choose(await cleo.open("log"), "Log channel (none: no news)", "clips")
    await cleo.fill(await cleo.open("budgets"), "Change", {"Budget a month": "0.01"})
    assert "budget is $0.01 a month" in await not_ordered(harness, user="Cleo", channel="lobby")
    await cleo.fill(await cleo.open("budgets"), "Change", {"Budget a month": "0.50"})
    await harness.order("a small fox", user="Cleo", channel="lobby", duration=5)
    told = await harness.community.wait_for(
        lambda entry: entry.kind == "message_created" and "Monatsbudgets" in (entry.message or panel).text, timeout=20
    )
    assert told.message is not None
    budget = "% des Monatsbudgets von 0,50\N{NO-BREAK SPACE}$ sind ausgegeben oder reserviert"
    assert budget in told.message.text


async def test_a_log_channel_that_is_deleted_is_cleared_and_the_manager_told(harness: Harness) -> None:
    ada = Manager(harness)
    panel = await ada.choose(await ada.open("log"), "Log channel (none: no news)", "general")
    panel = await ada.press(panel, "Moderators' acts and changes: off")
    await harness.log.wait("notice delivered")
    mark = len(harness.log.records)
    await harness.community.delete_channel("general", guild="Film Club")
    await ada.press(panel, "Weekly summary: off")
    await harness.log.wait("log channel lost", after=mark)
    lost = await ada.open("log")
    assert "⚠️ I could not post in <#1150000000000000110> any more" in lost.text
    assert "**Log channel:** none" in lost.text
    assert "⚠️ I could not post" in (await ada.open()).text
    panel = await ada.choose(lost, "Log channel (none: no news)", "video-lab")
    assert "⚠️" not in panel.text
    audit = (await ada.open("audit")).text
    assert "I changed **Log channel**: <#1150000000000000110> → none" in audit


async def test_the_audit_log_is_turned_page_by_page(harness: Harness, ada: Manager) -> None:
    panel = await ada.open("queue")
    for number in range(1, 13):
        panel = await ada.fill(panel, "Change", {"Outputs made at a time": str(number)})
    newest = await ada.open("audit")
    assert "11 → 12" in newest.text
    older = await ada.press(newest, "Older")
    assert "11 → 12" not in older.text
    assert "1 → 2" in older.text
    assert "11 → 12" in (await ada.press(older, "Newest")).text


# A restart.


async def test_a_panel_and_an_open_form_survive_a_restart(harness: Harness, ada: Manager) -> None:
    panel = await ada.open("budgets")
    opened = await ada.member.press(panel, "Change")
    await harness.stop()
    await harness.start()
    panel = await ada.send(panel, opened, {"Budget a day": "4"})
    assert "**Budget a day:** $4.00" in panel.text
    panel = await ada.fill(panel, "Change", {"Budget a day": ""})
    assert "**Budget a day:** no limit" in panel.text


async def last(harness: Harness, channel: str) -> Message:
    return (await harness.community.messages(channel=channel))[-1]


async def refused(harness: Harness, used: Interaction, user: str) -> str:
    """What somebody alone is told in place of what they wanted."""
    return await harness.refusal(used, user=user)


async def not_ordered(harness: Harness, prompt: str = "a fox", *, user: str = "Bo", **options: Any) -> str:
    """What a member alone is told whose order the server's rules do not allow."""
    after = await harness.community.position()
    await harness.order(prompt, user=user, **options)
    told = await harness.community.wait_for(
        lambda entry: bool(entry.message and entry.message.only_for == user and not entry.message.loading),
        after=after,
        timeout=20,
    )
    assert told.message is not None
    return told.message.text

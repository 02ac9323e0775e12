"""News in the log channel: once, whatever Discord does; and what the channel is told when a key stops working."""

from cryptography.fernet import Fernet

from sandbox.discord.client import FeedEntry, Message
from tests.cogs.panels import Manager
from tests.e2e.kit import Harness, Stages

LOG = "Log channel (none: no news)"
KEY = "sk-film-club-own-wxyz"
QUEUE = "Outputs made at a time"


async def told(harness: Harness, phrase: str, after: int = 0) -> Message:
    """The message for everybody in which the phrase is."""

    def fits(entry: FeedEntry) -> bool:
        message = entry.message
        return entry.kind == "message_created" and message is not None and phrase in message.text

    found = (await harness.community.wait_for(fits, after=after, timeout=20)).message
    assert found is not None
    return found


async def watched(harness: Harness) -> Manager:
    """Changes of the rules are told in #general."""
    ada = Manager(harness)
    panel = await ada.choose(await ada.open("log"), LOG, "general")
    await ada.press(panel, "Moderators' acts and changes: off")
    await harness.log.wait("notice delivered")
    return ada


async def test_a_lost_answer_is_no_second_message(stages: Stages) -> None:
    harness = await stages()
    ada = await watched(harness)
    mark = len(harness.log.records)
    # The message is there, but nobody says so: neither to discord.py, which asks five times, nor to us.
    await harness.community.fault("/channels/*/messages", method="POST", drop=True, when="after", times=5)
    await ada.fill(await ada.open("queue"), "Change", {QUEUE: "7"})
    await harness.log.wait("notice postponed", after=mark)
    await harness.community.clear_faults()
    await harness.log.wait("notice delivered", after=mark)
    messages = await harness.community.messages(channel="general")
    assert len([message for message in messages if "→ 7" in message.text]) == 1


async def test_what_was_owed_when_the_process_died_is_told_after_the_restart(stages: Stages) -> None:
    harness = await stages()
    ada = await watched(harness)
    mark = len(harness.log.records)
    await harness.community.fault("/channels/*/messages", method="POST", status=503, times=None)
    await ada.fill(await ada.open("queue"), "Change", {QUEUE: "7"})
    await harness.log.wait("notice postponed", after=mark)
    await harness.kill()
    await harness.community.clear_faults()
    await harness.start()
    news = await told(harness, "→ 7")
    assert news.only_for is None
    assert news.text.startswith("📝 <@1150000000000000011> changed **Outputs made at a time**")


async def test_a_key_that_is_revoked_is_told_once_and_shown_in_the_settings(stages: Stages) -> None:
    harness = await stages(
        oxen={"keys": {"sandbox": None, KEY: ("club-own",)}}, DROVER_MASTER_KEY=Fernet.generate_key().decode()
    )
    ada = Manager(harness)
    await ada.choose(await ada.open("log"), LOG, "general")
    await ada.fill(await ada.open("billing"), "Enter a key", {"API key of Oxen.ai": KEY})
    harness.oxen.keyring.revoke(KEY)
    await harness.order("a fox")
    news = await told(harness, "🔑 Oxen.ai does not accept this server's key ending in “wxyz” any more")
    assert news.pinged == ()
    assert "⚠️ Oxen.ai does not accept this server's key" in (await ada.open()).text
    assert len([m for m in await harness.community.messages(channel="general") if "🔑" in m.text]) == 1
    assert KEY not in harness.log.text

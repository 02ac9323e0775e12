"""Who pays, as the settings show it: a trial that runs out, a namespace that the operator keeps closed."""

from tests.cogs.panels import Manager
from tests.e2e.kit import ENQUEUE, Stages


async def test_a_trial_shows_what_is_left_of_it(stages: Stages) -> None:
    harness = await stages(DROVER_WITHOUT_NAMESPACE="trial", DROVER_TRIAL_USD="0.50")
    ada = Manager(harness)
    assert "the owner of this bot pays for another **$0.50**" in (await ada.open("billing")).text
    await harness.result(await harness.order("a fox", duration=5))
    shown = (await ada.open("billing")).text
    assert "This server is on trial" in shown
    assert "**$0.50**" not in shown
    assert "This month: $0.35 charged." in (await ada.open("budgets")).text


async def test_a_namespace_that_is_not_open_to_the_server_is_refused_with_what_would_help(stages: Stages) -> None:
    harness = await stages(DROVER_WITHOUT_NAMESPACE="refuse", DROVER_NAMESPACES="film-club=1150000000000000100")
    refused = await harness.bill("film-club", user="Cleo", channel="lobby")
    assert "The bot's owner has not opened the namespace “film-club” to this server" in refused.text
    assert "nobody can order" in refused.text
    assert "billed to the Oxen.ai namespace **film-club**" in (await harness.bill("film-club")).text
    assert harness.oxen.traffic.counts[ENQUEUE] == 0

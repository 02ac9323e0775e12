"""One list held against the rows: each of ours is in exactly one place, and what is nobody's is told."""

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.ids import GenerationId, RemoteId
from bot.domain.provider import RemoteGeneration, RemoteStatus
from bot.services.tracking.tracker import compare
from bot.store.orders.generations import InFlight

STATUSES: list[RemoteStatus] = ["queued", "processing", "succeeded", "failed", "cancelled"]
NAMES = st.integers(0, 12).map(lambda number: RemoteId(f"r{number}"))


def ours(remote_id: RemoteId, state: str = "queued") -> InFlight:
    return InFlight(GenerationId(f"g-{remote_id}"), remote_id, state)


def listed(*statuses: RemoteStatus) -> dict[RemoteId, RemoteGeneration]:
    rows = [RemoteGeneration(id=RemoteId(f"r{n}"), status=status) for n, status in enumerate(statuses)]
    return {row.id: row for row in rows}


def test_what_the_list_shows_as_we_know_it_is_there() -> None:
    found = compare(listed("queued", "processing"), [ours(RemoteId("r0")), ours(RemoteId("r1"), "processing")])
    assert (list(found.there), list(found.news), list(found.gone)) == (["g-r0", "g-r1"], [], [])
    assert found.foreign == frozenset()


def test_a_list_that_lags_behind_is_no_news() -> None:
    assert not compare(listed("queued"), [ours(RemoteId("r0"), "processing")]).news


def test_what_says_more_is_news_and_what_is_missing_is_gone() -> None:
    here, lost = ours(RemoteId("r0")), ours(RemoteId("r9"))
    rows = listed("succeeded", "queued")
    found = compare(rows, [here, lost])
    assert list(found.news) == [(here, rows[RemoteId("r0")])]
    assert list(found.gone) == [lost]
    assert found.foreign == {"r1"}


@given(
    st.dictionaries(NAMES, st.sampled_from(STATUSES)), st.dictionaries(NAMES, st.sampled_from(["queued", "processing"]))
)
def test_each_of_ours_is_in_one_place(rows: dict[RemoteId, RemoteStatus], known: dict[RemoteId, str]) -> None:
    under_way = [ours(remote_id, state) for remote_id, state in known.items()]
    shown = {remote_id: RemoteGeneration(id=remote_id, status=status) for remote_id, status in rows.items()}
    found = compare(shown, under_way)
    places = [*found.there, *(each.id for each, _ in found.news), *(each.id for each in found.gone)]
    assert sorted(places) == sorted(f"g-{remote_id}" for remote_id in known)
    assert {each.remote_id for each in found.gone} == known.keys() - rows.keys()
    assert found.foreign == rows.keys() - known.keys()
    assert all(row is shown[each.remote_id] and row.status != each.state for each, row in found.news)

"""One list of one payer's work, held against the rows: what is new, what is gone, what belongs to nobody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.domain.ids import RemoteId
from bot.domain.provider import RemoteGeneration
from bot.store.orders.generations import InFlight


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """`news` are rows that say more than ours, `there` ours as we know them, `gone` ours that the list shows no more.

    `foreign` are ids in the list that are none of ours under way.
    """

    news: Sequence[tuple[InFlight, RemoteGeneration]]
    there: Sequence[RemoteId]
    gone: Sequence[InFlight]
    foreign: frozenset[RemoteId]


def survey(rows: Mapping[RemoteId, RemoteGeneration], ours: Sequence[InFlight]) -> Survey:
    """Holds what the provider lists against what the rows say is under way; each of `ours` is in one of three places.

    A row that is still queued says nothing new, whatever ours says: lists lag behind.
    """
    news: list[tuple[InFlight, RemoteGeneration]] = []
    there: list[RemoteId] = []
    gone: list[InFlight] = []
    for generation in ours:
        row = rows.get(generation.remote_id)
        if row is None:
            gone.append(generation)
        elif row.status in {"queued", generation.state}:
            there.append(generation.remote_id)
        else:
            news.append((generation, row))
    foreign = frozenset(rows.keys() - {generation.remote_id for generation in ours})
    return Survey(news=news, there=there, gone=gone, foreign=foreign)

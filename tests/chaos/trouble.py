"""What is done to the processes in a round: drawn from the seed beforehand, struck by the clock.

Discord's stand-in keeps its channels in memory, and a channel that forgets its messages is nothing that Discord does.
Its restart is therefore played by the wire: all connections reset, new ones refused for a while. The stand-in for
Oxen is restarted for real, but between rounds only (`rounds.py`).
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.chaos.harness import Crew, Harness, freeze
from tests.chaos.wire import Trap

_MESSAGES = "/channels/*/messages"
_WEBHOOK = "/webhooks/*/*/messages/@original"
_CALLBACK = "/interactions/*/*/callback"
ENQUEUE = re.compile(r"POST /api/ai/queue$")
DELETE = re.compile(r"DELETE /api/ai/queue/")
POST = re.compile(r"POST /api/v10/channels/\d+/messages$")
ACKNOWLEDGE = re.compile(r"POST /api/v10/interactions/")
_NONCE = 301.0  # seconds after which Discord has forgotten a nonce

Act = Callable[[Harness], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Blow:
    """`at` in seconds from the start of the round."""

    at: float
    name: str
    act: Act


def draw(dice: Random, seconds: float, crew: Crew | None = None) -> list[Blow]:
    """The blows of a round of that length: the bot is killed once to three times, the rest is anything.

    Where several processes share the work, something is done to their database, or one is paused for too long.
    """
    kinds = [dice.choice(_KILLS) for _ in range(dice.choice([1, 1, 2, 2, 3]))]
    kinds += [dice.choices(_OTHERS, _WEIGHTS)[0] for _ in range(dice.randint(2, 6))]
    if crew is not None:
        kinds += [_pause_for_long(crew), *dice.choices([_cut_database, _restart_database], k=dice.choice([0, 1, 1, 2]))]
    blows: list[Blow] = []
    for kind in kinds:
        name, act = kind(dice)
        blows.append(Blow(at=dice.uniform(0, seconds), name=name, act=act))
    return sorted(blows, key=lambda blow: blow.at)


async def strike(harness: Harness, blows: Sequence[Blow]) -> None:
    """Strikes each at its time; returns when the last is over."""

    async def one(blow: Blow) -> None:
        await asyncio.sleep(blow.at)
        await blow.act(harness)

    async with asyncio.TaskGroup() as group:
        for blow in blows:
            group.create_task(one(blow))


# The bot is killed.


def _kill(dice: Random) -> tuple[str, Act]:
    pause, which = dice.choice([0.0, 0.0, 0.3, 1.0]), dice.random() < 0.5

    async def act(harness: Harness) -> None:
        harness.keeper(discord=which).kill(pause)

    return "kill", act


def _kill_at(name: str, request: re.Pattern[str], *, discord: bool, swallow: float) -> Callable[[Random], Any]:
    """Killed the moment such a request leaves, or its answer arrives; `swallow`: how likely it goes no further."""

    def kind(dice: Random) -> tuple[str, Act]:
        on_answer = dice.random() < 0.5
        swallowed = on_answer or dice.random() < swallow
        later = dice.choice([0.0, 0.0, 0.005, 0.03, 0.1])
        pause = dice.choice([0.0, 0.0, 0.5])
        long = discord and dice.random() < 0.5  # the bot is away for so long that Discord has forgotten its nonces

        async def act(harness: Harness) -> None:
            async def spring() -> None:
                await asyncio.sleep(later if not swallowed else 0)
                harness.keeper(discord=discord).kill(pause)
                if long:
                    await harness.community.advance(_NONCE)

            trap = Trap(request=request, on_answer=on_answer, swallow=swallowed, spring=spring)
            (harness.to_discord if discord else harness.to_oxen).traps.append(trap)

        return f"kill@{name}{'<' if on_answer else '>'}{'+5min' if long else ''}", act

    return kind


_KILLS: Sequence[Callable[[Random], tuple[str, Act]]] = (
    _kill,
    _kill,
    _kill_at("order", ENQUEUE, discord=False, swallow=0.25),
    _kill_at("order", ENQUEUE, discord=False, swallow=0.25),
    _kill_at("cancel", DELETE, discord=False, swallow=0.5),
    _kill_at("post", POST, discord=True, swallow=0.3),
    _kill_at("post", POST, discord=True, swallow=0.3),
    _kill_at("ack", ACKNOWLEDGE, discord=True, swallow=0.3),
)

# The rest.


def _freeze_bot(dice: Random) -> tuple[str, Act]:
    seconds, which = dice.uniform(0.2, 1.8), dice.random() < 0.5
    return "freeze", lambda harness: harness.keeper(discord=which).freeze(seconds)


def _pause_for_long(crew: Crew) -> Callable[[Random], tuple[str, Act]]:
    """For so long that another process does its work when it comes back."""

    def kind(dice: Random) -> tuple[str, Act]:
        seconds, which = crew.lapse * dice.uniform(1.5, 2.5), dice.random() < 0.5
        return "pause", lambda harness: harness.keeper(discord=which).freeze(seconds)

    return kind


def _cut_database(_: Random) -> tuple[str, Act]:
    return "cut-database", lambda harness: harness.cut_postgres()


def _restart_database(dice: Random) -> tuple[str, Act]:
    at_once, away = dice.random() < 0.5, dice.uniform(0.0, 1.0)
    return "restart-database", lambda harness: harness.restart_postgres(at_once=at_once, away=away)


def _freeze_stand_in(dice: Random) -> tuple[str, Act]:
    seconds = dice.uniform(0.2, 1.5)
    which = dice.choice(["oxen", "discord"])
    return f"freeze-{which}", lambda harness: freeze(getattr(harness, which), seconds)


def _wire(dice: Random) -> tuple[str, Act]:
    which, how = dice.choice(["oxen", "discord"]), dice.choice(["cut", "refuse", "hold"])
    seconds = dice.uniform(0.2, 1.5)

    async def act(harness: Harness) -> None:
        wire = harness.to_oxen if which == "oxen" else harness.to_discord
        if how == "cut":
            wire.cut()
        else:
            await (wire.refuse if how == "refuse" else wire.hold)(seconds)

    return f"{how}-{which}", act


def _gateway(dice: Random) -> tuple[str, Act]:
    action, resumable = dice.choice(["reconnect", "invalidate", "close"]), dice.random() < 0.5

    async def act(harness: Harness) -> None:
        await harness.community.disturb_gateway(action, resumable=resumable)

    return f"gateway-{action}", act


def _forget_nonces(_: Random) -> tuple[str, Act]:
    async def act(harness: Harness) -> None:
        await harness.community.advance(_NONCE)

    return "nonces-gone", act


def _discord_fault(dice: Random) -> tuple[str, Act]:
    route, method = dice.choice([(_MESSAGES, "POST"), (_MESSAGES, "POST"), (_WEBHOOK, "PATCH"), (_CALLBACK, "POST")])
    faults: list[dict[str, Any]] = [
        {"status": 500, "when": "after"},
        {"status": 502},
        {"status": 429, "retry_after": 0.4},
        {"drop": True},
        {"drop": True, "when": "after"},
        {"latency": dice.uniform(0.2, 1.5)},
    ]
    fault = dice.choice(faults) | {"times": dice.choice([1, 1, 2])}

    async def act(harness: Harness) -> None:
        await harness.community.fault(route, method=method, **fault)

    return f"discord:{_short(fault)}", act


def _oxen_fault(dice: Random) -> tuple[str, Act]:
    reads = dice.choice(["list", "get", "cancel", "events", "result", "history"])
    late = dice.uniform(0.2, 1.5)
    struck = dice.choices(
        [
            [{"on": "enqueue", "kind": "drop_after"}],
            [{"on": "enqueue", "kind": "drop_before"}],
            [{"on": "enqueue", "kind": "status", "value": 500}],
            [{"on": "enqueue", "kind": "status", "value": 429}],
            [{"on": "enqueue", "kind": "latency", "value": late}],
            [{"on": "enqueue", "kind": "partial", "value": 1}],
            [{"on": "enqueue", "kind": "malformed"}],
            [{"on": reads, "kind": "status", "value": dice.choice([429, 500, 503])}],
            [{"on": reads, "kind": dice.choice(["drop_before", "malformed"])}],
            [{"on": "list", "kind": "lag", "value": 1, "times": None}],
            [{"on": "events", "kind": dice.choice(["no_event", "drop_after", "malformed"])}],
            [{"on": "generation", "kind": "fail", "value": "The model is out of breath."}],
            [{"on": "generation", "kind": "vanish"}],
        ],
        [3, 0.5, 0.5, 2, 1, 2, 2, 3, 3, 1, 2, 1, 2],
    )[0]
    fault = {"times": dice.choice([1, 1, 2, 3]), **struck[0]}

    async def act(harness: Harness) -> None:
        await harness.break_oxen(fault)

    return f"oxen:{fault['on']}-{fault['kind']}", act


def _short(fault: dict[str, Any]) -> str:
    what = "drop" if fault.get("drop") else str(fault.get("status", "late"))
    return f"{what}{'-after' if fault.get('when') == 'after' else ''}"


_OTHERS: Sequence[Callable[[Random], tuple[str, Act]]] = (
    _freeze_bot, _freeze_stand_in, _wire, _gateway, _forget_nonces, _discord_fault, _oxen_fault,
)  # fmt: skip
_WEIGHTS = (2, 1, 3, 2, 1, 4, 6)

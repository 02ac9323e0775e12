"""What the page shows beside the chat: the bot's process, what Oxen does, and ways to break both. A small server."""

import asyncio
import contextlib
import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import aiohttp
from aiohttp import web

from sandbox.demo.provider import Provider
from sandbox.discord.page import loopback_only
from sandbox.play.troupe import KEY, Troupe

_ACTIONS: list[dict[str, Any]] = json.loads(Path(__file__).with_name("actions.json").read_text(encoding="utf-8"))
# Every promise of the README, and how to try it.
_PROMISES: list[dict[str, Any]] = json.loads(Path(__file__).with_name("promises.json").read_text(encoding="utf-8"))
_TEXTS: dict[str, dict[str, str]] = {
    "en": {
        "promises": "What Drover promises, and how to try it", "when": "When {what}",
        "bot": "The bot", "state": "state", "runs": "running, process {pid}", "off": "not running", "for": "for",
        "memory": "memory", "starts": "starts",
        "oxen": "What Oxen is doing", "queued": "queued", "processing": "running",
        "succeeded": "succeeded", "failed": "failed", "cancelled": "cancelled", "charged": "charged to",
        "process": "Break the bot", "provider": "Break Oxen",
        "down": "Oxen is down", "kill": "Kill the bot, now", "start": "Start the bot again", "mend": "Mend Oxen",
        "day": "A day passes at Oxen",
        "down-watch": "order something: it waits, up to ten minutes, and goes on when you mend Oxen.",
        "kill-watch": "order something first: after the start each order still has one outcome, posted once.",
        "start-watch": "it goes on from its rows.",
        "mend-watch": "what waited goes on.",
        "day-watch": "what was made has expired there; what was posted stays.",
    },
    "de": {
        "promises": "Was Drover verspricht, und wie man es probiert", "when": "Wenn: {what}",
        "bot": "Der Bot", "state": "Zustand", "runs": "läuft, Prozess {pid}", "off": "läuft nicht", "for": "seit",
        "memory": "Speicher", "starts": "Starts",
        "oxen": "Was Oxen tut", "queued": "wartet", "processing": "in Arbeit",
        "succeeded": "gelungen", "failed": "misslungen", "cancelled": "abgebrochen", "charged": "berechnet an",
        "process": "Den Bot stören", "provider": "Oxen stören",
        "down": "Oxen ist ausgefallen", "kill": "Den Bot abschießen, jetzt", "start": "Den Bot wieder starten",
        "mend": "Oxen heil machen", "day": "Bei Oxen vergeht ein Tag",
        "down-watch": "bestelle etwas: es wartet bis zu zehn Minuten und geht weiter, sobald du Oxen heil machst.",
        "kill-watch": "bestelle vorher etwas: nach dem Start hat jede Bestellung einen Ausgang, einmal gepostet.",
        "start-watch": "er macht bei seinen Zeilen weiter.",
        "mend-watch": "was wartete, geht weiter.",
        "day-watch": "was gemacht wurde, ist dort abgelaufen; was gepostet wurde, bleibt.",
    },
}  # fmt: skip
_STATES = ("queued", "processing", "succeeded", "failed", "cancelled")
_DAY = 86400
_LINES = 10


class Backstage:
    """Answers the page through the stand-in for Discord, which only passes on: `GET /`, `POST /actions/{id}`."""

    def __init__(self, troupe: Troupe, session: aiohttp.ClientSession) -> None:
        self._troupe = troupe
        self._session = session
        self._provider: Provider | None = None

    def app(self) -> web.Application:
        app = web.Application(middlewares=[loopback_only])
        app.add_routes([web.get("/", self._show), web.post("/actions/{id}", self._act)])
        return app

    async def follow(self) -> None:
        """Hears Oxen's events until cancelled, and again when the stream breaks."""
        self._provider = Provider(self._session, self._troupe.oxen_url)
        while True:
            with contextlib.suppress(aiohttp.ClientError):
                await self._provider.listen(KEY, asyncio.Event())
            await asyncio.sleep(1)

    async def _show(self, request: web.Request) -> web.Response:
        language = "de" if request.query.get("language") == "de" else "en"
        texts = _TEXTS[language]
        rows = await self._ask("GET", "/sandbox/generations")
        ledger = await self._ask("GET", "/sandbox/ledger")
        faults = await self._faults()
        return web.json_response(
            {
                "sections": [
                    {"title": texts["bot"], "rows": self._about_bot(texts)},
                    {"title": texts["oxen"], "rows": _work(rows, ledger, texts), "lines": self._events(rows)},
                ],
                "groups": self._groups(texts, faults, language),
                "guide": {
                    "title": texts["promises"],
                    "entries": [
                        {"title": texts["when"].format(what=one["when"][language]), "text": one["watch"][language]}
                        for one in _PROMISES
                    ],
                },
            }
        )

    def _about_bot(self, texts: Mapping[str, str]) -> list[tuple[str, str]]:
        bot, starts = self._troupe.bot, (texts["starts"], str(self._troupe.runs))
        if bot is None or not self._troupe.running:
            return [(texts["state"], texts["off"]), starts]
        return [
            (texts["state"], texts["runs"].format(pid=bot.process.pid)),
            (texts["for"], f"{time.time() - bot.started:.0f} s"),
            (texts["memory"], f"{self._troupe.memory() / 1024**2:.0f} MB"),
            starts,
        ]

    def _groups(self, texts: Mapping[str, str], faults: Sequence[Any], language: str) -> list[dict[str, Any]]:
        def action(name: str, **more: bool) -> dict[str, Any]:
            return {"id": name, "label": texts[name], "watch": texts[f"{name}-watch"], **more}

        running = self._troupe.running
        oxen = [
            {
                "id": one["id"],
                "label": one["label"][language],
                "watch": one["watch"][language],
                **({"active": _set(one, faults)} if one["lasting"] else {}),
            }
            for one in _ACTIONS
        ]
        return [
            {
                "title": texts["provider"],
                "actions": [action("down", active=not self._troupe.line.stands), action("mend"), *oxen, action("day")],
            },
            {
                "title": texts["process"],
                "actions": [action("kill", disabled=not running), action("start", disabled=running)],
            },
        ]

    def _events(self, rows: Mapping[str, Any]) -> list[str]:
        """The latest ends, newest first."""
        known = {one["id"]: one for one in cast("list[dict[str, Any]]", rows["generations"])}
        endings = self._provider.endings[-_LINES:] if self._provider is not None else []
        return [
            f"{time.strftime('%H:%M:%S', time.localtime(one.at))} {one.status} "
            f"{known.get(one.generation_id, {}).get('model', one.media_type)}"
            for one in reversed(endings)
        ]

    async def _act(self, request: web.Request) -> web.Response:
        """404 for what there is none of."""
        name = request.match_info["id"]
        if name == "kill":
            await self._troupe.kill_bot()
        elif name == "start":
            await self._troupe.start_bot()
        elif name == "down" and self._troupe.line.stands:
            self._troupe.line.cut()
        elif name in {"down", "mend"}:
            await self._troupe.line.lay()
            if name == "mend":
                await self._ask("DELETE", "/sandbox/faults")
        elif name == "day":
            await self._ask("POST", "/sandbox/clock", {"seconds": _DAY})
        elif found := [one for one in _ACTIONS if one["id"] == name]:
            await self._break(found[0])
        else:
            return web.json_response({"error": f"nothing is called {name}"}, status=404)
        return web.json_response({})

    async def _break(self, action: Mapping[str, Any]) -> None:
        """Sets what it breaks; of what lasts, and is broken already, takes it back."""
        faults = await self._faults()
        wanted = [{"value": None, "times": None, **one} for one in action["faults"]]
        if action["lasting"] and _set(action, faults):
            left = [one for one in faults if one not in wanted]
        else:
            left = [*faults, *wanted]
        await self._ask("PUT", "/sandbox/faults", {"faults": left})

    async def _faults(self) -> list[dict[str, Any]]:
        return cast("list[dict[str, Any]]", (await self._ask("GET", "/sandbox/faults"))["faults"])

    async def _ask(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        async with self._session.request(method, f"{self._troupe.oxen_url}{path}", json=body) as answer:
            answer.raise_for_status()
            return cast("dict[str, Any]", await answer.json())


def _set(action: Mapping[str, Any], faults: Sequence[Any]) -> bool:
    return all({"value": None, "times": None, **one} in faults for one in action["faults"])


def _work(rows: Mapping[str, Any], ledger: Mapping[str, Any], texts: Mapping[str, str]) -> list[tuple[str, str]]:
    states = Counter(one["status"] for one in rows["generations"])
    totals = {name: Decimal(account["total"]) for name, account in ledger["namespaces"].items()}
    return [
        *((texts[state], str(states[state])) for state in _STATES),
        *(
            (f"{texts['charged']} {name}", f"${total:.2f}" if total == round(total, 2) else f"${total.normalize():f}")
            for name, total in totals.items()
            if total
        ),
    ]

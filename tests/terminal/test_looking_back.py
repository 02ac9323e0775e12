"""`drover queue`, `cancel`, `history`, `models` and `model`, in all dialects."""

import json
from typing import Any

import pytest

from bot.domain.models.catalogue import MediaKind, ModelGroup
from bot.terminal import commands
from sandbox.oxen.faults import Fault
from tests.oxen.servers import Request, serving
from tests.terminal.kit import DIALECTS, PROMPT, VIDEO_MODEL, FakeRenderer, Provider, Shell
from tests.terminal.test_trouble import started, until

ONE_VIDEO = ("generate", "--model", VIDEO_MODEL, "--prompt", PROMPT)
every_dialect = pytest.mark.parametrize("dialect", DIALECTS)


async def listed(shell: Shell, oxen: Provider, *command: str) -> dict[str, Any]:
    ended = await shell(*command, "--json", env=oxen.env)
    assert ended.code == 0, ended.err
    return json.loads(ended.out)


@every_dialect
async def test_the_queue_and_the_end_of_what_is_in_it(
    shell: Shell, oxen: Provider, renderer: FakeRenderer, dialect: str
) -> None:
    assert (await shell("queue", env=oxen.env)).out == "Nothing is under way.\n"
    renderer.open.clear()
    async with started(shell, *ONE_VIDEO, "--count", "2", "--namespace", "film-club", env=oxen.env) as process:
        await until(process, "being made")
        rows = (await listed(shell, oxen, "queue", "--namespace", "film-club"))["generations"]
        assert [row["model"] for row in rows] == [VIDEO_MODEL] * 2
        shown = await shell("queue", "--namespace", "film-club", env=oxen.env)
        assert all(row["id"] in shown.out for row in rows)
        assert PROMPT not in shown.out
        ended = await shell("cancel", rows[0]["id"], "never-heard-of", env=oxen.env)
        assert ended.code == 4
        assert ended.out.splitlines() == [
            f"{rows[0]['id']}: cancelled",
            "never-heard-of: not known, or over already",
        ]
        assert "may still charge" in ended.err
        assert (await shell("cancel", rows[1]["id"], env=oxen.env)).code == 0
        assert (await shell("cancel", "never-heard-of", env=oxen.env)).code == 1
        if dialect != "ephemeral":  # there it waits for a word that does not come: tests/terminal/test_tracking.py
            assert await process.wait() == 1
    assert {each.state.value for each in oxen.sandbox.generations.all()} == {"cancelled"}


@every_dialect
async def test_a_part_of_the_queue(shell: Shell, oxen: Provider, renderer: FakeRenderer, dialect: str) -> None:
    """The oldest edition filters by model only and tells no status: what it gives is filtered here."""
    assert (await shell(*ONE_VIDEO, env=oxen.env)).code == 0
    renderer.open.clear()
    async with started(shell, *ONE_VIDEO, env=oxen.env) as process:
        await until(process, "being made")
        found: dict[tuple[str, ...], int] = {}
        for options in (
            ("--model", VIDEO_MODEL),
            ("--model", "z-image-turbo"),
            ("--kind", "video"),
            ("--kind", "image"),
            ("--status", "processing"),
            ("--status", "succeeded"),
            ("--status", "succeeded", "--kind", "image"),
            ("--status", "failed", "--model", VIDEO_MODEL),
        ):
            told = await listed(shell, oxen, "queue", *options)
            given = {options[at].removeprefix("--"): options[at + 1] for at in range(0, len(options), 2)}
            assert {name: told[name] for name in ("model", "kind", "status") if told[name]} == given
            found[options] = len(told["generations"])
        kept = 0 if dialect == "ephemeral" else 1
        assert list(found.values()) == [1, 0, 1, 0, 1, kept, 0, 0]
        assert (await shell("queue", "--kind", "image", env=oxen.env)).out == "Nothing fits.\n"
        wrong = await shell("queue", "--status", "lost", env=oxen.env)
        assert wrong.code == 2
        assert "'queued', 'processing', 'succeeded', 'failed', 'cancelled'" in wrong.err
        renderer.open.set()
        assert await process.wait() == 0


@every_dialect
async def test_the_history_and_what_it_cost(shell: Shell, oxen: Provider, dialect: str) -> None:
    nothing = await shell("history", "--cost", env=oxen.env)
    assert nothing.code == 0
    assert "Nothing that is over" in nothing.out
    oxen.sandbox.faults.set([Fault(on="generation", kind="fail", value="no", times=1)])
    assert (await shell(*ONE_VIDEO, "--count", "2", "--namespace", "film-club", env=oxen.env)).code == 4
    found = await listed(shell, oxen, "history", "--cost", "--namespace", "film-club")
    shown = await shell("history", "--cost", "--namespace", "film-club", env=oxen.env)
    assert shown.code == 0
    if dialect == "ephemeral":
        assert found["generations"] == []
        assert "may keep none of it" in shown.out
        return
    assert sorted(row["status"] for row in found["generations"]) == ["failed", "succeeded"]
    if dialect == "browse":
        assert found["total_cost_usd"] == "0.35"
        assert sorted(row["cost_usd"] or "" for row in found["generations"]) == ["", "0.35"]
        assert shown.out.splitlines()[-1] == "Together $0.35"
    else:
        assert found["total_cost_usd"] is None
        assert "does not tell" in shown.err
    assert (await listed(shell, oxen, "history"))["generations"] != [] or dialect == "persistent"


async def test_a_part_of_the_history(shell: Shell, oxen: Provider) -> None:
    for _ in range(2):
        assert (await shell(*ONE_VIDEO, env=oxen.env)).code == 0
    assert len((await listed(shell, oxen, "history", "--limit", "1"))["generations"]) == 1
    assert len((await listed(shell, oxen, "history", "--since", "1h"))["generations"]) == 2
    assert (await listed(shell, oxen, "history", "--since", "2999-01-01"))["generations"] == []
    whole = (await listed(shell, oxen, "history", "--cost", "--since", "2020-01-01"))["total_cost_usd"]
    assert whole == "0.70"


@pytest.mark.parametrize("when", ["yesterday", "5x", "-1d", "999999w", "2026-13-01"])
async def test_an_invalid_moment_is_refused(shell: Shell, oxen: Provider, when: str) -> None:
    ended = await shell("history", "--since", when, env=oxen.env)
    assert ended.code == 2
    assert "--since" in ended.err


async def test_a_history_without_end(shell: Shell, oxen: Provider) -> None:
    """Pages that say that there are always more of them."""
    row = {"generation_id": "a", "status": "succeeded", "cost": "0.1", "target_directory": None}
    page = {"generations": [row], "page_number": 1, "total_pages": 10**9, "total_entries": 10**9, "total_cost": "1"}

    async def more(_: Request, writer: Any) -> None:
        body = json.dumps(page).encode()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body))
        writer.write(body)
        await writer.drain()

    async with serving(more) as server:
        ended = await shell("history", "--json", env=oxen.env | {"OXEN_API_URL": server.url})
    assert ended.code == 0
    assert len(json.loads(ended.out)["generations"]) == 50
    assert len(server.requests) <= 50


# The catalogue


async def test_models_are_found_by_words_kind_and_group(shell: Shell, oxen: Provider) -> None:
    everything = (await listed(shell, oxen, "models"))["models"]
    assert len(everything) > 100
    assert all({"video", "image"} & set(model["makes"]) for model in everything)
    found = (await listed(shell, oxen, "models", "kling", "2.6", "--group", "image-to-video"))["models"]
    assert [model["id"] for model in found] == ["kling-video-v2-6-pro-image-to-video"]
    shown = await shell("models", "--kind", "image", "gpt-image-2", env=oxen.env)
    assert " an image" in shown.out
    assert (await shell("models", "no-such-model-at-all", env=oxen.env)).out == "No model fits.\n"


async def test_one_model_with_its_parameters(shell: Shell, oxen: Provider) -> None:
    shown = await shell("model", VIDEO_MODEL, env=oxen.env)
    assert shown.code == 0
    assert "duration" in shown.out
    assert "5, 10" in shown.out
    assert f"drover generate --model {VIDEO_MODEL} --prompt" in shown.out
    told = await listed(shell, oxen, "model", "topazlabs-image-upscale")
    assert "--input" in told["example"]
    missing = await shell("model", "kling-video-v2-6-pro-text-to-vide", env=oxen.env)
    assert missing.code == 3
    assert VIDEO_MODEL in missing.err


def test_the_choices_are_those_of_the_domain() -> None:
    """They are written out for click, which shows them without loading the domain."""
    assert set(commands._KINDS) == set(MediaKind)
    assert set(commands._GROUPS) == set(ModelGroup)

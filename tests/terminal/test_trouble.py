"""`drover generate` when something breaks: nothing is sent twice, nothing is lost, and what is known is said."""

import asyncio
import json
import os
import pty
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from sandbox.oxen.faults import Fault
from tests.cli.kit import PATIENCE, Process
from tests.oxen.servers import Request, serving
from tests.terminal.kit import DIALECTS, FILM, KEY, PROMPT, VIDEO_MODEL, FakeRenderer, Provider, Shell

ENQUEUE = "POST /api/ai/queue"
ONE_VIDEO = ("generate", "--model", VIDEO_MODEL, "--prompt", PROMPT)
every_dialect = pytest.mark.parametrize("dialect", DIALECTS)


def results(shell: Shell) -> list[str]:
    return [path.name for path in shell.folder.iterdir() if path.is_file()]


# The answer to the order


@every_dialect
async def test_an_answer_that_is_lost_is_looked_up_and_not_sent_again(
    shell: Shell, oxen: Provider, renderer: FakeRenderer
) -> None:
    """The work is held back until the order was found, which an edition without history needs."""
    oxen.sandbox.faults.set([Fault(on="enqueue", kind="drop_after", times=1)])
    renderer.open.clear()
    async with started(shell, *ONE_VIDEO, "--count", "2", env=oxen.env) as process:
        said = await until(process, "Ordered:")
        renderer.open.set()
        code, out, _ = await over(process)
    assert "was lost" in said
    assert code == 0
    assert len(out.splitlines()) == len(results(shell)) == 2
    assert oxen.sandbox.traffic.counts[ENQUEUE] == 1
    assert len(oxen.sandbox.generations.all()) == 2


@every_dialect
async def test_an_order_that_is_found_nowhere_is_not_sent_again(shell: Shell, oxen: Provider) -> None:
    """It would be looked for for a minute; Ctrl-C ends that."""
    oxen.sandbox.faults.set([Fault(on="enqueue", kind="drop_before")])
    async with started(shell, *ONE_VIDEO, "--json", env=oxen.env) as process:
        await until(process, "was lost")
        process.send_signal(signal.SIGINT)
        code, out, err = await over(process)
    assert code == 5
    assert json.loads(out)["error"]["kind"] == "unknown"
    assert "before you order it again" in err
    assert oxen.sandbox.traffic.counts[ENQUEUE] == 1


async def test_a_key_that_is_revoked_on_the_way(shell: Shell, oxen: Provider, renderer: FakeRenderer) -> None:
    renderer.open.clear()
    async with started(shell, *ONE_VIDEO, "--json", env=oxen.env) as process:
        await until(process, "being made")
        oxen.sandbox.faults.set([Fault(on=each, kind="status", value=401) for each in ("list", "get")])
        code, out, _ = await over(process)
    assert code == 5
    [output] = json.loads(out)["outputs"]
    assert output["state"] is None
    assert f"drover download {output['id']}" in output["problem"]
    renderer.open.set()


async def test_an_order_is_not_taken_for_one_like_it_that_was_there_before(shell: Shell, oxen: Provider) -> None:
    assert (await shell(*ONE_VIDEO, env=oxen.env)).code == 0
    oxen.sandbox.faults.set([Fault(on="enqueue", kind="drop_after", times=1)])
    assert (await shell(*ONE_VIDEO, env=oxen.env)).code == 0
    assert len(set(results(shell))) == 2
    assert oxen.sandbox.traffic.counts[ENQUEUE] == 2


@every_dialect
@pytest.mark.parametrize(
    ("fault", "words"),
    [(Fault(on="enqueue", kind="status", value=402), "Oxen says"), (Fault(on="enqueue", kind="empty"), "nothing")],
)
async def test_an_order_that_is_turned_down(shell: Shell, oxen: Provider, fault: Fault, words: str) -> None:
    oxen.sandbox.faults.set([fault])
    ended = await shell(*ONE_VIDEO, "--json", env=oxen.env)
    assert ended.code == 1
    assert words in ended.err
    assert json.loads(ended.out)["error"]["kind"] == "rejected"
    assert oxen.sandbox.traffic.counts[ENQUEUE] == 1


async def test_fewer_than_were_ordered(shell: Shell, oxen: Provider) -> None:
    oxen.sandbox.faults.set([Fault(on="enqueue", kind="partial", value=1)])
    ended = await shell(*ONE_VIDEO, "--count", "3", env=oxen.env)
    assert ended.code == 4
    assert [line[:6] for line in ended.lines if "fewer" in line] == ["no. 2:", "no. 3:"]
    assert len(results(shell)) == 1


@pytest.mark.parametrize("kind", ["drop_before", "drop_after", "malformed"])
async def test_a_blocking_call_whose_answer_is_lost(shell: Shell, oxen: Provider, kind: str) -> None:
    oxen.sandbox.faults.set([Fault(on="generate", kind=kind)])
    ended = await shell(*ONE_VIDEO, "--sync", "--json", env=oxen.env)
    assert ended.code == 5
    assert json.loads(ended.out)["error"]["kind"] == "unknown"
    assert "before you order it again" in ended.err
    assert oxen.sandbox.traffic.counts["POST /api/ai/videos/generate"] == 1


# The network and the key


@pytest.mark.parametrize("command", [ONE_VIDEO, ("models",), ("queue",), ("cancel", "x"), ("history",)])
async def test_a_dead_network(shell: Shell, command: tuple[str, ...]) -> None:
    env = {"OXEN_API_KEY": KEY, "OXEN_API_URL": "http://127.0.0.1:9"}
    fresh = replace(shell, fresh=command is ONE_VIDEO)  # once as it is installed
    ended = await fresh(*command, "--json", env=env)
    assert ended.code == 1
    assert "http://127.0.0.1:9" in ended.err + ended.out
    assert "Traceback" not in ended.err
    if command != ("cancel", "x"):
        assert json.loads(ended.out)["error"]["kind"] == "unreachable"


async def test_a_key_that_is_refused(shell: Shell, oxen: Provider) -> None:
    ended = await shell(*ONE_VIDEO, "--json", env=oxen.env | {"OXEN_API_KEY": "another"})
    assert ended.code == 2
    assert json.loads(ended.out)["error"]["kind"] == "key"
    assert "another" not in ended.err


@pytest.mark.parametrize("dialect", ["persistent", "browse"])
async def test_an_event_stream_that_is_down(shell: Shell, oxen: Provider) -> None:
    """Where rows stay, it only takes a look more. Where they do not: tests/terminal/test_following.py."""
    oxen.sandbox.faults.set([Fault(on="events", kind="status", value=503)])
    ended = await shell(*ONE_VIDEO, env=oxen.env)
    assert ended.code == 0
    assert len(results(shell)) == 1


async def test_a_provider_that_is_away_for_a_while(shell: Shell, oxen: Provider, renderer: FakeRenderer) -> None:
    renderer.open.clear()
    async with started(shell, *ONE_VIDEO, env=oxen.env) as process:
        await until(process, "being made")
        oxen.sandbox.faults.set([Fault(on="list", kind="status", value=503, times=4)])
        said = await until(process, "Oxen answers again.")
        assert "Oxen does not answer (status 503). What was ordered goes on there; trying again." in said
        renderer.open.set()
        code, _, _ = await over(process)
    assert code == 0


# The file


async def test_a_file_that_is_cut_on_the_way_is_fetched_again(shell: Shell, oxen: Provider) -> None:
    oxen.sandbox.faults.set([Fault(on="result", kind="malformed", times=1)])
    ended = await shell(*ONE_VIDEO, env=oxen.env)
    assert ended.code == 0
    [name] = results(shell)
    assert (shell.folder / name).stat().st_size > 2000


@pytest.mark.parametrize(
    ("content", "says"), [(b"<html>no film</html>", "no video and no image"), (b"\0\0\0\x20ftypisom\0\0", "cut short")]
)
async def test_what_is_no_film_is_not_kept(
    shell: Shell, oxen: Provider, renderer: FakeRenderer, content: bytes, says: str
) -> None:
    renderer.content = content
    ended = await shell(*ONE_VIDEO, "--json", env=oxen.env)
    assert ended.code == 1
    assert says in ended.err
    [output] = json.loads(ended.out)["outputs"]
    assert (output["state"], output["file"]) == ("succeeded", None)
    assert f"drover download {output['id']}" in output["problem"]
    assert list(shell.folder.iterdir()) == []


@pytest.mark.parametrize("dialect", ["ephemeral", "browse"])
async def test_a_disk_that_is_full(shell: Shell, oxen: Provider, renderer: FakeRenderer, dialect: str) -> None:
    """The film is larger than files may be here. The result is not lost: where Oxen keeps it, it can be fetched later.

    Without -B, Python would cut its own compiled modules short, and whoever imports them next would trip over them.
    """
    renderer.content = FILM + 8_000_000 * b"."
    limited = f'ulimit -f 4000; exec "{sys.executable}" -B -m bot "$@"'
    process = await asyncio.create_subprocess_exec(
        *("bash", "-c", limited, "bash", *ONE_VIDEO, "--json"),
        cwd=shell.folder,
        env=shell.environment(oxen.env),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert process.returncode == 1, err
    assert b"File too large" in err
    [output] = json.loads(out)["outputs"]
    assert output["url"]
    assert list(shell.folder.iterdir()) == []
    if dialect != "ephemeral":
        again = await shell("download", output["id"], "--output", "elsewhere", env=oxen.env)
        assert again.code == 0, again.err
        assert len(list((shell.folder / "elsewhere").iterdir())) == 1


async def test_a_disk_that_is_full_before_anything_is_ordered(shell: Shell, oxen: Provider) -> None:
    process = await asyncio.create_subprocess_exec(
        *("bash", "-c", f'ulimit -f 1; exec "{sys.executable}" -B -m bot "$@"', "bash", *ONE_VIDEO, "--json"),
        cwd=shell.folder,
        env=shell.environment(oxen.env),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert (process.returncode, json.loads(out)["error"]["kind"]) == (1, "disk"), err
    assert b"Traceback" not in err
    assert oxen.orders == []


async def test_a_provider_that_talks_nonsense(shell: Shell) -> None:
    async def nonsense(_: Request, writer: asyncio.StreamWriter) -> None:
        body = b'{"data": [{"id": "\\u001b[2J", "capabilities": {"output": ["video"]}}, 7, null]}'
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body))
        writer.write(body)
        await writer.drain()

    async with serving(nonsense) as server:
        env = {"OXEN_API_KEY": KEY, "OXEN_API_URL": server.url}
        listed = await shell("models", env=env)
        assert "\x1b" not in listed.out
        for command in (ONE_VIDEO, ("queue",), ("history",), ("cancel", "x")):
            ended = await shell(*command, env=env)
            assert ended.code in {1, 3}, (command, ended)
            assert "Traceback" not in ended.err
        assert server.posts == []


async def test_a_command_that_is_killed_loses_nothing_that_was_ordered(
    shell: Shell, oxen: Provider, renderer: FakeRenderer
) -> None:
    """Its ids were said at once, and `drover download` needs nothing else."""
    renderer.open.clear()
    async with started(shell, *ONE_VIDEO, env=oxen.env) as process:
        said = await until(process, "Ordered:")
        process.kill()
        await process.wait()
    renderer.open.set()
    ended = await shell("download", said.split()[-1], env=oxen.env)
    assert ended.code == 0, ended.err
    assert len(results(shell)) == 1
    assert oxen.sandbox.traffic.counts[ENQUEUE] == 1


# Ctrl-C


@every_dialect
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_ctrl_c_cancels_where_nobody_can_be_asked(
    shell: Shell, oxen: Provider, renderer: FakeRenderer, number: int
) -> None:
    renderer.open.clear()
    async with started(shell, *ONE_VIDEO, "--count", "2", "--json", env=oxen.env) as process:
        await until(process, "being made")
        process.send_signal(number)
        code, out, err = await over(process)
    assert code == 130
    assert "may still charge" in err
    assert [each["state"] for each in json.loads(out)["outputs"]] == ["cancelled", "cancelled"]
    assert {each.state.value for each in oxen.sandbox.generations.all()} == {"cancelled"}


async def test_a_cancellation_that_comes_too_late_keeps_the_file(
    shell: Shell, oxen: Provider, renderer: FakeRenderer
) -> None:
    renderer.open.clear()
    oxen.sandbox.faults.set(
        [Fault(on="cancel", kind="latency", value=0.5), Fault(on="cancel", kind="status", value=400)]
    )
    async with started(shell, *ONE_VIDEO, env=oxen.env) as process:
        await until(process, "being made")
        process.send_signal(signal.SIGINT)
        renderer.open.set()
        code, out, _ = await over(process)
    assert code == 0
    assert len(out.splitlines()) == len(results(shell)) == 1


@pytest.mark.parametrize(
    ("answer", "code", "state"), [(b"y\n", 130, "cancelled"), (b"\n", 0, "succeeded"), (None, 130, "processing")]
)
async def test_ctrl_c_asks_whoever_sits_at_the_terminal(
    shell: Shell, oxen: Provider, renderer: FakeRenderer, answer: bytes | None, code: int, state: str
) -> None:
    """Yes cancels, no goes on, and another Ctrl-C leaves everything as it is."""
    renderer.open.clear()
    ours, theirs = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *ONE_VIDEO),
        cwd=shell.folder,
        env=shell.environment(oxen.env) | {"COLUMNS": "200"},
        stdin=theirs,
        stdout=asyncio.subprocess.PIPE,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    await shown(ours, "being made")
    process.send_signal(signal.SIGINT)
    said = await shown(ours, "[y/N] ")
    assert "Cancel 1 under way?" in said
    if answer is None:
        process.send_signal(signal.SIGINT)
        assert "drover download" in await shown(ours, "ends it.")
    else:
        os.write(ours, answer)
        if code == 0:
            renderer.open.set()
    assert await asyncio.wait_for(process.wait(), PATIENCE) == code
    assert [each.state.value for each in oxen.sandbox.generations.all()] == [state]
    os.close(ours)
    renderer.open.set()


async def shown(terminal: int, words: str) -> str:
    """Everything that the terminal shows up to these words."""
    said = ""
    async with asyncio.timeout(PATIENCE):
        while words not in said:
            said += (await asyncio.to_thread(os.read, terminal, 1000)).decode()
    return said


async def test_ctrl_c_during_a_blocking_call(shell: Shell, oxen: Provider, renderer: FakeRenderer) -> None:
    renderer.open.clear()
    async with started(shell, *ONE_VIDEO, "--sync", env=oxen.env) as process:
        await until(process, "being made")
        process.send_signal(signal.SIGINT)
        code, _, err = await over(process)
    assert code == 130
    assert "may be paid" in err
    renderer.open.set()


@asynccontextmanager
async def started(shell: Shell, *arguments: str, env: dict[str, object]) -> AsyncIterator[Process]:
    process = await shell.start(*arguments, env=env)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def until(process: Process, words: str) -> str:
    """Everything that is said up to the line with these words."""
    assert process.stderr is not None
    said = ""
    async with asyncio.timeout(PATIENCE):
        while words not in said:
            line = (await process.stderr.readline()).decode()
            assert line, said
            said += line
    return said


async def over(process: Process) -> tuple[int | None, str, str]:
    out, err = await asyncio.wait_for(process.communicate(), PATIENCE)
    return process.returncode, out.decode(), err.decode()

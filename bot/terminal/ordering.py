"""`drover generate` and `drover download`: from an order, or from the ids of one, to files."""

import secrets
from collections.abc import Sequence
from pathlib import Path

from bot.domain.ids import IdMaker, RemoteId
from bot.domain.orders.generation import GenerationState
from bot.domain.orders.order import ValidatedRequest
from bot.domain.provider import Ambiguous
from bot.terminal import blocking, files, results
from bot.terminal.endings import Ending, Failed
from bot.terminal.following import Ear
from bot.terminal.lookup import Before, look_after, look_before
from bot.terminal.results import Made, usd
from bot.terminal.shell import Shell, Stopped, unless_stopped
from bot.terminal.watching import Watch
from bot.terminal.wishes import Asked, planned


async def generate(shell: Shell, asked: Asked) -> Ending:
    """Orders, waits, and keeps what was made. Raises `Refusal`, `Failed`, `Stopped` or `OxenError`."""
    _prepare(asked.output)
    catalogue = await unless_stopped(shell.stop, shell.oxen.catalogue())
    validated = planned(asked, catalogue, shell.settings)
    shell.screen.tell(_announcement(validated))
    if asked.sync:
        return _report(shell, await blocking.make(shell, validated, asked), validated, asked.namespace)
    before = await unless_stopped(shell.stop, look_before(shell.oxen, asked.namespace))
    async with Ear(shell.oxen, shell.sleep) as ear:
        ids = await _ordered(shell, validated, before)
        watch = Watch(shell, ear, ids, asked.output, validated)
        made = [*await watch.until_over(), *_short(validated, ids)]
    return _report(shell, made, validated, asked.namespace, stopped=watch.stopped)


async def download(shell: Shell, ids: Sequence[str], output: Path) -> Ending:
    """Waits for generations that were ordered before, and keeps what was made. Raises `Failed` or `OxenError`."""
    _prepare(output)
    async with Ear(shell.oxen, shell.sleep) as ear:
        watch = Watch(shell, ear, [RemoteId(each) for each in dict.fromkeys(ids)], output, None)
        made = await watch.until_over()
    return _report(shell, made, None, None, stopped=watch.stopped)


async def _ordered(shell: Shell, validated: ValidatedRequest, before: Before) -> list[RemoteId]:
    """The one POST. It is not broken off by Ctrl-C: what it orders can be cancelled only when its ids are known."""
    if shell.stop.is_set():
        raise Stopped
    token = IdMaker(shell.clock, secrets.randbits)()
    try:
        ids = await shell.oxen.enqueue(validated, validated.count, before.namespace, token)
    except Ambiguous as error:
        said = f" Oxen says: {error.detail}." if error.detail else ""
        shell.screen.tell(f"The answer to the order was lost ({error}).{said} Looking for what became of it.")
        ids = await _looked_for(shell, validated, token, before)
        if not ids:
            raise _unknown() from error
        shell.screen.tell("Found: Oxen works on it.")
    shell.screen.tell(f"Ordered: {' '.join(ids)}")
    return ids


async def _looked_for(shell: Shell, validated: ValidatedRequest, token: str, before: Before) -> list[RemoteId]:
    """Ctrl-C ends the looking, and what is not found by then is unknown."""
    try:
        return await unless_stopped(shell.stop, look_after(shell.oxen, validated, token, before, shell.sleep))
    except Stopped:
        return []


def _unknown() -> Failed:
    return Failed(
        "Oxen shows nothing that looks like this order. It was sent once and may still have been accepted, and paid: "
        "look with `drover queue` and `drover history` before you order it again.",
        kind="unknown",
        ending=Ending.UNKNOWN,
    )


def _prepare(output: Path) -> None:
    """Before anything is paid: results have to have a place."""
    try:
        files.prepare(output)
    except OSError as error:
        raise Failed(
            f"--output: cannot write in {output} ({error.strerror})", kind="option", ending=Ending.WRONG_OPTION
        ) from error


def _announcement(validated: ValidatedRequest) -> str:
    cost = f"{usd(validated.cost)} USD" if validated.cost is not None else "price not known beforehand"
    return f"{validated.count} {validated.kind}{'s' if validated.count > 1 else ''} by {validated.model_name}, {cost}"


def _short(validated: ValidatedRequest, ids: Sequence[RemoteId]) -> list[Made]:
    """What was ordered and is not among the ids."""
    problem = "Oxen accepted fewer than were ordered; what it did not accept is not paid"
    return [
        Made(number=number, state=GenerationState.FAILED, problem=problem)
        for number in range(len(ids) + 1, validated.count + 1)
    ]


def _report(
    shell: Shell,
    made: Sequence[Made],
    validated: ValidatedRequest | None,
    namespace: str | None,
    *,
    stopped: bool = False,
) -> Ending:
    ending = results.ending(made, stopped=stopped)
    results.show(shell.screen, made)
    shell.screen.document(results.document(made, validated, namespace, ending))
    return ending

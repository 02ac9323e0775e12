"""`drover generate --sync`: one call that answers when the media is there. It has no row, and cannot be cancelled."""

import asyncio
import contextlib
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bot.domain.models.catalogue import MediaKind
from bot.domain.models.parameters import Json
from bot.domain.orders.generation import GenerationState
from bot.domain.orders.order import ValidatedRequest
from bot.domain.provider import Ambiguous, HistoryRow, OxenError
from bot.oxen.blocking import Output
from bot.terminal import files
from bot.terminal.endings import Ending, Failed
from bot.terminal.results import Made
from bot.terminal.saving import NotSaved, download, keep
from bot.terminal.shell import Shell, Stopped, unless_stopped
from bot.terminal.wishes import Asked

_COUNT = "n"  # openapi.json, ImageGenerateRequest
_PICTURE = "input_image"
_LOOKED_AT = 50  # rows of the history
_TICK = 1.0  # seconds
_WRONG = Ending.WRONG_OPTION


async def make(shell: Shell, validated: ValidatedRequest, asked: Asked) -> list[Made]:
    """Orders and waits. Raises `OxenError` when nothing was ordered, `Failed` when nobody knows or it was left."""
    if validated.kind is MediaKind.VIDEO and validated.count > 1:  # openapi.json, VideoGenerateRequest: it has no count
        raise Failed("--sync makes one video at a time: --count goes without it", kind="option", ending=_WRONG)
    body: dict[str, Json] = {**validated.body(), "model": validated.model_id}
    if validated.kind is MediaKind.IMAGE:
        body[_COUNT] = validated.count
    before = await unless_stopped(shell.stop, _history(shell, validated, asked))
    with tempfile.TemporaryDirectory(dir=asked.output, prefix=".drover-") as folder:
        inline = Path(folder) if asked.inline else None
        if validated.kind is MediaKind.IMAGE and _PICTURE in body:  # so call the samples of all models that edit
            calling = shell.oxen.blocking.edit(body, namespace=asked.namespace, folder=inline)
        else:
            calling = shell.oxen.blocking.generate(validated.kind, body, namespace=asked.namespace, folder=inline)
        ticking = asyncio.create_task(_tick(shell))
        try:
            outputs = await unless_stopped(shell.stop, calling)
        except Ambiguous as error:
            raise _unknown(error) from error
        except Stopped:
            raise Failed(
                "Left. A call that answers with the media cannot be cancelled: it goes on at Oxen, and may be paid.",
                kind="interrupted",
                ending=Ending.INTERRUPTED,
            ) from None
        finally:
            ticking.cancel()
            await asyncio.gather(ticking, return_exceptions=True)
        made = await _kept(shell, validated, asked, outputs)
    known = {row.generation.id for row in before}
    new = [row for row in await _history(shell, validated, asked) if row.generation.id not in known]
    return _with_costs(made, new, validated)


async def _history(shell: Shell, validated: ValidatedRequest, asked: Asked) -> list[HistoryRow]:
    """The latest of this model, where the dialect keeps a history with money; money is no reason to fail."""
    try:
        page = await shell.oxen.history_page(asked.namespace, size=_LOOKED_AT, model=validated.model_id)
    except OxenError:
        return []
    return list(page.rows)


def _with_costs(made: Sequence[Made], new: Sequence[HistoryRow], validated: ValidatedRequest) -> list[Made]:
    """What each cost by the history, where its rows are surely these; else what the catalogue says.

    The call has no id to ask for: rows are these when as many are new as were made, with this prompt and a cost.
    """
    costs = [row.cost for row in new if row.generation.prompt == validated.prompt and row.cost is not None]
    good = [each for each in made if each.state is GenerationState.SUCCEEDED]
    if len(costs) != len(good) or len(set(costs)) != 1:
        return [replace(each, price=validated.quote) if each in good else each for each in made]
    return [replace(each, cost=costs[0]) if each in good else each for each in made]


async def _kept(shell: Shell, validated: ValidatedRequest, asked: Asked, outputs: Sequence[Output]) -> list[Made]:
    made: list[Made] = []
    for number in range(1, max(validated.count, len(outputs)) + 1):
        output = outputs[number - 1] if number <= len(outputs) else None
        if output is None:
            made.append(Made(number=number, state=GenerationState.FAILED, problem="Oxen gave fewer than were ordered"))
        else:
            made.append(await _one(shell, validated, asked, number, output))
    return made


async def _one(shell: Shell, validated: ValidatedRequest, asked: Asked, number: int, output: Output) -> Made:
    name = files.stem(validated.prompt, validated.model_id, str(number))
    result = Made(number=number, state=GenerationState.SUCCEEDED, url=output.url)
    try:
        if output.file is not None:
            kept = await keep(output.file, asked.output, name, validated)
        else:
            kept = await download(shell, output.url or "", asked.output, name, validated)
    except (NotSaved, Failed) as error:
        where = f"; its link for now: {output.url}" if output.url else ""
        return result.without_file(f"it was made, but could not be saved: {error}{where}")
    return result.with_file(kept)


def _unknown(error: Ambiguous) -> Failed:
    said = f" Oxen says: {error.detail}." if error.detail else ""
    return Failed(
        f"The answer was lost ({error}).{said} It may have been made, and paid; such a call leaves no row to look "
        "for. Look in the namespace on Oxen.ai before you order it again.",
        kind="unknown",
        ending=Ending.UNKNOWN,
    )


async def _tick(shell: Shell) -> None:
    began = shell.clock.monotonic()
    with contextlib.suppress(asyncio.CancelledError):
        while True:
            seconds = int(shell.clock.monotonic() - began)
            shell.screen.progress("being made", f"  {seconds // 60}:{seconds % 60:02}")
            await shell.sleep(_TICK)

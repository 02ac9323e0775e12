"""`drover generate` and `drover download`: from an order, or from the ids of one, to files."""

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bot.domain.ids import RemoteId
from bot.domain.models.catalogue import MediaKind
from bot.domain.models.parameters import Json
from bot.domain.orders.generation import GenerationState
from bot.domain.orders.order import ValidatedRequest
from bot.domain.provider import Ambiguous, HistoryRow, ProviderError
from bot.oxen import blocking
from bot.terminal.following import watching
from bot.terminal.request import GenerateOptions, validated_request
from bot.terminal.results import NotSaved, Output, download, keep, prepare, report, shown_money, stem
from bot.terminal.shell import ExitCode, Failed, Shell, Stopped, unless_stopped

_COUNT = "n"  # openapi.json, ImageGenerateRequest
_PICTURE = "input_image"
_LATEST = 50  # rows of the history that are looked at for what a blocking call cost


async def generate(shell: Shell, options: GenerateOptions) -> ExitCode:
    """Orders, waits, and keeps what was made. Raises what `bot.terminal.shell.ended` tells."""
    prepare(options.output)
    catalogue = await unless_stopped(shell.stop, shell.oxen.catalogue())
    validated = validated_request(options, catalogue, shell.settings)
    cost = shown_money(validated.total.usd) if validated.total is not None else "price not known beforehand"
    what = f"{validated.count} {validated.kind}{'s' if validated.count > 1 else ''} by {validated.model_name}"
    shell.screen.tell(f"{what}, {cost}")
    if options.sync:
        return report(shell.screen, await in_one_call(shell, validated, options), validated, options.namespace)

    async with watching(shell, options.output, validated, options.namespace) as watch:
        outputs = await watch.order(validated, options.namespace)
    return report(shell.screen, outputs, validated, options.namespace, stopped=watch.stopped)


async def fetch(shell: Shell, ids: Sequence[str], output: Path) -> ExitCode:
    """Waits for generations that were ordered before, and keeps what was made. Raises `Failed` or `ProviderError`."""
    prepare(output)
    async with watching(shell, output) as watch:
        outputs = await watch.follow([RemoteId(each) for each in dict.fromkeys(ids)])
    return report(shell.screen, outputs, stopped=watch.stopped)


# `--sync`: one call that answers when the media is there. It has no row, and cannot be cancelled.


async def in_one_call(shell: Shell, validated: ValidatedRequest, options: GenerateOptions) -> list[Output]:
    """Orders and waits. Raises `ProviderError` when nothing was ordered, `Failed` when nobody knows or it was left."""
    if validated.kind is MediaKind.VIDEO and validated.count > 1:  # openapi.json, VideoGenerateRequest: it has no count
        message = "--sync makes one video at a time: --count goes without it"
        raise Failed(message, kind="option", code=ExitCode.WRONG_OPTION)
    body: dict[str, Json] = {**validated.body(), "model": validated.model_id}
    if validated.kind is MediaKind.IMAGE:
        body[_COUNT] = validated.count
    before = await unless_stopped(shell.stop, _history(shell, validated, options))
    with tempfile.TemporaryDirectory(dir=options.output, prefix=".drover-") as folder:
        inline = Path(folder) if options.inline else None
        if validated.kind is MediaKind.IMAGE and _PICTURE in body:  # so call the samples of all models that edit
            calling = shell.oxen.blocking.edit(body, namespace=options.namespace, folder=inline)
        else:
            calling = shell.oxen.blocking.generate(validated.kind, body, namespace=options.namespace, folder=inline)
        shell.screen.progress("being made")
        try:
            answers = await unless_stopped(shell.stop, calling)
        except Ambiguous as error:
            said = f" Oxen says: {error.detail}." if error.detail else ""
            raise Failed(
                f"The answer was lost ({error}).{said} It may have been made, and paid; such a call leaves no row to "
                "look for. Look in the namespace on Oxen.ai before you order it again.",
                kind="unknown",
                code=ExitCode.UNKNOWN,
            ) from error
        except Stopped:
            raise Failed(
                "Left. A call that answers with the media cannot be cancelled: it goes on at Oxen, and may be paid.",
                kind="interrupted",
                code=ExitCode.INTERRUPTED,
            ) from None
        outputs = [await _keep(shell, validated, options, number, each) for number, each in enumerate(answers, 1)]
    problem = "Oxen gave fewer than were ordered"
    missing = range(len(outputs) + 1, validated.count + 1)
    outputs += [Output(number=number, state=GenerationState.FAILED, problem=problem) for number in missing]

    # What each cost by the history, where its rows are surely these; else what the catalogue says. The call has no id
    # to ask for: rows are these when as many are new as were made, with this prompt and a cost.
    known = {row.generation.id for row in before}
    new = [row for row in await _history(shell, validated, options) if row.generation.id not in known]
    costs = [row.cost for row in new if row.generation.prompt == validated.prompt and row.cost is not None]
    good = [each for each in outputs if each.state is GenerationState.SUCCEEDED]
    if len(costs) == len(good) and len(set(costs)) == 1:
        return [replace(each, cost=costs[0]) if each in good else each for each in outputs]
    return [
        replace(each, price=validated.estimate.usd if validated.estimate is not None else None)
        if each in good
        else each
        for each in outputs
    ]


async def _history(shell: Shell, validated: ValidatedRequest, options: GenerateOptions) -> Sequence[HistoryRow]:
    """The latest of this model, where the dialect keeps a history with money; money is no reason to fail."""
    try:
        page = await shell.oxen.history_page(options.namespace, size=_LATEST, model=validated.model_id)
    except ProviderError:
        return []
    return page.rows


async def _keep(
    shell: Shell, validated: ValidatedRequest, options: GenerateOptions, number: int, answer: blocking.Output
) -> Output:
    name = stem(validated.title if validated.prompt else "", validated.model_id, str(number))
    output = Output(number=number, state=GenerationState.SUCCEEDED, url=answer.url)
    try:
        if answer.file is not None:
            file = await keep(answer.file, options.output, name, validated)
        else:
            file = await download(shell, answer.url or "", options.output, name, validated)
    except (NotSaved, Failed) as error:
        where = f"; its link for now: {answer.url}" if answer.url else ""
        return output.without_file(f"it was made, but could not be saved: {error}{where}")
    return output.with_file(file)

"""The answer of whoever sits at the terminal, while the work goes on."""

import asyncio
import sys


async def read_answer(stop: asyncio.Event) -> bool | None:
    """Whether the next line of standard input is a yes. None when another Ctrl-C sets `stop` first."""
    loop = asyncio.get_running_loop()
    line: asyncio.Future[str] = loop.create_future()

    def read() -> None:
        if not line.done():
            line.set_result(sys.stdin.readline())

    stopped = asyncio.ensure_future(stop.wait())
    loop.add_reader(sys.stdin.fileno(), read)
    try:
        await asyncio.wait({line, stopped}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        loop.remove_reader(sys.stdin.fileno())
        stopped.cancel()
    return line.result().strip().lower() in {"y", "yes"} if line.done() else None

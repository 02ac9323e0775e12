"""The stand-in for Oxen as a process beside the bot: `drover run --sandbox-oxen`."""

import asyncio
import contextlib
import sys
from types import TracebackType

from bot.domain.errors import OperatorError

_READY = "oxen sandbox ready "
_KEY = "sandbox"


class NotStarted(OperatorError):
    """The stand-in did not come up; it has said why on standard error."""


class OxenStandIn:
    """`async with OxenStandIn(speed) as given:` yields the settings that point the bot at it."""

    def __init__(self, speed: float) -> None:
        self._speed = speed

    async def __aenter__(self) -> dict[str, str]:
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "sandbox", "oxen", "--speed", str(self._speed)),
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for the bot, which then ends this
        )
        try:
            url = await self._url()
        except BaseException:  # Ctrl-C, before anybody else would end it
            await self.__aexit__(None, None, None)
            raise
        # Nothing costs anything here, so a server needs no namespace to try it, and may name any.
        return {
            "OXEN_API_URL": url,
            "OXEN_API_KEY": _KEY,
            "DROVER_WITHOUT_NAMESPACE": "own",
            "DROVER_NAMESPACES": "*",
        }

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        await self._process.wait()

    async def _url(self) -> str:
        stdout = self._process.stdout
        line = (await stdout.readline()).decode() if stdout is not None else ""
        if not line.startswith(_READY):
            await self._process.wait()
            raise NotStarted(
                "The stand-in for Oxen did not start: see above. Its packages are in requirements/sandbox.txt"
            )
        return line.removeprefix(_READY).strip()

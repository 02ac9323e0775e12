"""One test for many cases that cost little."""

import inspect
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from typing import Any


class _Failures:
    """What went wrong, each with a note about its case."""

    def __init__(self) -> None:
        self._found: list[Exception] = []

    @contextmanager
    def of(self, case: object) -> Generator[None]:
        try:
            yield
        except Exception as error:  # noqa: BLE001 - told in the end
            error.add_note(f"with {case}"[:300])
            self._found.append(error)

    def tell(self) -> None:
        if self._found:
            raise ExceptionGroup(f"{len(self._found)} cases", self._found)


def for_each(names: str | Sequence[str], cases: Iterable[Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """As `pytest.mark.parametrize`, but all cases are one test: it tries them all, and tells which of them fail.

    Fixtures are made once, so a case must not mind what the ones before have left behind.
    """
    wanted = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
    given = [dict(zip(wanted, case if len(wanted) > 1 else (case,), strict=True)) for case in cases]

    def of(test: Callable[..., Any]) -> Callable[..., Any]:
        def tried(**fixtures: Any) -> None:
            failures = _Failures()
            for case in given:
                with failures.of(case):
                    test(**case, **fixtures)
            failures.tell()

        async def awaited(**fixtures: Any) -> None:
            failures = _Failures()
            for case in given:
                with failures.of(case):
                    await test(**case, **fixtures)
            failures.tell()

        one: Any = awaited if inspect.iscoroutinefunction(test) else tried
        one.__name__, one.__doc__, one.__module__ = test.__name__, test.__doc__, test.__module__
        one.pytestmark = list(getattr(test, "pytestmark", []))
        asked = [each for name, each in inspect.signature(test).parameters.items() if name not in wanted]
        one.__signature__ = inspect.Signature(asked)
        return one

    return of

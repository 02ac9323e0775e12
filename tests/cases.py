"""Many cases in one test: all of them run, and the test fails with a list of those that break."""

import contextlib
import inspect
import reprlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any


@contextlib.contextmanager
def each_case() -> Iterator[Callable[[object], AbstractContextManager[None]]]:
    """Yields `case`: `with case(name): ...` keeps what its block raises until the last case is over."""
    broken: list[str] = []

    @contextlib.contextmanager
    def case(name: object) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # noqa: BLE001 - told below, with the name of its case
            broken.append(f"{name}: {type(error).__name__}: {error}")

    yield case
    assert not broken, "\n\n".join([f"{len(broken)} cases break", *broken])


def for_each(names: str | Sequence[str], cases: Iterable[Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """As `pytest.mark.parametrize`, but all cases are one test.

    Fixtures are made once, so a case must not mind what the ones before have left behind.
    """
    wanted = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
    given = [dict(zip(wanted, one if len(wanted) > 1 else (one,), strict=True)) for one in cases]

    def of(test: Callable[..., Any]) -> Callable[..., Any]:
        def tried(**fixtures: Any) -> None:
            with each_case() as case:
                for values in given:
                    with case(reprlib.repr(values)):
                        test(**values, **fixtures)

        async def awaited(**fixtures: Any) -> None:
            with each_case() as case:
                for values in given:
                    with case(reprlib.repr(values)):
                        await test(**values, **fixtures)

        one: Any = awaited if inspect.iscoroutinefunction(test) else tried
        one.__name__, one.__doc__, one.__module__ = test.__name__, test.__doc__, test.__module__
        one.pytestmark = list(getattr(test, "pytestmark", []))
        asked = [each for name, each in inspect.signature(test).parameters.items() if name not in wanted]
        one.__signature__ = inspect.Signature(asked)
        return one

    return of

"""Many cases in one test: all of them run, and the test fails with a list of those that break."""

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager


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

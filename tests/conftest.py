"""What holds for all tests."""

import gc

from hypothesis import settings

# The same cases each time, however slow the machine; `make soak` draws others (--hypothesis-profile=others).
settings.register_profile("same", derandomize=True, deadline=None, max_examples=50)
settings.register_profile("others", deadline=None, max_examples=200, print_blob=True)
settings.load_profile("same")


def pytest_collection_finish() -> None:
    """Ten thousand collected tests are a large heap in which nothing becomes garbage: it is not searched again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)

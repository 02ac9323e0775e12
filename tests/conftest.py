"""What holds for all tests."""

import gc


def pytest_collection_finish() -> None:
    """Ten thousand collected tests are a large heap in which nothing becomes garbage: it is not searched again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)

"""What discord.py makes of Discord's errors, sorted by what to do next."""

import pytest

from bot.chat.sorting import sorted_errors
from bot.services.ports import Undeliverable


def test_a_429_that_names_no_pause_is_not_tried_again() -> None:
    with pytest.raises(Undeliverable), sorted_errors():
        {}["retry_after"]


def test_any_other_missing_key_is_a_bug() -> None:
    with pytest.raises(KeyError), sorted_errors():
        {}["id"]

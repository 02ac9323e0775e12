"""The texts in every language."""

import pytest

import tests.e2e.kit  # noqa: F401 - first: it imports discord.py without the warning that this gives
from bot.settings import LOCALES
from bot.texts import Translations


@pytest.fixture(scope="session")
def translations() -> Translations:
    return Translations(LOCALES)

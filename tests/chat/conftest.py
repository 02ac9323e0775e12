"""The texts in every language, and orders to show with them."""

import pytest

from bot.settings import LOCALES
from tests.e2e.kit import discord  # first, for the warning that importing it gives

assert discord

from bot.chat.translation import Translations


@pytest.fixture(scope="session")
def translations() -> Translations:
    return Translations(LOCALES)

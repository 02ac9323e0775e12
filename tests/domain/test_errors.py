"""A refusal tells a log its key and the names of its values, and never what somebody typed."""

import string

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import Refusal

# Nothing that could be part of the key, of a name, or of how Python quotes them.
SECRETS = st.text(st.characters(exclude_characters=f"{string.ascii_letters}-_(), '\""), min_size=1)


@given(SECRETS)
def test_a_refusal_in_a_log_shows_no_values(typed: str) -> None:
    refusal = Refusal("model-unknown", given=typed, nearest=typed)
    assert str(refusal) == "model-unknown (given, nearest)"
    assert typed not in repr(refusal)
    assert refusal.values == {"given": typed, "nearest": typed}


def test_a_refusal_without_values() -> None:
    assert str(Refusal("prompt-empty")) == "prompt-empty ()"

"""What discord.py makes of Discord's errors, sorted by what to do next."""

from datetime import timedelta
from typing import Any

import discord
import pytest
from yarl import URL

from bot.chat.kit.errors import Code, refused_parts, sorted_errors
from bot.domain.messenger import (
    EditsLimited,
    FilesRefused,
    MessengerError,
    TokenOver,
    TooLarge,
    TryLater,
    Undeliverable,
    Unexplained,
    WordsRefused,
)


class Answer:
    """As much of an HTTP response as discord.py keeps."""

    def __init__(self, status: int, headers: dict[str, str] | None = None) -> None:
        self.status, self.reason, self.headers = status, "", headers or {}
        self.method, self.url = (
            "PATCH",
            URL("https://discord.com/api/v10/webhooks/11/aW50ZXJhY3Rpb246MT/messages/@original"),
        )


def refusal(
    status: int, code: int, *, headers: dict[str, str] | None = None, errors: Any = None
) -> discord.HTTPException:
    said: Any = {"code": code, "message": "No"} | ({"errors": errors} if errors else {})
    return discord.HTTPException(Answer(status, headers), said)  # type: ignore[arg-type]


def sorted_as(error: Exception, *, files: bool = False) -> MessengerError:
    with pytest.raises(MessengerError) as caught, sorted_errors(files=files):
        raise error
    return caught.value


# Every code of which Discord's pages, or people, say that a bot like this may meet it, and what it means for a post.
TABLE: list[tuple[int, int, type[MessengerError]]] = [
    (404, 10003, Undeliverable),
    (404, 10004, Undeliverable),
    (404, 10007, Undeliverable),
    (404, 10008, Undeliverable),
    (404, 10013, Undeliverable),
    (404, 10015, Undeliverable),
    (404, 10062, Undeliverable),
    (429, 20016, TryLater),
    (429, 20028, TryLater),
    (429, 20029, TryLater),
    (400, 30015, TooLarge),
    (400, 30034, TryLater),
    (429, 30046, EditsLimited),
    (401, 40001, TryLater),
    (429, 40003, TryLater),
    (413, 40005, TooLarge),
    (400, 40058, Undeliverable),
    (400, 40060, Undeliverable),
    (429, 40062, TryLater),
    (400, 40094, Undeliverable),
    (403, 40333, TryLater),
    (403, 50001, Undeliverable),
    (403, 50005, Undeliverable),
    (400, 50006, WordsRefused),
    (403, 50007, Undeliverable),
    (400, 50008, Undeliverable),
    (403, 50009, Undeliverable),
    (403, 50013, Undeliverable),
    (400, 50024, Undeliverable),
    (401, 50027, Undeliverable),
    (400, 50033, Undeliverable),
    (400, 50035, WordsRefused),
    (413, 50045, TooLarge),
    (400, 50083, Undeliverable),
    (403, 50278, Undeliverable),
    (503, 130000, TryLater),
    (403, 160002, WordsRefused),
    (400, 160005, Undeliverable),
    (400, 160006, Undeliverable),
    (400, 200000, WordsRefused),
    (400, 220003, Undeliverable),
    (400, 240000, WordsRefused),
]


def test_each_code_means_one_thing_whatever_its_status() -> None:
    assert {code for _, code, _ in TABLE} == {int(code) for code in Code}
    for status, code, kind in TABLE:
        assert {type(sorted_as(refusal(one, code))) for one in (status, 400, 403)} == {kind}, code


def test_the_status_decides_for_an_unknown_code() -> None:
    told = {413: TooLarge, 429: TryLater, 500: TryLater, 503: TryLater}
    for status in (400, 401, 403, 404, 409, *told):
        kinds = {type(sorted_as(refusal(status, code))) for code in (0, 987654)}
        assert kinds == {told.get(status, Unexplained)}, status


def test_an_error_names_the_call_without_its_ids_and_tokens() -> None:
    said = "PATCH /webhooks/*/*/messages/@original: 401 50027: No"
    with pytest.raises(TokenOver) as caught, sorted_errors(by_token=True):
        raise refusal(401, 50027)
    assert str(caught.value) == said
    assert str(sorted_as(refusal(401, 50027))) == said


def test_a_token_that_edits_nothing_any_more_is_told_from_a_message_that_is_gone() -> None:
    over, not_over = ((401, 50027), (404, 10015), (403, 0)), ((404, 10008), (400, 50035))
    table = [*((*each, TokenOver) for each in over), *((*each, Undeliverable) for each in not_over)]
    for status, code, kind in table:
        with pytest.raises(kind), sorted_errors(by_token=True):
            raise refusal(status, code)


def test_a_right_that_is_missing_may_be_that_to_attach_files() -> None:
    assert type(sorted_as(refusal(403, 50013), files=True)) is FilesRefused
    assert type(sorted_as(refusal(403, 50001), files=True)) is Undeliverable


@pytest.mark.parametrize(
    ("tree", "parts", "kind"),
    [
        (
            {"message_reference": {"_errors": [{"code": "X", "message": "Unknown message"}]}},
            {"message_reference"},
            None,
        ),
        (
            {"components": {"0": {"components": {"0": {"custom_id": {"_errors": [{"code": "X", "message": "Y"}]}}}}}},
            {"components"},
            None,
        ),
        (
            {
                "content": {"_errors": [{"code": "X", "message": "Must be 2000 or fewer in length."}]},
                "nonce": {"_errors": [{"code": "X", "message": "Y\nIn attachments: not a field"}]},
            },
            None,
            None,
        ),
        (
            {"attachments": {"0": {"description": {"_errors": [{"code": "X", "message": "Y"}]}}}},
            {"attachments"},
            FilesRefused,
        ),
    ],
)
def test_discord_names_what_it_refuses_of_a_form(
    tree: Any, parts: set[str] | None, kind: type[MessengerError] | None
) -> None:
    error = refusal(400, 50035, errors=tree)
    if parts is not None:
        assert refused_parts(error) == parts
    else:
        assert refused_parts(error) >= {"content", "nonce"}
    if kind is not None:
        assert type(sorted_as(error, files=True)) is kind


def test_a_pause_that_discord_names_is_kept() -> None:
    error = sorted_as(refusal(429, 0, headers={"Retry-After": "77"}))
    assert isinstance(error, TryLater)
    assert error.pause == timedelta(seconds=77)
    error = sorted_as(refusal(429, 0, headers={"Retry-After": "soon"}))
    assert isinstance(error, TryLater)
    assert error.pause is None


def test_a_429_that_names_no_pause_is_not_tried_for_long() -> None:
    with pytest.raises(Unexplained), sorted_errors():
        {}["retry_after"]


def test_any_other_missing_key_is_a_bug() -> None:
    with pytest.raises(KeyError), sorted_errors():
        {}["id"]

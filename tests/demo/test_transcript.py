import time
from pathlib import Path
from typing import Any

import pytest

from sandbox.demo.screen import Style
from sandbox.demo.transcript import Transcript, gathered
from tests.demo.kit import NAMES, NOON, attachment, card, entry, message


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "localtime", time.gmtime)


@pytest.fixture
def transcript() -> Transcript:
    return Transcript(NAMES, style=Style())


QUEUED = ("### Video for <@2>", "> a fox in the snow", "**Kling** · 5 s", "⏳ in Oxen's queue")
MADE = (*QUEUED[:3], f"🎬 being made, since <t:{NOON + 3:.0f}:R>")


def test_a_command_and_its_options(transcript: Transcript) -> None:
    lines = transcript.used("Bo", "lab", "video", {"prompt": "a fox", "duration": 5}, NOON)
    assert lines == ["", "#lab", "23:33:20  Bo used /video  prompt: a fox · duration: 5"]


def test_a_new_card(transcript: Transcript) -> None:
    shown = transcript.happened(entry("message_created", message(components=card(*QUEUED, button="Cancel"))))
    assert shown[2:] == [
        "23:33:20  Drover ▸ Video for @Bo",
        "              > a fox in the snow",
        "              Kling · 5 s",
        "              ⏳ in Oxen's queue",
        "              [Cancel]",
    ]


def test_an_edit_shows_only_what_is_new(transcript: Transcript) -> None:
    transcript.happened(entry("message_created", message(components=card(*QUEUED))))
    after = message(components=card(*MADE))
    assert transcript.happened(entry("message_edited", after, at=NOON + 5)) == [
        "23:33:25  Drover ✎ Video for @Bo, “a fox in the snow”: 🎬 being made, since 2 s ago"
    ]
    assert transcript.happened(entry("message_edited", after, at=NOON + 9)) == []


def test_thinking_is_passed_over_until_something_is_said(transcript: Transcript) -> None:
    thinking = message(flags=1 << 7)
    assert transcript.happened(entry("message_created", thinking)) == []
    spoken = transcript.happened(entry("message_edited", message(components=card(*QUEUED))))
    assert "23:33:20  Drover ▸ Video for @Bo" in spoken


def test_a_result_names_its_card_whom_it_pings_and_its_files(transcript: Transcript) -> None:
    transcript.happened(entry("message_created", message("50", components=card(*QUEUED))))
    result: dict[str, Any] = {"pinged": ["Bo"], "files": [attachment("video-1.mp4", 1_258_291)]}
    said = message("51", "<@2>, your video is ready.", reply_to="50", **result)
    assert transcript.happened(entry("message_created", said)) == [
        "23:33:20  Drover ↳ replies to Video for @Bo, “a fox in the snow”, pings Bo",
        "              @Bo, your video is ready.",
        "              📎 video-1.mp4  1.2 MiB  64x36",
    ]


def test_what_one_member_sees_is_marked(transcript: Transcript) -> None:
    shown = transcript.happened(entry("message_created", message(content="Not like that.", only_for="Cleo")))
    assert shown[2:] == ["23:33:20  Drover ▸ (only Cleo sees this)", "              Not like that."]


def test_a_pressed_button(transcript: Transcript) -> None:
    transcript.happened(entry("message_created", message("50", components=card(*QUEUED, button="Cancel"))))
    pressed = transcript.pressed("Bo", "lab", "Cancel", "50", NOON)
    assert pressed == ["23:33:20  Bo pressed [Cancel] on Video for @Bo, “a fox in the snow”"]


def test_a_file_in_an_option_and_a_form_in_one_line(transcript: Transcript) -> None:
    used = transcript.used("Bo", "lab", "video", {"image": Path("drawings/boat.png")}, NOON)
    assert used[2:] == ["23:33:20  Bo used /video  image: 📎 boat.png"]
    values = {"Shots": "2s Fog\n3s A lantern", "Model": ["kling"]}
    filled = transcript.filled("Bo", "lab", "Storyboard", values, NOON)
    assert filled == ["23:33:20  Bo filled in Storyboard  Shots: 2s Fog / 3s A lantern · Model: kling"]


def test_a_right_click_and_a_choice(transcript: Transcript) -> None:
    result = message("51", content="<@2>, your image is ready.")
    clicked = transcript.clicked("Bo", "lab", "Upscale", result, NOON)
    assert clicked[2:] == ["23:33:20  Bo used Upscale on @Bo, your image is ready."]
    chosen = transcript.chose("Bo", "lab", "treasury", "Log channel", "51", NOON)
    assert chosen == ["23:33:20  Bo chose treasury under Log channel on @Bo, your image is ready."]


def test_a_panel_that_turns_into_another_is_shown_line_by_line(transcript: Transcript) -> None:
    transcript.happened(entry("message_created", message(content="### Billing\nNobody pays.", only_for="Bo")))
    lines = ("### Budgets", "-# In USD", "Month: none", "Day: none", "Ask: never")
    shown = transcript.happened(entry("message_edited", message(content="\n".join(lines), only_for="Bo")))
    assert shown == [
        "23:33:20  Drover ✎ Billing:",
        *(f"              {line}" for line in ("Budgets", "In USD", "Month: none", "Day: none", "Ask: never")),
    ]


def test_the_server_of_a_channel_is_named_and_again_after_an_interruption() -> None:
    transcript = Transcript(NAMES, {"lab": "Film Club"}, style=Style())
    assert transcript.used("Bo", "lab", "queue", {}, NOON)[:2] == ["", "#lab  (Film Club)"]
    assert len(transcript.used("Bo", "lab", "queue", {}, NOON)) == 1
    transcript.interrupted()
    assert transcript.used("Bo", "lab", "queue", {}, NOON)[:2] == ["", "#lab  (Film Club)"]


def test_what_nobody_sees_makes_no_line(transcript: Transcript) -> None:
    assert transcript.happened(entry("gateway_ready")) == []
    assert transcript.happened(entry("typing")) == []


def test_equal_states_are_gathered() -> None:
    assert gathered(["1. ready", "2. made", "3. ready", "[Cancel]"]) == ["1, 3: ready", "2: made", "[Cancel]"]

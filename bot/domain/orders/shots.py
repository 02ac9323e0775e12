"""A storyboard: shots one after the other in one video (`multi_prompt`; API.md, "Multi-shot")."""

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.domain.errors import Refusal
from bot.domain.orders.order import DEFAULT_SHOT, Shot

MOST_CHARACTERS = 512
SHORTEST_SHOT, LONGEST_SHOT = 1, 15  # seconds
SHORTEST, LONGEST = 3, 15  # seconds, of all shots together

_LENGTH = re.compile(r"(\d{1,9})\s*s(?:ec(?:onds?)?)?\b[\s:,.-]*", re.IGNORECASE)


def parse_shots(text: str) -> tuple[Shot, ...]:
    """One shot per line: "5s Aerial view of waves"; without a length, 5 s. Empty lines are passed over.

    Raises `Refusal` for a line without words. Bounds are the business of `check_shots`.
    """
    shots: list[Shot] = []
    for number, line in enumerate(map(str.strip, text.splitlines()), 1):
        match = _LENGTH.match(line)
        prompt = line[match.end() :] if match else line
        if line and not prompt:
            raise Refusal("shot-empty", option="shots", line=number)
        if line:
            shots.append(Shot(prompt=prompt, duration=int(match[1]) if match else DEFAULT_SHOT))
    return tuple(shots)


def check_shots(shots: Sequence[Shot]) -> None:
    """Raises `Refusal` for what the provider would turn down; it names the number of the shot, or the total."""
    for number, shot in enumerate(shots, 1):
        if len(shot.prompt) > MOST_CHARACTERS:
            raise Refusal("shot-long", option="shots", line=number, length=len(shot.prompt), max=MOST_CHARACTERS)
        if not SHORTEST_SHOT <= shot.duration <= LONGEST_SHOT:
            low, high = SHORTEST_SHOT, LONGEST_SHOT
            raise Refusal("shot-length", option="shots", line=number, given=shot.duration, min=low, max=high)
    total = total_seconds(shots)
    if not SHORTEST <= total <= LONGEST:
        nearest = min(max(total, SHORTEST), LONGEST)
        raise Refusal("shots-total", option="shots", given=total, min=SHORTEST, max=LONGEST, nearest=nearest)


def format_shots(shots: Sequence[Shot]) -> str:
    """The storyboard as somebody would type it; `parse_shots` reads it back."""
    return "\n".join(f"{shot.duration}s {shot.prompt}" for shot in shots)


def mended(shots: Sequence[Shot]) -> tuple[Shot, ...]:
    """The same shots with lengths that are possible, changed as little and as late as can be."""
    lengths = [min(max(shot.duration, SHORTEST_SHOT), LONGEST_SHOT) for shot in shots]
    for position in reversed(range(len(lengths))):
        excess = sum(lengths) - LONGEST
        lengths[position] -= min(max(excess, 0), lengths[position] - SHORTEST_SHOT)
    if lengths:
        lengths[-1] += max(0, SHORTEST - sum(lengths))
    return tuple(replace(shot, duration=length) for shot, length in zip(shots, lengths, strict=True))


def total_seconds(shots: Sequence[Shot]) -> int:
    """The length of the video that the shots make."""
    return sum(shot.duration for shot in shots)

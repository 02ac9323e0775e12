"""What a channel is drawn with: colours, lengths, text with Discord's Markdown, the few emoji that the bot uses.

Everything is an image; images are laid on top of each other and below each other.
"""  # noqa: INP001 - beside a script, and no package

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

from sandbox.demo.markup import relative
from sandbox.demo.processes import ROOT
from sandbox.discord.client import Message

BOLD_FACE = ROOT / "sandbox" / "oxen" / "data" / "DejaVuSans-Bold.ttf"

SCALE = 2  # dots for a pixel of the page
PAD = 2.5
# Widths: of the whole, of the list of channels, of the edge left of texts, of cards, of videos.
WIDTH, SIDE, GUTTER, CARD, FRAME = 840, 172, 68, 500, 328
GROUND, SIDEBAR, LINE, CHOSEN = "#313338", "#2b2d31", "#232428", "#404249"
TEXT, STRONG, FAINT, LINK = "#dbdee1", "#f2f3f5", "#949ba4", "#c9cdfb"
PANEL, BORDER, BUTTON, PILL, RINGS, GOLD = "#2b2d31", "#3f4147", "#4e5058", "#3c4270", "#403d38", "#f0b232"
FACES = {"Ada": "#eb6f92", "Bo": "#3ba3a0", "Cleo": "#9b7ede", "Dev": "#e08d3c", "Eli": "#5f9e3f", "Drover": "#5865f2"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """The channel at one moment, as `viewer` sees it.

    `names` are those of people and channels, by id; `stills` what is seen of each file, by its name, with its length in
    seconds (0 for pictures); `commands` what was used, by the message that answered it.
    """

    server: str
    channel: str
    topic: str
    channels: Sequence[str]
    viewer: str
    messages: Sequence[Message]
    names: Mapping[str, str]
    stills: Mapping[str, tuple[Image.Image, float]]
    commands: Mapping[str, str]
    at: float


def px(length: float) -> int:
    return round(length * SCALE)


def blank(width: float, height: float, colour: str) -> Image.Image:
    return Image.new("RGB", (px(width), px(height)), colour)


def smooth(width: int, height: int, draw: Callable[[ImageDraw.ImageDraw, float], None]) -> Image.Image:
    """A mask of that many pixels, with smooth edges. `draw` gets what to draw on, and how many dots a pixel has."""
    fine = 4
    mask = Image.new("L", (width * fine, height * fine), 0)
    draw(ImageDraw.Draw(mask), fine)
    return mask.resize((width, height), Image.Resampling.LANCZOS)


def rounded(image: Image.Image, radius: float) -> Image.Image:
    """The mask by which `image` gets round corners."""

    def corners(draw: ImageDraw.ImageDraw, fine: float) -> None:
        box = (0, 0, image.width * fine - 1, image.height * fine - 1)
        draw.rounded_rectangle(box, radius * SCALE * fine, fill=255)

    return smooth(image.width, image.height, corners)


def stacked(images: Sequence[Image.Image], colour: str, gap: float = 0) -> Image.Image:
    height = sum(image.height for image in images) + px(gap) * (len(images) - 1)
    found = Image.new("RGB", (max(image.width for image in images), height), colour)
    y = 0
    for image in images:
        found.paste(image, (0, y))
        y += image.height + px(gap)
    return found


def framed(
    image: Image.Image, colour: str, *, left: float = 0, top: float = 0, right: float = 0, bottom: float = 0
) -> Image.Image:
    """With an edge around it."""
    wide, high = image.width + px(left) + px(right), image.height + px(top) + px(bottom)
    found = Image.new("RGB", (wide, high), colour)
    found.paste(image, (px(left), px(top)))
    return found


# Text: runs of one style, wrapped between words.


@dataclass(frozen=True, slots=True)
class Run:
    text: str
    bold: bool = False
    colour: str | None = None
    ground: str | None = None
    emoji: bool = False


_TOKEN = re.compile(
    r"<@(?P<user>\d+)>|<t:(?P<time>\d+):R>|\*\*(?P<bold>.+?)\*\*|\\(?P<plain>.)|(?P<emoji>[⏳🎬✅🚫❌💵])"
)


def runs(text: str, taken: Taken) -> list[Run]:
    """Discord's Markdown, as far as the bot's messages use it."""
    found: list[Run] = []
    end, text = 0, text.replace("\u00d7", "x")  # the face has no sign for times
    for match in _TOKEN.finditer(text):
        found.append(Run(text[end : match.start()]))
        end = match.end()
        if match["user"]:
            found.append(Run(f"@{taken.names[match['user']]}", colour=LINK, ground=PILL))
        elif match["time"]:
            found.append(Run(relative(taken.at - int(match["time"])), ground=CHOSEN))
        elif match["bold"]:
            found.append(Run(match["bold"], bold=True))
        elif match["emoji"]:
            found.append(Run(match["emoji"], emoji=True))
        else:
            found.append(Run(match["plain"]))
    return [run for run in (*found, Run(text[end:])) if run.text]


class Pen:
    """Writes runs in one size and colour. Pillow's own face, made bold by a stroke."""

    def __init__(self, points: float, colour: str, *, bold: bool = False) -> None:
        self.font = ImageFont.load_default(points * SCALE)
        self.points, self.colour, self.bold = points, colour, bold
        self.line = points * 1.42

    def width(self, text: str, *, bold: bool) -> float:
        return self.font.getlength(text) + (0.5 * SCALE if bold else 0)

    def write(self, pieces: Sequence[Run], width: float, ground: str) -> Image.Image:
        """The runs on as many lines as they need."""
        lines: list[list[tuple[float, Run]]] = [[]]
        x = 0.0
        for word in _words(pieces):
            wide = self._room(word)
            if x + wide > px(width) and lines[-1] and word.text.strip():
                lines.append([])
                x = 0.0
            if x or word.text.strip():
                lines[-1].append((x, word))
                x += wide
        found = blank(width, self.line * len(lines), ground)
        for number, line in enumerate(lines):
            for at, word in line:
                self._put(found, at, px(self.line * number), word)
        return found

    def _room(self, word: Run) -> float:
        if word.emoji:
            return px(self.points * 1.3)
        return self.width(word.text, bold=word.bold or self.bold) + (2 * px(PAD) if word.ground else 0)

    def _put(self, image: Image.Image, x: float, y: int, word: Run) -> None:
        if word.emoji:
            side = px(self.points * 1.15)
            image.paste(*_placed(emoji(word.text, side), round(x), y + px(self.line - self.points * 1.15) // 2))
            return
        bold = word.bold or self.bold
        draw = ImageDraw.Draw(image)
        if word.ground is not None:
            patch = Image.new("RGB", (round(self._room(word)), px(self.line - 2)), word.ground)
            image.paste(patch, (round(x), y + px(1)), rounded(patch, 3))
            x += px(PAD)
        middle = (x, y + px(self.line * 0.5))
        fill = word.colour or (STRONG if bold and self.colour == TEXT else self.colour)
        stroke = 0.5 if bold else 0
        draw.text(middle, word.text, font=self.font, fill=fill, anchor="lm", stroke_width=stroke, stroke_fill=fill)


def _words(pieces: Sequence[Run]) -> list[Run]:
    return [
        Run(word, run.bold, run.colour, run.ground, run.emoji)
        for run in pieces
        for word in ([run.text] if run.ground or run.emoji else re.findall(r"\S+|\s+", run.text))
    ]


def _placed(image: Image.Image, x: int, y: int) -> tuple[Image.Image, tuple[int, int], Image.Image]:
    return image.convert("RGB"), (x, y), image.getchannel("A")


def emoji(which: str, side: int) -> Image.Image:
    """No face at hand has emoji: the few that are needed, drawn on a field of 36 by 36."""
    fine = side * 4
    image = Image.new("RGBA", (fine, fine), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    unit = fine / 36

    def at(*numbers: float) -> list[float]:
        return [number * unit for number in numbers]

    if which == "✅":
        draw.rounded_rectangle(at(1, 1, 35, 35), 5 * unit, fill="#77b255")
        draw.line(at(8, 19, 15, 26, 28, 10), fill="white", width=round(4.5 * unit), joint="curve")
    elif which == "🎬":
        draw.rounded_rectangle(at(2, 14, 34, 34), 3 * unit, fill="#4a5259")
        draw.rounded_rectangle(at(2, 4, 34, 13), 2 * unit, fill="#8899a6")
        for x in (4, 13, 22):
            draw.polygon(at(x + 3, 4, x + 8, 4, x + 5, 13, x, 13), fill="#f5f8fa")
            draw.polygon(at(x, 14, x + 5, 14, x + 8, 20, x + 3, 20), fill="#f5f8fa")
    elif which == "⏳":
        draw.polygon(at(8, 5, 28, 5, 28, 10, 20, 18, 28, 26, 28, 31, 8, 31, 8, 26, 16, 18, 8, 10), fill="#bdddf4")
        draw.polygon(at(11, 10, 25, 10, 18, 17), fill="#ffac33")
        draw.polygon(at(18, 22, 26, 31, 10, 31), fill="#ffac33")
        for y in (2, 30):
            draw.rounded_rectangle(at(5, y, 31, y + 4), 2 * unit, fill="#3b88c3")
    elif which == "❌":
        for line in (at(6, 6, 30, 30), at(30, 6, 6, 30)):
            draw.line(line, fill="#dd2e44", width=round(6 * unit))
    elif which == "💵":
        draw.rounded_rectangle(at(1, 9, 35, 28), 2 * unit, fill="#5c913b")
        draw.rounded_rectangle(at(4, 12, 32, 25), 2 * unit, fill="#a7d28b")
        draw.ellipse(at(12, 12.5, 24, 24.5), fill="#5c913b")
    else:
        draw.ellipse(at(2, 2, 34, 34), outline="#dd2e44", width=round(4.5 * unit))
        draw.line(at(9, 9, 27, 27), fill="#dd2e44", width=round(4.5 * unit))
    return image.resize((side, side), Image.Resampling.LANCZOS)

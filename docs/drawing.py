"""A channel of Discord's, drawn with Pillow: messages, cards, buttons, a video. Knows as much of it as the bot uses.

Everything is an image; images are laid on top of each other and below each other.
"""  # noqa: INP001 - beside a script, and no package

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from sandbox.demo.markup import relative, size
from sandbox.demo.processes import ROOT
from sandbox.discord.client import Message

VIEWER, CHANNEL = "Bo", "video-lab"
BOLD_FACE = ROOT / "sandbox" / "oxen" / "data" / "DejaVuSans-Bold.ttf"

SCALE = 2  # dots for a pixel of the page
PAD = 2.5
# Widths: of the whole, of the list of channels, of the edge left of texts, of cards, of videos.
WIDTH, SIDE, GUTTER, CARD, FRAME = 840, 172, 68, 500, 328
GROUND, SIDEBAR, LINE, CHOSEN = "#313338", "#2b2d31", "#232428", "#404249"
TEXT, STRONG, FAINT, LINK = "#dbdee1", "#f2f3f5", "#949ba4", "#c9cdfb"
PANEL, BORDER, BUTTON, PILL, RINGS, GOLD = "#2b2d31", "#3f4147", "#4e5058", "#3c4270", "#403d38", "#f0b232"
FACES = {"Ada": "#eb6f92", "Bo": "#3ba3a0", "Cleo": "#9b7ede", "Dev": "#e08d3c", "Drover": "#5865f2"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """The channel at one moment, as `VIEWER` sees it; `frame` is one of the video that was posted."""

    messages: Sequence[Message]
    names: dict[str, str]
    frame: Image.Image
    seconds: float
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


_TOKEN = re.compile(r"<@(?P<user>\d+)>|<t:(?P<time>\d+):R>|\*\*(?P<bold>.+?)\*\*|\\(?P<plain>.)|(?P<emoji>[⏳🎬✅🚫])")


def runs(text: str, taken: Taken) -> list[Run]:
    """Discord's Markdown, as far as the bot's messages use it."""
    found: list[Run] = []
    end = 0
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
    else:
        draw.ellipse(at(2, 2, 34, 34), outline="#dd2e44", width=round(4.5 * unit))
        draw.line(at(9, 9, 27, 27), fill="#dd2e44", width=round(4.5 * unit))
    return image.resize((side, side), Image.Resampling.LANCZOS)


# Pieces of a channel.


def face(name: str, side: float, ground: str) -> Image.Image:
    """A round picture with the first letter of the name."""
    found = blank(side, side, ground)
    disc = Image.new("RGB", found.size, FACES[name])
    letter = ImageFont.truetype(str(BOLD_FACE), px(side * 0.48))
    ImageDraw.Draw(disc).text((disc.width / 2, disc.height * 0.51), name[0], font=letter, fill="white", anchor="mm")
    found.paste(disc, (0, 0), rounded(disc, side / 2))
    return found


def block(content: str, taken: Taken, width: float, ground: str) -> Image.Image:
    """The lines of a text, each as its Markdown wants it."""
    return stacked([_line(line, taken, width, ground) for line in content.split("\n")], ground, gap=1)


def _line(line: str, taken: Taken, width: float, ground: str) -> Image.Image:
    if line.startswith("### "):
        return Pen(15.5, STRONG, bold=True).write(runs(line[4:], taken), width, ground)
    if line.startswith("-# "):
        return Pen(11, FAINT).write(runs(line[3:], taken), width, ground)
    if line.startswith("> "):
        quoted = Pen(14, TEXT).write(runs(line[2:], taken), width - 14, ground)
        found = framed(quoted, ground, left=14)
        bar = Image.new("RGB", (px(4), found.height), "#4e5058")
        found.paste(bar, (0, 0), rounded(bar, 2))
        return found
    return Pen(14, TEXT).write(runs(line, taken), width, ground)


def container(part: dict[str, Any], taken: Taken) -> Image.Image:
    """A card: texts, rules and buttons on a panel with a coloured edge."""
    inner = CARD - 34
    pieces = [_component(one, taken, inner) for one in part["components"]]
    panel = framed(stacked(pieces, PANEL, gap=8), PANEL, left=18, top=14, right=16, bottom=12)
    edge = Image.new("RGB", (px(4), panel.height), f"#{part['accent_color']:06x}")
    panel.paste(edge, (0, 0))
    card = Image.new("RGB", (panel.width + 2, panel.height + 2), BORDER)
    card.paste(panel, (1, 1), rounded(panel, 7))
    found = Image.new("RGB", card.size, GROUND)
    found.paste(card, (0, 0), rounded(card, 8))
    return found


def _component(part: dict[str, Any], taken: Taken, width: float) -> Image.Image:
    match part["type"]:
        case 10:
            return block(part["content"], taken, width, PANEL)
        case 14:
            return framed(blank(width, 1, BORDER), PANEL, top=2, bottom=2)
        case 1:
            return _button(part["components"][0]["label"])
        case other:
            raise LookupError(f"component {other}")


def _button(label: str) -> Image.Image:
    pen = Pen(13, STRONG, bold=True)
    wide = pen.width(label, bold=True) / SCALE
    face_of_it = framed(pen.write([Run(label)], wide + 1, BUTTON), BUTTON, left=15, top=7, right=15, bottom=7)
    found = Image.new("RGB", face_of_it.size, PANEL)
    found.paste(face_of_it, (0, 0), rounded(face_of_it, 7))
    return found


def player(taken: Taken) -> Image.Image:
    """The video as the channel shows it, half-way through."""
    high = FRAME * taken.frame.height // taken.frame.width
    shown = taken.frame.resize((px(FRAME), px(high)), Image.Resampling.LANCZOS)
    shade = Image.linear_gradient("L").resize((shown.width, px(60))).point(lambda level: level * 0.75)
    shown.paste(Image.new("RGB", shade.size, "black"), (0, shown.height - shade.height), shade)
    draw = ImageDraw.Draw(shown)
    x, y, wide = px(14), shown.height - px(17), shown.width
    triangle = smooth(px(12), px(13), _triangle)
    shown.paste(Image.new("RGB", triangle.size, "white"), (x, y - px(6.5)), triangle)
    half, total = (f"{int(s) // 60}:{int(s) % 60:02}" for s in (taken.seconds / 2, taken.seconds))
    draw.text((px(36), y), f"{half} / {total}", font=ImageFont.load_default(11 * SCALE), fill="white", anchor="lm")
    left, right = px(96), wide - px(16)
    for end, colour in ((right, "#8a8d92"), ((left + right) // 2, "#5865f2")):
        bar = Image.new("RGB", (end - left, px(4)), colour)
        shown.paste(bar, (left, y - px(2)), rounded(bar, 2))
    found = Image.new("RGB", shown.size, RINGS)
    found.paste(shown, (0, 0), rounded(shown, 8))
    return found


def _triangle(draw: ImageDraw.ImageDraw, fine: float) -> None:
    draw.polygon([(0, 0), (px(12) * fine, px(6.5) * fine), (0, px(13) * fine)], fill=255)


def _spine(draw: ImageDraw.ImageDraw, fine: float) -> None:
    """From above the author's picture to the line above the author's name."""
    draw.rounded_rectangle((0, 0, px(80) * fine, px(80) * fine), px(7) * fine, outline=255, width=round(px(2) * fine))


def message(one: Message, taken: Taken, width: float) -> Image.Image:
    """One message with what it answers above it; it glows where it rings for whoever looks."""
    rings = VIEWER in one.pinged
    ground = RINGS if rings else GROUND
    inner = width - GUTTER - 20
    parts: list[Image.Image] = [_author(one, taken, inner, ground)]
    if one.content:
        parts.append(block(one.content, taken, inner, ground))
    parts += [container(part, taken) for part in one.raw["components"]]
    for file in one.attachments:
        caption = f"{file.filename} · {size(file.size)}"
        parts += [player(taken), Pen(11, FAINT).write([Run(caption)], inner, ground)]
    body = framed(stacked(parts, ground, gap=4), ground, left=GUTTER)
    body.paste(face("Drover", 40, ground), (px(16), px(2)))
    above = framed(_occasion(one, taken, inner, ground), ground, left=GUTTER)
    spine = smooth(px(28), px(12), _spine)
    above.paste(Image.new("RGB", spine.size, "#4e5058"), (px(35), px(8)), spine)
    content = stacked([above, body], ground, gap=3)
    found = Image.new("RGB", (px(width), content.height + px(14)), ground)
    found.paste(content, (0, px(7)))
    if rings:
        found.paste(GOLD, (0, 0, px(2.5), found.height))
    return framed(found, GROUND, top=4, bottom=4)


def _author(one: Message, taken: Taken, width: float, ground: str) -> Image.Image:
    name = Pen(14.5, STRONG, bold=True)
    author = taken.names[one.raw["author"]["id"]]
    found = name.write([Run(author)], width, ground)
    x = name.width(author, bold=True) + px(6)
    tag = Image.new("RGB", (px(28), px(14)), FACES["Drover"])
    small = ImageFont.load_default(9.5 * SCALE)
    ImageDraw.Draw(tag).text((px(14), px(7)), "APP", font=small, fill="white", anchor="mm", stroke_width=0.5)
    found.paste(tag, (round(x), px(4)), rounded(tag, 3))
    clock = f"Today at {datetime.fromisoformat(one.created).astimezone():%H:%M}"
    middle = (x + px(36), found.height / 2 + px(1))
    ImageDraw.Draw(found).text(middle, clock, font=ImageFont.load_default(11 * SCALE), fill=FAINT, anchor="lm")
    return found


def _occasion(one: Message, taken: Taken, width: float, ground: str) -> Image.Image:
    """The small line above a message: the command it answers, or the message it replies to."""
    asked = one.raw.get("interaction_metadata")
    small = Pen(12.5, FAINT)
    if asked is not None:
        who = taken.names[asked["user"]["id"]]
        kind = "image" if "image" in one.text.lower() else "video"
        said = [Run(f"{who} ", bold=True, colour=TEXT), Run("used "), Run(f"/{kind}", colour=LINK, ground=PILL)]
    else:
        who = "Drover"
        card = next(other for other in taken.messages if other.id == one.reply_to)
        title = card.text.split("\n")[0].removeprefix("### ")
        said = [Run(f"{who} ", bold=True, colour=TEXT), *runs(title, taken)]
    line = small.write(said, width - 22, ground)
    found = framed(line, ground, left=22)
    found.paste(face(who, 16, ground), (0, px(1)))
    return found


def sidebar(height: int) -> Image.Image:
    found = Image.new("RGB", (px(SIDE), height), SIDEBAR)
    found.paste(LINE, (0, px(47), px(SIDE), px(48)))
    found.paste(Pen(14.5, STRONG, bold=True).write([Run("Film Club")], SIDE - 32, SIDEBAR), (px(16), px(14)))
    found.paste(Pen(10.5, FAINT, bold=True).write([Run("TEXT CHANNELS")], SIDE - 32, SIDEBAR), (px(16), px(64)))
    for number, name in enumerate(("general", CHANNEL)):
        chosen = name == CHANNEL
        ground = CHOSEN if chosen else SIDEBAR
        text = [Run("# ", colour=FAINT), Run(name)]
        written = Pen(14, STRONG if chosen else FAINT).write(text, SIDE - 36, ground)
        row = framed(written, ground, left=10, top=5, right=10, bottom=5)
        found.paste(row, (px(8), px(86 + 33 * number)), rounded(row, 4))
    return found


def heading(width: float) -> Image.Image:
    found = blank(width, 48, GROUND)
    found.paste(LINE, (0, px(47), px(width), px(48)))
    text = [Run("#  ", colour=FAINT), Run(CHANNEL, bold=True), Run("     Moving pictures", colour=FAINT)]
    found.paste(Pen(14.5, STRONG).write(text, width - 40, GROUND), (px(18), px(14)))
    return found


def draw(taken: Taken) -> Image.Image:
    width = WIDTH - SIDE
    messages = [message(one, taken, width) for one in taken.messages]
    main = stacked([heading(width), *messages, blank(width, 10, GROUND)], GROUND, gap=2)
    whole = Image.new("RGB", (px(WIDTH), main.height), GROUND)
    whole.paste(sidebar(main.height), (0, 0))
    whole.paste(main, (px(SIDE), 0))
    return whole

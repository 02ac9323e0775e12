"""A channel of Discord's, drawn with Pillow: messages, cards, buttons, files. Knows as much of it as the bot uses."""  # noqa: INP001 - beside a script, and no package

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from PIL import Image, ImageDraw, ImageFont
from strokes import (
    BOLD_FACE,
    BORDER,
    BUTTON,
    CARD,
    CHOSEN,
    FACES,
    FAINT,
    FRAME,
    GOLD,
    GROUND,
    GUTTER,
    LINE,
    LINK,
    PANEL,
    PILL,
    RINGS,
    SCALE,
    SIDE,
    SIDEBAR,
    STRONG,
    TEXT,
    WIDTH,
    Pen,
    Run,
    Taken,
    blank,
    framed,
    px,
    rounded,
    runs,
    smooth,
    stacked,
)

from sandbox.demo.markup import size
from sandbox.discord.client import Message

_PRIMARY = "#5865f2"
_PRIVATE = 1 << 6  # a message's flag: for one member only


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
            return _beside([_button(one) for one in part["components"]])
        case 12:
            name = part["items"][0]["media"]["url"].rpartition("/")[2].partition("?")[0]
            return _picture(taken.stills[name][0], width)
        case other:
            raise LookupError(f"component {other}")


def _beside(images: Sequence[Image.Image]) -> Image.Image:
    found = Image.new("RGB", (sum(image.width + px(8) for image in images), images[0].height), PANEL)
    x = 0
    for image in images:
        found.paste(image, (x, 0))
        x += image.width + px(8)
    return found


def _picture(image: Image.Image, width: float) -> Image.Image:
    shown = image.resize((px(width), px(width) * image.height // image.width), Image.Resampling.LANCZOS)
    found = Image.new("RGB", shown.size, PANEL)
    found.paste(shown, (0, 0), rounded(shown, 8))
    return found


def _button(part: dict[str, Any]) -> Image.Image:
    label, ground = part["label"], _PRIMARY if part["style"] == 1 else BUTTON
    pen = Pen(13, STRONG, bold=True)
    wide = pen.width(label, bold=True) / SCALE
    face_of_it = framed(pen.write([Run(label)], wide + 1, ground), ground, left=15, top=7, right=15, bottom=7)
    found = Image.new("RGB", face_of_it.size, PANEL)
    found.paste(face_of_it, (0, 0), rounded(face_of_it, 7))
    return found


def player(frame: Image.Image, seconds: float) -> Image.Image:
    """A video as the channel shows it, half-way through."""
    high = FRAME * frame.height // frame.width
    shown = frame.resize((px(FRAME), px(high)), Image.Resampling.LANCZOS)
    shade = Image.linear_gradient("L").resize((shown.width, px(60))).point(lambda level: level * 0.75)
    shown.paste(Image.new("RGB", shade.size, "black"), (0, shown.height - shade.height), shade)
    draw = ImageDraw.Draw(shown)
    x, y, wide = px(14), shown.height - px(17), shown.width
    triangle = smooth(px(12), px(13), _triangle)
    shown.paste(Image.new("RGB", triangle.size, "white"), (x, y - px(6.5)), triangle)
    half, total = (f"{int(s) // 60}:{int(s) % 60:02}" for s in (seconds / 2, seconds))
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
    rings = taken.viewer in one.pinged
    ground = RINGS if rings else GROUND
    inner = width - GUTTER - 20
    parts: list[Image.Image] = [_author(one, taken, inner, ground)]
    if one.content:
        parts.append(block(one.content, taken, inner, ground))
    parts += [container(part, taken) for part in one.raw["components"]]
    for file in one.attachments if not one.components_v2 else ():
        caption = f"{file.filename} · {size(file.size)}"
        parts += [player(*taken.stills[file.filename]), Pen(11, FAINT).write([Run(caption)], inner, ground)]
    if one.flags & _PRIVATE:
        parts.append(Pen(11, FAINT).write([Run("Only you can see this")], inner, ground))
    body = framed(stacked(parts, ground, gap=4), ground, left=GUTTER)
    body.paste(face("Drover", 40, ground), (px(16), px(2)))
    above = framed(_context(one, taken, inner, ground), ground, left=GUTTER)
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


def _context(one: Message, taken: Taken, width: float, ground: str) -> Image.Image:
    """The small line above a message: the command it answers, or the message it replies to."""
    asked = one.raw.get("interaction_metadata")
    small = Pen(12.5, FAINT)
    if asked is not None:
        who = taken.names[asked["user"]["id"]]
        said = [
            Run(f"{who} ", bold=True, colour=TEXT),
            Run("used "),
            Run(taken.commands[one.id], colour=LINK, ground=PILL),
        ]
    else:
        who = "Drover"
        card = next(other for other in taken.messages if other.id == one.reply_to)
        title = card.text.split("\n")[0].removeprefix("### ")
        said = [Run(f"{who} ", bold=True, colour=TEXT), *runs(title, taken)]
    line = small.write(said, width - 22, ground)
    found = framed(line, ground, left=22)
    found.paste(face(who, 16, ground), (0, px(1)))
    return found


def sidebar(taken: Taken, height: int) -> Image.Image:
    found = Image.new("RGB", (px(SIDE), height), SIDEBAR)
    found.paste(LINE, (0, px(47), px(SIDE), px(48)))
    found.paste(Pen(14.5, STRONG, bold=True).write([Run(taken.server)], SIDE - 32, SIDEBAR), (px(16), px(14)))
    found.paste(Pen(10.5, FAINT, bold=True).write([Run("TEXT CHANNELS")], SIDE - 32, SIDEBAR), (px(16), px(64)))
    for number, name in enumerate(taken.channels):
        chosen = name == taken.channel
        ground = CHOSEN if chosen else SIDEBAR
        text = [Run("# ", colour=FAINT), Run(name)]
        written = Pen(14, STRONG if chosen else FAINT).write(text, SIDE - 36, ground)
        row = framed(written, ground, left=10, top=5, right=10, bottom=5)
        found.paste(row, (px(8), px(86 + 33 * number)), rounded(row, 4))
    return found


def heading(taken: Taken, width: float) -> Image.Image:
    found = blank(width, 48, GROUND)
    found.paste(LINE, (0, px(47), px(width), px(48)))
    text = [Run("#  ", colour=FAINT), Run(taken.channel, bold=True), Run(f"     {taken.topic}", colour=FAINT)]
    found.paste(Pen(14.5, STRONG).write(text, width - 40, GROUND), (px(18), px(14)))
    return found


def draw(taken: Taken) -> Image.Image:
    width = WIDTH - SIDE
    messages = [message(one, taken, width) for one in taken.messages]
    main = stacked([heading(taken, width), *messages, blank(width, 10, GROUND)], GROUND, gap=2)
    whole = Image.new("RGB", (px(WIDTH), main.height), GROUND)
    whole.paste(sidebar(taken, main.height), (0, 0))
    whole.paste(main, (px(SIDE), 0))
    return whole

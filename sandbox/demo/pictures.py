"""A picture of the demo's own, and whether a film or a larger picture shows another one."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from PIL.Image import Image

_SIZE = (1280, 720)
_SKY, _HAZE, _SEA, _DEEP, _SUN, _PAPER, _FOLD = (
    *("#8fc9e8", "#fbe3c6", "#3f7fb3", "#1d4f7c"),
    *("#ffd166", "#fdfdf8", "#d9dee6"),
)
_COMPARED = (64, 36)  # dots to which pictures are reduced before they are compared
_UPPER = (0, 0, 64, 20)  # of those: the part that the stand-in writes no words on
_ALIKE = 12.0  # the mean difference of a channel, of 255, at which two pictures still count as the same one


def draw(path: Path) -> Path:
    """A paper boat on the sea, as a PNG of 1280x720."""
    from PIL import Image, ImageDraw

    picture = Image.new("RGB", _SIZE)
    picture.paste(_faded(_SKY, _HAZE, (_SIZE[0], 430)), (0, 0))
    picture.paste(_faded(_SEA, _DEEP, (_SIZE[0], _SIZE[1] - 430)), (0, 430))
    drawing = ImageDraw.Draw(picture)
    drawing.ellipse((960, 70, 1090, 200), fill=_SUN)
    drawing.polygon([(640, 190), (520, 400), (760, 400)], fill=_PAPER)
    drawing.polygon([(640, 190), (640, 400), (760, 400)], fill=_FOLD)
    drawing.polygon([(380, 350), (900, 350), (790, 490), (490, 490)], fill=_PAPER)
    drawing.polygon([(640, 400), (900, 350), (790, 490), (640, 490)], fill=_FOLD)
    picture.save(path)
    return path


def first_frame(path: Path) -> "Image":
    import av

    with av.open(str(path)) as film:
        frame: Any = next(film.decode(video=0))
        return cast("Image", frame.to_image())


def opened(path: Path) -> "Image":
    from PIL import Image

    with Image.open(path) as picture:
        return picture.convert("RGB")


def alike(one: "Image", other: "Image") -> bool:
    """Whether both show the same, whatever their sizes, and whatever is written across their lower half."""
    from PIL import ImageChops, ImageStat

    reduced = [picture.convert("RGB").resize(_COMPARED).crop(_UPPER) for picture in (one, other)]
    return max(ImageStat.Stat(ImageChops.difference(*reduced)).mean) < _ALIKE


def _faded(top: str, bottom: str, size: tuple[int, int]) -> "Image":
    from PIL import Image

    mask = Image.linear_gradient("L").resize(size)
    return Image.composite(Image.new("RGB", size, bottom), Image.new("RGB", size, top), mask)

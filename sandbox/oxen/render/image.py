"""PNG, JPEG and WebP files."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter, ImageOps

from sandbox.oxen.inputs.values import Input, Role, first
from sandbox.oxen.render.lettering import Overlay, overlays
from sandbox.oxen.render.looks import Treatment
from sandbox.oxen.render.plan import Look, Plan
from sandbox.oxen.render.scene import Scene
from sandbox.oxen.render.stills import ASIDE, CENTRAL, cards, fitted, opened

STILL_DETAIL = 640
# Encoders at their quick settings: a 4K PNG in a second, not in ten.
ENCODERS = {
    "png": ("PNG", {"compress_level": 2}),
    "jpg": ("JPEG", {"quality": 90}),
    "webp": ("WEBP", {"quality": 85, "method": 1}),
}


def write_image(plan: Plan, path: Path) -> None:
    picture = np.array(_ground(plan))
    for overlay in overlays(plan.shots[0].caption, plan.footer, plan.width, plan.height, low=bool(plan.inputs)):
        _lay(picture, overlay)
    encoder, options = ENCODERS[plan.extension]
    Image.fromarray(picture).save(path, encoder, **options)


def _ground(plan: Plan) -> Image.Image:
    """A landscape, or the picture that came along, and the references on cards."""
    size = plan.width, plan.height
    start = first(plan.inputs, Role.START)
    if start is None:
        landscape = Scene(plan.entropy, *size, detail=STILL_DETAIL).at(0)
        ground = Image.fromarray(landscape).resize(size, Image.Resampling.BICUBIC)
    else:
        ground = _edited(plan, start)
    references = [each for each in plan.inputs if each.role is Role.REFERENCE]
    for card, corner in cards(references, size, ASIDE if start else CENTRAL):
        ground.paste(card, corner)
    return ground


def _edited(plan: Plan, start: Input) -> Image.Image:
    size = plan.width, plan.height
    before = fitted(opened(start.path), size)
    if plan.look is Look.FAITHFUL:
        return before.filter(ImageFilter.UnsharpMask(radius=2, percent=60))
    after = Treatment(plan, plan.entropy).of(before, 0)
    mask = first(plan.inputs, Role.MASK)
    return Image.composite(after, before, _mask(mask.path, size)) if mask else after


def _mask(path: Path, size: tuple[int, int]) -> Image.Image:
    """Where to edit: where the mask is transparent, or white if it has no transparency."""
    with Image.open(path) as mask:
        upright = ImageOps.exif_transpose(mask)
        alpha = upright.convert("RGBA").getchannel("A")
        where = ImageOps.invert(alpha) if alpha.getextrema() != (255, 255) else upright.convert("L")
    return ImageOps.fit(where, size, Image.Resampling.BILINEAR)


def _lay(picture: "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]", overlay: Overlay) -> None:
    rows, columns = overlay.keep.shape
    region = picture[overlay.top : overlay.top + rows, overlay.left : overlay.left + columns]
    mixed = region * overlay.keep[..., None] + overlay.ink[..., None] * np.float32(255)
    region[...] = mixed.astype(np.uint8)

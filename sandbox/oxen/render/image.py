"""PNG, JPEG and WebP files."""

from pathlib import Path

import numpy as np
from PIL import Image

from sandbox.oxen.render.lettering import Overlay, overlays
from sandbox.oxen.render.plan import Plan
from sandbox.oxen.render.scene import Scene

STILL_DETAIL = 640
# Encoders at their quick settings: a 4K PNG in a second, not in ten.
ENCODERS = {
    "png": ("PNG", {"compress_level": 2}),
    "jpg": ("JPEG", {"quality": 90}),
    "webp": ("WEBP", {"quality": 85, "method": 1}),
}


def write_image(plan: Plan, path: Path) -> None:
    size = plan.width, plan.height
    ground = Scene(plan.entropy, *size, detail=STILL_DETAIL).at(0)
    picture = np.array(Image.fromarray(ground).resize(size, Image.Resampling.BICUBIC))
    for overlay in overlays(plan.shots[0].caption, plan.footer, *size):
        _lay(picture, overlay)
    encoder, options = ENCODERS[plan.extension]
    Image.fromarray(picture).save(path, encoder, **options)


def _lay(picture: "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]", overlay: Overlay) -> None:
    rows, columns = overlay.keep.shape
    region = picture[overlay.top : overlay.top + rows, overlay.left : overlay.left + columns]
    mixed = region * overlay.keep[..., None] + overlay.ink[..., None] * np.float32(255)
    region[...] = mixed.astype(np.uint8)

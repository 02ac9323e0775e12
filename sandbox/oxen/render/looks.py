"""What becomes of a picture that is reworked: other light, its depth, its subject, or nothing at all."""

from random import Random

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from sandbox.oxen.render.plan import Look, Plan
from sandbox.oxen.render.scene import Scene, color

TINT, GLEAM = 0.2, 0.55
# A few colours of each map, from far to near.
COLORMAPS = {
    "grayscale": ("#000000", "#ffffff"),
    "turbo": ("#30123b", "#28bbec", "#a2fc3c", "#fb8022", "#7a0403"),
    "inferno": ("#000004", "#57106e", "#bc3754", "#f98e09", "#fcffa4"),
    "magma": ("#000004", "#51127c", "#b73779", "#fc8961", "#fcfdbf"),
    "viridis": ("#440154", "#3b528b", "#21918c", "#5ec962", "#fde725"),
}


class Treatment:
    """`of(picture, time)` for the plan's look, the same for the same entropy."""

    def __init__(self, plan: Plan, entropy: bytes) -> None:
        self._look = plan.look
        self._colors = COLORMAPS.get(plan.colormap, COLORMAPS["grayscale"])
        self._scene = Scene(entropy, plan.width, plan.height)
        hue = Random(entropy + b"tint").random()
        self._tint: tuple[int, int, int] = tuple((color(hue, 0.75, 0.9) * 255).astype(int).tolist())

    def of(self, picture: Image.Image, time: float) -> Image.Image:
        match self._look:
            case Look.FAITHFUL:
                return picture.copy()
            case Look.DEPTH:
                return self._depth(picture)
            case Look.CUT_OUT:
                return self._cut_out(picture)
            case Look.REPAINTED:
                return self.repainted(picture, time)

    def repainted(self, picture: Image.Image, time: float) -> Image.Image:
        """The same things in the light of another hour."""
        rich = ImageEnhance.Color(picture).enhance(1.25)
        tinted = Image.blend(rich, Image.new("RGB", rich.size, self._tint), TINT)
        lights = Image.fromarray(self._scene.lights(time, GLEAM)).resize(rich.size, Image.Resampling.BILINEAR)
        return ImageChops.screen(tinted, lights)

    def _depth(self, picture: Image.Image) -> Image.Image:
        """Taken from the light, softened: dark is near. Nobody measures it, but it follows the picture."""
        blur = max(1, picture.height // 90)
        near = ImageOps.autocontrast(ImageOps.invert(picture.convert("L")).filter(ImageFilter.GaussianBlur(blur)))
        return near.convert("RGB") if len(self._colors) == len(COLORMAPS["grayscale"]) else self._mapped(near)

    def _mapped(self, gray: Image.Image) -> Image.Image:
        stops = np.array([tuple(bytes.fromhex(each[1:])) for each in self._colors], dtype=np.float32)
        at = np.linspace(0, len(stops) - 1, 256)
        table = np.stack([np.interp(at, range(len(stops)), stops[:, i]) for i in range(3)], axis=1).astype(np.uint8)
        return Image.fromarray(table[np.asarray(gray)])

    def _cut_out(self, picture: Image.Image) -> Image.Image:
        """The middle of the picture in colour, outlined, the rest grey and dim."""
        width, height = picture.size
        mask = Image.new("L", picture.size)
        box = width * 0.28, height * 0.18, width * 0.72, height * 0.86
        ImageDraw.Draw(mask).ellipse(box, fill=255)
        rest = ImageEnhance.Brightness(picture.convert("L").convert("RGB")).enhance(0.45)
        cut = Image.composite(picture, rest, mask)
        ImageDraw.Draw(cut).ellipse(box, outline=self._tint, width=max(2, height // 120))
        return cut

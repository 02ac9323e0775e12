"""What becomes of inputs, storyboards and edits: looked at, frame by frame."""

import base64
import io
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from sandbox.oxen.catalogue import Catalogue
from sandbox.oxen.inputs.looking import look
from sandbox.oxen.inputs.slots import wanted
from sandbox.oxen.inputs.values import Input, Wanted
from sandbox.oxen.parameters import checked
from sandbox.oxen.render.image import write_image
from sandbox.oxen.render.plan import Plan, plan
from sandbox.oxen.render.video import write_video
from tests.sandbox_oxen import files
from tests.sandbox_oxen.support import IMAGE_MODEL, SHOTS_MODEL, SMALL_MODEL, Conforms, Start

CATALOGUE = Catalogue.from_file()
FILES: dict[str, Callable[[], bytes]] = {
    "red.png": files.picture,
    "blue.png": lambda: files.picture(files.BLUE),
    "tall.png": lambda: files.picture(size=files.TALL),
    "film.mp4": files.film,
    "turned.mp4": files.turned_film,
    "silent.mp4": lambda: files.film(sound=False),
    "sound.wav": files.sound,
}
Frames = list[npt.NDArray[np.int16]]
Making = Callable[..., tuple[Path, Plan]]


@pytest.fixture
def make(tmp_path: Path) -> Making:
    """Renders an order whose inputs are named by file; the result, and its plan."""

    def made(model_id: str, sketch: bool = True, **parameters: Any) -> tuple[Path, Plan]:
        model = CATALOGUE.get(model_id)
        assert model is not None
        order = {"prompt": "a fox", **parameters}
        inputs = [_input(tmp_path, each) for each in wanted(model, checked(model, order))]
        what = plan(model, order, 0, tuple(inputs))
        path = tmp_path / f"result.{what.extension}"
        if what.media_type == "image":
            write_image(what, path)
        else:
            write_video(what, path, lambda: False, sketch=sketch)
        return path, what

    return made


def _input(folder: Path, asked: Wanted) -> Input:
    path = folder / f"{asked.name}.input"
    path.write_bytes(FILES[asked.uri.removeprefix("https://x/")]())
    facts = look(path, asked.kind)
    return Input(
        name=asked.name,
        kind=asked.kind,
        role=asked.role,
        path=path,
        width=facts.width,
        height=facts.height,
        seconds=facts.seconds,
        rate=facts.rate,
        sounds=facts.sounds,
    )


def at(name: str) -> str:
    return f"https://x/{name}"


def frames(path: Path) -> Frames:
    """What is shown at each multiple of the last frame's duration: a sketch holds each of its frames for longer."""
    with av.open(str(path)) as opened:
        found = list(opened.decode(video=0))
    arrays = [frame.to_ndarray(format="rgb24").astype(np.int16) for frame in found]
    times = [round(frame.duration / found[-1].duration) for frame in found]
    return [array for array, count in zip(arrays, times, strict=True) for _ in range(count)]


def scaled(content: bytes, like: npt.NDArray[np.int16]) -> npt.NDArray[np.int16]:
    picture = Image.open(io.BytesIO(content)).convert("RGB").resize((like.shape[1], like.shape[0]))
    return np.asarray(picture).astype(np.int16)


def apart(one: npt.NDArray[np.int16], other: npt.NDArray[np.int16]) -> float:
    """Mean difference of the upper two thirds, where no lettering is."""
    rows = one.shape[0] * 2 // 3
    return float(np.abs(one[:rows] - other[:rows]).mean())


def alike(one: npt.NDArray[np.int16], other: npt.NDArray[np.int16]) -> float:
    """Correlation of the upper two thirds' brightness."""
    rows = one.shape[0] * 2 // 3
    return float(np.corrcoef(one[:rows].mean(axis=2).ravel(), other[:rows].mean(axis=2).ravel())[0, 1])


def sound_seconds(path: Path) -> list[float]:
    with av.open(str(path)) as opened:
        return [float((each.duration or 0) * (each.time_base or 0)) for each in opened.streams.audio]


def test_a_film_begins_with_its_picture_and_leaves_it(make: Making) -> None:
    path, made = make("kling-video-v2-5-turbo-pro-image-to-video", input_image=at("red.png"), duration=5)
    assert (made.width, made.height) == (1280, 720)
    shown = frames(path)
    before = scaled(files.picture(), shown[0])
    assert apart(shown[0], before) < 8
    assert apart(shown[-1], before) > 15


def test_a_film_ends_with_its_last_frame(make: Making) -> None:
    path, _ = make(
        "kling-video-v2-5-turbo-pro-image-to-video",
        input_image=at("red.png"),
        tail_image_url=at("blue.png"),
        duration=5,
    )
    shown = frames(path)
    red, blue = scaled(files.picture(), shown[0]), scaled(files.picture(files.BLUE), shown[0])
    assert apart(shown[0], red) < 8
    assert apart(shown[-1], blue) < 8
    middle = shown[len(shown) // 2]
    assert apart(middle, red) > 15
    assert apart(middle, blue) > 15


def test_a_loop_comes_back_to_its_picture(make: Making) -> None:
    path, _ = make("luma-ray-v3-2-image-to-video", input_image=at("red.png"), resolution="540p", loop=True)
    shown = frames(path)
    assert apart(shown[0], shown[-1]) < 8 < apart(shown[0], shown[len(shown) // 2])


def test_the_picture_gives_the_shape_where_none_is_asked(make: Making) -> None:
    model, asked = "happyhorse-1.0-i2v", {"input_image": at("tall.png"), "resolution": "720P", "duration": 3}
    _, made = make(model, **asked)
    assert (made.width, made.height) == (720, 1200)


def test_what_goes_on_from_a_film_has_its_shape(make: Making) -> None:
    _, made = make("wan-v2-7-image-to-video", input_video=at("turned.mp4"), resolution="720P", duration=2)
    assert (made.width, made.height) == (720, 960)


def test_a_film_is_worked_on_as_it_is_shown(make: Making) -> None:
    path, made = make("happyhorse-1.0-video-edit", input_video=at("turned.mp4"), resolution="720P")
    assert (made.width, made.height) == (720, 960)
    shown = frames(path)
    bright = [frame.mean(axis=2) for frame in (shown[2], shown[len(shown) // 3])]  # where no lettering is yet
    rows = [int(each.mean(axis=1)[:640].argmax()) for each in bright]
    assert rows[0] < 200 < rows[1], rows
    assert all(np.ptp(each[rows[n]]) < 60 for n, each in enumerate(bright))


def test_another_shape_shows_the_whole_picture(make: Making) -> None:
    path, made = make("google-veo-3", input_image=at("tall.png"), aspect_ratio="16:9", duration=4, resolution="720p")
    assert (made.width, made.height) == (1280, 720)
    first = frames(path)[0]
    inner = first[:, 640 - 216 : 640 + 216]
    assert apart(inner, scaled(files.picture(size=files.TALL), inner)) < 10


def test_a_storyboard_has_its_shots_in_their_lengths(make: Making) -> None:
    shots = [
        {"prompt": "a bird", "duration": 1},
        {"prompt": "clouds", "duration": 3},
        {"prompt": "the sea", "duration": 2},
    ]
    path, made = make(SHOTS_MODEL, prompt=None, multi_prompt=shots)
    shown = frames(path)
    assert len(shown) == made.seconds * 24 == 6 * 24
    steps = [np.abs(after - before).mean() for before, after in pairwise(shown)]
    cuts = sorted(int(i) + 1 for i in np.argsort(steps)[-2:])
    assert cuts == [24, 96]
    assert min(steps[23], steps[95]) > 3 * sorted(steps)[-3]


def test_a_storyboard_begins_and_ends_with_the_frames_given(make: Making) -> None:
    shots = [{"prompt": "a bird", "duration": 2}, {"prompt": "clouds", "duration": 2}]
    frame = {"start_image_url": at("red.png"), "tail_image_url": at("blue.png")}
    path, _ = make(SHOTS_MODEL, prompt=None, multi_prompt=shots, **frame)
    shown = frames(path)
    assert apart(shown[0], scaled(files.picture(), shown[0])) < 8
    assert apart(shown[-1], scaled(files.picture(files.BLUE), shown[0])) < 8


def test_references_stand_in_the_film(make: Making) -> None:
    path, _ = make(
        "happyhorse-1.0-r2v", reference_images=[at("red.png"), at("blue.png")], resolution="720P", duration=3
    )
    first = frames(path)[0]
    pixels = first.reshape(-1, 3)
    for color in (files.RED, files.BLUE):
        assert (np.abs(pixels - color).max(axis=1) < 30).mean() > 0.02
    path, _ = make("happyhorse-1.0-r2v", resolution="720P", duration=3)
    assert (np.abs(frames(path)[0].reshape(-1, 3) - files.RED).max(axis=1) < 30).mean() < 0.01


@pytest.mark.parametrize(
    ("model", "asked", "size"),
    [
        ("topazlabs-proteus-video", {"resolution": "720p"}, (960, 720)),
        ("topazlabs-video-upscale", {"target_resolution": "1080p"}, (1440, 1080)),
        ("topazlabs-hyperion-2-video", {}, (160, 120)),
        ("xai-grok-imagine-video-edit-video", {"resolution": "480p"}, (640, 480)),
        ("xai-grok-imagine-video-edit-video", {}, (160, 120)),
        ("luma-ray-v3-2-reframe", {"aspect_ratio": "9:16"}, (540, 960)),
    ],
)
def test_a_reworked_film_has_the_size_asked_for_or_its_own(
    make: Making, model: str, asked: dict[str, Any], size: tuple[int, int]
) -> None:
    path, made = make(model, input_video=at("film.mp4"), **asked)
    shown = frames(path)
    assert (made.width, made.height) == (shown[0].shape[1], shown[0].shape[0]) == size
    assert made.seconds == files.FILM_SECONDS


def test_an_enlarged_film_shows_the_same(make: Making, tmp_path: Path) -> None:
    path, made = make(
        "topazlabs-proteus-video", sketch=False, input_video=at("film.mp4"), prompt=None, resolution="720p"
    )
    (tmp_path / "before.mp4").write_bytes(files.film())
    before, after = frames(tmp_path / "before.mp4"), frames(path)
    assert made.rate == files.FILM_RATE
    assert len(before) == len(after)
    for i in (0, 12, 23):
        picture = Image.fromarray(before[i].astype(np.uint8)).resize((960, 720))
        assert apart(after[i], np.asarray(picture).astype(np.int16)) < 8


@pytest.mark.parametrize("model", ["happyhorse-1.0-video-edit", "bytedance-depth-anything-video", "sam-3-video"])
def test_an_edited_film_is_another_and_still_recognized(make: Making, tmp_path: Path, model: str) -> None:
    slot = "video_url" if "depth" in model else "input_video"
    path, _ = make(
        model, sketch=False, **{slot: at("film.mp4")}, **({"resolution": "720P"} if "happyhorse" in model else {})
    )
    (tmp_path / "before.mp4").write_bytes(files.film())
    before, after = frames(tmp_path / "before.mp4"), frames(path)
    assert len(after) == len(before)
    for i in (0, 12, 23):
        small = np.asarray(
            Image.fromarray(after[i].astype(np.uint8)).resize((160, 120)).convert("RGB"),
        ).astype(np.int16)
        assert abs(alike(small, before[i])) > 0.5
        assert apart(small, before[i]) > 8


@pytest.mark.parametrize(
    ("mode", "same"), [("end", (0, 0)), ("start", (3, 0))], ids=["what follows", "what came before"]
)
def test_an_extension_adds_to_the_film(make: Making, tmp_path: Path, mode: str, same: tuple[int, int]) -> None:
    path, made = make("ltx-2-3-pro-extend-video", sketch=False, input_video=at("film.mp4"), duration=3, mode=mode)
    assert made.seconds == files.FILM_SECONDS + 3
    (tmp_path / "before.mp4").write_bytes(files.film())
    before, after = frames(tmp_path / "before.mp4"), frames(path)
    offset = same[0] * files.FILM_RATE
    for i in (0, 12, 23):
        assert apart(after[i + offset], before[i]) < 8
    assert apart(after[-1 if mode == "end" else 0], before[-1 if mode == "end" else 0]) > 8


def test_a_retake_changes_its_part_alone(make: Making, tmp_path: Path) -> None:
    asked = {"retake_start_time": 1, "retake_duration": 0.5, "retake_mode": "replace_video"}
    path, made = make("ltx-2-3-pro-retake", sketch=False, input_video=at("film.mp4"), **asked)
    (tmp_path / "before.mp4").write_bytes(files.film())
    before, after = frames(tmp_path / "before.mp4"), frames(path)
    changed = [apart(one, other) > 8 for one, other in zip(before, after, strict=True)]
    assert changed == [False] * 12 + [True] * 6 + [False] * 6
    assert made.track is not None


@pytest.mark.parametrize(
    ("model", "asked", "tracks"),
    [
        ("kling-video-o1-video-to-video-edit", {"input_video": at("film.mp4")}, 1),
        ("kling-video-o1-video-to-video-edit", {"input_video": at("film.mp4"), "keep_audio": False}, 0),
        ("kling-video-o1-video-to-video-edit", {"input_video": at("silent.mp4")}, 0),
        ("topazlabs-video-upscale", {"input_video": at("film.mp4"), "target_resolution": "720p"}, 1),
    ],
)
def test_a_reworked_film_keeps_its_sound(make: Making, model: str, asked: dict[str, Any], tracks: int) -> None:
    path, _ = make(model, **asked)
    assert sound_seconds(path) == [pytest.approx(files.FILM_SECONDS, abs=0.1)] * tracks


def test_a_film_to_a_sound_is_as_long_as_it_and_plays_it(make: Making) -> None:
    path, made = make("ltx-2-3-pro-audio-to-video", input_audio=at("sound.wav"), input_image=at("red.png"))
    assert made.seconds == files.SOUND_SECONDS
    with av.open(str(path)) as opened:
        heard = np.concatenate([frame.to_ndarray()[0] for frame in opened.decode(audio=0)])
    spectrum = np.abs(np.fft.rfft(heard[48_000:96_000]))
    assert int(spectrum.argmax()) == pytest.approx(330, abs=2)


def test_sound_that_is_shorter_or_longer_fits_the_film(make: Making) -> None:
    for seconds in (2, 5):
        path, _ = make("wan-v2-7-text-to-video", audio_url=at("sound.wav"), duration=seconds, resolution="720P")
        assert sound_seconds(path) == [pytest.approx(seconds, abs=0.1)]


@pytest.mark.parametrize(
    ("model", "asked", "size"),
    [
        ("topazlabs-image-upscale", {"upscale_factor": "4x"}, (1280, 720)),
        ("topazlabs-wonder-3-image", {"scale": "2x"}, (640, 360)),
        ("topazlabs-bloom-image", {}, (640, 360)),
        ("flux-kontext-dev", {"aspect_ratio": "match_input_image"}, files.WIDE),
        ("qwen-image-edit", {"aspect_ratio": "1:1"}, (1024, 1024)),
    ],
)
def test_an_edited_picture_has_the_size_asked_for_or_grows(
    make: Making, model: str, asked: dict[str, Any], size: tuple[int, int]
) -> None:
    slot = CATALOGUE.get(model)
    assert slot is not None
    takes_list = slot.properties["input_image"]["type"] == "array"
    given = [at("red.png")] if takes_list else at("red.png")
    path, made = make(model, input_image=given, **asked)
    picture = np.asarray(Image.open(path).convert("RGB")).astype(np.int16)
    assert (made.width, made.height) == (picture.shape[1], picture.shape[0]) == size
    if size[0] * files.WIDE[1] == size[1] * files.WIDE[0]:
        assert alike(picture, scaled(files.picture(), picture)) > 0.8


def test_a_picture_that_is_too_large_to_be_enlarged_so_much_grows_less(make: Making) -> None:
    _, made = make("topazlabs-wonder-3-image", input_image=at("red.png"), scale="6x")
    assert (made.width, made.height) == (1920, 1080)


async def edited(start: Start, conforms: Conforms, **body: Any) -> npt.NDArray[np.int16]:
    client = await start(renderer=None)
    uri = "data:image/png;base64," + base64.b64encode(files.picture()).decode()
    asked = {"model": IMAGE_MODEL, "prompt": "at night", "image": uri, "response_format": "b64_json", **body}
    conforms("ImageEditRequest", asked)
    answer = await client.call("POST", "/api/ai/images/edit", asked)
    assert answer.status == 200, answer.body
    conforms("ImageGenerateResponse", answer.body)
    (image,) = answer.body["images"]
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(image["b64_json"]))).convert("RGB")).astype(np.int16)


async def test_the_edit_call_edits_the_picture(start: Start, conforms: Conforms) -> None:
    after = await edited(start, conforms)
    before = scaled(files.picture(), after)
    assert (after.shape[1], after.shape[0]) == files.WIDE
    assert alike(after, before) > 0.8
    assert apart(after, before) > 8
    other = await edited(start, conforms, size="512x256", prompt="at noon")
    assert other.shape == (256, 512, 3)


@pytest.mark.parametrize(
    ("model", "given"),
    [
        (IMAGE_MODEL, lambda uri: {"image": None, "input_image": uri}),
        (IMAGE_MODEL, lambda uri: {"image": "", "input_image": [uri]}),
        ("qwen-image-edit", lambda uri: {"image": uri}),
        ("qwen-image-edit", lambda uri: {"image": None, "input_image": [uri]}),
        ("gpt-image-2-edit", lambda uri: {"image": None, "input_image": [uri, uri]}),
    ],
)
async def test_the_picture_to_edit_has_two_names_and_may_be_several(
    start: Start, model: str, given: Callable[[str], dict[str, Any]]
) -> None:
    client = await start(renderer=None)
    uri = "data:image/png;base64," + base64.b64encode(files.picture()).decode()
    asked = {"model": model, "prompt": "at night", "response_format": "b64_json", **given(uri)}
    answer = await client.call("POST", "/api/ai/images/edit", asked)
    assert answer.status == 200, answer.body
    made = Image.open(io.BytesIO(base64.b64decode(answer.body["images"][0]["b64_json"])))
    assert made.size == files.WIDE


async def test_the_edit_call_works_with_a_prompt_alone(start: Start, conforms: Conforms) -> None:
    client = await start()
    for model in (IMAGE_MODEL, "nano-banana"):
        answer = await client.call("POST", "/api/ai/images/edit", {"model": model, "prompt": "a fox"})
        assert answer.status == 200, answer.body
        conforms("ImageGenerateResponse", answer.body)


async def test_an_edit_has_the_shape_and_the_size_that_were_asked_for(start: Start) -> None:
    client = await start(renderer=None)
    uri = "data:image/png;base64," + base64.b64encode(files.picture()).decode()
    sizes: list[tuple[int, int]] = []
    for model, asked in ((IMAGE_MODEL, {"aspect_ratio": "1:1"}), ("bytedance-seedream-4", {"size": "1K"})):
        body = {"model": model, "prompt": "x", "input_image": uri, "response_format": "b64_json", **asked}
        answer = await client.call("POST", "/api/ai/images/edit", body)
        sizes.append(Image.open(io.BytesIO(base64.b64decode(answer.body["images"][0]["b64_json"]))).size)
    assert sizes == [(1024, 1024), (1024, 576)]


async def test_a_mask_leaves_the_rest_alone(start: Start, conforms: Conforms) -> None:
    mask = Image.new("RGBA", files.WIDE, (0, 0, 0, 255))
    mask.paste((0, 0, 0, 0), (0, 0, files.WIDE[0] // 2, files.WIDE[1]))
    out = io.BytesIO()
    mask.save(out, "PNG")
    after = await edited(start, conforms, mask="data:image/png;base64," + base64.b64encode(out.getvalue()).decode())
    before, half = scaled(files.picture(), after), files.WIDE[0] // 2
    assert apart(after[:, : half - 2], before[:, : half - 2]) > 8
    assert apart(after[:, half + 2 :], before[:, half + 2 :]) < 1


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ({"model": "qwen-image-edit"}, 400, "input_image is required"),
        ({"model": "gpt-image-2-edit"}, 400, "input_image is required"),
        ({"image": 7}, 400, "input_image[0] must be of type string"),
        ({"input_image": ""}, 400, "input_image[0] must be a URL or a data URI"),
        ({"model": "qwen-image-edit", "input_image": ["data:,x"] * 2}, 400, "input_image must be of type string"),
        ({"image": "data:,x", "model": "z-image-turbo"}, 400, ":unsupported_media_type"),
        ({"image": "data:,x", "model": "nobody"}, 404, "Model not found: nobody"),
        ({"image": "data:,x"}, 400, "input_image[0] is not an image, or is broken"),
        ({"image": "no url"}, 400, "input_image[0] must be a URL or a data URI"),
    ],
)
async def test_an_edit_that_cannot_be_is_refused(start: Start, body: dict[str, Any], status: int, message: str) -> None:
    client = await start()
    answer = await client.call("POST", "/api/ai/images/edit", {"model": IMAGE_MODEL, "prompt": "x", **body})
    assert (answer.status, answer.body) == (status, {"error": {"message": message}})


def test_the_same_inputs_give_the_same_bytes(make: Making) -> None:
    asked = {"input_image": at("red.png"), "resolution": "540p"}
    one = make("luma-ray-v3-2-image-to-video", **asked)[0].read_bytes()
    assert make("luma-ray-v3-2-image-to-video", **asked)[0].read_bytes() == one
    assert make("luma-ray-v3-2-image-to-video", prompt="a wolf", **asked)[0].read_bytes() != one


def test_a_sketch_is_as_long_and_ends_with_the_same_frame(make: Making) -> None:
    last: Frames = []
    for sketch, times in ((False, range(120)), (True, [*range(0, 120, 12), 119])):
        path, _ = make(SMALL_MODEL, sketch=sketch, width=320, height=180, num_frames=120)
        with av.open(str(path)) as opened:
            (video,) = opened.streams.video
            assert [frame.time for frame in opened.decode(video)] == pytest.approx([each / 24 for each in times])
            assert Fraction(video.duration or 0) * (video.time_base or 0) == 5
        last.append(frames(path)[-1])
    assert np.abs(last[0] - last[1]).mean() < 8

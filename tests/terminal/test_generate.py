"""`drover generate`: from options to files, in all dialects, with the exit codes that its help promises."""

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from sandbox.demo.media import facts
from sandbox.oxen.faults import Fault
from tests.cli.kit import Ended
from tests.media.samples import sample
from tests.terminal.kit import DIALECTS, IMAGE_MODEL, KEY, PROMPT, VIDEO_MODEL, FakeRenderer, Provider, Shell
from tests.terminal.test_trouble import started

STORYBOARD = "kling-video-o3-pro-reference-to-video"
SEEDED = "wan-v2-7-text-to-video"
UPSCALER = "topazlabs-image-upscale"
UNPRICED = "google-veo-3-1"
ANIMATOR = "kling-video-v2-6-pro-image-to-video"
ONE_VIDEO = ("generate", "--model", VIDEO_MODEL, "--prompt", PROMPT)
ONE_IMAGE = ("generate", "--model", IMAGE_MODEL, "--prompt", PROMPT)
every_dialect = pytest.mark.parametrize("dialect", DIALECTS)


def document(ended: Ended) -> dict[str, Any]:
    return json.loads(ended.out)


def silent(ended: Ended) -> bool:
    """Whether neither the key nor the prompt was said."""
    return KEY not in ended.out + ended.err and PROMPT not in ended.out + ended.err


def files(shell: Shell, folder: str = ".") -> list[Path]:
    return sorted(path for path in (shell.folder / folder).iterdir() if path.name != "__pycache__")


def picture(path: Path, size: tuple[int, int] = (640, 360)) -> Path:
    Image.new("RGB", size, "teal").save(path)
    return path


@every_dialect
async def test_a_video_is_ordered_followed_and_kept(shell: Shell, studio: Provider) -> None:
    ended = await shell(*ONE_VIDEO, "--param", "duration=5", "--output", "films", env=studio.env)
    assert ended.code == 0, ended.err
    [film] = files(shell, "films")
    assert film.name.startswith("a-heron-that-nobody-may-read-about-")
    made = facts(film)
    assert (made.kind, made.width, made.height, round(made.duration)) == ("video", 1280, 720, 5)
    assert ended.out.startswith(f"films/{film.name}  video/mp4, 1280x720, 5.0 s, ")
    [order] = studio.orders
    assert (order["duration"], order["num_generations"], "target_namespace" in order) == (5, 1, False)
    assert "\x1b" not in ended.err
    assert silent(ended)


# Where no row is kept, a result of another kind is no proof: it is waited for, and in the end lost.
@pytest.mark.parametrize("dialect", [each for each in DIALECTS if each != "ephemeral"])
async def test_four_images_are_one_order_and_four_files(shell: Shell, oxen: Provider) -> None:
    ended = await shell(*ONE_IMAGE, "-n", "4", "--namespace", "film-club", "--json", env=oxen.env)
    # The renderer of this test makes films only: what comes is not what was asked for, and that is said.
    assert ended.code == 1
    told = document(ended)
    assert told["count"] == 4
    assert len({each["id"] for each in told["outputs"]}) == 4
    assert all(each["differs"] == ["asked for image, this is video"] for each in told["outputs"])
    assert len(files(shell)) == 4
    [order] = oxen.orders
    assert (order["num_generations"], order["target_namespace"]) == (4, "film-club")


@every_dialect
async def test_a_script_reads_one_document(shell: Shell, studio: Provider, dialect: str) -> None:
    ended = await shell(*ONE_IMAGE, "--count", "2", "--json", env=studio.env)
    assert ended.code == 0, ended.err
    told = document(ended)
    assert (told["model"], told["kind"], told["exit"]) == (IMAGE_MODEL, "image", 0)
    for each in told["outputs"]:
        assert each["state"] == "succeeded"
        assert (shell.folder / each["file"]).stat().st_size == each["bytes"]
        assert each["media_type"].startswith("image/")
        assert each["width"]
        assert each["height"]
        assert (each["cost_usd"] is not None) == (dialect == "browse")
    assert silent(ended)


@every_dialect
async def test_some_that_fail_and_all_that_fail(shell: Shell, oxen: Provider, dialect: str) -> None:
    oxen.sandbox.faults.set([Fault(on="generation", kind="fail", value="DataInspectionFailed", times=1)])
    some = await shell(*ONE_VIDEO, "--count", "2", "--json", env=oxen.env)
    assert some.code == 4
    told = document(some)
    assert sorted(each["state"] for each in told["outputs"]) == ["failed", "succeeded"]
    assert [each["problem"] for each in told["outputs"] if each["problem"]] == ["Oxen's moderation refused the prompt"]
    oxen.sandbox.faults.set([Fault(on="generation", kind="fail", value="Insufficient credits")])
    none = await shell(*ONE_VIDEO, env=oxen.env)
    assert (none.code, none.out) == (1, "")
    assert "no credit left" in none.lines[-1]
    assert len(files(shell)) == 1


@every_dialect
@pytest.mark.parametrize("form", ["url", "b64_json"])
async def test_one_call_that_answers_with_the_media(shell: Shell, studio: Provider, form: str) -> None:
    ended = await shell(*ONE_IMAGE, "--count", "2", "--sync", "--format", form, env=studio.env)
    assert ended.code == 0, ended.err
    assert [path.stem for path in files(shell)] == [f"a-heron-that-nobody-may-read-about-{n}" for n in (1, 2)]
    assert all(facts(path).kind == "image" for path in files(shell))
    assert studio.orders == []
    again = await shell(*ONE_IMAGE, "--sync", "--format", form, env=studio.env)
    assert again.code == 0, again.err
    assert "a-heron-that-nobody-may-read-about-1-2" in {path.stem for path in files(shell)}  # nothing overwritten


@pytest.mark.parametrize("form", [(), ("--sync", "--format", "url"), ("--sync", "--format", "b64_json")])
@pytest.mark.parametrize(("made", "media_type"), [("gif", "image/gif"), ("webm", "video/webm")])
async def test_a_result_is_saved_and_described_by_its_bytes(
    shell: Shell, oxen: Provider, form: tuple[str, ...], made: str, media_type: str
) -> None:
    """Whatever its link ends in, and whatever was asked for."""
    oxen.sandbox.faults.set([Fault(on="generation", kind="format", value=made, times=1)])
    ended = await shell(*ONE_VIDEO, *form, "--json", env=oxen.env)
    [path] = files(shell)
    [output] = document(ended)["outputs"]
    assert path.suffix == f".{made}"
    assert output["media_type"] == media_type
    assert ended.code == (1 if made == "gif" else 0)  # a picture is no video


async def test_a_motion_photo_goes_along_as_the_picture_that_it_is(shell: Shell, oxen: Provider) -> None:
    (shell.folder / "PXL.MP.jpg").write_bytes(sample("jpg") + sample("mp4"))
    options = ("-m", ANIMATOR, "-p", PROMPT, "--input", "input_image=PXL.MP.jpg")
    ended = await shell("generate", *options, env=oxen.env)
    assert ended.code == 0, ended.err
    [order] = oxen.orders
    assert order["input_image"].startswith("data:image/jpeg;base64,")


@every_dialect
async def test_one_call_says_what_the_price_list_says_it_costs(shell: Shell, oxen: Provider) -> None:
    """The call has no row, so Oxen tells no cost; of a model without a price nothing is said."""
    ended = await shell(*ONE_VIDEO, "--sync", env=oxen.env)
    assert ended.code == 0, ended.err
    assert ended.out.endswith("; $0.35 by the price list\n")
    [output] = document(await shell(*ONE_VIDEO, "--sync", "--json", env=oxen.env))["outputs"]
    assert (output["cost_usd"], output["price_usd"]) == (None, "0.35")
    unpriced = await shell("generate", "--model", UNPRICED, "--prompt", PROMPT, "--sync", env=oxen.env)
    assert unpriced.code == 0, unpriced.err
    assert "$" not in unpriced.out


@pytest.mark.parametrize("dialect", ["browse"])
async def test_one_call_says_what_it_cost_where_the_history_shows_it(
    shell: Shell, oxen: Provider, renderer: FakeRenderer
) -> None:
    assert (await shell(*ONE_VIDEO, env=oxen.env)).code == 0  # of the same words, and there before
    renderer.open.clear()
    renderer.entered.clear()
    oxen.sandbox.tariff.set(VIDEO_MODEL, Decimal("0.5"))  # another cost than was quoted
    async with started(shell, *ONE_VIDEO, "--sync", "--json", env=oxen.env) as process:
        await renderer.entered.wait()
        rows = oxen.sandbox.generations
        made = rows.all()[-1]
        rows.add(replace(made, listed=True))  # a provider whose history shows such calls, too
        renderer.open.set()
        assert await process.wait() == 0
        assert process.stdout is not None
        [output] = json.loads(await process.stdout.read())["outputs"]
    assert (output["cost_usd"], output["price_usd"]) == ("0.5", None)


async def test_one_call_that_edits_a_picture_is_the_edit_call(shell: Shell, studio: Provider) -> None:
    picture(shell.folder / "small.png", (320, 180))
    ended = await shell(*ONE_IMAGE, "--input", "input_image=small.png", "--sync", env=studio.env)
    assert ended.code == 0, ended.err
    assert studio.sandbox.traffic.counts["POST /api/ai/images/edit"] == 1
    assert [facts(path).kind for path in files(shell) if path.name != "small.png"] == ["image"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), ("--prompt", "--shots", "multi_prompt")),
        (("--model", STORYBOARD), ("--prompt", "--shots", "multi_prompt")),
        (("--model", IMAGE_MODEL), ("--prompt",)),
        (
            ("--model", STORYBOARD, "--prompt", PROMPT, "--param", 'multi_prompt=[{"prompt": "x"}]'),
            ("--prompt", "--shots", "multi_prompt"),
        ),
    ],
)
async def test_neither_prompt_nor_shots_and_both(
    shell: Shell, oxen: Provider, options: tuple[str, ...], said: tuple[str, ...]
) -> None:
    ended = await shell("generate", *options, env=oxen.env)
    assert ended.code == 3
    assert all(word in ended.err for word in said), ended.err
    assert ("--shots" in ended.err) == ("--shots" in said)
    assert oxen.orders == []


async def test_one_call_makes_one_video(shell: Shell, oxen: Provider) -> None:
    ended = await shell(*ONE_VIDEO, "--sync", "--count", "2", env=oxen.env)
    assert ended.code == 2
    assert "--count" in ended.err
    assert oxen.sandbox.traffic.counts["POST /api/ai/videos/generate"] == 0


async def test_an_upscale_of_a_local_file(shell: Shell, studio: Provider) -> None:
    picture(shell.folder / "small.png", (320, 180))
    ended = await shell("generate", "--model", UPSCALER, "--input", "input_image=small.png", "--json", env=studio.env)
    assert ended.code == 0, ended.err
    [order] = studio.orders
    assert order["input_image"].startswith("data:image/png;base64,iVBOR")
    assert "prompt" not in order
    assert base64_free(document(ended))
    [output] = document(ended)["outputs"]
    assert facts(shell.folder / output["file"]).kind == "image"


async def test_an_upright_picture_makes_an_upright_one(shell: Shell, studio: Provider) -> None:
    picture(shell.folder / "tall.png", (900, 1600))
    edit = ("generate", "--model", "nano-banana", "--prompt", PROMPT, "--input", "input_image=tall.png", "--json")
    ended = await shell(*edit, env=studio.env)
    assert ended.code == 0, ended.err
    assert [order["aspect_ratio"] for order in studio.orders] == ["9:16"]
    [output] = document(ended)["outputs"]
    assert output["width"] < output["height"]


async def test_a_model_that_works_on_a_picture_is_refused_without_one(shell: Shell, oxen: Provider) -> None:
    ended = await shell("generate", "-m", ANIMATOR, "-p", PROMPT, "--json", env=oxen.env)
    assert ended.code == 3
    error = document(ended)["error"]
    assert (error["refusal"], error["kind"]) == ("input-missing", "image")
    assert error["would_run_with"] == f"--model {VIDEO_MODEL}"
    assert error["would_cost_usd"] == "0.35"
    assert f"--model {VIDEO_MODEL}, for $0.35" in ended.err
    assert oxen.orders == []


def base64_free(told: dict[str, Any]) -> bool:
    return "iVBOR" not in json.dumps(told)


async def test_an_address_is_passed_on_and_never_fetched(shell: Shell, oxen: Provider) -> None:
    address = "http://192.0.2.1/nowhere.png"
    ended = await shell("generate", "-m", ANIMATOR, "-p", PROMPT, "--input", f"input_image={address}", env=oxen.env)
    assert ended.code in {0, 1}  # whether it can be fetched is for Oxen to find out
    [order] = oxen.orders
    assert address in json.dumps(order)


async def test_a_storyboard(shell: Shell, studio: Provider) -> None:
    (shell.folder / "shots.txt").write_text("3s Aerial view of waves\n2s A gull lands\n", encoding="utf-8")
    ended = await shell("generate", "--model", STORYBOARD, "--shots", "shots.txt", env=studio.env)
    assert ended.code == 0, ended.err
    [order] = studio.orders
    assert [shot["prompt"] for shot in order["multi_prompt"]] == ["Aerial view of waves", "A gull lands"]
    assert "prompt" not in order
    [film] = files(shell)[:1]
    assert round(facts(film).duration) == 5
    assert film.stem.startswith("aerial-view-of-waves-")  # without its length


# What is wrong is said before anything is sent


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--param", "duration=7"), ("duration", "5", "10")),
        (("--param", "cfg_scale=abc"), ("cfg_scale",)),
        (("--param", "aspect_ratio=21:9"), ("aspect_ratio", "16:9")),
        (("--param", "wings=2"), ("wings",)),
        (("--prompt", " "), ("prompt",)),
        (("--model", "klingg-video"), ("klingg-video", "drover models")),
        (("--model", "a/b" + 500 * "x"), ("drover models",)),
        (("--input", "input_image=https://example.com/a.png"), ("input_image", "from words alone", "drover models")),
        (("--kind", "image"), ("video",)),
    ],
)
async def test_what_the_model_cannot_do(
    shell: Shell, oxen: Provider, options: tuple[str, ...], named: tuple[str, ...]
) -> None:
    ended = await shell(*ONE_VIDEO, *options, env=oxen.env)
    assert ended.code == 3
    assert all(each in ended.err for each in named), ended.err
    assert "**" not in ended.err
    assert "\u2068" not in ended.err
    assert "Traceback" not in ended.err
    assert silent(ended)
    assert oxen.orders == []
    told = document(await shell(*ONE_VIDEO, *options, "--json", env=oxen.env))
    assert told["error"]["kind"] == "refused"


async def test_an_invalid_seed_is_named_with_what_would_run(shell: Shell, oxen: Provider) -> None:
    seeded = ("generate", "-m", SEEDED, "-p", PROMPT, "--param")
    ended = await shell(*seeded, "seed=abc", env=oxen.env)
    assert ended.code == 3
    assert "seed" in ended.err
    assert "abc" in ended.err
    error = document(await shell(*seeded, "seed=-5", "--json", env=oxen.env))["error"]
    assert (error["option"], error["nearest"]) == ("seed", "0")
    assert error["allowed"] == "0 - 2147483647"
    assert error["would_run_with"] == "--param seed=0"


async def test_two_mistakes_are_told_at_once_with_what_would_run(shell: Shell, oxen: Provider) -> None:
    wrong = ("generate", "-m", SEEDED, "-p", PROMPT, "--param", "seed=-5", "--param", "wings=2", "--json")
    ended = await shell(*wrong, env=oxen.env)
    assert ended.code == 3
    assert len([line for line in ended.err.splitlines() if "seed" in line or "wings" in line]) >= 2
    error = document(ended)["error"]
    assert {error["option"], *(one["option"] for one in error["also"])} == {"seed", "wings"}
    assert sorted(error["would_run_with"].split(", ")) == ["--param seed=0", "no --param wings"]
    assert oxen.orders == []


async def test_refusals_are_said_in_the_language_of_the_shell(shell: Shell, oxen: Provider) -> None:
    german = await shell(*ONE_VIDEO, "--model", "nothing-like-it", env=oxen.env | {"LANG": "de_AT.UTF-8"})
    assert "gibt es nicht" in german.err
    other = await shell(*ONE_VIDEO, "--model", "nothing-like-it", env=oxen.env | {"LANG": "xx", "LC_ALL": "C"})
    assert "There is no model" in other.err


@pytest.mark.parametrize(
    "options",
    [
        ("--param", "duration"),
        ("--param", "=5"),
        ("--param", "duration=5", "--param", "duration=10"),
        ("--count", "5"),
        ("--format", "url"),
        ("--output", "taken"),
        ("--output", "taken/below"),
        ("--shots", "missing.txt"),
        ("--kind", "song"),
        ("--model", ANIMATOR, "--input", "input_image=missing.png"),
        ("--model", ANIMATOR, "--input", "input_image=http://[bad/"),
        ("--model", ANIMATOR, "--input", "x=a", "--param", "x=b"),
        ("--prompt", "-", "--shots", "-"),
        ("--prompt", "\udcff"),
    ],
    ids=" ".join,
)
async def test_a_wrong_option(shell: Shell, oxen: Provider, options: tuple[str, ...]) -> None:
    (shell.folder / "taken").write_text("no folder, and no picture", encoding="utf-8")
    ended = await shell(*ONE_VIDEO, *options, env=oxen.env)
    assert ended.code == 2, ended.err
    assert ended.err
    assert "Traceback" not in ended.err
    assert oxen.orders == []
    assert len(files(shell)) == 1


BAD_FILES = {
    "empty.png": (b"", "is empty"),
    "cut.jpg": (sample("jpg")[:-9], "its end is missing"),
    "photo.heic": (sample("avif").replace(b"avif", b"heic"), "HEIC is not taken; PNG, JPEG and WebP are"),
    "page.png": (b"<!doctype html><html>", "is a web page"),
    "evil\x1b[2J\u202e.png": (b"BM", "“evil[2J.png” is a text"),
}


@pytest.mark.parametrize("name", BAD_FILES)
async def test_a_file_that_is_not_taken(shell: Shell, oxen: Provider, name: str) -> None:
    content, says = BAD_FILES[name]
    (shell.folder / name).write_bytes(content)
    ended = await shell("generate", "-m", ANIMATOR, "-p", PROMPT, "--input", f"input_image={name}", env=oxen.env)
    assert ended.code == 3, ended.err
    assert says in ended.err
    assert "\x1b" not in ended.err
    assert oxen.orders == []


@pytest.mark.parametrize("name", ["film.mp4", "moving.gif"])
async def test_a_file_of_another_kind(shell: Shell, oxen: Provider, name: str) -> None:
    if name == "moving.gif":
        frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "teal")]
        frames[0].save(shell.folder / name, save_all=True, append_images=frames[1:])
    else:
        (shell.folder / name).write_bytes(b"\0\0\0\x10ftypisom\0\0\0\0\0\0\0\x08mdat")
    ended = await shell("generate", "-m", ANIMATOR, "-p", PROMPT, "--input", f"input_image={name}", env=oxen.env)
    assert ended.code == 3, ended.err
    assert name in ended.err
    assert oxen.orders == []


async def test_settings_that_are_missing(shell: Shell) -> None:
    ended = await shell(*ONE_VIDEO)
    assert ended.code == 2
    assert ended.lines[0].startswith("OXEN_API_KEY: is missing")


async def test_a_prompt_from_standard_input(shell: Shell, oxen: Provider) -> None:
    ended = await shell("generate", "-m", VIDEO_MODEL, "-p", "-", env=oxen.env)
    assert ended.code == 3  # standard input is empty here
    assert "prompt" in ended.err.lower()

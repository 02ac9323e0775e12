"""Files as members give them: whole, broken, and not what their names say."""

import struct
import wave
from pathlib import Path

from PIL import Image


def png(folder: Path, name: str = "fox.png", *, size: tuple[int, int] = (320, 180), colour: str = "orange") -> Path:
    path = folder / name
    Image.new("RGB", size, colour).save(path, "PNG")
    return path


def still(folder: Path, name: str, form: str, *, size: tuple[int, int] = (64, 48)) -> Path:
    path = folder / name
    Image.new("RGB", size, "teal").save(path, form)
    return path


def moving(folder: Path, name: str, form: str = "GIF") -> Path:
    """An animated picture of two frames."""
    path = folder / name
    frames = [Image.new("RGB", (64, 48), colour) for colour in ("red", "blue")]
    frames[0].save(path, form, save_all=True, append_images=frames[1:], duration=100)
    return path


def film(
    folder: Path,
    name: str = "film.mp4",
    *,
    seconds: int = 5,
    size: tuple[int, int] = (640, 360),
    matrix: tuple[int, int, int, int] = (1, 0, 0, 1),
) -> Path:
    """The headers of a film, with nothing in it to see; `matrix` turns it."""
    mvhd = struct.pack(">IIIII", 0, 0, 0, 1000, seconds * 1000)
    a, b, c, d = (each << 16 for each in matrix)
    tkhd = bytes(40) + struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    tkhd += struct.pack(">II", size[0] << 16, size[1] << 16)
    moov = box(b"moov", box(b"mvhd", mvhd) + box(b"trak", box(b"tkhd", tkhd)))
    path = folder / name
    path.write_bytes(box(b"ftyp", b"isom\0\0\0\0") + moov + box(b"mdat", b"frames"))
    return path


def sound(folder: Path, name: str = "sound.wav", *, seconds: int = 2) -> Path:
    path = folder / name
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(2 * 8000 * seconds))
    return path


def box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", 8 + len(content)) + name + content

"""Which way up a picture is shown: phones store it as the sensor saw it, and say beside it how it was held (Exif 2.32,
4.6.4 "Orientation"). What a person sees may be the stored picture on its side.
"""

import struct

MOST = 4096  # bytes of an Exif block that are looked at: the orientation is in the first directory
_MARK = b"Exif\0\0"
_ORIENTATION = 0x0112
_SHORT = 3  # the type of its value
_ON_ITS_SIDE = range(5, 9)
_ENTRY = 12  # bytes

Size = tuple[int | None, int | None]


def shown(size: Size, exif: bytes) -> Size:
    """Width and height as a picture is shown that is stored as `size`; `exif` is the beginning of its block."""
    return (size[1], size[0]) if _orientation(exif) in _ON_ITS_SIDE else size


def _orientation(exif: bytes) -> int:
    """1 to 8; 1, as it is stored, where nothing else is said."""
    tiff = exif.removeprefix(_MARK)
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None or len(tiff) < 10:  # noqa: PLR2004 - a header, and the count of entries
        return 1
    (start,) = struct.unpack(f"{order}I", tiff[4:8])
    count = struct.unpack(f"{order}H", tiff[start : start + 2])[0] if start + 2 <= len(tiff) else 0
    for position in range(start + 2, min(start + 2 + _ENTRY * count, len(tiff) - _ENTRY + 1), _ENTRY):
        tag, kind, _, value = struct.unpack(f"{order}HHIH", tiff[position : position + 10])
        if (tag, kind) == (_ORIENTATION, _SHORT):
            return value if 1 <= value <= max(_ON_ITS_SIDE) else 1
    return 1

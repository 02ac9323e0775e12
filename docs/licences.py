# ruff: noqa: INP001 - a script beside the page that it writes
"""Writes docs/licences.md: the licences of all that the image ships. `.venv/bin/python docs/licences.py`

What a package says of itself is read from its metadata; where that is no name of a licence, `_SAID` has it, read from
the text beside the package. Libraries inside wheels are found by their files and named in `_INSIDE`.
"""

import importlib.metadata
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

_HERE = Path(__file__).parent
_PAGE = _HERE / "licences.md"
_NOT_SHIPPED = {"setuptools"}  # builds, and is removed again

# Classifiers and free texts, as identifiers of SPDX.
_SPDX = {
    "Apache": "Apache-2.0", "Apache 2.0": "Apache-2.0", "APL 2": "Apache-2.0",
    "License :: OSI Approved :: MIT License": "MIT",
    "License :: OSI Approved :: BSD License": "BSD-3-Clause",
    "License :: OSI Approved :: Apache Software License": "Apache-2.0",
    "License :: OSI Approved :: Python Software Foundation License": "PSF-2.0",
}  # fmt: skip
_SAID = {"discord-py": "MIT"}

# Libraries whose files lie in a wheel, by the beginning of the file's name: what they are, under which licence.
_INSIDE: Mapping[str, tuple[str, str]] = {
    "libSvtAv1Enc": ("SVT-AV1", "BSD-3-Clause-Clear"),
    "libXau": ("libXau", "MIT"),
    "libasound": ("alsa-lib", "LGPL-2.1-or-later"),
    "libavif": ("libavif, with dav1d, SVT-AV1 or libaom inside", "BSD-2-Clause"),
    "libavcodec": ("FFmpeg", "see below"),
    "libavdevice": ("FFmpeg", "see below"),
    "libavfilter": ("FFmpeg", "see below"),
    "libavformat": ("FFmpeg", "see below"),
    "libavutil": ("FFmpeg", "see below"),
    "libswresample": ("FFmpeg", "see below"),
    "libswscale": ("FFmpeg", "see below"),
    "libbrotli": ("Brotli", "MIT"),
    "libcom_err": ("MIT Kerberos", "MIT"),
    "libcrypt-": ("libxcrypt", "LGPL-2.1-or-later"),
    "libcrypto": ("OpenSSL", "Apache-2.0"),
    "libdav1d": ("dav1d", "BSD-2-Clause"),
    "libdrm": ("libdrm", "MIT"),
    "libfreetype": ("FreeType", "FTL"),
    "libgfortran": ("GCC run-time library", "GPL-3.0-or-later WITH GCC-exception-3.1"),
    "libgmp": ("GMP", "LGPL-3.0-or-later"),
    "libgnutls": ("GnuTLS", "LGPL-2.1-or-later"),
    "libgssapi_krb5": ("MIT Kerberos", "MIT"),
    "libharfbuzz": ("HarfBuzz", "MIT-Modern-Variant"),
    "libhogweed": ("Nettle", "LGPL-3.0-or-later"),
    "libjpeg": ("libjpeg-turbo", "IJG AND BSD-3-Clause"),
    "libk5crypto": ("MIT Kerberos", "MIT"),
    "libkeyutils": ("keyutils", "LGPL-2.1-or-later"),
    "libkrb5": ("MIT Kerberos", "MIT"),
    "liblber": ("OpenLDAP", "OLDAP-2.8"),
    "liblcms2": ("Little CMS", "MIT"),
    "libldap": ("OpenLDAP", "OLDAP-2.8"),
    "liblzma": ("XZ Utils", "0BSD"),
    "libmp3lame": ("LAME", "LGPL-2.0-or-later"),
    "libnettle": ("Nettle", "LGPL-3.0-or-later"),
    "libopencore-amr": ("OpenCORE AMR", "Apache-2.0"),
    "libopenjp2": ("OpenJPEG", "BSD-2-Clause"),
    "libopus": ("Opus", "BSD-3-Clause"),
    "libpng16": ("libpng", "libpng-2.0"),
    "libpq": ("PostgreSQL", "PostgreSQL"),
    "libquadmath": ("GCC run-time library", "LGPL-2.1-or-later"),
    "libsasl2": ("Cyrus SASL", "BSD-4-Clause-UC"),
    "libscipy_openblas": ("OpenBLAS", "BSD-3-Clause"),
    "libsharpyuv": ("libwebp", "BSD-3-Clause"),
    "libssl": ("OpenSSL", "Apache-2.0"),
    "libtiff": ("LibTIFF", "libtiff"),
    "libunistring": ("libunistring", "LGPL-3.0-or-later"),
    "libvpl": ("Intel VPL", "MIT"),
    "libvpx": ("libvpx", "BSD-3-Clause"),
    "libwebp": ("libwebp", "BSD-3-Clause"),
    "libx264": ("x264", "GPL-2.0-or-later"),
    "libx265": ("x265", "GPL-2.0-or-later"),
    "libxcb": ("libxcb", "MIT"),
    "libz-": ("zlib", "Zlib"),
    "libzstd": ("Zstandard", "BSD-3-Clause"),
}

_INTRODUCTION = """# Licences of what the image ships

Written by `.venv/bin/python docs/licences.py`; `tests/setup/test_licences.py` compares. Drover itself is under the MIT
licence (`LICENSE`). Versions stand in `requirements/sandbox.txt`. The text of each licence lies beside the package in
the image, under `/venv/lib/python3.*/site-packages/*.dist-info`.

The image is built on `python:3.13-slim`: CPython under the PSF licence, on Debian, whose packages have their licences
in `/usr/share/doc/*/copyright` there.

Data in the checkout: the descriptions of Oxen's and Discord's interfaces under `sandbox` and `tests/data`, each with
its source and licence in a README or LICENSE beside it. The font DejaVu Sans, under `bot/chat/usage` and (bold) under
`sandbox/oxen/data`, is under the licence of Bitstream Vera, beside it. The page of the stand-in for Discord has
Preact and its signals (MIT) and discord-markdown-parser (Apache-2.0) inside: `sandbox/discord/page/built/LICENSES.txt`.

## Python packages

| package | licence |
|---|---|
"""

_INSIDE_WHEELS = """
## Libraries inside wheels

They are files of their own in these wheels (Linux, x86-64). Beside them, cryptography has OpenSSL (Apache-2.0) compiled
in, and pydantic-core and cryptography have crates of Rust under MIT, Apache-2.0 or BSD licences.

| wheel | library | licence |
|---|---|---|
"""

_FFMPEG = """
## FFmpeg

The wheel `av` brings FFmpeg. The bot runs it in a process of its own when a result would not play as it is; the
stand-ins and the demo render and read videos with it. FFmpeg calls this build "LGPL version 3 or later", but the wheel
has x264 and x265 linked to it, which are under the GPL (version 2 or later). Whoever passes the image on therefore
treats FFmpeg in it as under the GPL, version 3 or later, and offers the sources: FFmpeg's and the libraries' by their
projects, the recipe of the build by PyAV's.

Without the package `av` the bot runs as well: results are then attached as they are, or linked to.
"""


def packages() -> list[str]:
    """The names of all that is shipped, as `requirements/sandbox.txt` has them."""
    text = (_HERE.parent / "requirements/sandbox.txt").read_text().replace("\\\n", " ")
    names = {Requirement(line.split(" --hash")[0]).name for line in text.splitlines() if line and line[0] not in "# "}
    return sorted(names - _NOT_SHIPPED)


def licence(name: str) -> str:
    """What the package says it is under; of one for other Pythons only, what is known."""
    try:
        about = importlib.metadata.metadata(name)
    except importlib.metadata.PackageNotFoundError:
        return {"audioop-lts": "PSF-2.0"}[name]
    said = _SAID.get(canonicalize_name(name)) or about.get("License-Expression") or about.get("License") or ""
    if not said or said == "UNKNOWN":
        found = [line for line in about.get_all("Classifier") or [] if line.startswith("License ::")]
        said = _SPDX[found[0]]
    said = _SPDX.get(said, said)
    if not re.fullmatch(r"[\w.,\- ()]{2,80}", said):
        raise LookupError(f"the licence of {name} has no name: {said[:40]}")
    return said


def inside() -> Sequence[tuple[str, str, str]]:
    """Wheel, library, licence: of each library that lies in a wheel of this environment."""
    found: set[tuple[str, str, str]] = set()
    for name in packages():
        try:
            files = importlib.metadata.files(name) or []
        except importlib.metadata.PackageNotFoundError:
            continue
        for file in files:
            if file.parts[0].endswith(".libs"):
                known = [about for start, about in _INSIDE.items() if file.name.startswith(start)]
                if not known:
                    raise LookupError(f"{name} brings {file.name}: add it to _INSIDE")
                found.add((name, *known[0]))
    return sorted(found)


def page() -> str:
    """The whole page."""
    table = "".join(f"| {name} | {licence(name)} |\n" for name in packages())
    libraries = "".join(f"| {wheel} | {library} | {under} |\n" for wheel, library, under in inside())
    return _INTRODUCTION + table + _INSIDE_WHEELS + libraries + _FFMPEG


if __name__ == "__main__":
    _PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{_PAGE.name}: {len(packages())} packages\n")

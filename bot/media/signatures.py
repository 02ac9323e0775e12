"""What a file begins with: whether it may be a result, and what to call a kind that nobody takes."""

import re

SIGNATURE = 12  # bytes at the beginning by which a video or an image is known
FIRST_BOXES = frozenset({b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"})  # MP4, QuickTime, AVIF, HEIC
_MAGIC = (b"\x1aE\xdf\xa3", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a")

HEAD = 512  # bytes in which a kind that nobody takes is looked for
_OTHERS: tuple[tuple[str, bytes], ...] = (  # regular expressions, which are compiled when they are first looked for
    ("BMP", rb"BM.{4}\0{4}.{4}[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0"),
    ("RAW", rb"II\*\0.{4}CR|IIU\0|IIRO|IIRS|MMOR|FUJIFILMCCD-RAW|FOVb|\0MRM"),
    ("TIFF", rb"II[*+]\0|MM\0[*+]"),
    ("CgBI", rb"\x89PNG\r\n\x1a\n.{4}CgBI"),  # Apple's own way to pack a PNG, inside apps
    ("JPEG XL", rb"\xff\x0a|\0\0\0\x0cJXL \r\n\x87\n"),
    ("JPEG 2000", rb"\0\0\0\x0cjP  \r\n\x87\n|\xff\x4f\xff\x51"),
    ("PSD", rb"8BPS"),
    ("ICO", rb"\0\0[\x01\x02]\0[\x01-\x40]\0..\0.\0?"),
    ("PDF", rb"[\s\xef\xbb\xbf]*%PDF-"),
    ("PostScript", rb"%!PS|\xc5\xd0\xd3\xc6"),
    ("XCF", rb"gimp xcf"),
    ("EXR", rb"v/1\x01"),
    ("DDS", rb"DDS "),
    ("QOI", rb"qoif"),
    ("HDR", rb"#\?RADIANCE"),
    ("PNM", rb"P[1-7]\s+[#\d]"),
    ("AVI", rb"RIFF.{4}AVI "),
    ("WMV or WMA", rb"0&\xb2u\x8ef\xcf\x11\xa6\xd9\0\xaa\0b\xcel"),
    ("FLV", rb"FLV\x01"),
    ("SWF", rb"[FCZ]WS[\x01-\x32]"),
    ("MPEG", rb"\0\0\x01[\xba\xb3]|\x47.{187}\x47|.{4}\x47.{191}\x47"),  # program stream, transport streams
    ("RealMedia", rb"\.RMF|\.ra\xfd"),
    ("AIFF", rb"FORM.{4}AIF[FC]"),
    ("CAF", rb"caff\0"),
    ("AMR", rb"#!AMR"),
    ("MIDI", rb"MThd|RIFF.{4}RMID"),
    ("AU", rb"\.snd\0"),
    ("WavPack", rb"wvpk"),
    ("Monkey's Audio", rb"MAC "),
    ("AC-3", rb"\x0b\x77"),
    ("DSD", rb"DSD |FRM8"),
    ("RF64", rb"RF64.{4}WAVE|BW64.{4}WAVE"),
    ("AAC", rb"\xff[\xf0\xf1\xf8\xf9]|ADIF"),
    ("ZIP", rb"PK\x03\x04|PK\x05\x06|PK\x07\x08"),
    ("7z", rb"7z\xbc\xaf'\x1c"),
    ("RAR", rb"Rar!\x1a\x07"),
    ("GZIP", rb"\x1f\x8b\x08"),
    ("BZIP2", rb"BZh[1-9]"),
    ("XZ", rb"\xfd7zXZ\0"),
    ("Zstandard", rb"\x28\xb5\x2f\xfd"),
    ("TAR", rb".{257}ustar"),
    ("EXE", rb"MZ"),
    ("ELF", rb"\x7fELF"),
    ("SQLite", rb"SQLite format 3\0"),
)
_WRITTEN = frozenset({"PDF", "PostScript", "PNM", "HDR"})  # begin with lines of text
_ENCRYPTED = re.compile(rb"Salted__|age-encryption\.org/|-----BEGIN PGP MESSAGE-----|LUKS\xba\xbe", re.DOTALL)
_BLANK = rb"(?:\xef\xbb\xbf)?(?:\s|<\?xml[^>]*\?>|<!--.*?-->)*"
_SVG = re.compile(_BLANK + rb"(?:<!DOCTYPE svg[^>]*>\s*)?<(?:\w+:)?svg\b", re.DOTALL | re.IGNORECASE)
_WIDE = re.compile(rb"(?:[\t\n\r -~]\0){8}|(?:\0[\t\n\r -~]){8}")
_PAGE = re.compile(_BLANK + rb"<(?:!doctype html|html|head|body|title|script|meta)\b", re.DOTALL | re.IGNORECASE)

ENCRYPTED, PAGE, TEXT = "encrypted", "page", "text"  # what is named by a sentence of its own
OWN_SENTENCE = frozenset({ENCRYPTED, PAGE, TEXT})

_SUFFIXES = {
    **dict.fromkeys(("heic", "heics", "hif"), "HEIC"),
    **dict.fromkeys(("heif", "heifs"), "HEIF"),
    **dict.fromkeys(("avif", "avifs"), "AVIF"),
    **dict.fromkeys(("tif", "tiff"), "TIFF"),
    **dict.fromkeys(("dng", "cr2", "cr3", "crw", "nef", "nrw", "arw", "orf", "rw2", "raf", "pef", "srw"), "RAW"),
    **dict.fromkeys(("jp2", "j2k", "jpf", "jpx"), "JPEG 2000"),
    **dict.fromkeys(("psd", "psb"), "PSD"),
    **dict.fromkeys(("wmv", "asf"), "WMV"),
    **dict.fromkeys(("flv", "f4v"), "FLV"),
    **dict.fromkeys(("mpg", "mpeg", "vob", "ts", "mts", "m2ts"), "MPEG"),
    **dict.fromkeys(("3gp", "3g2"), "3GP"),
    **dict.fromkeys(("aif", "aiff", "aifc"), "AIFF"),
    **dict.fromkeys(("mid", "midi"), "MIDI"),
    **dict.fromkeys(("doc", "docx", "odt"), "DOC"),
    "jxl": "JPEG XL",
    "gz": "GZIP",
    "7z": "7z",
    "ai": "AI",
    "rm": "RealMedia",
    **{each: each.upper() for each in ("bmp", "svg", "ico", "pdf", "avi", "amr", "wma", "aac", "caf")},
    **{each: each.upper() for each in ("zip", "rar", "tar", "exe", "eps", "xcf", "exr")},
    **dict.fromkeys(("htm", "html", "xhtml", "mhtml"), PAGE),
    **dict.fromkeys(("txt", "md", "json", "csv", "log", "xml", "rtf"), TEXT),
}


def may_be_result(head: bytes) -> bool:
    """Whether a file that begins with `head` is a video or an image."""
    if head[4:8] in FIRST_BOXES:
        return True
    return head.startswith(_MAGIC) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP")


def other_kind(head: bytes) -> str | None:
    """What a file is that begins with `head` (512 bytes of it) and that `probe` does not know; None: nobody knows.

    The name of its format, or `ENCRYPTED`, `PAGE` or `TEXT`.
    """
    head = _in_utf_8(head)
    known = next((name for name, pattern in _OTHERS if re.match(pattern, head, re.DOTALL)), None)
    if known is not None and (known in _WRITTEN or not _is_text(head)):  # a text may well begin with "MAC "
        return known
    if _ENCRYPTED.match(head):
        return ENCRYPTED
    if _SVG.match(head):
        return "SVG"
    if _PAGE.match(head):
        return PAGE
    return TEXT if _is_text(head) else None


def other_kind_of_name(name: str) -> str | None:
    """What a file would be by its name, of the kinds that `probe` does not know or nobody takes; None: unknown."""
    return _SUFFIXES.get(name.rpartition(".")[2].lower()) if "." in name else None


def _in_utf_8(head: bytes) -> bytes:
    """A text of 16 bits a sign, as Windows keeps them: with its mark, or known by the zeros between Latin letters."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        form = "utf-16"
    elif _WIDE.match(head):
        form = "utf-16-be" if head[0] == 0 else "utf-16-le"
    else:
        return head
    text = head[: len(head) // 2 * 2].decode(form, "replace").encode()
    return text if _is_text(text) else head


def _is_text(head: bytes) -> bool:
    try:
        text = head.decode("utf-8", "strict" if len(head) < HEAD else "ignore")
    except UnicodeDecodeError:
        return False
    return bool(text) and all(sign.isprintable() or sign in "\t\r\n\f" for sign in text.removeprefix("\ufeff"))

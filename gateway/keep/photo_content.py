"""What an uploaded photo is, by its own bytes, and the same photo without what it tells of place, time and telephone.

Pixels are not touched: JPEG (ITU-T T.81, Exif 2.32), PNG (W3C, 3rd edition) and WebP (RFC 9649) are made of segments or
chunks, and only those that a picture needs are kept. Of Exif the orientation stays, or a telephone's photos would lie askew.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST_BYTES = 5_000_000

KINDS = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp"}
"""By the ending of the file, what it is for a browser."""

_EXIF, _ICC, _ADOBE = b"Exif\0\0", b"ICC_PROFILE\0", b"Adobe"
_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = frozenset(
    {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"sBIT"}
)
_WEBP_KEPT = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ICCP"})
_VP8X_ANIMATED, _VP8X_TOLD = 0x02, 0x0C
"""Bits of VP8X: it moves; Exif and XMP are in it."""

_SOI, _EOI, _SOS, _APP0, _APP1, _APP2, _APP14, _APP15, _COM = 0xD8, 0xD9, 0xDA, 0xE0, 0xE1, 0xE2, 0xEE, 0xEF, 0xFE
_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})
_ORIENTATION_TAG, _SHORT = 0x0112, 3
_UPRIGHT, _ORIENTATIONS = 1, range(1, 9)


class NoPhoto(Exception):
    """It is none, or one that is broken, as a sentence."""


def bare(content: bytes) -> tuple[str, bytes]:
    """The ending of its kind and the photo without metadata. Raises `NoPhoto`."""
    try:
        if content.startswith(b"\xff\xd8\xff"):
            return "jpg", _bare_jpeg(content)
        if content.startswith(_PNG):
            return "png", _bare_png(content)
        if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
            return "webp", _bare_webp(content)
    except (struct.error, IndexError) as cut:
        raise NoPhoto("the photo ends before it should") from cut
    raise NoPhoto("this is no JPEG, PNG or WebP")


# ---------------------------------------------------------------- JPEG


def _bare_jpeg(content: bytes) -> bytes:
    kept = [b"\xff\xd8"]
    orientation, frames, at = _UPRIGHT, 0, 2
    while True:
        while content[at : at + 2] == b"\xff\xff":  # fill bytes before a marker
            at += 1
        marker, segment = _jpeg_segment(content, at)
        at += 2 + len(segment)
        if marker == _EOI:
            break
        payload = segment[2:]
        if marker == _APP1 and payload.startswith(_EXIF):
            orientation = _orientation(payload[len(_EXIF) :])
        if not _told_by(marker, payload):
            kept.append(bytes((0xFF, marker)) + segment)
        frames += marker in _FRAMES
        if marker == _SOS:
            scanned = _scan_end(content, at)
            kept.append(content[at:scanned])
            at = scanned
    if frames != 1:
        raise NoPhoto("the JPEG has not one picture in it")
    if orientation != _UPRIGHT:
        kept.insert(1, _turned(orientation))
    return b"".join(kept) + b"\xff\xd9"


def _jpeg_segment(content: bytes, at: int) -> tuple[int, bytes]:
    """The marker there, and its segment with its length in front; nothing for a marker that has none."""
    if content[at] != 0xFF:  # noqa: PLR2004 - every marker begins so
        raise NoPhoto("the JPEG is broken")
    marker = content[at + 1]
    if marker == _EOI or marker in _ALONE:
        return marker, b""
    (length,) = struct.unpack_from(">H", content, at + 2)
    if length < 2 or at + 2 + length > len(content):  # noqa: PLR2004 - the length counts itself
        raise NoPhoto("the JPEG is broken")
    return marker, content[at + 2 : at + 2 + length]


def _told_by(marker: int, payload: bytes) -> bool:
    """Whether a segment only tells of the photo: all APPn and comments but JFIF, the colour profile and Adobe's transform."""
    if marker == _COM:
        return True
    if not _APP0 <= marker <= _APP15:
        return False
    needed = {_APP0: b"JFIF\0", _APP2: _ICC, _APP14: _ADOBE}.get(marker)
    return needed is None or not payload.startswith(needed)


def _scan_end(content: bytes, at: int) -> int:
    """Where the next marker is behind entropy-coded data: 0xFF that is neither stuffed nor a restart."""
    while True:
        at = content.find(b"\xff", at)
        if at < 0 or at + 1 >= len(content):
            raise NoPhoto("the JPEG ends before it should")
        following = content[at + 1]
        if following and following != 0xFF and following not in _ALONE:  # noqa: PLR2004 - a fill byte
            return at
        at += 1 if following == 0xFF else 2  # noqa: PLR2004 - the same


def _orientation(tiff: bytes) -> int:
    """Tag 0x0112 of IFD0 (Exif 2.32, 4.6.4 A); upright where there is none that can be read."""
    try:
        order = {b"II": "<", b"MM": ">"}[tiff[:2]]
        (first,) = struct.unpack_from(order + "I", tiff, 4)
        (count,) = struct.unpack_from(order + "H", tiff, first)
        for entry in range(first + 2, first + 2 + 12 * count, 12):
            tag, kind, _, value = struct.unpack_from(order + "HHIH", tiff, entry)
            if tag == _ORIENTATION_TAG and kind == _SHORT and value in _ORIENTATIONS:
                return int(value)
    except (KeyError, struct.error):
        pass
    return _UPRIGHT


def _turned(orientation: int) -> bytes:
    """An Exif segment that says nothing but how to hold the photo."""
    tiff = b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, _ORIENTATION_TAG, _SHORT, 1, orientation, 0, 0)
    return b"\xff\xe1" + struct.pack(">H", 2 + len(_EXIF) + len(tiff)) + _EXIF + tiff


# ---------------------------------------------------------------- PNG and WebP


def _bare_png(content: bytes) -> bytes:
    kept, names = [_PNG], []
    for name, chunk in _png_chunks(content):
        names.append(name)
        if name in _PNG_KEPT:
            kept.append(chunk)
    if names[0] != b"IHDR" or b"IDAT" not in names:
        raise NoPhoto("the PNG has no picture in it")
    return b"".join(kept)


def _png_chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Chunks whole, each with its name, up to the end of the picture; what stands behind it is none of it."""
    at, name = len(_PNG), b""
    while name != b"IEND":
        (length,) = struct.unpack_from(">I", content, at)
        name, chunk = content[at + 4 : at + 8], content[at : at + 12 + length]
        (checksum,) = struct.unpack_from(">I", chunk, 8 + length)
        if zlib.crc32(chunk[4 : 8 + length]) != checksum:
            raise NoPhoto("the PNG is broken")
        at += len(chunk)
        yield name, chunk


def _bare_webp(content: bytes) -> bytes:
    (size,) = struct.unpack_from("<I", content, 4)
    if 8 + size > len(content):
        raise NoPhoto("the WebP ends before it should")
    kept, names, at = [], set(), 12
    while at < 8 + size:
        name = content[at : at + 4]
        (length,) = struct.unpack_from("<I", content, at + 4)
        chunk = content[at : at + 8 + length]
        if len(chunk) < 8 + length:
            raise NoPhoto("the WebP is broken")
        at += 8 + length + length % 2
        if name == b"VP8X":
            if chunk[8] & _VP8X_ANIMATED:
                raise NoPhoto("the WebP moves: this is no photo")
            chunk = chunk[:8] + bytes((chunk[8] & ~_VP8X_TOLD,)) + chunk[9:]
        names.add(name)
        if name in _WEBP_KEPT:
            kept.append(chunk + b"\0" * (length % 2))
    if names.isdisjoint({b"VP8 ", b"VP8L"}):
        raise NoPhoto("the WebP has no picture in it")
    body = b"WEBP" + b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(body)) + body

"""Small pictures as cameras write them, with all that they tell beside the picture."""

from __future__ import annotations

import struct
import zlib

SECRET = b"31.2304N 121.4737E"
"""Where the photo was taken: this is in no file that we keep."""


def segment(marker: int, payload: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", 2 + len(payload)) + payload


def exif(orientation: int | None = None, order: str = "II") -> bytes:
    """An Exif segment with a place in it, and the orientation as its second entry."""
    mark, sign = (b"II*\0", "<") if order == "II" else (b"MM\0*", ">")
    entries = [struct.pack(sign + "HHII", 0x010F, 2, len(SECRET), 64)]
    if orientation is not None:
        entries.append(struct.pack(sign + "HHIHH", 0x0112, 3, 1, orientation, 0))
    tiff = mark + struct.pack(sign + "I", 8) + struct.pack(sign + "H", len(entries)) + b"".join(entries)
    return segment(0xE1, b"Exif\0\0" + tiff.ljust(64, b"\0") + SECRET)


def jpeg(*more: bytes, scan: bytes = b"\x12\xff\x00\x34\xff\xd0\x56", tail: bytes = b"") -> bytes:
    """A JPEG of one picture: tables, frame and scan are only as long as they say."""
    frame = segment(0xC0, b"\x08\x00\x01\x00\x01\x01\x01\x11\x00")
    parts = (b"\xff\xd8", segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"), *more, segment(0xDB, bytes(65)), frame)
    return (
        b"".join(parts)
        + segment(0xC4, bytes(17))
        + segment(0xDA, b"\x01\x01\x00\x00\x3f\x00")
        + scan
        + b"\xff\xd9"
        + tail
    )


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(*more: bytes, tail: bytes = b"") -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    picture = chunk(b"IDAT", zlib.compress(b"\0\x7f"))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(more) + picture + chunk(b"IEND", b"") + tail


def riff(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def webp(*more: bytes, flags: int = 0x0C, tail: bytes = b"") -> bytes:
    head = riff(b"VP8X", bytes((flags,)) + bytes(9))
    body = b"WEBP" + head + riff(b"VP8 ", b"pixels!") + b"".join(more)
    return b"RIFF" + struct.pack("<I", len(body)) + body + tail

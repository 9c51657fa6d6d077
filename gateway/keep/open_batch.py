"""The batch that is being filled: in a mapped file, so that `kill -9` at any instruction leaves every line that was taken.

The page cache belongs to the kernel and outlives the process, so taking a line costs a copy and no system call. The file is
never synced: that would wear out the flash, and the price is that a power cut may take the last second.

The file is one page about the process, two halves of which one fills while the other is on its way into `outbox.db`, and
notes: what the outbox would need if `outbox.db` were damaged. All numbers are in the machine's own order; a file from
another kind of machine is not believed. It is allocated in full at once: writing into a hole of a mapped file on a full
disk would end the process (SIGBUS).
"""

from __future__ import annotations

import json
import mmap
import os
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from drivers.contract import Json

OPEN_NAME = "outbox.open"
HALF_BYTES = 1 << 20
"""Over 2,000 lines of 500 bytes; at 2,000 short lines a second it outlasts a disk that does not answer for five seconds."""

_MAGIC = 0x31_6E_65_70_6F_70_47
_ALIVE = 1  # the second word of the first page
_PAGE = 4096
_HEAD = 64  # of a half: number, then two slots of two words each: points and end, CRC
_SLOTS = 1
_END = (1 << 32) - 1
_NOTE_BYTES = 32 * 1024
_NOTE = struct.Struct("=IIQ")  # CRC of all that follows, length of the JSON, how often notes were made
_NOTES_AT = _PAGE + 2 * HALF_BYTES
_FILE_BYTES = _NOTES_AT + 2 * _NOTE_BYTES


@dataclass(frozen=True, slots=True)
class Sealed:
    """A batch that takes no more lines: its number, what is in it, and in which half it stands."""

    seq: int
    t0_ns: int
    t1_ns: int
    lines: int
    points: int
    plain: bytes | memoryview
    half: int

    def release(self) -> None:
        """Let the half go; there is no `plain` any more."""
        if isinstance(self.plain, memoryview):
            self.plain.release()


@dataclass(frozen=True, slots=True)
class Remains:
    """What the last process left. `torn` counts halves that held something which cannot be read, with `torn_points`."""

    alive_until_utc: float = 0.0
    batches: tuple[Sealed, ...] = ()
    notes: Json = None
    torn: int = 0
    torn_points: int = 0


class Half:
    """One half: lines, one after the other. What `put` has taken outlives the process."""

    __slots__ = ("_data", "_words", "crc", "end", "limit", "lines", "number", "points", "seq", "t0_ns", "t1_ns")

    crc: int
    end: int
    limit: int
    """How many bytes it takes; 0 while it is shut."""
    lines: int
    points: int
    t0_ns: int
    t1_ns: int

    def __init__(self, number: int, view: memoryview) -> None:
        self.number = number
        self._words = view[:_HEAD].cast("q")
        self._data = view[_HEAD:]
        self.seq = 0
        self.limit = 0
        self._empty()

    def begin(self, seq: int) -> None:
        """Forget what is in it and take lines for the batch of this number."""
        self._words[_SLOTS] = self._words[_SLOTS + 2] = 0  # first: what stands there is of another batch
        self._words[0] = self.seq = seq
        self._empty()
        self.reopen()

    def reopen(self) -> None:
        """Take lines again."""
        self.limit = len(self._data)

    def shut(self) -> None:
        """Take no more lines until it is opened again."""
        self.limit = 0

    def put(self, line: bytes, points: int, utc_ns: int) -> bool:
        """Take a line; False when it does not fit.

        The slots take turns, so that one of them is whole at any instruction; end and points are one store of 8 bytes.
        """
        start = self.end
        end = start + len(line)
        if end > self.limit:
            return False
        self._data[start:end] = line
        if utc_ns > self.t1_ns:  # noqa: PLR1730 - max() doubles what a line costs
            self.t1_ns = utc_ns
        if utc_ns < self.t0_ns:  # noqa: PLR1730 - likewise
            self.t0_ns = utc_ns
        self.points += points
        self.crc = crc = zlib.crc32(line, self.crc)
        slot = _SLOTS + (self.lines & 1) * 2
        words = self._words
        words[slot + 1] = crc
        words[slot] = self.points << 32 | end
        self.lines += 1
        self.end = end
        return True

    def seal(self) -> Sealed:
        """Shut it. Its lines stay where they are until `begin`."""
        self.shut()
        plain = self._data[: self.end].toreadonly()
        return Sealed(self.seq, self.t0_ns, self.t1_ns, self.lines, self.points, plain, self.number)

    def resume(self, found: Sealed) -> None:
        """Hold what the last process left in this half, shut. In the mapped file it stands there already."""
        self.seq = found.seq
        self._data[: len(found.plain)] = found.plain

    def release(self) -> None:
        """Let the map go."""
        self._words.release()
        self._data.release()

    def _empty(self) -> None:
        self.end = self.lines = self.points = 0
        self.t0_ns, self.t1_ns = (1 << 63) - 1, -(1 << 63)
        self.crc = zlib.crc32(self._words[:1])


class OpenBatch:
    """The mapped file, or anonymous memory where there can be none: then `why` says so. `close` it."""

    def __init__(self, mapped: mmap.mmap, why: str = "") -> None:
        self.why = why
        self._map = mapped
        self._view = memoryview(mapped)
        self._words = self._view[:_PAGE].cast("q")
        if self._words[0] != _MAGIC:
            self._view[:] = bytes(len(self._view))
            self._words[0] = _MAGIC
        starts = (_PAGE, _PAGE + HALF_BYTES)
        self.halves = tuple(Half(at, self._view[start : start + HALF_BYTES]) for at, start in enumerate(starts))
        self._noted = max(count for count, _ in _notes(self._view))

    @classmethod
    def open(cls, path: Path) -> OpenBatch:
        """Map the file, making it where there is none. Never raises for what the disk does. `remains` must be read first."""
        try:
            file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            return cls(mmap.mmap(-1, _FILE_BYTES), _not_safe(path, error))
        try:
            if os.fstat(file).st_size != _FILE_BYTES:
                os.ftruncate(file, 0)
            os.posix_fallocate(file, 0, _FILE_BYTES)
            return cls(mmap.mmap(file, _FILE_BYTES))
        except OSError as error:
            return cls(mmap.mmap(-1, _FILE_BYTES), _not_safe(path, error))
        finally:
            os.close(file)

    def alive(self, utc: float) -> None:
        """Say that the process lives."""
        self._words[_ALIVE] = int(utc * 1e9)

    def note(self, notes: Json) -> None:
        """Keep notes in place of the last ones. What is too long for its place is left out: the old notes stay."""
        said = json.dumps(notes, separators=(",", ":")).encode()
        if len(said) > _NOTE_BYTES - _NOTE.size:
            return
        self._noted += 1
        start = _NOTES_AT + (self._noted & 1) * _NOTE_BYTES
        counted = _NOTE.pack(0, len(said), self._noted)[4:] + said
        self._view[start + 4 : start + 4 + len(counted)] = counted
        self._view[start : start + 4] = struct.pack("=I", zlib.crc32(counted))

    def close(self) -> None:
        """Let the file go; what is in it stays."""
        for half in self.halves:
            half.release()
        self._words.release()
        self._view.release()
        self._map.close()


def remains(path: Path) -> Remains:
    """What the last process left in the file: nothing where there is none, or where it is not to be believed."""
    try:
        image = path.read_bytes()
    except OSError:
        return Remains()
    if len(image) != _FILE_BYTES or struct.unpack_from("=q", image)[0] != _MAGIC:
        return Remains(torn=1 if image.strip(b"\0") else 0)
    alive_ns = max(0, struct.unpack_from("=q", image, 8 * _ALIVE)[0])
    batches: list[Sealed] = []
    torn = torn_points = 0
    for number in (0, 1):
        found, points = _sealed(image, number, alive_ns)
        if found is not None:
            batches.append(found)
        elif points:
            torn, torn_points = torn + 1, torn_points + points
    _, notes = max(_notes(memoryview(image)), key=lambda noted: noted[0])
    return Remains(alive_ns / 1e9, tuple(sorted(batches, key=lambda found: found.seq)), notes, torn, torn_points)


def _sealed(image: bytes, number: int, alive_ns: int) -> tuple[Sealed | None, int]:
    """The batch of a half if it is whole, and how many points the half claims to hold."""
    start = _PAGE + number * HALF_BYTES
    seq, *slots = struct.unpack_from("=5q", image, start)
    seed = zlib.crc32(image[start : start + 8])
    data = memoryview(image)[start + _HEAD : start + HALF_BYTES]
    claimed = 0
    for filled, crc in sorted(((slots[0], slots[1]), (slots[2], slots[3])), key=lambda slot: slot[0] & _END)[::-1]:
        end, points = filled & _END, filled >> 32
        if 0 < end <= len(data):
            claimed = max(claimed, min(points, end))
            if zlib.crc32(data[:end], seed) == crc:
                plain = bytes(data[:end])
                times = _times(plain) or [alive_ns]
                return Sealed(seq, min(times), max(times), plain.count(b"\n"), points, plain, number), points
    return None, claimed


def _times(plain: bytes) -> list[int]:
    """When its lines were received: the last word of each."""
    words = (line.rpartition(b" ")[2] for line in plain.splitlines())
    return [int(word) for word in words if word.isdigit()]


def _notes(view: memoryview) -> list[tuple[int, Json]]:
    """How often notes were made, and the notes, of both places; 0 and None where they cannot be believed."""
    found: list[tuple[int, Json]] = []
    for start in (_NOTES_AT, _NOTES_AT + _NOTE_BYTES):
        crc, length, count = _NOTE.unpack_from(view, start)
        counted = view[start + 4 : start + min(_NOTE.size + length, _NOTE_BYTES)]
        whole = zlib.crc32(counted) == crc and length
        found.append((count, json.loads(bytes(counted[_NOTE.size - 4 :]))) if whole else (0, None))
    return found


def _not_safe(path: Path, error: OSError) -> str:
    return (
        f"The open batch {path} cannot be made ({error.strerror}): until the next start a crash of the gateway "
        f"takes the last second of telemetry. Give the data folder room and the right to be written."
    )

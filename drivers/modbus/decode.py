"""From the bytes of an answer to values. Pure, and on the hot path: every answer of every door comes through here.

The registers of a read are cut into cells: a register with its bits, a 32-bit number, eight coils. A cell remembers
what its contents mean, so that a changed answer costs one look-up a cell; devices of one product share that memory.
"""

from __future__ import annotations

import struct
from array import array
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import chain, groupby
from operator import getitem
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from drivers.contract import Fault, Quality, Value
from drivers.modbus.meaning import Judge, Raw, judge
from drivers.modbus.plan import BITS_PER_BYTE, REGISTER_BYTES, Mapped, Read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from drivers.product import BlockCheck

Answer: TypeAlias = tuple[tuple[Value, ...], tuple[Fault | None, ...] | None]
"""Values in the order of `Read.points`, and the faults beside them; None when all are good."""

BLOCK_CHECK_FAILED = Fault(Quality.BAD, "block check failed")

REMEMBERED = 1024
"""Contents that one cell remembers before it starts anew: door bits take a few dozen, a counter passes through."""

CRC16_POLYNOMIAL = 0xA001
"""CRC-16/MODBUS, bit-reversed (Modbus over Serial Line V1.02, 6.2.2)."""


class Decoder:
    """Turns the answers of one read of one device into values.

    `credential_key` (any length) keys the hash of card numbers; a read with a card refuses an empty one (ValueError).
    """

    __slots__ = ("_answer", "_cells", "_checks", "_last", "_unpack")

    def __init__(self, read: Read, credential_key: bytes) -> None:
        has_card = any(point.credential for point in read.points)
        if has_card and not credential_key:
            raise ValueError("a reader of cards needs a credential key")
        layout = _layout(read, credential_key if has_card else b"")
        self._unpack, self._cells, self._checks = layout
        self._last = b""
        self._answer: Answer = ((), None)

    def decode(self, data: bytes) -> Answer:
        """Values and faults of an answer's payload: what follows function code and byte count, whole.

        Never raises for bytes of the right length. An answer that means the same as the last one gives the very same
        objects again.
        """
        if data == self._last:
            return self._answer
        raws = self._unpack(data)
        row: list[Value] = []
        for cell_values in map(getitem, self._cells, raws):  # a third faster than a comprehension
            row += cell_values
        values = tuple(row)
        faults = self._faults(raws) if None in values else None
        for check in self._checks:
            if not check.holds(data):
                values, faults = check.refuted(values, faults)
        if values != self._answer[0] or faults != self._answer[1]:
            self._answer = values, faults
        self._last = data
        return self._answer

    def _faults(self, raws: Sequence[Raw]) -> tuple[Fault | None, ...] | None:
        faults = tuple(chain.from_iterable(cell.faults(raw) for cell, raw in zip(self._cells, raws, strict=True)))
        return faults if any(faults) else None


class _Cell(dict[Raw, tuple[Value, ...]]):
    """What each content of a cell means: the values of its points. Learns a content when it is first seen."""

    __slots__ = ("_judges", "_remembers")

    def __init__(self, judges: tuple[Judge, ...], *, remembers: bool) -> None:
        super().__init__()
        self._judges = judges
        self._remembers = remembers

    def __missing__(self, raw: Raw) -> tuple[Value, ...]:
        values = tuple(judge(raw)[0] for judge in self._judges)
        if self._remembers:
            if len(self) >= REMEMBERED:
                self.clear()
            self[raw] = values
        return values

    def faults(self, raw: Raw) -> tuple[Fault | None, ...]:
        """Why values of this content are None; seldom asked, not remembered."""
        return tuple(judge(raw)[1] for judge in self._judges)


@dataclass(frozen=True, slots=True)
class _Check:
    """The sum of a block inside the answer. `points` are the indices of the values that it vouches for."""

    words: struct.Struct
    start: int
    sum_at: int
    points: tuple[int, ...]

    def holds(self, data: bytes) -> bool:
        """Whether the sum in the block is that of the registers before it."""
        found = int.from_bytes(data[self.sum_at : self.sum_at + REGISTER_BYTES], "big")
        return crc16(self.words.unpack_from(data, self.start)) == found

    def refuted(self, values: tuple[Value, ...], faults: tuple[Fault | None, ...] | None) -> Answer:
        """The answer without the values of a block that does not hold."""
        kept, why = list(values), list(faults or [None] * len(values))
        for index in self.points:
            kept[index], why[index] = None, BLOCK_CHECK_FAILED
        return tuple(kept), tuple(why)


def crc16(words: Sequence[int]) -> int:
    """CRC-16/MODBUS over bytes taken as little-endian 16-bit words."""
    table = _crc16_table()
    crc = 0xFFFF
    for word in words:
        crc = table[crc ^ word]
    return crc


@cache
def _crc16_table() -> array[int]:
    """The sum's next state for each of the 65536 states: two bytes a step. 128 kB, made when a block is first seen."""
    table = array("H", bytes(2 * 0x10000))
    for bit in range(16):
        # the sum is linear: each bit's own remainder, then all others by exclusive or
        remainder = 1 << bit
        for _ in range(16):
            remainder = remainder >> 1 ^ (CRC16_POLYNOMIAL if remainder & 1 else 0)
        size = 1 << bit
        table[size : 2 * size] = array("H", [known ^ remainder for known in table[:size]])
    return table


class _Layout(NamedTuple):
    unpack: Callable[[bytes], tuple[Raw, ...]]
    cells: tuple[_Cell, ...]
    checks: tuple[_Check, ...]


@lru_cache(maxsize=256)
def _layout(read: Read, credential_key: bytes) -> _Layout:
    """The cells of a read. One for all devices of a product: 400 controllers must not remember 400 times the same."""
    places: list[tuple[int, str]] = []
    cells: list[_Cell] = []
    for (start, form), points in groupby(read.points, key=lambda point: _place(point, read)):
        members = tuple(points)
        judges = tuple(judge(point, credential_key, _bit(point, read)) for point in members)
        places.append((start, form))
        # a card's number stays in memory no longer than its answer
        cells.append(_Cell(judges, remembers=not any(point.credential for point in members)))
    checks = tuple(_check(block, read) for block in read.checks)
    return _Layout(_unpacker(places, _payload_bytes(read)), tuple(cells), checks)


def _place(point: Mapped, read: Read) -> tuple[int, str]:
    """Where a point's cell starts in the payload, in bytes, and its struct format."""
    offset = point.address - read.address
    if read.function in (1, 2):
        return offset // BITS_PER_BYTE, "B"
    return offset * REGISTER_BYTES, "H" if point.count == 1 else f"{point.count * REGISTER_BYTES}s"


def _bit(point: Mapped, read: Read) -> int:
    """A point's lowest bit in its cell; coils come with the lowest address in the lowest bit (V1.1b3, 6.1)."""
    return (point.address - read.address) % BITS_PER_BYTE if read.function in (1, 2) else point.bit


def _payload_bytes(read: Read) -> int:
    return -(-read.count // BITS_PER_BYTE) if read.function in (1, 2) else read.count * REGISTER_BYTES


def _unpacker(places: Sequence[tuple[int, str]], length: int) -> Callable[[bytes], tuple[Raw, ...]]:
    """One struct for all cells; a further one wherever a cell starts before the last one ended."""
    layers = [struct.Struct(form) for form in _formats(places, length)]
    if len(layers) == 1:
        return layers[0].unpack
    return lambda data: tuple(raw for layer in layers for raw in layer.unpack(data))


def _formats(places: Sequence[tuple[int, str]], length: int) -> Iterator[str]:
    form, at = ">", 0
    for start, cell in places:
        if start < at:
            yield f"{form}{length - at}x"
            form, at = ">", 0
        form += f"{start - at}x{cell}"
        at = start + struct.calcsize(f">{cell}")
    yield f"{form}{length - at}x"


def _check(block: BlockCheck, read: Read) -> _Check:
    start = (block.address - read.address) * REGISTER_BYTES
    end = block.address + block.count
    return _Check(
        words=struct.Struct(f"<{block.crc16_at}H"),
        start=start,
        sum_at=start + block.crc16_at * REGISTER_BYTES,
        points=tuple(index for index, point in enumerate(read.points) if block.address <= point.address < end),
    )

"""One pass over a profile against a live device, for `gridpost try`: what the registers hold and what they mean.

Reads only. Prints nothing.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from drivers.contract import Pace, Quality
from drivers.modbus.decode import Decoder
from drivers.modbus.frame import ExceptionReply, ModbusError
from drivers.modbus.plan import REGISTER_BYTES, device
from drivers.modbus.wires import make_wire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from drivers.contract import Fault, Value
    from drivers.modbus.places import Place
    from drivers.modbus.plan import Mapped, Read
    from drivers.product import Profile

TABLES = {1: "coils", 2: "discrete inputs", 3: "holding registers", 4: "input registers"}
"""What each function reads (Modbus Application Protocol V1.1b3, 4.3)."""

_HINTS = {
    1: "the device does not know this function: look in its manual where {table} are read",
    2: "the device does not have all of these addresses: they are zero-based (40001 is function 3, address 0), and "
    "`bridge_registers` must be 0 where gaps are refused",
    3: "the device does not answer {count} at once: lower `limits: {{{limit}: ...}}`",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A point as it was read. `why` says why it is not good."""

    key: str
    value: Value
    unit: str
    quality: Quality
    why: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """One read. `raw` has a register or a bit for each address, None where a card's number stands.

    `problem` is "" or a sentence; then `raw` and `points` are empty.
    """

    read: Read
    where: str
    raw: tuple[int | None, ...]
    points: tuple[Shown, ...]
    problem: str


async def attempt(
    profile: Profile, place: Place, unit: int = 1, *, timeout_seconds: float = 1.0
) -> AsyncIterator[Attempt]:
    """Read everything in a profile once, fast points first.

    Raises LineLost or Misconfigured when the place cannot be reached, and LineLost when it is lost.
    """
    key = secrets.token_bytes()  # nobody needs to know a card again that was shown here
    _, reads = device(profile.product, profile, dict.fromkeys(Pace, 1.0))
    wire = make_wire(place)
    await wire.connect()
    try:
        for read in reads:
            try:
                data = await wire.read(unit, read.function, read.address, read.count, timeout_seconds)
            except ModbusError as error:
                yield Attempt(read, where(read), (), (), _problem(error, read))
            else:
                values, faults = Decoder(read, key).decode(data)
                pairs = zip(read.points, values, faults or (None,) * len(values), strict=True)
                yield Attempt(read, where(read), _raw(read, data), tuple(_shown(*pair) for pair in pairs), "")
    finally:
        wire.close()


def where(read: Read) -> str:
    """What a read asks for, as "holding registers 0x0000 to 0x0013"."""
    last = read.address + read.count - 1
    return f"{TABLES[read.function]} {read.address:#06x} to {last:#06x}"


def _raw(read: Read, data: bytes) -> tuple[int | None, ...]:
    if read.function in (1, 2):
        bits = int.from_bytes(data, "little")
        return tuple(bits >> index & 1 for index in range(read.count))
    words: list[int | None] = [
        int.from_bytes(data[at : at + REGISTER_BYTES], "big") for at in range(0, len(data), REGISTER_BYTES)
    ]
    for point in read.points:
        if point.credential:
            start = point.address - read.address
            words[start : start + point.count] = [None] * point.count
    return tuple(words)


def _shown(point: Mapped, value: Value, fault: Fault | None) -> Shown:
    quality, why = (fault.quality, fault.why) if fault else (Quality.GOOD, "")
    return Shown(point.point.key, value, point.point.unit, quality, why)


def _problem(error: ModbusError, read: Read) -> str:
    if not isinstance(error, ExceptionReply) or error.code not in _HINTS:
        return str(error)
    limit = "max_bits" if read.function in (1, 2) else "max_registers"
    hint = _HINTS[error.code].format(table=TABLES[read.function], count=read.count, limit=limit)
    return f"exception {error.code:02} ({error}): {hint}"

"""Whether the unit that answers is the one that is expected: the product's marks, and the serial number."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from drivers.contract import Misconfigured
from drivers.modbus.decode import Decoder
from drivers.modbus.frame import Frame
from drivers.modbus.plan import mapped, plan
from drivers.product import Quantity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from drivers.contract import Value
    from drivers.modbus.act import Talk
    from drivers.modbus.plan import Read
    from drivers.modbus.unit import Unit
    from drivers.product import Expected, Profile

_SERIAL = "serial"


@dataclass(frozen=True, slots=True)
class Found:
    """Who answered. `why` says what does not fit, as a sentence, and is "" when all does; `serial` is "" where none is."""

    serial: str = ""
    why: str = ""


class Identity:
    """What to ask a unit before it is believed. `frames` is empty where the product has neither marks nor a serial number.

    `serial` is the serial number that is configured, None for any. Raises Misconfigured where there is none to read.
    """

    def __init__(self, profile: Profile, unit: int, serial: int | str | None) -> None:
        self._configured = self.expected = None if serial is None else str(serial)
        if serial is not None and profile.identity.serial is None:
            raise Misconfigured(
                f"{profile.product} has no serial number to read: take `serial` out of the configuration"
            )
        marks = _marks(profile)
        self._checks = marks.checks
        self.frames = tuple(Frame.reading(unit, read.function, read.address, read.count) for read in marks.reads)
        self._decoders = tuple(Decoder(read, b"") for read in marks.reads)
        self._keys = tuple(point.point.key for read in marks.reads for point in read.points)
        serial_read = marks.serial_read
        self._serial_decoder = Decoder(serial_read, b"") if serial_read else None
        self.serial_frame = (
            Frame.reading(unit, serial_read.function, serial_read.address, serial_read.count) if serial_read else None
        )
        """Reads the serial number alone; None where the product has none."""

    def expect(self, serial: str | None) -> bool:
        """Expect another serial number than the configured one, or with None that one again. True when that is a change."""
        before, self.expected = self.expected, self._configured if serial is None else serial
        return self.expected != before

    def found(self, answers: Sequence[bytes]) -> Found:
        """Who answered. `answers` are the contents of `frames`' answers in order."""
        values = [
            value
            for decoder, answer in zip(self._decoders, answers, strict=True)
            for value in decoder.decode(answer)[0]
        ]
        found = dict(zip(self._keys, values, strict=True))
        serial = "" if (value := found.get(_SERIAL)) is None else str(value)
        return Found(serial, "; ".join(self._misfits(found, serial)))

    def misfit(self, answers: Sequence[bytes]) -> str:
        """What does not fit, as a sentence; "" when all does."""
        return self.found(answers).why

    def serial_in(self, content: bytes) -> str:
        """The serial number in the answer to `serial_frame`."""
        assert self._serial_decoder is not None  # noqa: S101  nobody has an answer to a frame that is not there
        value = self._serial_decoder.decode(content)[0][0]
        return "" if value is None else str(value)

    def wrong_serial(self, serial: str) -> str:
        """Why a serial number is not the expected one; "" when it is, or when any would do."""
        if self.expected is None or serial == self.expected:
            return ""
        return f"serial {self.expected} expected, {serial or 'none'} found"

    def _misfits(self, found: Mapping[str, Value], serial: str) -> list[str]:
        wrong: list[str] = []
        for key, check in self._checks.items():
            register = found[key]
            if not isinstance(register, int) or register & check.mask != check.equals:
                wrong.append(f"expected {check.what} ({check.equals:#06x}), found {register:#06x}")
        if why := self.wrong_serial(serial):
            wrong.append(why)
        return wrong


async def recognise(talk: Talk, unit: Unit) -> str:
    """Read the serial number before something is written, in the same step; returns why it may not be, or "".

    Where no serial number is expected nothing is read. A wrong one marks the unit as `mistaken`. Raises ModbusError.
    """
    frame = unit.identity.serial_frame
    if frame is None or unit.identity.expected is None:
        return ""
    serial = unit.identity.serial_in(await talk.ask(unit, frame))
    why = unit.identity.wrong_serial(serial)
    if why:
        unit.mistaken = Found(serial, why)
    return why


@dataclass(frozen=True, slots=True)
class _Marks:
    checks: Mapping[str, Expected]
    """The product's marks by name."""
    reads: tuple[Read, ...]
    """What asks for them, and for the serial number."""
    serial_read: Read | None


@lru_cache(maxsize=64)
def _marks(profile: Profile) -> _Marks:
    checks = {f"check_{number}": check for number, check in enumerate(profile.identity.checks)}
    fields = [Quantity(key=key, function=check.function, address=check.address) for key, check in checks.items()]
    serial_read = None
    if profile.identity.serial is not None:
        field = Quantity(key=_SERIAL, **profile.identity.serial.model_dump())
        fields.append(field)
        (serial_read,) = plan([mapped(field)], profile.limits)
    return _Marks(checks, plan([mapped(field) for field in fields], profile.limits), serial_read)

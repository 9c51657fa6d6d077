"""Whether the unit that answers is the one that is configured: the product's marks, and the serial number."""

from __future__ import annotations

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
    from drivers.modbus.plan import Read
    from drivers.product import Expected, Profile

_SERIAL = "serial"


class Identity:
    """What to ask a unit before it is believed. `frames` is empty where the product has no mark and no serial is set."""

    def __init__(self, profile: Profile, unit: int, serial: int | str | None) -> None:
        self._serial = None if serial is None else str(serial)
        self._checks, reads = _marks(profile, with_serial=serial is not None)
        self.frames = tuple(Frame.reading(unit, read.function, read.address, read.count) for read in reads)
        self._decoders = tuple(Decoder(read, b"") for read in reads)
        self._keys = tuple(point.point.key for read in reads for point in read.points)

    def misfit(self, answers: Sequence[bytes]) -> str:
        """What does not fit, as a sentence; "" when all does. `answers` are the contents of `frames`' answers in order."""
        values = [
            value
            for decoder, answer in zip(self._decoders, answers, strict=True)
            for value in decoder.decode(answer)[0]
        ]
        found = dict(zip(self._keys, values, strict=True))
        return "; ".join(self._misfits(found))

    def _misfits(self, found: Mapping[str, Value]) -> list[str]:
        wrong: list[str] = []
        for key, check in self._checks.items():
            register = found[key]
            if not isinstance(register, int) or register & check.mask != check.equals:
                wrong.append(f"expected {check.what} ({check.equals:#06x}), found {register:#06x}")
        if self._serial is not None and str(found[_SERIAL]) != self._serial:
            wrong.append(f"expected serial {self._serial}, found {found[_SERIAL]}")
        return wrong


@lru_cache(maxsize=64)
def _marks(profile: Profile, *, with_serial: bool) -> tuple[Mapping[str, Expected], tuple[Read, ...]]:
    """The product's marks by name, and the reads that ask for them. Raises Misconfigured where there is no serial to ask."""
    checks = {f"check_{number}": check for number, check in enumerate(profile.identity.checks)}
    fields = [Quantity(key=key, function=check.function, address=check.address) for key, check in checks.items()]
    if with_serial:
        field = profile.identity.serial
        if field is None:
            raise Misconfigured(
                f"{profile.product} has no serial number to read: take `serial` out of the configuration"
            )
        fields.append(Quantity(key=_SERIAL, **field.model_dump()))
    return checks, plan([mapped(field) for field in fields], profile.limits)

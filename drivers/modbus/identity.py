"""Whether the unit that answers is the one that is configured: the product's marks, and the serial number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.contract import Misconfigured
from drivers.modbus.decode import Decoder
from drivers.modbus.frame import Frame
from drivers.modbus.plan import mapped, plan
from drivers.product import Quantity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from drivers.contract import Value
    from drivers.product import Profile

_SERIAL = "serial"


class Identity:
    """What to ask a unit before it is believed. `frames` is empty where the product has no mark and no serial is set."""

    def __init__(self, profile: Profile, unit: int, serial: int | str | None) -> None:
        self._checks = {f"check_{number}": check for number, check in enumerate(profile.identity.checks)}
        self._serial = None if serial is None else str(serial)
        fields = [
            Quantity(key=key, function=check.function, address=check.address) for key, check in self._checks.items()
        ]
        if serial is not None:
            field = profile.identity.serial
            if field is None:
                raise Misconfigured(
                    f"{profile.product} has no serial number to read: take `serial: {serial}` out of the configuration"
                )
            fields.append(Quantity(key=_SERIAL, **field.model_dump()))
        reads = plan([mapped(field) for field in fields], profile.limits)
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

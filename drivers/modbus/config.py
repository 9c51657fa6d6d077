"""What the installer writes for a Modbus line. Imports no protocol library; `build` does, and touches no network."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from drivers.entry import HexKey
from drivers.modbus.wire_time import Parity, speed_in_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from drivers.modbus.driver import ModbusLine

Item = TypeVar("Item", int, str)
Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]


class ModbusDevice(BaseModel):
    """One unit on the line."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Id = Field(description="The device's name, unique in the compound: lower case, digits, - and _.")
    product: str = Field(
        min_length=1, description="The product's profile: the name of a file in drivers/profiles or your own folder."
    )
    unit: int = Field(ge=0, le=255, description="The Modbus unit id; 255 (or 0, or 1) for a device that stands alone.")
    serial: int | str | None = Field(
        default=None,
        description="The serial number that the device must have; a box that was swapped is reported and not believed.",
    )


Framing = Literal["tcp", "rtu"]
StopBits = Annotated[int, Field(ge=1, le=2)]
LAST_SERIAL_UNIT: Final = 247
"""Modbus over Serial Line V1.02, 2.2; 0 is everybody, and nobody answers to it."""


class SerialLine(BaseModel):
    """A serial port of the box, with an RS-485 bus on it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str = Field(
        min_length=1,
        description="The port: /dev/ttyS1, or for a USB adapter best its lasting name under /dev/serial/by-id.",
    )
    baud: int = Field(default=19200, ge=300, le=1_000_000, description="Bits per second, the same at every unit.")
    parity: Parity = Field(default="even", description="`even` is the standard's; many devices come with `none`.")
    stop_bits: StopBits | None = Field(
        default=None, description="1 with parity and 2 without, as the standard has it; `1` for devices set to 8N1."
    )
    rs485: bool = Field(
        default=False,
        description="`true` where the port switches its RS-485 driver by RTS and the kernel must do it (TIOCSRS485). USB "
        "adapters do it themselves.",
    )
    low_latency: bool = Field(
        default=True, description="Ask the port to hand on bytes at once (ASYNC_LOW_LATENCY) where it can."
    )

    @property
    def speed(self) -> str:
        """As people write it: 19200 8E1."""
        return speed_in_words(self.baud, self.parity, self.stop_bits)


class Bus(BaseModel):
    """The serial bus behind a TCP to RTU gateway, as it is set there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    baud: int = Field(ge=300, le=1_000_000, description="Bits per second.")
    parity: Parity = Field(default="even", description="Parity.")
    stop_bits: StopBits | None = Field(default=None, description="1 with parity and 2 without, unless written.")
    timeout_seconds: float | None = Field(
        default=None,
        ge=0.01,
        le=10,
        description="How long the gateway waits for a unit. We wait 0.2 s longer, so that its late answers do not shift.",
    )


class ModbusConfig(BaseModel):
    """A Modbus host or serial port with its units: one connection, one request at a time."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Id = Field(description="The line's name, unique in the compound.")
    driver: Literal["modbus"] = Field(default="modbus", description="Always `modbus`.")
    host: str = Field(
        default="", description="Name or IP address of the controller or of the TCP to RTU gateway; or give `serial`."
    )
    port: int = Field(default=502, ge=1, le=65535, description="TCP port.")
    framing: Framing = Field(
        default="tcp",
        description="`rtu` for serial device servers that pass bytes through: serial frames inside a TCP connection.",
    )
    serial: SerialLine | None = Field(default=None, description="A serial port of this box; or give `host`.")
    bus: Bus | None = Field(
        default=None,
        description="The serial bus behind `host`, where it is known: for its load and for how long to wait for an answer.",
    )
    turnaround_seconds: float = Field(
        default=0.01,
        ge=0,
        le=1,
        description="What a unit takes to begin its answer, for the planned load of a serial bus.",
    )
    tid: Literal["strict", "ignore"] = Field(
        default="strict",
        description="`ignore` for gateways that answer with a wrong transaction id; the connection is then closed after "
        "every time-out.",
    )
    fast_seconds: float = Field(default=0.25, ge=0.05, le=60, description="How often fast points are read.")
    normal_seconds: float = Field(default=1.0, ge=0.05, le=3600, description="How often normal points are read.")
    slow_seconds: float = Field(default=60.0, ge=0.05, le=86400, description="How often slow points are read.")
    timeout_seconds: float = Field(
        default=0.5,
        ge=0.15,
        le=10,
        description="The longest wait for an answer. The driver learns a shorter one from each unit, not under 0.15 s.",
    )
    profile_folders: tuple[Path, ...] = Field(default=(), description="More folders with product profiles.")
    credential_key: HexKey | None = Field(
        default=None,
        description="The site key in hex, under which card numbers are hashed; without it a random one per start.",
    )
    devices: tuple[ModbusDevice, ...] = Field(min_length=1, description="The units on this line.")

    @model_validator(mode="after")
    def _reachable_in_one_way(self) -> Self:
        if bool(self.host) == (self.serial is not None):
            raise ValueError("give either host (a TCP host) or serial (a port of this box)")
        only_for_hosts = [key for key in ("port", "framing", "tid", "bus") if key in self.model_fields_set]
        if self.serial is not None and only_for_hosts:
            raise ValueError(f"{' and '.join(only_for_hosts)} belongs to a host, not to a serial port")
        if self.framing == "rtu" and self.tid == "ignore":
            raise ValueError("tid: serial frames (framing: rtu) have no transaction ids")
        if self.serial is not None or self.framing == "rtu":
            wrong = [device for device in self.devices if not 1 <= device.unit <= LAST_SERIAL_UNIT]
            if wrong:
                units = ", ".join(f"{device.id} has {device.unit}" for device in wrong)
                raise ValueError(f"on a serial line units are 1 to {LAST_SERIAL_UNIT}: {units}")
        return self

    @model_validator(mode="after")
    def _told_apart(self) -> Self:
        ids = _repeated(device.id for device in self.devices)
        units = _repeated(device.unit for device in self.devices)
        wrong = [f"device id {name!r} is there twice" for name in ids]
        wrong += [
            f"unit {unit} belongs to both " + " and ".join(d.id for d in self.devices if d.unit == unit)
            for unit in units
        ]
        if wrong:
            raise ValueError("; ".join(wrong))
        return self

    @property
    def address(self) -> str:
        """Where the line leads: "10.0.0.7:502", "10.0.0.7:502 (RTU)", "/dev/ttyUSB0 19200 8E1"."""
        if self.serial is not None:
            return f"{self.serial.path} {self.serial.speed}"
        return f"{self.host}:{self.port}{' (RTU)' if self.framing == 'rtu' else ''}"

    def build(self) -> ModbusLine:
        """Make the driver. Raises `Misconfigured` when a product has no usable profile."""
        from drivers.modbus.driver import ModbusLine

        return ModbusLine(self)


def _repeated(items: Iterable[Item]) -> list[Item]:
    return [item for item, times in Counter(items).items() if times > 1]

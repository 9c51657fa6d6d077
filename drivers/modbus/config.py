"""What the installer writes for a Modbus TCP line. Imports no protocol library; `build` does, and touches no network."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

if TYPE_CHECKING:
    from collections.abc import Iterable

    from drivers.modbus.driver import ModbusLine

Item = TypeVar("Item", int, str)
Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]


class ModbusDevice(BaseModel):
    """One unit behind the line's host."""

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


class ModbusConfig(BaseModel):
    """A Modbus TCP host with its units: one connection, one request at a time."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Id = Field(description="The line's name, unique in the compound.")
    driver: Literal["modbus"] = Field(default="modbus", description="Always `modbus`.")
    host: str = Field(min_length=1, description="Name or IP address of the controller or of the TCP to RTU gateway.")
    port: int = Field(default=502, ge=1, le=65535, description="TCP port.")
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
    credential_key: SecretStr | None = Field(
        default=None,
        description="Key of the hash under which card numbers leave the driver; without it a random one per start.",
    )
    devices: tuple[ModbusDevice, ...] = Field(min_length=1, description="The units behind this host.")

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
        """Host and port."""
        return f"{self.host}:{self.port}"

    def build(self) -> ModbusLine:
        """Make the driver. Raises `Misconfigured` when a product has no usable profile."""
        from drivers.modbus.driver import ModbusLine

        return ModbusLine(self)


def _repeated(items: Iterable[Item]) -> list[Item]:
    return [item for item, times in Counter(items).items() if times > 1]

"""What the installer writes for a set of Bluetooth receivers. Imports no protocol library; `build` touches no network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from drivers.entry import HexKey
from drivers.secret import Secret

if TYPE_CHECKING:
    from drivers.ble.driver import BleLine

Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]


class Receiver(BaseModel):
    """One receiver: a Bluetooth adapter of this box, or an ESPHome Bluetooth proxy on the network."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Id = Field(description="The receiver's name, unique in the compound: lower case, digits, - and _.")
    adapter: str = Field(
        default="",
        pattern=r"^(hci\d{1,2})?$",
        description="A Bluetooth adapter of this box, such as hci0; or give `proxy`.",
    )
    proxy: str = Field(
        default="",
        pattern=r"^([^\s:]+:\d{1,5}|\[[0-9a-fA-F:]+\]:\d{1,5})?$",
        description="HOST:PORT of an ESPHome Bluetooth proxy (its native API, usually port 6053); or give `adapter`.",
    )
    key: Secret | None = Field(
        default=None, description="A proxy's API encryption key (base64, as in its ESPHome configuration)."
    )

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        if bool(self.adapter) == bool(self.proxy):
            raise ValueError("give either adapter (of this box) or proxy (HOST:PORT)")
        if self.key is not None and not self.proxy:
            raise ValueError("key belongs to a proxy")
        return self


class BleConfig(BaseModel):
    """A set of receivers, and the detectors whose sensors they hear."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Id = Field(description="The line's name, unique in the compound.")
    driver: Literal["ble"] = Field(description="Always `ble`.")
    devices: tuple[Receiver, ...] = Field(min_length=1, description="The receivers. Several may hear the same sensor.")
    detectors: Mapping[str, str] = Field(
        default={},
        description="Not written here: the gateway fills in the detectors of this line from the section `detectors`, by "
        "name with their kind.",
    )
    profile_folders: tuple[Path, ...] = Field(default=(), description="More folders with product profiles.")
    credential_key: HexKey | None = Field(
        default=None,
        description="The site key in hex digits, under which sensors' keys are sealed; filled in by the gateway.",
    )

    @model_validator(mode="after")
    def _told_apart(self) -> Self:
        ids = Counter(receiver.id for receiver in self.devices)
        wrong = [f"device id {name!r} is there twice" for name, times in ids.items() if times > 1]
        radios: dict[str, list[str]] = {}
        for receiver in self.devices:
            radios.setdefault(receiver.adapter or receiver.proxy, []).append(receiver.id)
        wrong += [f"{radio} belongs to both {' and '.join(of)}" for radio, of in radios.items() if len(of) > 1]
        if wrong:
            raise ValueError("; ".join(wrong))
        return self

    @property
    def address(self) -> str:
        """For people: how many receivers there are."""
        first = self.devices[0]
        more = f" and {len(self.devices) - 1} more" if len(self.devices) > 1 else ""
        return f"{first.adapter or first.proxy}{more}"

    def build(self) -> BleLine:
        """Make the driver. Raises Misconfigured for a profile that cannot be used."""
        from drivers.ble.driver import BleLine

        return BleLine(self)

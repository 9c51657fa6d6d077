"""What things are called and where they stand: the part of the configuration that the HTTP face shows.

`gateway.config` makes one from `compound.yaml`; a reload makes a new one. Standard library only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.model import Place


@dataclass(frozen=True, slots=True)
class Compound:
    """The compound as a whole. `language` is the first language of the page ("zh-CN" or "en"); `timezone` is an IANA name."""

    id: str
    name: str
    households: int = 0
    language: str = "zh-CN"
    simulated: bool = False
    timezone: str = "Asia/Shanghai"


@dataclass(frozen=True, slots=True)
class DevicePlace:
    """Where a device stands. `place.unit` is the entrance; `parts` names its parts: {"door1": "单元大门"}."""

    place: Place
    parts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DoorPlace:
    """A door as the installer described it: a part of a controller.

    `lock` is "fail_safe" (open without power), "fail_secure", or "" where nobody said. `owner` and `maintainer` are who answers
    for it, in words.
    """

    device: str
    part: str
    name: str
    escape: bool
    lock: str = ""
    owner: str = ""
    maintainer: str = ""

    @property
    def id(self) -> str:
        """Its name in the house, such as "b3u1/door1"."""
        return f"{self.device}/{self.part}"


@dataclass(frozen=True, slots=True)
class DetectorPlace:
    """A place where a sensor is to hang.

    `floor` is 0 and `entrance`, `flat` are "" where there is none; `household` such as "b3-2-501", "" for a common part of the
    building.
    """

    device: str
    line: str
    kind: str
    building: str
    entrance: str
    floor: int
    flat: str
    household: str
    name: str


@dataclass(frozen=True, slots=True)
class RoomPlace:
    """A charging room.

    `cabinet` says where its switch is; `kind` is "ebike" or "car"; `contactor` is (device, part), None where there is none.
    """

    id: str
    place: Place
    cabinet: str
    kind: str
    chargers: tuple[str, ...] = ()
    limit_watts: float | None = None
    contactor: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class LinePlace:
    """How a line is reached, as the installer wrote it: the driver's name and "host:port"."""

    driver: str
    address: str


@dataclass(frozen=True, slots=True)
class Building:
    """A building, the grid that it belongs to, and how large it is: entrances, and floors above ground."""

    name: str
    grid: str
    units: int = 1
    floors: int = 1


@dataclass(frozen=True, slots=True)
class Layout:
    """Everything by id, in the order of the configuration.

    `stories` are the simulator's stories and `control` is where it listens ("127.0.0.1:15900"); both are empty unless the
    compound is simulated.
    """

    compound: Compound
    grids: Mapping[str, str] = field(default_factory=dict)
    buildings: Mapping[str, Building] = field(default_factory=dict)
    devices: Mapping[str, DevicePlace] = field(default_factory=dict)
    lines: Mapping[str, LinePlace] = field(default_factory=dict)
    doors: Mapping[str, DoorPlace] = field(default_factory=dict)
    """By "device/part"."""
    detectors: Mapping[str, DetectorPlace] = field(default_factory=dict)
    """By device, in the order in which people walk."""
    rooms: Mapping[str, RoomPlace] = field(default_factory=dict)
    """The charging rooms, by id."""
    lockers: tuple[str, ...] = ()
    """The parcel lockers."""
    stories: tuple[str, ...] = ()
    control: str = ""

    def in_words(self, place: Place) -> str:
        """`3号楼 单元大门`; "" for nowhere."""
        building = self.buildings.get(place.building)
        return " ".join(filter(None, (building.name if building else "", place.name)))

    def grid_of(self, device: str) -> str:
        """The grid that answers for a device; "" where there is none."""
        known = self.devices.get(device)
        return known.place.grid if known else ""

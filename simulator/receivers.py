"""Where the Bluetooth receivers of a compound hang, and how well each floor is heard by which of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from simulator.compound import Building, Compound

LINE = "air"
"""The line of all receivers."""

NAMES = "rx-"
"""How the names of receivers begin."""

MOST_WAYS = 3
"""By how many receivers a sensor is heard at most."""

_ONE_IS_ENOUGH_FLOORS = 11
_NEAR_DBM, _FLOOR_DB, _WALL_DB = -50, 6, 13
"""In the same stairwell on the same floor; less for each floor of concrete and for the wall to the next stairwell."""
_SURE, _LOST_BY_FLOOR = 0.97, 0.055
_WALL_FLOORS = 2.0  # a wall between stairwells costs as many packets as two floors


class Receiver(NamedTuple):
    """An ESPHome Bluetooth proxy in a stairwell."""

    id: str
    building: str
    unit: int
    floor: int
    name: str


class Way(NamedTuple):
    """How a packet comes to a receiver: at how many dBm, and with which chance."""

    receiver: str
    dbm: int
    chance: float


def receivers_of(compound: Compound) -> Iterator[Receiver]:
    """All receivers: one for each unit, two where it is higher than one can hear."""
    for building in compound.buildings:
        if building.households:
            for unit in range(1, building.units + 1):
                yield from _in_unit(building, unit)


def ways_by_floor(compound: Compound) -> Mapping[tuple[str, int, int], tuple[Way, ...]]:
    """From each floor (building, unit, floor) to the receivers that hear it, the best first."""
    ways = {}
    for building in compound.buildings:
        hung = [each for unit in range(1, building.units + 1) for each in _in_unit(building, unit)]
        for unit in range(1, building.units + 1):
            for floor in range(1, building.floors + 1):
                near = (_way(receiver, unit, floor) for receiver in hung if abs(receiver.unit - unit) <= 1)
                best = sorted(near, key=lambda way: -way.dbm)[:MOST_WAYS]
                ways[building.id, unit, floor] = tuple(way for way in best if way.chance > 0)
    return ways


def _in_unit(building: Building, unit: int) -> Iterator[Receiver]:
    count = 1 if building.floors <= _ONE_IS_ENOUGH_FLOORS else 2
    for number in range(1, count + 1):
        floor = round(building.floors * (2 * number - 1) / (2 * count) + 0.5)
        name = f"{unit}单元{floor}层蓝牙"
        yield Receiver(f"{NAMES}{building.id}u{unit}-{number}", building.id, unit, floor, name)


def _way(receiver: Receiver, unit: int, floor: int) -> Way:
    floors, walls = abs(receiver.floor - floor), abs(receiver.unit - unit)
    return Way(
        receiver.id,
        _NEAR_DBM - _FLOOR_DB * floors - _WALL_DB * walls,
        max(0.0, _SURE - _LOST_BY_FLOOR * (floors + _WALL_FLOORS * walls)),
    )

"""What happens in the simulated day: the simulator's people at the doors, weather, batteries charging, and some trouble."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING, NamedTuple

from drivers.contract import Fault, Quality
from simulator.backfill import past
from simulator.compound import grow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drivers.contract import Value

START_UTC = 1_763_654_400.0  # 2025-11-21 00:00 in Shanghai
END_UTC = START_UTC + 86_400.0
SEED = 7
POLLED_EVERY_SECONDS = 60
FIRST_EVENT = 1000

FAILED = Fault(Quality.BAD, "out of range")
"""In place of a value: the reading is bad."""


class Said(NamedTuple):
    """From when on a device answers what for a point."""

    utc: float
    device: str
    point: str
    value: Value | Fault


def hour(hours: float) -> float:
    """So many hours into the day, in seconds since 1970."""
    return START_UTC + hours * 3600


def happenings() -> list[Said]:
    """The whole day in order of time."""
    return sorted([*_doors(), *_trouble(), *_air(), *_charging()], key=lambda said: said.utc)


def _doors() -> Iterator[Said]:
    """The people of the simulator; each door that opens is an event in its controller's ring."""
    compound = grow(SEED, 2)
    heads = {entrance.id: FIRST_EVENT for entrance in compound.entrances}
    yield from (Said(START_UTC, device, "ring_head", head) for device, head in heads.items())
    for row in past(compound, START_UTC, END_UTC):
        said = Said(row[2], row[0], row[1], row[3])
        yield said
        if said.point.endswith(".open") and said.value is True:
            heads[said.device] += 1
            yield Said(said.utc, said.device, "ring_head", heads[said.device])


def _trouble() -> Iterator[Said]:
    for device, point, began, ended in (
        ("b1u1", "door1.forced", 3.2, 3.21),
        ("b2u1", "door2.held", 9.0, 9.1),
        ("b1u2", "mains_fail", 14.0, 14.4),
        ("b2u2", "fire_input", 16.0, 16.05),
    ):
        yield Said(hour(began), device, point, True)
        yield Said(hour(ended), device, point, False)
    yield Said(hour(14.0), "b1u2", "supply_voltage", 10.4)
    yield Said(hour(14.4), "b1u2", "supply_voltage", 13.6)


def _air() -> Iterator[Said]:
    chance = random.Random(SEED)
    for device, mean in (("b1-basement", 16.0), ("b2-bins", 22.0)):
        for utc in _minutes(10):
            warmth = mean + 4 * math.sin((utc - hour(9)) / 86_400 * math.tau) + chance.gauss(0, 0.1)
            failed = device == "b2-bins" and hour(11) <= utc < hour(12)
            yield Said(utc, device, "air_temperature", FAILED if failed else round(warmth, 1))
            yield Said(utc, device, "humidity", round(95 - 1.8 * warmth, 1))


def _charging() -> Iterator[Said]:
    """Batteries come home in the evening, and are full at night."""
    chance = random.Random(SEED)
    for shed, most in (("shed-a", 12), ("shed-b", 7)):
        energy = 1200.0
        for utc in _minutes(1):
            hours = (utc - START_UTC) / 3600
            batteries = round(most * math.exp(-(((hours - 20.5) / 3) ** 2)))
            power = batteries * 180 + chance.uniform(0, 6)
            voltage = 226 - batteries * 0.4 + chance.gauss(0, 0.3)
            energy += power / 1000 / 60
            factor = 0.62 if batteries else 1.0
            yield Said(utc, shed, "voltage", voltage)
            yield Said(utc, shed, "active_power", power)
            yield Said(utc, shed, "current", power / voltage / factor)
            yield Said(utc, shed, "power_factor", factor)
            yield Said(utc, shed, "frequency", 50 + chance.gauss(0, 0.02))
            yield Said(utc, shed, "import_energy", energy)


def _minutes(every: int) -> Iterator[float]:
    return (START_UTC + minute * 60 for minute in range(0, 24 * 60, every))

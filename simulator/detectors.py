"""Which sensor hangs where in a compound, drawn from its seed: addresses, keys, ages and batteries; nothing of it is real.

The same seed gives the same sensors; a smaller compound has the first of them. They are drawn apart from everything else, so
that doors and people are those of a compound without sensors.
"""

from __future__ import annotations

import csv
from functools import lru_cache
from random import Random
from typing import TYPE_CHECKING, NamedTuple, TextIO

from simulator.compound import BUILDINGS, FIRST_TROUBLED_BLOCK, SERIALS_FROM

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from simulator.compound import Building, Compound, Entrance

SMOKE, GAS, CO = "smoke", "gas", "co"
STRAY = "thermometer"
"""A sensor of a resident's own: nobody enrols it, and it has no key."""

PRODUCTS = {SMOKE: "gridpost-smoke", GAS: "gridpost-gas", CO: "gridpost-co"}
"""What hangs at a detector of each kind."""

IN_FLATS = (SMOKE, GAS)
"""The kinds that every household has."""

LANDINGS_OF = "b2"
"""The building that has smoke detectors on its landings too."""

SPARES = 12
"""Sensors in the cupboard of the property management: half of them smoke, half of them gas."""

COLUMNS = ("address", "key", "product", "label", "detector")

_LABELS = {SMOKE: "YG", GAS: "RQ", CO: "CO", STRAY: ""}
_SENSORS_OF_AN_ENTRANCE = 1_000
_SCRAMBLE = 2_654_435_761  # odd: a bijection of 32 bits, and neighbours look nothing like each other
_MAKER = (
    0xC47A << 32
)  # the two highest bits of a static random address are set (Bluetooth Core 5.4, vol. 6 part B, 1.3.2.1)
_YOUNGEST_YEARS, _OLDEST_YEARS = 1.0, 9.0
_LATER_SHARE, _LATER_YEARS = 0.06, 0.5
_NEVER_HEARD_SHARE = 0.006  # of the blocks that may have trouble: 0.5 % of them all
_STRAY_SHARE = 0.01
_BATTERY_LOSS_YEARLY, _BATTERY_SPREAD = 10.1, 7.0  # lithium cells that are meant to last nine years
_FADE_SPREAD = 7.0
_LOWEST_PERCENT = 3


class Fitted(NamedTuple):
    """A sensor at its place. `detector` is where it hangs, `spare-1` and so on for one that hangs nowhere.

    `fade` is by how many dB it is heard better or worse than others; `dumb`: it has never said a word.
    """

    detector: str
    kind: str
    building: str
    unit: int
    floor: int
    address: str
    """Twelve capital hex digits with colons."""
    key: bytes
    label: str
    age_years: float
    battery_percent: int
    fade: int
    dumb: bool

    @property
    def spare(self) -> bool:
        """Whether it lies in the cupboard."""
        return self.detector.startswith("spare-")


def sensors_of(compound: Compound) -> Iterator[Fitted]:
    """Every sensor of a compound: entrance by entrance, floor by floor, then the spare ones."""
    buildings = {building.id: building for building in compound.buildings}
    for entrance in compound.entrances:
        building = buildings[entrance.building]
        if building.households:
            yield from _behind(compound.seed, building, entrance)
    yield from _spares(compound.seed)


def first_flat(building: Building) -> tuple[int, str]:
    """Floor and number of the flat that has the gas water heater of a building, and so its CO detector."""
    return next(iter(building.flats(1)))


def write_sensors(compound: Compound, out: TextIO) -> None:
    """Write the supplier's list: a row for each sensor, with its key and where it hangs; in the cupboard that is nowhere."""
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(COLUMNS)
    for one in sensors_of(compound):
        if one.kind != STRAY:
            where = "" if one.spare else one.detector
            rows.writerow((one.address, one.key.hex(), PRODUCTS[one.kind], one.label, where))


def _behind(seed: int, building: Building, entrance: Entrance) -> Iterator[Fitted]:
    unit = int(entrance.entrance)
    rng = Random(f"sensors {seed} {entrance.id}")
    age = _ages(seed)[building.number - 1]
    dumb_share = 0.0 if building.number < FIRST_TROUBLED_BLOCK else _NEVER_HEARD_SHARE
    first = (entrance.serial - SERIALS_FROM) * _SENSORS_OF_AN_ENTRANCE
    for number, (floor, where, kind) in enumerate(_places(rng, building, unit), start=first):
        detector = f"{building.id}-{unit}-{where}-{kind}"
        yield _drawn(rng, detector, kind, building.id, unit, floor, number, age, dumb_share)


def _places(rng: Random, building: Building, unit: int) -> Iterable[tuple[int, str, str]]:
    """Floor, what stands in the detector's name, and kind."""
    co_hangs_in = first_flat(building)[1] if unit == 1 else ""
    for floor, flat in building.flats(unit):
        for kind in IN_FLATS:
            yield floor, flat, kind
        if flat == co_hangs_in:
            yield floor, flat, CO
        if rng.random() < _STRAY_SHARE:
            yield floor, flat, STRAY
    if building.id == LANDINGS_OF:
        for floor in range(1, building.floors + 1):
            yield floor, f"f{floor}", SMOKE


def _spares(seed: int) -> Iterator[Fitted]:
    rng = Random(f"spare sensors {seed}")
    for number in range(SPARES):
        kind = IN_FLATS[number * len(IN_FLATS) // SPARES]
        yield _drawn(rng, f"spare-{number + 1}", kind, "b1", 1, 1, number, 0.0, 0.0)


def _drawn(
    rng: Random,
    detector: str,
    kind: str,
    building: str,
    unit: int,
    floor: int,
    number: int,
    age: float,
    dumb_share: float,
) -> Fitted:
    random = rng.random
    address = (_MAKER | number * _SCRAMBLE % 2**32).to_bytes(6, "big")
    if random() < _LATER_SHARE:
        age = min(age, random() * _LATER_YEARS)  # the first one was broken
    battery = 100 - _BATTERY_LOSS_YEARLY * age + _BATTERY_SPREAD * (random() - random())
    return Fitted(
        detector,
        kind,
        building,
        unit,
        floor,
        address.hex(":").upper(),
        b"" if kind == STRAY else rng.randbytes(16),
        f"{_LABELS[kind]}{address[2:].hex().upper()}",
        age,
        max(_LOWEST_PERCENT, min(100, round(battery))),
        round(_FADE_SPREAD * (random() - random())),
        random() < dumb_share,
    )


@lru_cache(maxsize=4)
def _ages(seed: int) -> tuple[float, ...]:
    """How many years ago each block got its sensors, all in one go; some are new, some are at the end of their batteries."""
    blocks = BUILDINGS - 1
    step = (_OLDEST_YEARS - _YOUNGEST_YEARS) / (blocks - 1)
    ages = [_YOUNGEST_YEARS + step * index for index in range(blocks)]
    Random(f"sensor ages {seed}").shuffle(ages)
    return tuple(ages)

"""The compound itself, grown from a seed: buildings, entrances with their controllers, and the lines that reach them.

The same seed gives the same compound on every machine. A smaller compound is the first buildings of the whole one.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

BUILDINGS = 59
HOUSEHOLDS = 3040
GRIDS = 6
CONTROLLERS = 122

FIRST_TROUBLED_BLOCK = 10
"""What is broken from the start is so in this building or in a later one: a small compound is a sound one."""

SERIALS_FROM = 300_000
"""The serial number of a controller is this, a hundred for each building, and its entrance."""

GATE_BUILDING = f"b{BUILDINGS}"
"""Where the gates belong: the centre of the property management."""

_GRID_NAMES = ("第一网格", "第二网格", "第三网格", "第四网格", "第五网格", "第六网格")
_GRID_CODE = "370102013006{:03}"  # twelve digits of a community, three of the grid
_GATES = (("gate-south", "南门"), ("gate-north", "北门"), ("gate-east", "东门"), ("gate-cars", "车库岗亭"))
_ONE_UNIT, _THREE_UNITS = 6, 8  # 58 blocks of flats and 118 entrances: the rest have two units
_BUS_BLOCKS = 3
_SILENT_SHARE = 0.005


@dataclass(frozen=True, slots=True)
class Grid:
    """A grid of the neighbourhood."""

    id: str
    name: str
    code: str


@dataclass(frozen=True, slots=True)
class Building:
    """A building. The ground floor may hold shops instead of flats, so `households` may be less than its flats."""

    number: int
    name: str
    grid: str
    units: int
    floors: int
    flats_per_floor: int
    households: int

    @property
    def id(self) -> str:
        """Its id, such as `b3`."""
        return f"b{self.number}"

    @property
    def shops(self) -> int:
        """How many flats of the ground floor are shops: the first ones, one unit after the other."""
        return self.units * self.floors * self.flats_per_floor - self.households

    def flats(self, unit: int) -> Iterator[tuple[int, str]]:
        """The flats of a unit as floor and number, such as 5 and "501"."""
        for floor in range(1, self.floors + 1):
            for flat in range(1, self.flats_per_floor + 1):
                if floor > 1 or (unit - 1) * self.flats_per_floor + flat > self.shops:
                    yield floor, f"{floor}{flat:02}"


@dataclass(frozen=True, slots=True)
class Habits:
    """How the people behind an entrance differ from the average."""

    late_minutes: float
    """They do everything so much later (negative: earlier)."""
    outings: float
    """Times a household's people leave through this entrance on a working day."""
    visitors: float
    """Couriers and visitors for a household on a day."""
    cellar_share: float
    """How many of the passages take the second door."""


@dataclass(frozen=True, slots=True)
class Entrance:
    """An entrance with its two-door controller. `households` live behind it; a gate serves everybody a little."""

    id: str
    building: str
    entrance: str
    name: str
    parts: tuple[str, str]
    serial: int
    households: float
    habits: Habits


@dataclass(frozen=True, slots=True)
class Line:
    """A TCP port and who stands behind it by unit id: one controller, or a bus behind a TCP-to-RTU gateway."""

    id: str
    units: tuple[tuple[int, Entrance], ...]

    is_bus: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Compound:
    """A compound, compared by identity.

    `silent` are controllers that never answer; `dead` are units of a bus that its gateway cannot reach.
    """

    seed: int
    grids: tuple[Grid, ...]
    buildings: tuple[Building, ...]
    entrances: tuple[Entrance, ...]
    lines: tuple[Line, ...]
    silent: frozenset[str]
    dead: frozenset[str]

    @property
    def households(self) -> int:
        """How many households live here."""
        return sum(building.households for building in self.buildings)


def leads_out(entrance: Entrance) -> bool:
    """Whether the second door is a way out too: at the gates, and where the first entrance of a block has its cellar exit."""
    return entrance.building == GATE_BUILDING or entrance.entrance == "1"


def grow(seed: int, buildings: int = BUILDINGS, *, with_bus: bool = False) -> Compound:
    """The compound of this seed; raises `ValueError` when it cannot have that many buildings.

    `with_bus` puts the first buildings of a compound that is too small to have a bus on one.
    """
    if not 1 <= buildings <= BUILDINGS:
        raise ValueError(f"the compound has 1 to {BUILDINGS} buildings, not {buildings}")
    rng = Random(f"compound {seed}")
    blocks = _blocks(rng)
    entrances = [_entrance(rng, block, unit) for block in blocks for unit in range(1, block.units + 1)]
    centre = Building(BUILDINGS, "物业服务中心", _grid_of(BUILDINGS), 1, 2, 0, 0)
    entrances += [_gate(rng, number, id_, name) for number, (id_, name) in enumerate(_GATES, start=1)]
    first_on_bus = rng.randint(FIRST_TROUBLED_BLOCK, len(blocks) - _BUS_BLOCKS)
    on_bus = {f"b{first_on_bus + offset}" for offset in range(_BUS_BLOCKS)}
    dead = rng.choice([entrance.id for entrance in entrances if entrance.building in on_bus])
    sound = {f"b{number}" for number in range(1, FIRST_TROUBLED_BLOCK)} | on_bus | {centre.id}
    may_be_silent = [entrance.id for entrance in entrances if entrance.building not in sound]
    silent = rng.sample(may_be_silent, round(len(entrances) * _SILENT_SHARE))

    built = (*blocks, centre)[:buildings]
    ids = {building.id for building in built}
    here = tuple(entrance for entrance in entrances if entrance.building in ids)
    here_ids = frozenset(entrance.id for entrance in here)
    if with_bus and not on_bus & ids:
        first_on_bus = 1
        on_bus = {building.id for building in built[:_BUS_BLOCKS]}
    return Compound(
        seed=seed,
        grids=tuple(
            Grid(f"g{number}", name, _GRID_CODE.format(number)) for number, name in enumerate(_GRID_NAMES, start=1)
        ),
        buildings=built,
        entrances=here,
        lines=_lines(here, on_bus, f"bus-b{first_on_bus}"),
        silent=here_ids.intersection(silent),
        dead=here_ids.intersection([dead]),
    )


def _grid_of(number: int) -> str:
    return f"g{(number - 1) * GRIDS // BUILDINGS + 1}"


def _blocks(rng: Random) -> list[Building]:
    """58 blocks of flats, no two alike, with exactly 3,040 households."""
    count = BUILDINGS - 1
    units = [1] * _ONE_UNIT + [3] * _THREE_UNITS + [2] * (count - _ONE_UNIT - _THREE_UNITS)
    rng.shuffle(units)
    shapes: list[tuple[int, int, int, int]] = []  # units, floors, flats per floor, shops in place of flats
    for unit_count in units:
        shape = _shape(rng, unit_count)
        while shape in shapes:
            shape = _shape(rng, unit_count)
        shapes.append(shape)
    while excess := sum(map(_households, shapes)) - HOUSEHOLDS:
        index = rng.randrange(count)
        unit_count, floors, flats, shops = shapes[index]
        taller = (unit_count, floors + (1 if excess < 0 else -1), flats, shops)
        busier = (unit_count, floors, flats, shops + (1 if excess > 0 else -1))
        far = abs(excess) >= unit_count * flats
        changed = taller if far else busier
        fits = 5 <= changed[1] <= 18 and 0 <= changed[3] <= unit_count * flats  # noqa: PLR2004 - storeys of such a compound
        if fits and changed not in shapes:
            shapes[index] = changed
    return [
        Building(number, f"{number}号楼", _grid_of(number), *shape[:3], _households(shape))
        for number, shape in enumerate(shapes, start=1)
    ]


def _shape(rng: Random, units: int) -> tuple[int, int, int, int]:
    flats = rng.choice((2, 2, 3, 4))
    floors = rng.randint(6, 18) if flats == 2 else rng.randint(5, 11)  # noqa: PLR2004 - slim blocks are tall
    return units, floors, flats, rng.randint(0, flats)


def _households(shape: tuple[int, int, int, int]) -> int:
    units, floors, flats, shops = shape
    return units * floors * flats - shops


def _habits(rng: Random, visitors: float) -> Habits:
    return Habits(
        late_minutes=rng.gauss(0, 14),
        outings=rng.uniform(2.8, 4.4),
        visitors=visitors * rng.uniform(0.7, 1.4),
        cellar_share=rng.uniform(0.1, 0.35),
    )


def _entrance(rng: Random, block: Building, unit: int) -> Entrance:
    return Entrance(
        id=f"{block.id}u{unit}",
        building=block.id,
        entrance=str(unit),
        name=f"{unit}单元门禁",
        parts=("单元大门", "地下室门"),
        serial=SERIALS_FROM + 100 * block.number + unit,
        households=block.households / block.units,
        habits=_habits(rng, 1.1),
    )


def _gate(rng: Random, number: int, id_: str, name: str) -> Entrance:
    return Entrance(
        id=id_,
        building=GATE_BUILDING,
        entrance=name,
        name=f"{name}门禁",
        parts=("人行门", "值班室门"),
        serial=SERIALS_FROM + 100 * BUILDINGS + number,
        households=rng.uniform(60, 110),
        habits=_habits(rng, 2.5),
    )


def _lines(entrances: tuple[Entrance, ...], on_bus: set[str], bus_id: str) -> tuple[Line, ...]:
    bus = [entrance for entrance in entrances if entrance.building in on_bus]
    lines = [Line(entrance.id, ((1, entrance),)) for entrance in entrances if entrance not in bus]
    if bus:
        lines.append(Line(bus_id, tuple(enumerate(bus, start=1)), is_bus=True))
    return tuple(lines)

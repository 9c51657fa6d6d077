"""Where a compound charges: sheds for e-bikes, places for cars, what stands in them, and who may charge there.

The same seed gives the same rooms and tags; a smaller compound has the first of them.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Final, TextIO

from simulator.compound import BUILDINGS
from simulator.contactor_board import CONTACTORS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulator.compound import Compound

EBIKE, CAR = "ebike", "car"
SHEDS: Final = 40
CAR_ROOMS: Final = 5
PILES_OF_A_ROOM: Final = 6
ROOMS_WITHOUT_CONTACTOR: Final = 1
"""The last places for cars are older than the rule."""

_KILOWATTS = {EBIKE: 3.0, CAR: 36.0}
_TAGS = {EBIKE: 30, CAR: 18}
_SIDES = ("东侧", "南侧", "西侧", "北侧")


@dataclass(frozen=True, slots=True)
class ChargingRoom:
    """A room. `contactor` is the board and the number (from 0) of what cuts it, None where there is none."""

    id: str
    name: str
    building: str
    cabinet: str
    kind: str
    kilowatts: float
    chargers: tuple[str, ...]
    contactor: tuple[str, int] | None


def rooms_of(compound: Compound) -> Iterator[ChargingRoom]:
    """The rooms of a compound: the sheds, then the places for cars."""
    names = {building.id: building.name for building in compound.buildings}
    blocks = BUILDINGS - 1
    for number in range(1, SHEDS + 1):
        building = f"b{1 + (number - 1) * blocks // SHEDS}"
        if building in names:
            board = f"cut{1 + (number - 1) // CONTACTORS}"
            yield ChargingRoom(
                id=f"shed{number}",
                name=f"{number}号车棚",
                building=building,
                cabinet=f"{names[building]}{_SIDES[number % 4]} 配电箱 {_letter(number)}",
                kind=EBIKE,
                kilowatts=_KILOWATTS[EBIKE],
                chargers=(f"shed{number}-pile",),
                contactor=(board, (number - 1) % CONTACTORS),
            )
    last_board = f"cut{1 + -(-SHEDS // CONTACTORS)}"
    for number in range(1, CAR_ROOMS + 1):
        building = f"b{1 + (number - 1) * blocks // CAR_ROOMS}"
        if building in names:
            first = 1 + (number - 1) * PILES_OF_A_ROOM
            yield ChargingRoom(
                id=f"cars{number}",
                name=f"{number}号汽车充电区",
                building=building,
                cabinet=f"{names[building]}地下车库入口 配电箱 {_letter(SHEDS + number)}",
                kind=CAR,
                kilowatts=_KILOWATTS[CAR],
                chargers=tuple(f"pile{first + index}" for index in range(PILES_OF_A_ROOM)),
                contactor=None if number > CAR_ROOMS - ROOMS_WITHOUT_CONTACTOR else (last_board, number - 1),
            )


def _letter(number: int) -> str:
    """A to Z, then AA to AZ and so on."""
    first, second = divmod(number - 1, 26)
    return (chr(64 + first) if first else "") + chr(65 + second)


def tags_of(seed: int, room: ChargingRoom) -> list[str]:
    """The tags of those who charge in a room, as its chargers read them."""
    rng = Random(f"tags {seed} {room.id}")
    return [f"{rng.randrange(16**8):08X}" for _ in range(_TAGS[room.kind])]


def write_tags(compound: Compound, file: TextIO) -> None:
    """All tags as the CSV that a property's office would keep (`gateway/keep/tag_csv.py`)."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(("tag", "label", "until", "blocked", "note"))
    for room in rooms_of(compound):
        for number, tag in enumerate(tags_of(compound.seed, room), start=1):
            writer.writerow((tag, f"{room.name} {number:02}", "", "", ""))

"""The people of a compound and their cards, drawn from its seed: nobody is real, and no card number is anybody's.

The same seed gives the same people; a smaller compound has the first of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from simulator.compound import GATE_BUILDING, SERIALS_FROM

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulator.compound import Building, Compound, Entrance

_CARDS = (1, 2, 3, 4, 5)
_CARDS_WEIGHTS = (12, 38, 30, 18, 2)
"""How many cards a household has: 2.6 on average."""
_FIRST_CARD = 10_000_000
_CARDS_OF_AN_ENTRANCE = 10_000
_LEASED_SHARE = 0.15
_LEASE_DAYS = (20, 700)

_SURNAMES = "王李张刘陈杨赵黄周吴徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰飞鑫波斌宇浩凯晨阳雪梅琳佳慧"


@dataclass(frozen=True, slots=True)
class Resident:
    """A person with a card. `lease_days` is how long it will still be valid, 0 for somebody who owns the flat."""

    name: str
    building: str
    entrance: str
    flat: str
    device: str
    """The controller of the entrance."""
    person: str
    card: int
    lease_days: int


def residents(compound: Compound) -> Iterator[Resident]:
    """Everybody who lives here, entrance by entrance."""
    buildings = {building.id: building for building in compound.buildings}
    for entrance in compound.entrances:
        building = buildings[entrance.building]
        if building.households:
            yield from _behind(compound.seed, building, entrance)


def cards_behind(compound: Compound) -> dict[str, tuple[int, ...]]:
    """The card numbers of the people who live behind each controller; behind a gate lives everybody."""
    behind: dict[str, list[int]] = {entrance.id: [] for entrance in compound.entrances}
    everybody = []
    for resident in residents(compound):
        behind[resident.device].append(resident.card)
        everybody.append(resident.card)
    all_cards = tuple(everybody)
    return {
        entrance.id: all_cards if entrance.building == GATE_BUILDING else tuple(behind[entrance.id])
        for entrance in compound.entrances
    }


def _behind(seed: int, building: Building, entrance: Entrance) -> Iterator[Resident]:
    rng = Random(f"residents {seed} {entrance.id}")
    flats = [flat for _, flat in building.flats(int(entrance.entrance))]
    counts = rng.choices(_CARDS, _CARDS_WEIGHTS, k=len(flats))
    first = _FIRST_CARD + (entrance.serial - SERIALS_FROM) * _CARDS_OF_AN_ENTRANCE
    cards = iter(rng.sample(range(first, first + _CARDS_OF_AN_ENTRANCE), sum(counts)))
    for flat, count in zip(flats, counts, strict=True):
        surname = rng.choice(_SURNAMES)
        lease_days = rng.randint(*_LEASE_DAYS) if rng.random() < _LEASED_SHARE else 0
        for number in range(1, count + 1):
            family = surname if number != 2 else rng.choice(_SURNAMES)  # noqa: PLR2004 - the second came in by marriage
            yield Resident(
                name=family + "".join(rng.choices(_GIVEN, k=rng.choice((1, 2, 2)))),
                building=building.id,
                entrance=entrance.entrance,
                flat=flat,
                device=entrance.id,
                person=f"{building.id}-{entrance.entrance}-{flat}-{number}",
                card=next(cards),
                lease_days=lease_days,
            )

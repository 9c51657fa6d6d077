from __future__ import annotations

import dataclasses

import pytest

from simulator.compound import Compound, grow


def facts(compound: Compound) -> list[object]:
    return [getattr(compound, field.name) for field in dataclasses.fields(compound)]


@pytest.mark.parametrize("seed", [0, 1, 7, 42, 20_261_121])
def test_every_seed_grows_a_compound_of_the_real_size(seed: int) -> None:
    compound = grow(seed)

    assert len(compound.buildings) == 59
    assert compound.households == sum(building.households for building in compound.buildings) == 3040
    assert len(compound.grids) == 6
    assert {building.grid for building in compound.buildings} == {grid.id for grid in compound.grids}
    assert len(compound.entrances) == 122
    assert len({entrance.serial for entrance in compound.entrances}) == 122
    assert len({entrance.id for entrance in compound.entrances}) == 122


@pytest.mark.parametrize("seed", [1, 7])
def test_no_two_buildings_and_no_two_habits_are_alike(seed: int) -> None:
    compound = grow(seed)

    shapes = {(b.units, b.floors, b.flats_per_floor, b.households) for b in compound.buildings}
    assert len(shapes) == 59
    assert len({entrance.habits for entrance in compound.entrances}) == 122
    assert all(b.households <= b.units * b.floors * b.flats_per_floor for b in compound.buildings)


def test_each_controller_stands_on_exactly_one_line() -> None:
    compound = grow(7)

    placed = [entrance.id for line in compound.lines for _, entrance in line.units]
    assert sorted(placed) == sorted(entrance.id for entrance in compound.entrances)


@pytest.mark.parametrize("seed", [1, 7, 42])
def test_one_controller_is_silent_and_one_bus_has_a_dead_unit(seed: int) -> None:
    compound = grow(seed)
    buses = [line for line in compound.lines if line.is_bus]

    assert len(compound.silent) == 1
    assert len(compound.dead) == 1
    assert len(buses) == 1
    assert compound.dead < {entrance.id for _, entrance in buses[0].units}
    assert len({unit for unit, _ in buses[0].units}) == len(buses[0].units) >= 3


def test_the_same_seed_grows_the_same_compound_and_another_seed_another() -> None:
    assert facts(grow(7)) == facts(grow(7))
    assert facts(grow(7)) != facts(grow(8))


def test_a_small_compound_is_the_first_buildings_of_the_whole_one_and_sound() -> None:
    whole, small = grow(7), grow(7, 3)

    assert small.buildings == whole.buildings[:3]
    assert small.entrances == whole.entrances[: len(small.entrances)]
    assert not small.silent | small.dead


@pytest.mark.parametrize("buildings", [0, 60])
def test_a_compound_cannot_have_other_numbers_of_buildings(buildings: int) -> None:
    with pytest.raises(ValueError, match="1 to 59 buildings"):
        grow(7, buildings)

from __future__ import annotations

import pytest

from simulator.compound import grow
from simulator.receivers import receivers_of, ways_by_floor


@pytest.mark.parametrize("seed", [1, 7, 42])
def test_about_150_receivers_hang_one_for_each_unit_and_two_in_high_ones(seed: int) -> None:
    compound = grow(seed)
    receivers = list(receivers_of(compound))
    floors = {building.id: building.floors for building in compound.buildings}

    assert 130 <= len(receivers) <= 170
    assert len({receiver.id for receiver in receivers}) == len(receivers)
    assert {(receiver.building, receiver.unit) for receiver in receivers} == {
        (building.id, unit)
        for building in compound.buildings
        if building.households
        for unit in range(1, building.units + 1)
    }
    assert all(1 <= receiver.floor <= floors[receiver.building] for receiver in receivers)


def test_every_floor_is_heard_by_one_to_three_receivers_of_its_building_the_near_ones_better() -> None:
    compound = grow(7)
    places = {receiver.id: receiver for receiver in receivers_of(compound)}

    for (building, unit, floor), ways in ways_by_floor(compound).items():
        if not compound.buildings[int(building[1:]) - 1].households:
            continue
        assert 1 <= len(ways) <= 3
        assert {places[way.receiver].building for way in ways} == {building}
        assert [way.dbm for way in ways] == sorted((way.dbm for way in ways), reverse=True)
        best = places[ways[0].receiver]
        assert best.unit == unit
        assert (1 - ways[0].chance) ** 3 < 0.05  # a heartbeat of three copies is rarely lost
        assert abs(best.floor - floor) <= 6

from __future__ import annotations

import csv
import io
from collections import Counter

import pytest

from gateway.config.load import load
from simulator.compound import Compound, grow
from simulator.detectors import (
    CO,
    GAS,
    PRODUCTS,
    SMOKE,
    SPARES,
    STRAY,
    Fitted,
    sensors_of,
    write_sensors,
)
from simulator.layout import compound_yaml
from simulator.run import base_ports, proxy_ports
from simulator.sensor import LOW_PERCENT

SEEDS = pytest.mark.parametrize("seed", [1, 7])


def hung(compound: Compound) -> list[Fitted]:
    return [one for one in sensors_of(compound) if one.kind != STRAY and not one.spare]


@SEEDS
def test_every_household_has_a_smoke_and_a_gas_detector_and_some_have_more(seed: int) -> None:
    sensors = hung(grow(seed))

    flats = Counter(one.kind for one in sensors if "-f" not in one.detector)
    assert flats == {SMOKE: 3040, GAS: 3040, CO: 58}
    assert {one.building for one in sensors if "-f" in one.detector} == {"b2"}


@SEEDS
def test_no_two_sensors_share_an_address_a_key_or_a_label(seed: int) -> None:
    sensors = [one for one in sensors_of(grow(seed)) if one.kind != STRAY]

    for fact in ("detector", "address", "key", "label"):
        assert len({getattr(one, fact) for one in sensors}) == len(sensors)
    assert all(len(one.key) == 16 for one in sensors)
    assert all(int(one.address[:2], 16) >= 0xC0 for one in sensors)  # static random addresses


@SEEDS
def test_few_batteries_are_low_and_those_hang_together_in_the_oldest_blocks(seed: int) -> None:
    smoke = [one for one in hung(grow(seed)) if one.kind == SMOKE]

    low = [one for one in smoke if one.battery_percent <= LOW_PERCENT]

    assert 0.01 < len(low) / 6080 < 0.02
    assert len({one.building for one in low}) <= 9
    assert min(one.age_years for one in low) > 8


@SEEDS
def test_one_in_two_hundred_was_never_heard_and_none_in_a_small_compound(seed: int) -> None:
    dumb = [one for one in hung(grow(seed)) if one.dumb]

    assert 0.003 < len(dumb) / 6080 < 0.007
    assert not any(one.dumb for one in sensors_of(grow(seed, 9)))


def test_a_small_compound_has_the_first_sensors_of_the_whole_one() -> None:
    whole, small = hung(grow(7)), hung(grow(7, 3))

    assert small == whole[: len(small)]


def test_the_list_names_every_sensor_with_its_key_and_place_and_those_in_the_cupboard_without() -> None:
    written = io.StringIO()

    write_sensors(grow(7, 3), written)

    rows = list(csv.DictReader(io.StringIO(written.getvalue())))
    assert [row["detector"] for row in rows if row["detector"]] == [one.detector for one in hung(grow(7, 3))]
    assert len([row for row in rows if not row["detector"]]) == SPARES
    assert {row["product"] for row in rows} == set(PRODUCTS.values())
    assert all(len(bytes.fromhex(row["key"])) == 16 for row in rows)


@pytest.mark.parametrize("buildings", [1, 4, 59])
def test_the_gateway_finds_the_same_detectors_in_the_configuration(
    buildings: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    compound = grow(7, buildings)
    ports = base_ports(compound, 15_000), proxy_ports(compound, 15_000)
    path = tmp_path_factory.mktemp("layout") / "compound.yaml"
    path.write_text(compound_yaml(compound, "127.0.0.1", *ports, "127.0.0.1:15900"), "utf-8")

    plan = load(path)

    assert set(plan.detectors) == {one.detector for one in hung(compound)}
    for one in hung(compound):
        place = plan.detectors[one.detector]
        assert (place.kind, place.building, place.entrance, place.floor) == (
            one.kind,
            one.building,
            str(one.unit),
            one.floor,
        )

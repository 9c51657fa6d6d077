from __future__ import annotations

import csv
import io
import itertools
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
import yaml

from simulator.backfill import DOOR_POINTS, MEASURED_POINTS, SYSTEM_POINTS, Row, past, write_csv
from simulator.compound import grow
from simulator.rhythm import midnight
from simulator.world import World

START = midnight(1_794_800_000.0)
END = START + 86_400
PROFILE = Path(__file__).parents[2] / "drivers" / "profiles" / "acp1-2door.yaml"


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return list(past(grow(7, 4), START, END))


def by_point(rows: list[Row]) -> dict[tuple[str, str], list[tuple[float, Any]]]:
    points: dict[tuple[str, str], list[tuple[float, Any]]] = defaultdict(list)
    for device, point, utc, value in rows:
        points[device, point].append((utc, value))
    return points


def test_each_point_has_a_value_from_the_start_on_and_in_order_of_time(rows: list[Row]) -> None:
    points = by_point(rows)

    expected = 2 * (len(DOOR_POINTS) + 2) + len(SYSTEM_POINTS) + len(MEASURED_POINTS)
    assert len(points) == expected * len(grow(7, 4).entrances)
    for values in points.values():
        assert values[0][0] == START
        assert all(first[0] <= second[0] < END for first, second in itertools.pairwise(values))


def test_booleans_are_told_only_when_they_change(rows: list[Row]) -> None:
    for (_, point), values in by_point(rows).items():
        if isinstance(values[0][1], bool):
            assert all(first[1] != second[1] for first, second in itertools.pairwise(values)), point


def test_people_passed_and_every_door_was_closed_again(rows: list[Row]) -> None:
    points = by_point(rows)

    opened = [len(values) for (_, point), values in points.items() if point == "door1.open"]
    assert min(opened) > 100
    assert all(values[-1][1] is False for (_, point), values in points.items() if point == "door1.relay_on")
    assert all(len(values) == 1 for (_, point), values in points.items() if point.endswith(".forced"))


def test_what_is_measured_comes_every_quarter_of_an_hour_and_is_plausible(rows: list[Row]) -> None:
    points = by_point(rows)

    for (_, point), values in points.items():
        if point in ("supply_voltage", "battery_voltage", "temperature"):
            assert len(values) == 97 - 1
            low, high = (5, 35) if point == "temperature" else (12.5, 14.5)
            assert all(low < value < high for _, value in values)


def test_controllers_that_never_answer_have_no_past() -> None:
    compound = grow(7)

    devices = {device for device, *_ in past(compound, START, START + 60)}

    assert devices == {entrance.id for entrance in compound.entrances} - compound.silent - compound.dead


def test_the_past_leads_into_the_present() -> None:
    compound = grow(7, 2)
    noon = START + 43_200
    world = World(compound, noon)
    world.advance(END)
    lived = {id_: station.controller.words() for id_, station in world.stations.items()}

    last = {key: values[-1][1] for key, values in by_point(list(past(compound, noon, END))).items()}

    for id_, words in lived.items():
        world.stations[id_].controller.advance(END)
        words = world.stations[id_].controller.words()  # noqa: PLW2901 - as of the very end
        for number, word in enumerate(words[:2], start=1):
            for bit, point in enumerate(DOOR_POINTS):
                assert last[id_, f"door{number}.{point}"] == bool(word >> bit & 1)


def test_an_hour_chosen_for_the_demo_moves_the_past_with_it() -> None:
    compound = grow(7, 2)
    plain = list(past(compound, START, START + 7200))

    shifted = list(past(compound, START - 1000, START + 6200, shift_seconds=1000))

    def at_doors(rows: list[Row], later: float) -> list[tuple[str, str, float, object]]:
        return [(device, point, round(utc + later, 3), value) for device, point, utc, value in rows if "door" in point]

    assert at_doors(plain, 0) == at_doors(shifted, 1000)


def test_the_csv_has_a_heading_and_plain_values(rows: list[Row]) -> None:
    out = io.StringIO()

    write_csv(iter(rows), out)

    read = list(csv.DictReader(io.StringIO(out.getvalue())))
    assert len(read) == len(rows)
    assert read[0] == {"device": "b1u1", "point": "door1.relay_on", "utc": f"{START:.3f}", "value": "false"}
    assert {row["value"] for row in read if row["point"] == "door1.open"} == {"true", "false"}
    assert all(float(row["value"]) > 12 for row in read if row["point"] == "supply_voltage")


def test_the_points_are_those_of_the_product_profile_by_register_and_bit() -> None:
    points = {point["key"]: point for point in yaml.safe_load(PROFILE.read_text("utf-8"))["points"]}

    for bit, name in enumerate(DOOR_POINTS):
        assert (points["{door}." + name]["address"], points["{door}." + name]["bit"]) == (0x0108, bit)
    for bit, name in enumerate(SYSTEM_POINTS):
        assert (points[name]["address"], points[name]["bit"]) == (0x0107, bit)
    for address, (name, divisor) in enumerate(MEASURED_POINTS, start=0x010C):
        assert (points[name]["address"], points[name]["scale"]) == (address, 1 / divisor)
    assert {"{door}.mode", "{door}.fitted"} <= set(points)

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from bench import compound
from bench.road import GOALS, Plan, Road
from bench.table import table
from gateway.config.load import load

if TYPE_CHECKING:
    from pathlib import Path

    from bench.figures import Figure


def test_the_benchmarks_compound_is_one_that_an_installer_could_have_written(tmp_path: Path) -> None:
    written = compound.write(tmp_path, [15000, 15001, 15002], controllers=25, units=10)

    plan = load(written)

    devices = [device for line in plan.lines for device in line.build().devices]
    assert [device.id for device in devices] == [f"c{n:03}" for n in range(25)]
    assert {sum(len(group.points) for group in device.groups) for device in devices} == {53}
    assert [len(device.groups) for device in devices] == [5] * 25


async def test_a_run_measures_the_real_gateway_and_knows_every_goal() -> None:
    figures: list[Figure] = []
    road = Road(Plan(sizes=(20,), warm_seconds=0.5, window_seconds=6, deaths=()), figures.append)

    await road._healthy(20)
    await road._floor(20)

    by_name = {figure.name: figure.value for figure in figures}
    assert {name for name in GOALS if "beside" not in name} <= by_name.keys()
    assert by_name["requests per poll of 52 points"] == pytest.approx(4, rel=0.1)
    assert by_name["door changes that never reached the page"] == 0
    assert by_name["forced doors that never reached the page"] == 0
    assert by_name["alarms told but not in the journal"] == 0
    assert 0 < by_name["door change to page after its poll p50"] < 250
    assert by_name["forced door to journal and page p50"] > 0
    assert by_name["first value"] > 0
    assert by_name["resident memory, peak"] > by_name["floor: resident memory, peak"] > 5


def test_a_run_becomes_a_table_with_missed_goals_in_bold() -> None:
    def line(name: str, value: float | None, met: bool | None, size: int) -> str:  # noqa: FBT001 - a column of the line
        goal = None if met is None else "<= 1"
        return json.dumps({"name": name, "value": value, "unit": "s", "goal": goal, "met": met, "size": size})

    lines = [line("a", 0.5, True, 50), line("a", 2.0, False, 200), line("b", None, None, 200)]

    assert table(lines).splitlines() == [
        "| figure | unit | goal | 50 | 200 |",
        "| --- | --- | --- | --- | --- |",
        "| a | s | <= 1 | 0.5 | **2** |",
        "| b | s |  |  | none |",
    ]

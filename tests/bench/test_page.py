from __future__ import annotations

from typing import TYPE_CHECKING

from bench import page_compound
from bench.page import GOALS, QUICK, Page
from bench.page_compound import HOLDING
from bench.page_devices import Compound
from bench.page_gateway import _loaded_by
from gateway.config.load import load

if TYPE_CHECKING:
    from pathlib import Path

    from bench.figures import Figure


def test_the_benchmarks_compound_is_one_that_an_installer_could_have_written(tmp_path: Path) -> None:
    written = page_compound.write(tmp_path, [15000, 15001, 15002], devices=300, buildings=7, every_seconds=20.0)

    plan = load(written)

    devices = [device.id for line in plan.lines for device in line.build().devices]
    assert len(devices) == 301
    assert devices[0] == page_compound.PROBE


def test_a_door_that_opened_closes_at_the_next_reading_and_its_stamp_says_that_it_moved() -> None:
    compound = Compound(devices=1, buildings=1, moving=0.0, moving_shown=1.0)
    door = compound.doors[1]

    first, second = (door.answer(HOLDING, 0, 2, 0) for _ in range(2))

    assert (first[5], second[5]) == (1, 0)
    assert first[3] & second[3] & 1 == 1
    assert [(device, is_open) for device, is_open, _ in compound.moves] == [("d00000", True), ("d00000", False)]


def test_the_probe_moves_at_two_readings_of_four() -> None:
    probe = Compound(devices=0, buildings=1, moving=0.0, moving_shown=0.0).doors[0]

    answers = [probe.answer(HOLDING, 0, 2, 0) for _ in range(8)]

    assert [answer[3] & 1 for answer in answers] == [1, 1, 0, 0] * 2
    assert [answer[5] for answer in answers] == [1, 0, 0, 0] * 2


def test_what_is_painted_is_told_from_the_time_of_its_reading_over_the_turn_of_the_counter() -> None:
    figures: list[Figure] = []
    seen = [(65_535, 65_536 * 9 + 10), (1_001, 65_536 * 9 + 1_031), (1_500, 65_536 * 9 + 1_790)]

    Page(QUICK, figures.append)._stamps(seen)

    values = {figure.name.rpartition("reading to ")[2]: figure.value for figure in figures}
    assert values["paint p95, beyond the coalescing"] == 40
    assert {11.0, 30.0, 290.0} <= {figure.value for figure in figures}
    assert {figure.name for figure in figures if figure.goal} <= GOALS.keys()


def test_a_first_visit_loads_what_is_imported_at_once_and_not_what_is_fetched_later() -> None:
    script = 'import{a}from"./chunk-A.js";import"./chunk-B.js";const w="/assets/live-C.js";import("./doors-D.js")'

    loaded = _loaded_by("/assets/app-1.js", script)

    assert loaded == ["/assets/chunk-A.js", "/assets/chunk-B.js", "/assets/live-C.js"]

"""The section `power`, and what is wrong with one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.config.alarm_rules import rules_of
from gateway.config.load import ConfigError, load
from gateway.decide.rules import PowerRules

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """\
compound: {id: c1, name: 幸福里}
grids: [{id: g1, name: 第一网格}]
buildings: [{id: b1, name: 1号楼, grid: g1}, {id: b2, name: 2号楼}]
power: {box: box-ups, low_percent: 30}
lines:
  - id: supply
    driver: nut
    host: 127.0.0.1
    devices: [{id: box-ups, ups: box, building: b1, name: 网关电源}]
  - id: cellar
    host: 127.0.0.1
    devices: [{id: other-ups, product: apc-smart-ups, unit: 1}, {id: air, product: xy-md02, unit: 2}]
"""
AREAS = {"building:b1": "1号楼", "building:b2": "2号楼", "grid:g1": "第一网格", "compound": "幸福里"}


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "compound.yaml"
    path.write_text(text, "utf-8")
    return path


def judged(tmp_path: Path, text: str) -> PowerRules:
    plan = load(written(tmp_path, text))
    return rules_of(plan, {line: driver.devices for line, driver in plan.drivers.items()}).power


@pytest.mark.parametrize("ups", ["box-ups", "other-ups"])
def test_a_supply_of_nut_and_one_by_modbus_both_can_tell_of_the_box(tmp_path: Path, ups: str) -> None:
    rules = judged(tmp_path, GOOD.replace("power: {box: box-ups", f"power: {{box: {ups}"))

    assert rules == PowerRules(ups, 30.0, 10.0, 15.0, {"b1": "g1", "b2": ""}, AREAS)


def test_without_the_section_cuts_are_watched_and_no_box(tmp_path: Path) -> None:
    rules = judged(tmp_path, GOOD.replace("power: {box: box-ups, low_percent: 30}\n", ""))

    assert rules == PowerRules(grids={"b1": "g1", "b2": ""}, names=AREAS)


@pytest.mark.parametrize(
    ("section", "complaint"),
    [
        ("{box: attic}", ":4: power.box: there is no device 'attic'"),
        ("{box: air}", ":4: power.box: air (xy-md02) does not tell mains_fail and battery_level"),
        ("{box: box-ups, close_stores_percent: 15}", "open_stores_percent must be above close_stores_percent"),
        ("{box: box-ups, low_percent: 6}", "low_percent is below close_stores_percent"),
        ("{}", "box"),
        ("{box: box-ups, minutes: 3}", "minutes"),
    ],
)
def test_what_cannot_be_right_is_said_with_its_place(tmp_path: Path, section: str, complaint: str) -> None:
    path = written(tmp_path, GOOD.replace("{box: box-ups, low_percent: 30}", section))

    with pytest.raises(ConfigError) as wrong:
        load(path)

    assert complaint in str(wrong.value)

"""Where sensors are to hang: the pattern in `compound.yaml`, and what is wrong with one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.config.alarm_rules import rules_of
from gateway.config.layout import layout_of
from gateway.config.load import ConfigError, load
from gateway.model import Place, Priority

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """\
compound: {id: c1, name: 幸福里}
grids:
  - {id: g1, name: 第一网格}
buildings:
  - {id: b1, name: 1号楼, grid: g1, units: 2, floors: 2, flats_per_floor: 2, shops: 3}
  - {id: b2, name: 2号楼, units: 1, floors: 1, flats_per_floor: 1}
lines:
  - id: air
    driver: ble
    devices:
      - {id: rx-1, proxy: "10.0.0.21:6053", building: b1, entrance: "1", name: 1单元接收器}
      - {id: rx-2, adapter: hci0}
detectors:
  - {line: air, where: flats, kinds: [smoke, gas]}
  - {line: air, where: landings, kinds: [smoke], buildings: [b1]}
  - {line: air, id: shed-smoke, kinds: [smoke], building: b2, name: 车棚}
"""


def findings(tmp_path: Path, old: str, new: str) -> list[str]:
    path = tmp_path / "compound.yaml"
    assert old in GOOD
    path.write_text(GOOD.replace(old, new), "utf-8")
    with pytest.raises(ConfigError) as wrong:
        load(path)
    return [str(finding).removeprefix(f"{tmp_path}/") for finding in wrong.value.findings]


def test_a_pattern_becomes_a_detector_for_each_flat_and_landing(tmp_path: Path) -> None:
    path = tmp_path / "compound.yaml"
    path.write_text(GOOD, "utf-8")

    plan = load(path)

    flats = ["b1-1-201", "b1-1-202", "b1-2-102", "b1-2-201", "b1-2-202", "b2-1-101"]
    landings = ["b1-1-f1-smoke", "b1-1-f2-smoke", "b1-2-f1-smoke", "b1-2-f2-smoke"]
    in_flats = [f"{flat}-{kind}" for flat in flats for kind in ("smoke", "gas")]
    assert list(plan.detectors) == [*in_flats, *landings, "shed-smoke"]
    assert plan.place("b1-2-102-gas") == Place("b1", "2", "2单元 102 燃气", "g1")
    assert plan.detectors["b1-2-102-gas"].household == "b1-2-102"
    assert plan.place("shed-smoke") == Place("b2", "", "车棚 烟感", "")
    assert layout_of(plan).devices["b1-1-f2-smoke"].place.name == "1单元 2层楼道 烟感"
    devices = {device.id for device in plan.drivers["air"].devices}
    assert devices == {"air", "rx-1", "rx-2", *plan.detectors}


def test_smoke_is_more_urgent_where_nobody_cooks(tmp_path: Path) -> None:
    path = tmp_path / "compound.yaml"
    path.write_text(GOOD, "utf-8")
    plan = load(path)

    rules = rules_of(plan, {line: driver.devices for line, driver in plan.drivers.items()})

    def priority(device: str) -> Priority:
        watched = next(each for each in rules.devices[device].groups[0].watched if each.point == f"{device}/smoke")
        return next(rule.priority for rule in watched.rules if rule.name == "smoke")

    assert priority("b1-2-102-smoke") is Priority.P2
    assert priority("b1-2-f1-smoke") is Priority.P1
    assert priority("shed-smoke") is Priority.P1
    assert rules.devices["rx-1"].receiver
    assert not rules.devices["b1-2-102-smoke"].receiver
    assert rules.sensors["gridpost-smoke"].kind == "smoke"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("where: flats, kinds: [smoke, gas]", "where: flats, kinds: [flood]", "detectors[0].kinds"),
        ("{line: air, where: flats", "{line: airy, where: flats", "there is no line 'airy' with `driver: ble`"),
        ("buildings: [b1]", "buildings: [b9]", "there is no building 'b9'"),
        ("building: b2, name", "building: b9, name", "there is no building 'b9'"),
        ("id: shed-smoke", "id: rx-1", "device 'rx-1' is there already"),
        ("id: shed-smoke", "id: b2-1-101-gas", "'b2-1-101-gas' is there twice"),
        ("where: landings", "where: flats", "is there twice"),
        ("id: shed-smoke,", "id: shed-smoke, where: flats,", "give either where"),
        ("id: shed-smoke, kinds: [smoke]", "id: shed-smoke, kinds: [smoke, gas]", "a single detector has one kind"),
        ("id: rx-2, adapter: hci0", "id: air, adapter: hci0", "a line of receivers is a device too"),
        ("adapter: hci0", 'adapter: hci0, proxy: "10.0.0.1:6053"', "give either adapter (of this box) or proxy"),
        ("adapter: hci0", 'proxy: "10.0.0.21:6053"', "10.0.0.21:6053 belongs to both rx-1 and rx-2"),
        ("    driver: ble\n", "    driver: ble\n    detectors: {d: smoke}\n", "written in the section `detectors`"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, old: str, new: str, said: str) -> None:
    found = findings(tmp_path, old, new)

    assert any(said in finding for finding in found), found

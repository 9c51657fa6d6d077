"""Charging rooms, and what is wrong with one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.config.alarm_rules import rules_of
from gateway.config.layout import layout_of
from gateway.config.load import ConfigError, load
from gateway.decide.rules import Contactor
from gateway.model import Place

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """\
compound: {id: c1, name: 幸福里}
grids:
  - {id: g1, name: 第一网格}
buildings:
  - {id: b1, name: 1号楼, grid: g1}
rooms:
  - id: shed1
    name: 1号车棚
    building: b1
    cabinet: 配电箱 A
    limits: {cap_watts: 600, socket_trip_celsius: 70}
    limit_kilowatts: 4
    contactor: {device: cut1, part: contactor2, after_seconds: 5}
    smoke: [shed-smoke]
  - {id: lot, name: 停车场, cabinet: 配电室, kind: car}
lockers: {overdue_hours: 48}
detectors:
  - {line: air, id: shed-smoke, kinds: [smoke], building: b1, name: 车棚}
lines:
  - id: air
    driver: ble
    devices:
      - {id: rx-1, adapter: hci0}
  - id: field
    driver: mqtt
    host: 127.0.0.1
    devices:
      - {id: shed1-pile, product: gridpost-ebike-12, topic: v1/c1/b1/charger/shed1-pile, name: 1号充电桩, room: shed1}
      - {id: locker1, product: gridpost-locker-60, topic: v1/c1/b1/locker/locker1, building: b1, name: 快递柜}
  - id: piles
    driver: ocpp
    security: none
    devices:
      - {id: pile1, identity: CP1, connectors: 2, amperes: 16, room: lot}
  - id: cutting
    host: 127.0.0.1
    devices:
      - {id: cut1, product: contactor-8, unit: 1}
"""


def findings(tmp_path: Path, old: str, new: str) -> list[str]:
    path = tmp_path / "compound.yaml"
    assert old in GOOD
    path.write_text(GOOD.replace(old, new), "utf-8")
    with pytest.raises(ConfigError) as wrong:
        load(path)
    return [str(finding).removeprefix(f"{tmp_path}/compound.yaml:") for finding in wrong.value.findings]


def test_a_room_is_what_decide_and_the_page_need_of_it(tmp_path: Path) -> None:
    path = tmp_path / "compound.yaml"
    path.write_text(GOOD, "utf-8")

    plan = load(path)
    rules = rules_of(plan, {line: driver.devices for line, driver in plan.drivers.items()})
    layout = layout_of(plan)

    shed, lot = rules.rooms["shed1"], rules.rooms["lot"]
    assert (shed.place, shed.cabinet, shed.limit_watts) == (Place("b1", "", "1号车棚", "g1"), "配电箱 A", 4000)
    assert (shed.limits.cap_watts, shed.limits.socket_trip_celsius, shed.limits.step_watts) == (600, 70, 150)
    assert (lot.limits.cap_watts, lot.limits.step_watts, lot.contactor) == (None, None, None)
    board = plan.drivers["cutting"].devices[0]
    assert isinstance(shed.contactor, Contactor)
    assert shed.contactor.closed is not None
    group, index = shed.contactor.closed
    assert board.groups[group].points[index].key == "contactor2.closed"
    assert layout.rooms["shed1"].chargers == ("shed1-pile",)
    assert layout.rooms["shed1"].contactor == ("cut1", "contactor2")
    assert layout.lockers == ("locker1",)
    assert rules.lockers.overdue_hours == 48


def test_ports_and_compartments_have_ratings_sizes_and_places(tmp_path: Path) -> None:
    path = tmp_path / "compound.yaml"
    path.write_text(GOOD, "utf-8")

    plan = load(path)
    devices = rules_of(plan, {line: driver.devices for line, driver in plan.drivers.items()}).devices

    ports = devices["shed1-pile"].ports
    assert list(ports) == [f"p{number:02}" for number in range(1, 13)]
    assert ports["p03"].place == Place("b1", "", "1号充电桩 p03", "g1")  # a charger stands where its room does
    assert {port.amperes for port in devices["pile1"].ports.values()} == {16}
    assert devices["shed1-pile"].room == "shed1"
    compartments = devices["locker1"].compartments
    assert len(compartments) == 60
    assert {compartment.size for compartment in compartments.values()} == {"s", "m", "l"}
    assert not devices["cut1"].ports


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (", room: shed1}", "}", "a charger says in which `room` it stands"),
        (", room: shed1}", ", room: shed9}", "there is no room 'shed9'"),
        ("building: b1, name: 快递柜", "building: b1, name: 快递柜, room: lot", "is no charger, and stands in no room"),
        ("device: cut1", "device: cut9", "there is no device 'cut9'"),
        ("device: cut1", "device: locker1", "locker1 (gridpost-locker-60) cannot hold charging off"),
        ("part: contactor2", "part: contactor9", "'contactor9' is no part of cut1: contactor1, contactor2"),
        ("smoke: [shed-smoke]", "smoke: [nose]", "there is no detector 'nose'"),
        (
            "kind: car}",
            "kind: car, contactor: {device: cut1, part: contactor2}}",
            "contactor2 of cut1 cuts 'shed1' already",
        ),
        ("id: lot, name", "id: shed1, name", "room 'shed1' is there twice"),
        ("building: b1\n    cabinet", "building: b7\n    cabinet", "there is no building 'b7'"),
        ("cap_watts: 600", "cap_watts: -1", "greater than 0"),
        ("lockers: {overdue_hours: 48}", "lockers: {ajar_seconds: 5}", "ajar_seconds under 10"),
    ],
)
def test_what_is_wrong_with_a_room_is_said_where_it_stands(tmp_path: Path, old: str, new: str, said: str) -> None:
    found = findings(tmp_path, old, new)

    assert any(said in each for each in found), found
    assert all(each.partition(":")[0].isdigit() for each in found)

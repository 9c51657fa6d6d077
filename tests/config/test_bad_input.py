"""Everything that is wrong is said at once: file, line, key, and what would be right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.config.alarm_rules import rules_of
from gateway.config.layout import layout_of
from gateway.config.load import ConfigError, load
from gateway.decide.rules import CommandRules

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """\
compound: {id: c1, name: 幸福里}
grids:
  - {id: g1, name: 第一网格}
buildings:
  - {id: b1, name: 1号楼, grid: g1}
lines:
  - id: l1
    driver: modbus
    host: 127.0.0.1
    port: 1502
    devices:
      - {id: d1, product: acp1-2door, unit: 1, building: b1, name: 大门,
         doors: {escape: true, lock: fail_safe}, parts: {door1: 东门}}
rules:
  door_held: {on_delay_seconds: 30}
"""


def findings(tmp_path: Path, text: str) -> list[str]:
    """What is wrong, as `line: key: what`."""
    path = tmp_path / "compound.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigError) as wrong:
        load(path)
    return [str(finding).removeprefix(f"{tmp_path}/") for finding in wrong.value.findings]


def test_a_right_configuration_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "compound.yaml"
    path.write_text(GOOD, "utf-8")

    plan = load(path)

    assert [line.id for line in plan.lines] == ["l1"]
    assert plan.place("d1", "door1").name == "东门"
    assert plan.place("d1").grid == "g1"
    assert plan.rules["door_held"].on_delay_seconds == 30
    assert plan.rules["door_held"].priority == 3


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("name: 幸福里}", "name: 幸福里, nmae: x}", ["compound.yaml:1: compound.nmae: is not a known key; did you mean"]),
        ("compound: {id: c1, name: 幸福里}\n", "", ["compound.yaml:1: the section `compound` is missing"]),
        ("name: 幸福里}", "name: 幸福里, timezone: Asia}", ["compound.yaml:1: compound.timezone: is not a time zone"]),
        ("rules:\n", "http: {bind: '127.0.0.1:99999'}\nrules:\n", ["http.bind: is no port: 65535 is the last one"]),
        ("port: 1502", "port: many", ["compound.yaml:10: lines[0].port: Input should be a valid integer", "'many'"]),
        ("port: 1502", "prot: 1502", ["lines[0].prot: is not a known key; did you mean 'port'?"]),
        ("driver: modbus", "driver: modbas", ["there is no driver 'modbas'; known: ble, modbus"]),
        ("unit: 1,", "unit: 300,", ["compound.yaml:12: lines[0].devices[0].unit: Input should be less than or equal to 255"]),
        ("product: acp1-2door", "product: acp1-3door", ["acp1-3door"]),
        ("building: b1", "building: b9", ["compound.yaml:12: lines[0].devices[0].building: there is no building 'b9'"]),
        ("grid: g1}", "grid: g9}", ["compound.yaml:5: buildings[0].grid: there is no grid 'g9'"]),
        ("door1: 东门", "door7: 东门", ["'door7' is no part of acp1-2door: its parts are door1, door2"]),
        ("doors: {escape: true, lock: fail_safe}, ", "", ["parts.door1: door1 is a door and does not say escape and lock"]),
        ("true, lock: fail_safe", "yes", ["parts.door2: door2 is a door and does not say lock"]),
        ("escape: true", "escape: false", ["no door of building b1 has `escape: true`: a fire release would open none"]),
        ("escape: true", "escape: perhaps", ["doors.escape: Input should be a valid boolean"]),
        ("lock: fail_safe", "lock: magnetic", ["doors.lock: Input should be 'fail_safe' or 'fail_secure'"]),
        ("product: acp1-2door", "product: relay-8", ["'door1' is no part of relay-8"]),
        ("door1: 东门", "door2: {used: false}, door1: {escape: false}", ["no door of building b1 has `escape: true`"]),
        ("door_held:", "door_hold:", ["compound.yaml:15: rules.door_hold: a rule needs a `meaning` or `points` to watch"]),
        ("on_delay_seconds: 30", "on_delay_seconds: soon", ["compound.yaml:15: rules.door_held.on_delay_seconds", "'soon'"]),
        ("{on_delay_seconds: 30}", "{points: [d1/door9.open]}", ["compound.yaml:15: rules.door_held.points: there is no"]),
        ("door_held: {on_delay_seconds: 30}", "fire_input: {enabled: false}", ["a P1 rule cannot be switched off"]),
        ("  - {id: g1, name: 第一网格}", "  - {id: g1, name: a}\n  - {id: g1, name: b}", ["4:", "'g1' is there twice"]),
        ("rules:\n", "simulator: {control: '127.0.0.1:1'}\nrules:\n", ["belongs to a compound with `simulated: true` only"]),
        ("rules:\n", "include: [lines/*.yaml]\nrules:\n", ["no file fits lines/*.yaml"]),
        ("rules:\n", "profiles: [mine]\nrules:\n", ["there is no folder mine"]),
        ("rules:\n", "devices: [gone.csv]\nrules:\n", ["gone.csv:1: cannot be read"]),
        ("grids:", "grids: [", ["is not YAML"]),
        ("id: l1\n", "id: l1\n    id: l2\n", ["compound.yaml:8: lines[0].id: is written twice"]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_place(tmp_path: Path, old: str, new: str, said: list[str]) -> None:
    assert old in GOOD

    found = findings(tmp_path, GOOD.replace(old, new))

    for word in said:
        assert any(word in finding for finding in found), found


def test_everything_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    text = GOOD.replace("name: 幸福里}", "nmae: x}").replace("grid: g1}", "grid: g9}")

    found = findings(tmp_path, text.replace("port: 1502", "port: many"))

    assert len(found) >= 2  # the file's own shape first: what it names cannot be followed before it has one


def test_two_lines_to_one_host_are_one_too_many(tmp_path: Path) -> None:
    second = (
        "  - {id: l2, driver: modbus, host: 127.0.0.1, port: 1502, devices: [{id: d2, product: relay-8, unit: 2}]}\n"
    )

    found = findings(tmp_path, GOOD.replace("rules:\n", second + "rules:\n"))

    assert any("127.0.0.1:1502 is reached by another line already" in finding for finding in found)


def test_one_device_under_two_lines_is_named(tmp_path: Path) -> None:
    second = (
        "  - {id: l2, driver: modbus, host: 127.0.0.1, port: 1503, devices: [{id: d1, product: relay-8, unit: 2}]}\n"
    )

    found = findings(tmp_path, GOOD.replace("rules:\n", second + "rules:\n"))

    assert any("device 'd1' is there twice" in finding for finding in found)


CSV = "id,line,driver,host,port,unit,product,serial,building,entrance,name,doors.escape,doors.lock,door1.name,#remark\n"


def with_csv(tmp_path: Path, rows: str) -> str:
    (tmp_path / "more.csv").write_text(CSV + rows, "utf-8")
    return GOOD.replace("rules:\n", "devices: [more.csv]\nrules:\n")


def test_a_device_list_adds_devices_to_lines_and_makes_lines(tmp_path: Path) -> None:
    text = with_csv(
        tmp_path,
        "d2,l1,,,,2,acp1-2door,,b1,1,侧门,true,fail_secure,西门,x\n"
        "d3,l3,modbus,127.0.0.1,1600,1,relay-8,,,,,,,,\n#d4,,,,,,,,,,,,,,no\n",
    )
    (tmp_path / "compound.yaml").write_text(text, "utf-8")

    plan = load(tmp_path / "compound.yaml")

    assert {line: [d.id for d in driver.devices] for line, driver in plan.drivers.items()} == {
        "l1": ["d1", "d2"],
        "l3": ["d3"],
    }
    assert plan.place("d2").name == "侧门"
    device = plan.drivers["l1"].devices[1]
    assert {part: (door.name, door.escape, door.lock) for part, door in plan.doors(device).items()} == {
        "door1": ("西门", True, "fail_secure"),
        "door2": ("", True, "fail_secure"),
    }


def test_a_door_says_over_what_holds_for_all_doors_of_its_controller(tmp_path: Path) -> None:
    path = tmp_path / "compound.yaml"
    path.write_text(
        GOOD.replace("door1: 东门", "door1: {name: 东门, lock: fail_secure}, door2: {used: false}"), "utf-8"
    )

    plan = load(path)

    doors = plan.doors(plan.drivers["l1"].devices[0])
    assert {part: (door.name, door.escape, door.lock) for part, door in doors.items()} == {
        "door1": ("东门", True, "fail_secure")
    }
    assert list(layout_of(plan).doors) == ["d1/door1"]


def test_what_decide_knows_of_a_door_is_where_its_points_stand(tmp_path: Path) -> None:
    path = tmp_path / "compound.yaml"
    path.write_text(GOOD, "utf-8")
    plan = load(path)
    (device,) = plan.drivers["l1"].devices

    known = rules_of(plan, {"l1": [device]}).devices["d1"]

    assert set(known.doors) == {"door1", "door2"}
    assert known.doors["door1"].escape
    assert known.doors["door1"].fail_safe
    group, index = known.doors["door2"].points["door_unlocked"]
    assert device.groups[group].points[index].key == "door2.unlocked"
    group, index = known.points["fire_input"]
    assert device.groups[group].points[index].key == "fire_input"
    assert known.commands["door1.unlock"] == CommandRules("unlock", "door1")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("d2,l1,,,,2\n", "more.csv:2: d2: has 6 fields, the header has 15"),
        ("d2,,,,,2,acp1-2door,,,,,,,,\n", "more.csv:2: d2: the column line is empty"),
        ("d2,l1,,10.0.0.1,,2,acp1-2door,,,,,,,,\n", "more.csv:2: d2: line l1 has another host"),
        ("d2,l1,,,,two,acp1-2door,,,,,,,,\n", "more.csv:2: d2.unit: Input should be a valid integer"),
        ("d2,l1,,,,2,acp1-2door,,b7,,,,,,\n", "more.csv:2: d2.building: there is no building 'b7'"),
        ('d2,l1,"modbus\n', "more.csv:2: is not CSV"),
    ],
)
def test_a_broken_row_is_named(tmp_path: Path, rows: str, said: str) -> None:
    found = findings(tmp_path, with_csv(tmp_path, rows))

    assert any(finding.startswith(said) for finding in found), found


def test_an_unknown_column_is_named(tmp_path: Path) -> None:
    (tmp_path / "more.csv").write_text("id,line,colour\n", "utf-8")

    found = findings(tmp_path, GOOD.replace("rules:\n", "devices: [more.csv]\nrules:\n"))

    assert any("more.csv:1: the columns are id, line" in finding and "colour" in finding for finding in found)


def test_a_profile_that_asks_too_much_is_named_in_its_own_file(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "big.yaml").write_text(
        "product: big\ntitle: Big\nsource: none\nlimits: {max_registers: 126}\n"
        "points:\n  - {key: a, function: 3, address: 0, type: u16}\n",
        "utf-8",
    )
    text = (
        GOOD.replace("rules:\n", "profiles: [mine]\nrules:\n")
        .replace("acp1-2door", "big")
        .replace("doors: {escape: true, lock: fail_safe}, parts: {door1: 东门}", "entrance: 东门")
    )

    found = findings(tmp_path, text)

    assert any("big.yaml:4: limits.max_registers" in finding and "125" in finding for finding in found), found


def test_included_files_are_part_of_the_whole(tmp_path: Path) -> None:
    (tmp_path / "lines").mkdir()
    (tmp_path / "lines" / "north.yaml").write_text(
        "buildings: [{id: b2, name: 2号楼, grid: g1}]\n"
        "lines: [{id: l2, driver: modbus, host: 127.0.0.2, devices: [{id: d2, product: relay-8, unit: 1, building: b2}]}]\n",
        "utf-8",
    )
    (tmp_path / "compound.yaml").write_text(GOOD + "include: [lines/*.yaml]\n", "utf-8")

    plan = load(tmp_path / "compound.yaml")

    assert plan.place("d2").building == "b2"
    assert [line.id for line in plan.lines] == ["l1", "l2"]

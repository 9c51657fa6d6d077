"""One power cut is one alarm, with what people must know first, and it hides nothing that has another cause."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.contract import Link, Sample
from gateway.decide.power.children import EXPLAINED
from gateway.decide.rules import FACTS, NEVER_SPARED, DeviceRules, GroupRules, Rule, Watched
from gateway.model import AlarmChanged, Change, LineChanged, Place, Priority
from tests.decide.power.village import Village


def test_two_controllers_of_a_building_without_mains_are_one_cut() -> None:
    village = Village()

    village.mains("c11", fail=True)
    village.wait(3)
    village.mains("c12", fail=True)
    village.wait(120)

    assert village.announced == ["power_cut@building:b1"]
    assert village.alarms["mains_fail@c11/mains_fail"].spared_by == "power_cut@building:b1"
    assert village.cuts()["building:b1"].why == "市电中断"


def test_one_controller_without_mains_has_lost_its_own_supply() -> None:
    village = Village()

    village.mains("c11", fail=True)
    village.wait(600)

    assert village.announced == ["mains_fail@c11/mains_fail"]


def test_two_that_fail_far_apart_are_no_cut() -> None:
    village = Village()

    village.mains("c11", fail=True)
    village.wait(125)
    village.mains("c12", fail=True)
    village.wait(60)

    assert village.announced == ["mains_fail@c11/mains_fail", "mains_fail@c12/mains_fail"]


def test_mains_that_are_back_within_seconds_are_no_cut() -> None:
    village = Village()

    village.mains("c11", "c12", fail=True)
    village.wait(6)
    village.mains("c11", "c12")
    village.wait(300)

    assert village.announced == []


def test_lost_lines_alone_are_no_cut_since_a_switch_that_fails_looks_the_same() -> None:
    village = Village()

    village.line_of("c11", Link.LOST)
    village.line_of("c12", Link.LOST)
    village.wait(60)

    assert village.announced == ["line_lost@c11", "line_lost@c12"]


def test_lost_lines_while_the_box_runs_on_its_battery_are_a_cut() -> None:
    village = Village()

    village.ups(fail=True)
    village.line_of("c11", Link.LOST)
    village.line_of("c12", Link.LOST)
    village.wait(60)

    assert village.announced == ["box_on_battery@ups", "power_cut@building:b1"]


def test_doors_that_fell_open_are_the_first_words() -> None:
    village = Village()

    village.mains("c11", fail=True)
    village.line_of("c12", Link.LOST)
    village.wait(20)

    assert village.cuts()["building:b1"].why == "失电敞开的门:2单元门禁 单元大门。市电中断"
    assert [door.name for door in village.judge.power.fallen("building:b1")] == ["2单元门禁 单元大门"]


def test_a_controller_that_dies_later_is_told_within_the_minute_and_once() -> None:
    village = Village()
    village.mains("c11", "c12", fail=True)
    village.wait(20)

    village.line_of("c11", Link.LOST)
    village.wait(300)

    assert village.announced == ["power_cut@building:b1"] * 2
    assert village.cuts()["building:b1"].why.startswith("失电敞开的门:1单元门禁 单元大门。")


def test_a_lock_that_shows_itself_open_for_a_minute_has_fallen_though_its_controller_lives() -> None:
    village = Village()

    village.mains("c11", "c12", fail=True)
    village.mains("c11", fail=True, unlocked=True)
    village.wait(30)
    early = village.cuts()["building:b1"].why
    village.wait(120)

    assert early == "市电中断"
    assert village.cuts()["building:b1"].why == "失电敞开的门:1单元门禁 单元大门。市电中断"


def test_three_buildings_of_a_grid_are_a_cut_of_the_grid_and_their_own_alarms_are_spared() -> None:
    village = Village()

    village.mains("c11", "c12", fail=True)
    village.wait(15)
    village.mains("c21", "c22", "c31", fail=True)
    village.wait(30)

    assert village.announced == ["power_cut@building:b1", "power_cut@grid:g1"]
    assert village.alarms["power_cut@building:b1"].spared_by == "power_cut@grid:g1"
    assert list(village.cuts()) == ["grid:g1"]
    assert village.cuts()["grid:g1"].why == "停电:1号楼、2号楼、3号楼"


def test_a_wave_of_failures_within_seconds_is_one_alarm() -> None:
    village = Village()

    village.mains("c11", "c12", fail=True)
    village.wait(4)
    village.mains("c21", "c22", fail=True)
    village.wait(2)
    village.mains("c31", fail=True)
    village.wait(60)

    assert village.announced == ["power_cut@grid:g1"]


def test_a_battery_that_is_low_is_told_of_a_controller_and_not_twice_of_the_box() -> None:
    village = Village()
    village.rules = replace(village.rules, devices={**village.rules.devices, **with_battery_rules(village)})
    village.judge.adopt(village.rules, village.now)
    village.mains("c11", "c12", fail=True)
    village.wait(60)

    village.ups(fail=True, percent=9.0, seconds=600, low=True)
    village.wait(60)
    village.ups(percent=9.0, low=True)
    village.wait(200)

    assert "battery_low@ups/battery_low" not in village.announced
    assert village.alarms["battery_low@ups/battery_low"].active


def with_battery_rules(village: Village) -> dict[str, DeviceRules]:
    """The supply of the box with a rule on its low battery, as the shipped rules have one."""
    ups = village.rules.devices["ups"]
    watched = Watched(3, "ups/battery_low", ups.place, (Rule("battery_low", Priority.P4, on_delay_seconds=30),))
    return {"ups": replace(ups, groups=(GroupRules((*ups.groups[0].watched, watched), None),))}


def test_a_cut_that_reaches_another_grid_is_one_of_the_compound() -> None:
    village = Village()

    village.mains("c11", "c12", "c21", "c22", "c31", "c32", fail=True)
    village.wait(20)
    village.mains("c41", fail=True)
    village.wait(30)

    assert village.announced == ["power_cut@grid:g1", "power_cut@compound"]
    assert list(village.cuts()) == ["compound"]


def test_a_cut_stays_one_while_its_buildings_come_back_one_after_the_other() -> None:
    village = Village()
    village.mains("c11", "c12", "c21", "c22", "c31", "c32", fail=True)
    village.wait(60)

    for pair in (("c11", "c12"), ("c21", "c22")):
        village.mains(*pair)
        village.wait(120)
    before = list(village.cuts())
    village.mains("c31", "c32")
    village.wait(120)

    assert before == ["grid:g1"]
    assert village.alarms.keys() == {"power_cut@grid:g1"}
    assert not village.alarms["power_cut@grid:g1"].active
    assert village.announced == ["power_cut@grid:g1"] * 3  # each return of a building is told too


def test_nobody_has_to_answer_for_what_was_spared() -> None:
    village = Village()
    village.mains("c11", "c12", fail=True)
    village.line_of("rx1", Link.LOST)
    village.wait(60)

    village.mains("c11", "c12")
    village.line_of("rx1", Link.UP)
    village.wait(300)

    assert village.alarms.keys() == {"power_cut@building:b1"}


def test_what_is_still_wrong_when_the_mains_are_back_is_told() -> None:
    village = Village()
    village.mains("c11", "c12", fail=True)
    village.wait(60)
    village.line_of("c12", Link.LOST)
    village.wait(60)
    told = len(village.announced)

    village.mains("c11")
    village.wait(400)

    assert village.announced[told:] == ["line_lost@c12"]
    assert village.alarms["line_lost@c12"].spared_by == ""


def test_what_nobody_could_see_when_the_mains_came_back_is_told_once_it_is_seen() -> None:
    village = Village()
    village.mains("c11", "c12", fail=True)
    village.wait(60)
    village.line_of("c12", Link.LOST)
    village.mains("c11")
    village.wait(400)
    told = len(village.announced)

    village.line_of("c12", Link.UP)
    village.mains("c12", fail=True)
    village.wait(5)

    assert village.announced[told:] == ["mains_fail@c12/mains_fail"]


def test_a_broker_that_fails_says_nothing_of_the_buildings_that_it_serves() -> None:
    village = Village()
    on_a_broker = ("c11", "c12", "c21", "c22", "c31", "c32")
    shared = {device: replace(village.rules.devices[device], line="field") for device in on_a_broker}
    lines = {**village.rules.lines, "field": Place()}
    village.rules = replace(village.rules, lines=lines, devices={**village.rules.devices, **shared})
    village.judge.adopt(village.rules, village.now)
    village.take(LineChanged("field", Link.UP, "", village.now.boottime_ns))

    village.ups(fail=True)
    village.take(LineChanged("field", Link.LOST, "no answer", village.now.boottime_ns))
    village.wait(60)

    assert village.announced == ["box_on_battery@ups", "line_lost@field"]


def test_a_line_of_several_buildings_is_explained_once_all_of_them_are_dark() -> None:
    village = Village()
    shared = {device: replace(village.rules.devices[device], line="bus") for device in ("c21", "c31")}
    lines = {**village.rules.lines, "bus": Place()}
    village.rules = replace(village.rules, lines=lines, devices={**village.rules.devices, **shared})
    village.judge.adopt(village.rules, village.now)
    village.take(LineChanged("bus", Link.UP, "", village.now.boottime_ns))
    village.mains("c21", "c31")

    village.mains("c11", "c12", "c22", "c32", fail=True)
    village.wait(30)
    village.take(LineChanged("bus", Link.LOST, "no answer", village.now.boottime_ns))
    village.wait(30)

    assert village.announced == ["power_cut@grid:g1"]
    assert village.alarms["line_lost@bus"].spared_by == "power_cut@grid:g1"


def test_a_supply_that_stays_dead_is_no_cut_for_ever() -> None:
    village = Village()
    village.mains("c11", "c12", fail=True)
    village.wait(60)

    village.mains("c11")
    village.wait(400)

    assert village.announced == ["power_cut@building:b1", "mains_fail@c12/mains_fail"]
    assert not village.cuts()


def test_smoke_in_a_dark_building_is_told_as_ever() -> None:
    village = Village()
    village.mains("c11", "c12", fail=True)
    village.wait(60)

    village.take(Sample("s1", 0, (True,), None, village.now.boottime_ns))

    assert "smoke@s1/smoke" in village.announced
    assert village.alarms["smoke@s1/smoke"].spared_by == ""
    assert EXPLAINED.isdisjoint(NEVER_SPARED)


def test_receivers_that_are_lost_are_named_since_nobody_hears_the_detectors() -> None:
    village = Village()

    village.mains("c11", "c12", fail=True)
    village.line_of("rx1", Link.LOST)
    village.wait(20)

    assert village.cuts()["building:b1"].why.endswith("烟感燃气暂无人监听")


@pytest.mark.parametrize("reboot", [False, True])
def test_a_restart_in_the_middle_changes_nothing(*, reboot: bool) -> None:
    village = Village()
    village.mains("c11", "c12", fail=True)
    village.wait(60)
    told = list(village.announced)

    village.restart(off_seconds=20, reboot=reboot)
    village.wait(30)
    standing = dict(village.judge.power.areas)
    village.mains("c11", "c12")
    village.wait(200)

    assert standing == {"building:b1": ("b1",)}
    assert village.announced == told
    assert not village.cuts()


def test_people_hear_of_a_child_neither_before_nor_after_it_was_spared_in_one_result() -> None:
    village = Village()
    village.mains("c11", "c12", fail=True)
    out = village.wait(60)

    children = [o for o in out if isinstance(o, AlarmChanged) and o.alarm.rule == "mains_fail"]

    assert [(o.change, o.announce) for o in children] == [(Change.RAISED, False), (Change.SUPPRESSED, False)] * 2


def test_every_explained_rule_is_one_that_there_is() -> None:
    of_points = {"mains_fail", "battery_low", "battery_level", "supply_low", "compartment_fault"}

    assert EXPLAINED - set(FACTS) == of_points

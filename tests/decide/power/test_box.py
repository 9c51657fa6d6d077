"""The battery of the box: told, and its stores closed in time."""

from __future__ import annotations

from dataclasses import replace

from drivers.contract import Link
from gateway.decide.rules import PowerRules
from gateway.model import Recorded
from tests.decide.power.village import Village


def stores(village: Village) -> list[bool]:
    return [said.body["closed"] for said in village.said if isinstance(said, Recorded) and said.kind == "stores"]


def test_a_box_on_its_battery_is_told_once_with_what_is_left() -> None:
    village = Village()

    village.ups(fail=True, percent=98.0, seconds=5_400)
    village.wait(120)

    assert village.announced == ["box_on_battery@ups"]
    assert village.alarms["box_on_battery@ups"].why == "网关电池剩余 90 分钟、98 %"
    assert village.alarms["mains_fail@ups/on_battery"].spared_by == "box_on_battery@ups"


def test_the_cut_says_how_long_the_box_will_last() -> None:
    village = Village()

    village.ups(fail=True, percent=98.0, seconds=5_400)
    village.mains("c11", "c12", fail=True)
    village.wait(20)

    assert village.cuts()["building:b1"].why == "市电中断。网关电池剩余 90 分钟、98 %"


def test_a_battery_that_will_not_last_is_told_at_a_fifth_or_when_it_says_so() -> None:
    by_level, by_word = Village(), Village()

    by_level.ups(fail=True, percent=20.0)
    by_word.ups(fail=True, percent=60.0, low=True)
    for village in (by_level, by_word):
        village.wait(2)

    assert "box_battery_low@ups" in by_level.announced
    assert "box_battery_low@ups" in by_word.announced


def test_an_empty_battery_with_the_mains_there_is_only_being_charged() -> None:
    village = Village()

    village.ups(percent=5.0)
    village.wait(60)

    assert village.announced == []
    assert stores(village) == []


def test_stores_are_closed_below_a_tenth_and_opened_with_the_mains_and_some_charge() -> None:
    village = Village()
    village.ups(fail=True, percent=10.0)
    village.wait(2)
    at_a_tenth = stores(village)

    village.ups(fail=True, percent=9.0)
    village.wait(2)
    village.ups(percent=9.5)
    village.wait(60)
    before_it_is_charged = stores(village)
    village.ups(percent=15.0)
    village.wait(2)

    assert at_a_tenth == []
    assert before_it_is_charged == [True]
    assert stores(village) == [True, False]


def test_a_ups_that_falls_silent_closes_nothing_and_opens_nothing() -> None:
    village = Village()
    village.ups(fail=True, percent=9.0)
    village.wait(2)

    village.line_of("ups", Link.LOST)
    village.wait(600)

    assert stores(village) == [True]
    assert village.judge.power.box.stores_closed
    assert village.alarms["box_on_battery@ups"].active


def test_what_tells_no_level_closes_the_stores_when_it_says_that_it_is_low() -> None:
    village = Village()

    village.ups(fail=True, percent=None, low=True)
    village.wait(2)

    assert stores(village) == [True]


def test_closed_stores_stay_closed_over_a_restart_until_the_mains_are_back() -> None:
    village = Village()
    village.ups(fail=True, percent=5.0)
    village.wait(2)

    village.restart(off_seconds=3_600, reboot=True)
    remembered = village.judge.power.box.stores_closed
    village.wait(10)
    village.ups(percent=40.0)
    village.wait(2)

    assert remembered
    assert stores(village) == [True, False]


def test_a_box_whose_ups_is_no_longer_configured_opens_its_stores() -> None:
    village = Village()
    village.ups(fail=True, percent=5.0)
    village.wait(2)

    village.rules = replace(village.rules, power=PowerRules())
    village.judge.adopt(village.rules, village.now)
    village.wait(2)

    assert stores(village) == [True, False]

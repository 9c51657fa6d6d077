from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.decide.rules import PowerRules
from gateway.model import Place
from tests.decide.answering.desk import PLAIN, Desk, announced, house


def pour(desk: Desk, times: int, grid: str = "g1", *, first: int = 0) -> None:
    """So many new alarms in a grid."""
    for number in range(first, first + times):
        place = Place("b1", name=f"{number}", grid=grid)
        said = desk.watches.say("parcel_overdue", f"c{number}", "", place, abnormal=True, why="late", now=desk.now)
        desk.keep(said)


def test_more_than_ten_new_alarms_in_ten_minutes_are_a_flood_of_their_grid_alone() -> None:
    desk = Desk(replace(house(PLAIN), power=PowerRules(names={"grid:g1": "第一网格"})))

    pour(desk, 10)
    assert not desk.answering.flooded("g1")
    pour(desk, 1, first=10)

    assert desk.answering.flooded("g1")
    assert not desk.answering.flooded("g2")
    assert desk.announced.count("alarm_flood@grid:g1") == 1
    assert desk.watches.book.open["alarm_flood@grid:g1"].place == Place(name="第一网格", grid="g1")


def test_eleven_in_a_longer_time_are_none() -> None:
    desk = Desk(house(PLAIN))

    for number in range(20):
        pour(desk, 1, first=number)
        desk.wait(61, every=30)

    assert not desk.answering.flooded("g1")


@pytest.mark.parametrize("restarted", [False, True])
def test_a_flood_ends_when_there_were_fewer_than_five_in_ten_minutes(*, restarted: bool) -> None:
    desk = Desk(house(PLAIN))
    pour(desk, 30)
    for number in range(10):
        desk.wait(60, every=30)
        pour(desk, 1, first=100 + number)
    if restarted:
        desk.restart(reboot=False)

    desk.wait(300)
    assert desk.answering.flooded("g1")
    desk.wait(120)

    assert not desk.answering.flooded("g1")
    assert not desk.watches.book.active("alarm_flood@grid:g1")


def test_tests_trials_and_what_people_are_spared_flood_nobody() -> None:
    desk = Desk(house(PLAIN))
    desk.watches.book.on_trial = lambda _rule, _place: True

    pour(desk, 30)

    assert not desk.answering.flooded("g1")


def test_in_a_flood_each_alarm_is_announced_as_ever() -> None:
    desk = Desk(house(PLAIN))
    pour(desk, 20)

    out = desk.see(True)

    assert announced(out) == ["forced@d1/p"]

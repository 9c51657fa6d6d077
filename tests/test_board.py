from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.deliver.board import Board
from gateway.model import Alarm, AlarmChanged, Change, Place, Priority

if TYPE_CHECKING:
    import pytest

ALARM = Alarm(
    7, "door_forced@b3u1/door1.forced", "door_forced", "b3u1/door1.forced", "b3u1", Priority.P2, Place("b3", "1", "单元大门"),
    active=True, acked=False, latched=False,
)  # fmt: skip


def said(
    alarm: Alarm, caplog: pytest.LogCaptureFixture, language: str = "zh-CN", *, announce: bool = True
) -> list[str]:
    house = logging.getLogger("gridpost")
    house.propagate = True
    with caplog.at_level(logging.INFO, "gridpost"):
        Board(language, lambda place: f"3号楼 {place.name}".strip()).tell(
            AlarmChanged(alarm, Change.RAISED, announce), 41
        )
    return [record.getMessage() for record in caplog.records]


def test_an_announcement_says_how_grave_where_and_what(caplog: pytest.LogCaptureFixture) -> None:
    assert said(ALARM, caplog) == ["重要 3号楼 单元大门 门被强行打开"]


def test_it_speaks_the_language_of_the_compound(caplog: pytest.LogCaptureFixture) -> None:
    assert said(ALARM, caplog, "en") == ["Major 3号楼 单元大门 Door forced open"]


def test_a_simulated_one_says_so_first(caplog: pytest.LogCaptureFixture) -> None:
    assert said(replace(ALARM, simulated=True), caplog) == ["【模拟】 重要 3号楼 单元大门 门被强行打开"]


def test_a_rule_of_the_installers_own_is_called_by_its_name(caplog: pytest.LogCaptureFixture) -> None:
    assert said(replace(ALARM, rule="pump_room_flooded"), caplog) == ["重要 3号楼 单元大门 pump_room_flooded"]


def test_what_people_are_spared_is_not_written(caplog: pytest.LogCaptureFixture) -> None:
    assert said(ALARM, caplog, announce=False) == []

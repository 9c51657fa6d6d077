from __future__ import annotations

import pytest

from drivers.contract import Link
from gateway.model import AskCommand, Refused
from tests.decide.chargers.sheds import MANAGER, Sheds


def loaded() -> Sheds:
    """Three chargings in shed3, begun one after the other; together 900 W of 1,000."""
    trial = Sheds()
    for device, part, session in (("pile1", "p01", "A"), ("pile1", "p02", "B"), ("pile2", "p01", "C")):
        trial.charge(device, part, 300.0, session)
        trial.wait(10)
    return trial


def start(trial: Sheds, device: str, name: str) -> str:
    """A person asks for a command: the code of its refusal, "" when it was sent."""
    out = trial.take(AskCommand(MANAGER, device, name, {}, "试充"))
    return next((each.code for each in out if isinstance(each, Refused)), "")


def test_the_load_of_a_room_is_what_its_ports_draw_together() -> None:
    trial = loaded()

    assert trial.judge.chargers.room_load("shed3") == 900.0
    assert trial.judge.chargers.room_load("shed4") == 0.0


def test_above_its_limit_for_ten_seconds_the_newest_charging_of_a_room_waits() -> None:
    trial = loaded()
    trial.port("pile1", "p01", active_power=420.0)

    trial.wait(10)
    assert trial.wants == {}
    trial.wait(1.1)

    assert trial.wants == {"pile2": {"parts": ["p01"]}}
    assert trial.holds("pile2/p01") == {"room_limit"}
    trial.wait(60)
    assert trial.holds("pile1/p02") == set()


def test_a_peak_of_a_few_seconds_pauses_nobody() -> None:
    trial = loaded()
    trial.port("pile1", "p01", active_power=420.0)
    trial.wait(8)

    trial.port("pile1", "p01", active_power=300.0)
    trial.wait(30)

    assert trial.wants == {}


def test_a_paused_charging_goes_on_when_the_room_stays_a_tenth_below_its_limit_with_it() -> None:
    trial = loaded()
    trial.port("pile1", "p01", active_power=420.0)
    trial.wait(12)
    trial.obey("pile2")
    assert [row["why"] for row in trial.rows()] == ["room_limit"]
    trial.wait(60)
    assert trial.holds("pile2/p01") == {"room_limit"}

    trial.port("pile1", "p01", active_power=290.0)
    trial.wait(2)
    assert trial.holds("pile2/p01") == set()
    assert trial.wants["pile2"] is None
    assert trial.sends() == []
    trial.wait(3)
    assert trial.sends() == ["pile2/p01.start"]
    trial.charge("pile2", "p01", 300.0, "D")
    trial.wait(60)

    assert trial.sends() == ["pile2/p01.start"]
    assert trial.rows("charging_return") == [{"why": "room_limit", "resumed": True}]


def test_a_paused_port_whose_plug_was_pulled_is_free_again() -> None:
    trial = loaded()
    trial.port("pile1", "p01", active_power=420.0)
    trial.wait(12)
    trial.obey("pile2")
    trial.port("pile2", "p01", port_state="free")

    trial.port("pile1", "p01", active_power=100.0)
    trial.wait(60)

    assert trial.sends() == []
    assert trial.holds("pile2/p01") == set()


def test_nothing_new_begins_above_the_limit_or_before_those_that_wait() -> None:
    trial = loaded()
    assert start(trial, "pile2", "p02.start") == ""
    trial.wait(3)
    trial.port("pile1", "p01", active_power=420.0)

    assert start(trial, "pile2", "p02.start") == "room_full"
    trial.wait(12)
    assert start(trial, "pile2", "p02.start") == "room_full"

    assert trial.judge.chargers.room_load("shed3") == 1020.0


def test_a_pause_survives_a_restart() -> None:
    trial = loaded()
    trial.port("pile1", "p01", active_power=420.0)
    trial.wait(12)
    trial.obey("pile2")

    trial.restart()
    trial.up()
    assert trial.holds("pile2/p01") == {"room_limit"}
    trial.port("pile1", "p01", active_power=100.0)
    trial.wait(40)

    assert trial.sends()[0] == "pile2/p01.start"


@pytest.mark.parametrize(("watts", "code"), [(0.0, ""), (400.0, "under_load")])
def test_a_plug_is_not_unlocked_under_load(watts: float, code: str) -> None:
    trial = Sheds()
    trial.charge("car1", "connector1", watts)

    assert start(trial, "car1", "connector1.unlock") == code


def test_a_held_port_is_not_started_by_anybody() -> None:
    trial = Sheds()
    trial.press()

    assert start(trial, "pile1", "p01.start") == "held"
    assert start(trial, "pile3", "p01.start") == ""


def test_a_contactor_that_is_cut_is_closed_by_nobody_before_its_stop_is_lifted() -> None:
    trial = Sheds()
    assert start(trial, "board", "c1.close") == ""
    trial.linked("pile1", Link.LOST)
    stop = trial.press()

    trial.wait(3)
    assert start(trial, "board", "c1.close") == "held"
    trial.lift(stop)

    assert start(trial, "board", "c1.close") == ""

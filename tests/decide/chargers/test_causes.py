from __future__ import annotations

from drivers.contract import Link
from gateway.charging import Reach
from gateway.model import AckAlarm, ResetAlarm
from tests.decide.chargers.sheds import STAFF, Sheds, sheds

ROOM = {"pile1/p01", "pile1/p02", "pile2/p01", "pile2/p02"}


def reached(trial: Sheds) -> set[tuple[Reach, str]]:
    """What is stopped."""
    return {(stop.reach, stop.what) for stop in trial.judge.chargers.stops.values()}


def test_smoke_in_a_charging_room_stops_the_room() -> None:
    trial = Sheds()

    trial.smoke()

    assert reached(trial) == {(Reach.ROOM, "shed3")}
    assert trial.only.by == "rule"
    assert trial.only.causes == {"smoke@s1/smoke"}
    assert "smoke" in trial.only.reason


def test_smoke_inside_a_charger_stops_its_room_and_that_of_a_lone_one_stops_the_charger() -> None:
    trial = Sheds()

    trial.whole("pile3", charging_smoke=True)
    trial.whole("lone", charging_smoke=True)

    assert reached(trial) == {(Reach.ROOM, "shed4"), (Reach.CHARGER, "lone")}


def test_a_fire_stops_every_room_of_its_building_and_no_other() -> None:
    trial = Sheds()

    trial.fire()

    assert reached(trial) == {(Reach.BUILDING, "b1")}
    assert trial.only.ports.keys() == {*ROOM, "car1/connector1"}


def test_smoke_of_a_detector_under_test_stops_nothing_until_it_is_too_long_to_be_a_test() -> None:
    trial = Sheds()
    trial.judge._watches.book.under_test = lambda device: device == "s1"

    trial.smoke()
    assert trial.alarms["smoke@s1/smoke"].test
    trial.wait(179)
    assert reached(trial) == set()
    trial.wait(2)

    assert reached(trial) == {(Reach.ROOM, "shed3")}


def test_smoke_that_comes_again_makes_no_second_stop() -> None:
    trial = Sheds()
    trial.smoke()
    trial.smoke(on=False)
    trial.wait(61)

    trial.smoke()

    assert len(trial.judge.chargers.stops) == 1
    assert len(trial.rows("charging_stop")) == 1 + 1  # ordered, then how far it came


def test_an_alarm_that_stands_after_a_start_has_its_stop_even_where_that_was_forgotten() -> None:
    trial = Sheds()
    trial.whole("pile1", charging_smoke=True)
    for key in [key for key in trial.disk if key.startswith("charging_")]:
        del trial.disk[key]

    trial.restart()

    assert reached(trial) == {(Reach.ROOM, "shed3")}
    assert trial.wants["pile1"] == {"parts": ["p01", "p02"]}


def test_a_stop_that_was_lifted_does_not_come_back_with_a_start() -> None:
    trial = Sheds()
    trial.smoke()
    trial.smoke(on=False)
    trial.wait(61)
    assert trial.lift(trial.only.id) == ""

    trial.restart()

    assert reached(trial) == set()
    assert trial.wants == {}


def test_a_trip_that_is_no_heat_stops_its_port_alone_and_its_reset_lifts_that() -> None:
    trial = Sheds()
    trial.charge("pile1", "p01")
    trial.event("pile1", "charger_trip", part="p01", what="leak")
    assert reached(trial) == {(Reach.PORT, "pile1/p01")}
    assert trial.holds("pile1/p01") == {"stop", "trip"}
    assert trial.wants == {"pile1": {"parts": ["p01"]}}

    trial.obey("pile1")
    number = trial.alarms["charging_trip@pile1/p01"].number
    trial.take(AckAlarm(STAFF, number))
    trial.take(ResetAlarm(STAFF, number, "换了插座"))

    assert reached(trial) == set()
    assert trial.holds("pile1/p01") == set()
    assert trial.wants == {"pile1": None}


def test_a_trip_that_was_reset_leaves_the_stop_of_the_room_to_be_lifted() -> None:
    trial = Sheds()
    trial.charge("pile1", "p01")
    trial.port("pile1", "p01", socket_temperature=76.0)
    trial.wait(1)
    trial.obey("pile1", "pile2")
    trial.port("pile1", "p01", socket_temperature=40.0)
    number = trial.alarms["charging_trip@pile1/p01"].number
    trial.take(AckAlarm(STAFF, number))

    trial.take(ResetAlarm(STAFF, number, "看过了"))

    assert trial.holds("pile1/p01") == {"stop"}
    assert trial.lift(trial.only.id) == ""


def test_what_a_charger_tells_late_stops_nothing() -> None:
    trial = Sheds()

    trial.event("pile1", "charger_trip", part="p01", what="temperature", offline=True)

    assert reached(trial) == set()
    assert trial.standing("charging_trip") == {}


def test_rooms_of_chargers_that_take_no_order_are_cut_by_their_contactor_all_the_same() -> None:
    trial = Sheds(rules=sheds(without=["pile2"]))
    trial.linked("pile1", Link.MISCONFIGURED)

    trial.smoke()

    assert trial.wants["board"] == {"parts": ["c1"]}

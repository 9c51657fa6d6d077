from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from drivers.contract import Link
from gateway.actor import Actor, Role
from gateway.charging import Reach, StopCharging
from gateway.decide.rules import Contactor
from gateway.model import AckAlarm, LineChanged, Priority, Recorded, Refused, ResetAlarm, Want
from tests.decide.chargers.sheds import MANAGER, OF_G2, STAFF, VIEWER, Sheds, pile, sheds

if TYPE_CHECKING:
    from drivers.contract import Value

ROOM = {"pile1/p01", "pile1/p02", "pile2/p01", "pile2/p02"}


def burning(trial: Sheds, part: str = "p01") -> None:
    """A battery at pile1 burns: its socket is over the limit."""
    trial.port("pile1", part, socket_temperature=76.0)


def test_a_hot_socket_stops_its_whole_room_at_once_and_before_all_else() -> None:
    trial = Sheds()
    trial.charge("pile1", "p01")

    out = trial.port("pile1", "p01", socket_temperature=75.0)

    assert [each.device for each in out[:2] if isinstance(each, Want)] == ["pile1", "pile2"]
    assert trial.wants == {"pile1": {"parts": ["p01", "p02"]}, "pile2": {"parts": ["p01", "p02"]}}
    assert (trial.only.reach, trial.only.what, trial.only.by) == (Reach.ROOM, "shed3", "rule")
    assert trial.phases(trial.only.id) == dict.fromkeys(ROOM, "ordered")
    assert trial.standing("charging_trip") == {"pile1/p01": "B"}
    assert trial.standing("charging_stopped") == {"shed3": "B"}


def test_a_pile_that_obeys_is_proved_off_by_what_it_measures_after_the_order() -> None:
    trial = Sheds()
    trial.charge("pile1", "p01")
    burning(trial)

    trial.wait(3)
    trial.obey("pile1", "pile2")

    assert trial.only.phase == "proved"
    assert trial.rows("charging_stop")[-1]["phase"] == "proved"
    trial.wait(60)
    assert trial.standing("charging_not_stopped") == {}
    assert "board" not in trial.wants


def test_what_was_told_before_the_order_and_what_was_accepted_prove_nothing() -> None:
    trial = Sheds()

    stop = trial.press()

    assert trial.stop(stop).phase == "ordered"
    trial.wait(9)
    assert trial.stop(stop).phase == "ordered"


def test_an_answer_that_changed_nothing_is_proof_all_the_same() -> None:
    trial = Sheds()
    stop = trial.press()

    trial.wait(2)
    for device in ("pile1", "pile2"):
        trial.same(device, "p01")
        trial.same(device, "p02")
    trial.wait(1)

    assert trial.stop(stop).phase == "proved"


def test_a_pile_that_only_says_yes_is_cut_by_its_contactor_after_ten_seconds() -> None:
    trial = Sheds()
    trial.charge("pile1", "p01")
    burning(trial)

    for _ in range(9):
        trial.wait(1)
        trial.port("pile1", "p01", current=1.6)
    assert "board" not in trial.wants
    trial.wait(1)

    assert trial.wants["board"] == {"parts": ["c1"]}
    assert {name: phase.value for name, phase in trial.only.contactors.items()} == {"board/c1": "ordered"}
    trial.wait(0.3)
    trial.contactor(closed=False)
    assert trial.only.phase == "proved"
    assert {name: phase.value for name, phase in trial.only.contactors.items()} == {"board/c1": "proved"}
    trial.wait(60)
    assert trial.standing("charging_not_stopped") == {}


def test_a_pile_out_of_reach_is_cut_at_once() -> None:
    trial = Sheds()
    trial.charge("pile1", "p01")
    trial.linked("pile1", Link.LOST)

    trial.smoke()

    assert trial.wants["board"] == {"parts": ["c1"]}
    trial.wait(0.2)
    trial.contactor(closed=False)
    assert trial.only.phase == "proved"
    assert trial.standing("charging_not_stopped") == {}


def test_a_pile_that_is_lost_before_it_proved_anything_is_cut_at_once() -> None:
    trial = Sheds()
    trial.charge("pile1", "p01")
    stop = trial.press()
    trial.wait(3)

    trial.linked("pile1", Link.LOST)

    assert trial.wants["board"] == {"parts": ["c1"]}
    assert trial.stop(stop).phase == "ordered"


def test_a_room_without_a_contactor_is_said_to_be_not_stopped_with_the_place_of_its_switch() -> None:
    trial = Sheds()
    trial.charge("pile3", "p01")

    trial.port("pile3", "p01", socket_temperature=80.0)
    for _ in range(9):
        trial.wait(1)
        trial.port("pile3", "p01", current=1.7)
    assert trial.standing("charging_not_stopped") == {}
    trial.wait(1)

    alarm = trial.alarms["charging_not_stopped@shed4"]
    assert alarm.priority is Priority.P1
    assert alarm.place.name == "4号车棚"
    assert "配电箱 B" in alarm.why
    assert "4号车棚" in alarm.why
    assert "1.7 A still flow" in alarm.why
    assert trial.only.phase == "not_stopped"
    assert trial.only.why == {"pile3/p01": "1.7 A still flow"}


def test_a_later_proof_ends_not_stopped_and_a_person_resets_it() -> None:
    trial = Sheds()
    trial.charge("pile3", "p01")
    trial.press(Reach.ROOM, "shed4", OF_G2)
    trial.wait(10)
    assert trial.standing("charging_not_stopped") == {"shed4": "B"}

    trial.obey("pile3")

    assert trial.only.phase == "proved"
    assert trial.standing("charging_not_stopped") == {"shed4": "E"}
    number = trial.alarms["charging_not_stopped@shed4"].number
    trial.take(AckAlarm(STAFF, number))
    trial.take(ResetAlarm(STAFF, number, "拉闸了"))
    assert trial.standing("charging_not_stopped") == {}


def test_a_contactor_that_does_not_open_leaves_the_room_not_stopped() -> None:
    trial = Sheds()
    trial.charge("pile1", "p01")
    burning(trial)
    trial.obey("pile2")

    trial.wait(14.9)
    assert trial.standing("charging_not_stopped") == {}
    trial.wait(0.2)

    assert trial.standing("charging_not_stopped") == {"shed3": "B"}
    assert {name: phase.value for name, phase in trial.only.contactors.items()} == {"board/c1": "not_stopped"}
    trial.contactor(closed=False)
    assert trial.only.phase == "proved"
    assert trial.standing("charging_not_stopped") == {"shed3": "E"}


@pytest.mark.parametrize("reboot", [False, True])
def test_a_restart_in_the_middle_of_the_ten_seconds_delays_nothing(reboot: bool) -> None:  # noqa: FBT001 - the case
    trial = Sheds()
    trial.charge("pile1", "p01")
    burning(trial)
    trial.wait(6)

    trial.restart(off_seconds=2, reboot=reboot)
    assert trial.wants == {"pile1": {"parts": ["p01", "p02"]}, "pile2": {"parts": ["p01", "p02"]}}
    trial.wait(1.9)
    assert "board" not in trial.wants
    trial.wait(0.2)

    assert trial.wants["board"] == {"parts": ["c1"]}
    trial.wait(5)
    assert trial.standing("charging_not_stopped") == {"shed3": "B"}
    trial.restart()
    assert trial.wants["board"] == {"parts": ["c1"]}
    assert trial.only.phase == "not_stopped"
    assert trial.raised("charging_not_stopped") == ["shed3"]
    trial.contactor(closed=False)
    assert trial.only.phase == "proved"


def test_after_an_untrusted_reboot_the_contactor_is_cut_ten_seconds_later_at_the_latest() -> None:
    trial = Sheds()
    trial.charge("pile1", "p01")
    burning(trial)
    trial.wait(6)

    trial.restart(off_seconds=300, reboot=True, trusted=False)
    trial.wait(10)

    assert trial.wants["board"] == {"parts": ["c1"]}


def test_current_that_flows_again_after_the_proof_cuts_the_room() -> None:
    trial = Sheds()
    stop = trial.press()
    trial.wait(1)
    trial.obey("pile1", "pile2")
    assert trial.stop(stop).phase == "proved"

    trial.port("pile1", "p02", current=1.0)
    trial.wait(1.9)
    assert "board" not in trial.wants
    trial.wait(0.2)

    assert trial.wants["board"] == {"parts": ["c1"]}
    assert trial.stop(stop).phase == "ordered"
    trial.wait(5)
    assert trial.standing("charging_not_stopped") == {"shed3": "B"}


def test_a_contactor_that_is_closed_again_proves_nothing_any_more() -> None:
    trial = Sheds()
    trial.linked("pile1", Link.LOST)
    stop = trial.press()
    trial.wait(0.5)
    trial.contactor(closed=False)
    trial.wait(1)
    assert trial.stop(stop).phase == "proved"

    trial.contactor(closed=True)

    assert trial.stop(stop).phase == "ordered"
    trial.wait(15)
    assert trial.standing("charging_not_stopped") == {"shed3": "B"}


def test_doubtful_and_bad_answers_prove_nothing() -> None:
    trial = Sheds()
    trial.charge("pile3", "p01")
    stop = trial.press(Reach.PORT, "pile3/p01", MANAGER)
    trial.wait(1)

    off: dict[str, Value] = {
        "current": 0.0,
        "active_power": 0.0,
        "port_on": False,
        "port_session": "",
        "port_state": "finishing",
    }
    trial.port("pile3", "p01", off, unsure=["current"])
    assert trial.stop(stop).phase == "ordered"
    trial.port("pile3", "p01", bad=["current"])
    assert trial.stop(stop).phase == "ordered"
    trial.port("pile3", "p01", unsure=["port_state"])
    assert trial.stop(stop).phase == "ordered"
    trial.port("pile3", "p01")

    assert trial.stop(stop).phase == "proved"


@pytest.mark.parametrize(
    "still",
    [
        {"port_state": "charging"},
        {"port_session": "S1"},
        {"current": 0.2, "port_state": "finishing"},
        {"current": -3.0, "port_state": "finishing"},
    ],
)
def test_no_current_no_session_and_no_charging_state_are_the_proof_together(still: dict[str, Value]) -> None:
    trial = Sheds()
    trial.charge("car1", "connector1", 7000.0)
    stop = trial.press(Reach.CHARGER, "car1", MANAGER)
    trial.wait(1)

    off: dict[str, Value] = {"port_state": "unavailable", "port_session": "", "current": 0.0, "active_power": 0.0}
    trial.port("car1", "connector1", off | still)
    assert trial.stop(stop).phase == "ordered"
    trial.port("car1", "connector1", off)

    assert trial.stop(stop).phase == "proved"


def test_a_port_that_never_told_its_current_is_proved_by_its_state_where_nothing_was_known_to_flow() -> None:
    trial = Sheds(started=False)
    trial.linked("car1", Link.UP)
    trial.port("car1", "connector1", bad=["current", "active_power"])
    stop = trial.press(Reach.CHARGER, "car1", MANAGER)

    trial.wait(1)
    trial.port("car1", "connector1", bad=["current", "active_power"], port_state="unavailable")

    assert trial.stop(stop).phase == "proved"


def test_a_port_that_charged_is_not_proved_without_its_current() -> None:
    trial = Sheds(started=False)
    trial.linked("car1", Link.UP)
    trial.port("car1", "connector1", bad=["current", "active_power"], port_state="charging", port_session="S1")
    stop = trial.press(Reach.CHARGER, "car1", MANAGER)

    trial.wait(1)
    trial.port("car1", "connector1", bad=["current", "active_power"], port_state="unavailable", port_session="")

    assert trial.stop(stop).phase == "ordered"


def test_each_reach_holds_the_ports_that_it_names() -> None:
    for reach, what, expected in (
        (Reach.PORT, "pile1/p02", {"pile1/p02"}),
        (Reach.CHARGER, "pile1", {"pile1/p01", "pile1/p02"}),
        (Reach.ROOM, "shed3", ROOM),
        (Reach.BUILDING, "b1", {*ROOM, "car1/connector1"}),
        (Reach.ALL, "", {*ROOM, "car1/connector1", "pile3/p01", "lone/p01"}),
    ):
        trial = Sheds()

        stop = trial.press(reach, what, MANAGER)

        assert trial.stop(stop).ports.keys() == expected
        assert {key for key in trial.judge.chargers.ports if trial.holds(key)} == expected


def test_a_stop_says_at_which_room_charger_or_port_it_stands() -> None:
    for reach, what, expected in (
        (Reach.PORT, "pile1/p02", {"pile1/p02"}),
        (Reach.CHARGER, "pile1", {"pile1"}),
        (Reach.BUILDING, "b1", {"shed3", "cars"}),
        (Reach.ALL, "", {"shed3", "shed4", "cars", "lone"}),
    ):
        trial = Sheds()

        stop = trial.press(reach, what, MANAGER)

        assert trial.standing("charging_stopped").keys() == expected
        assert trial.lift(stop, MANAGER) == ""
        assert trial.standing("charging_stopped").keys() == expected  # gone, and not taken by anybody yet
        assert set(trial.standing("charging_stopped").values()) == {"D"}


@pytest.mark.parametrize(
    ("actor", "reach", "what", "code"),
    [
        (VIEWER, Reach.ROOM, "shed3", "role"),
        (OF_G2, Reach.ROOM, "shed3", "grid"),
        (OF_G2, Reach.ALL, "", "grid"),
        (OF_G2, Reach.BUILDING, "b1", "grid"),
        (STAFF, Reach.ROOM, "shed9", "place_unknown"),
        (STAFF, Reach.PORT, "pile1/p99", "place_unknown"),
        (STAFF, Reach.CHARGER, "s1", "place_unknown"),
        (STAFF, Reach.BUILDING, "b9", "place_unknown"),
    ],
)
def test_who_may_not_stop_hears_why(actor: Actor, reach: Reach, what: str, code: str) -> None:
    trial = Sheds()

    out = trial.take(StopCharging(actor, reach, what, ""))

    assert [each.code for each in out if isinstance(each, Refused)] == [code]
    assert trial.wants == {}
    assert trial.judge.chargers.stops == {}


def test_in_his_grid_anybody_on_duty_may_stop_and_a_leader_of_a_grid_may_stop_all() -> None:
    leader = Actor("m2", "组长", Role.MANAGER, frozenset({"g2"}))

    assert Sheds().press(Reach.ROOM, "shed4", OF_G2) == "stop1"
    assert Sheds().press(Reach.BUILDING, "b2", OF_G2) == "stop1"
    assert Sheds().press(Reach.PORT, "pile3/p01", OF_G2) == "stop1"
    assert Sheds().press(Reach.ALL, "", leader) == "stop1"
    assert Sheds().press(Reach.ALL, "", STAFF) == "stop1"


def test_the_same_stop_again_is_the_same_stop() -> None:
    trial = Sheds()

    first = trial.press()
    out = trial.take(StopCharging(MANAGER, Reach.ROOM, "shed3", "again"))

    assert len(trial.judge.chargers.stops) == 1
    assert [each.subject for each in out if isinstance(each, Recorded)] == [first]


def test_a_port_is_held_until_the_last_stop_that_reaches_it_is_lifted() -> None:
    trial = Sheds()
    room, port = trial.press(), trial.press(Reach.PORT, "pile1/p01")

    assert trial.lift(room) == ""
    assert trial.wants == {"pile1": {"parts": ["p01"]}, "pile2": None}
    assert trial.lift(port) == ""

    assert trial.wants == {"pile1": None, "pile2": None}
    assert all(not trial.holds(key) for key in ROOM)


def test_a_lifted_stop_lets_the_contactor_be_closed_and_closes_nothing_itself() -> None:
    trial = Sheds()
    trial.linked("pile1", Link.LOST)
    stop = trial.press()
    trial.contactor(closed=False)

    assert trial.lift(stop) == ""

    assert trial.wants["board"] is None
    assert trial.sends() == []
    assert trial.rows("charging_stop")[-1]["phase"] == "lifted"
    assert trial.rows("charging_stop")[-1]["note"] == "看过了"
    assert not [key for key in trial.disk if key.startswith("charging_") and "number" not in key]


@pytest.mark.parametrize(
    ("actor", "stop", "note", "code"),
    [
        (VIEWER, "stop1", "ok", "role"),
        (OF_G2, "stop1", "ok", "grid"),
        (STAFF, "stop7", "ok", "stop_unknown"),
        (STAFF, "stop1", "  ", "note_needed"),
    ],
)
def test_who_may_not_lift_hears_why(actor: Actor, stop: str, note: str, code: str) -> None:
    trial = Sheds()
    trial.press()

    assert trial.lift(stop, actor, note) == code
    assert len(trial.judge.chargers.stops) == 1


def test_a_stop_is_not_lifted_while_its_smoke_goes_on() -> None:
    trial = Sheds()
    trial.smoke()
    stop = trial.only.id

    assert trial.lift(stop) == "alarm_active"
    trial.smoke(on=False)
    assert trial.lift(stop) == "alarm_active"  # the delay of the alarm still runs
    trial.wait(61)

    assert trial.lift(stop) == ""


def test_a_trip_whose_charger_nobody_hears_any_more_does_not_hold_the_room_for_ever() -> None:
    trial = Sheds()
    trial.charge("pile1", "p01")
    burning(trial)
    trial.obey("pile2")
    assert trial.lift(trial.only.id) == "alarm_active"

    trial.linked("pile1", Link.LOST)
    trial.contactor(closed=False)
    assert trial.lift(trial.only.id) == ""

    assert trial.holds("pile1/p01") == set()


def test_a_stop_ends_the_sessions_and_their_rows_say_so() -> None:
    trial = Sheds()
    trial.charge("pile1", "p01")
    trial.press()

    trial.obey("pile1")

    assert [row["why"] for row in trial.rows()] == ["stop"]


def test_a_room_whose_contactor_is_to_act_at_once_is_cut_with_the_order() -> None:
    trial = Sheds(rules=sheds(contactor=Contactor("board", "c1", 0.0, (0, 0))))

    trial.press()
    trial.wait(0)
    trial.judge.wake(trial.now)

    assert trial.judge.chargers.stops["stop1"].contactors.keys() == {"board/c1"}


def test_a_contactor_without_a_contact_of_its_own_proves_nothing() -> None:
    trial = Sheds(rules=sheds(contactor=Contactor("board", "c1", 10.0, None)))
    trial.charge("pile1", "p01")

    trial.press()
    trial.wait(1)
    trial.obey("pile2")
    trial.wait(10)
    assert trial.wants["board"] == {"parts": ["c1"]}
    trial.contactor(closed=False)
    trial.wait(6)

    assert trial.standing("charging_not_stopped") == {"shed3": "B"}
    assert trial.judge.chargers.contactor_closed("shed3") is None


def test_a_reload_keeps_what_stands_and_takes_in_what_is_new() -> None:
    trial = Sheds(rules=sheds(without=["pile2"]))
    stop = trial.press()
    trial.wait(1)
    trial.obey("pile1")
    assert trial.stop(stop).phase == "proved"

    trial.rules = sheds()
    trial._keep(trial.judge.adopt(trial.rules, trial.now))

    assert trial.phases(stop) == {
        "pile1/p01": "proved", "pile1/p02": "proved", "pile2/p01": "ordered", "pile2/p02": "ordered",
    }  # fmt: skip
    assert trial.wants["pile2"] == {"parts": ["p01", "p02"]}
    trial.rules = sheds(without=["pile1"])
    trial._keep(trial.judge.adopt(trial.rules, trial.now))
    assert trial.stop(stop).ports.keys() == {"pile2/p01", "pile2/p02"}
    assert not [key for key in trial.disk if "pile1/" in key and key.startswith("charging_")]


def test_a_port_that_fell_silent_is_not_proved_by_what_it_said_last() -> None:
    rules = sheds()
    quiet = pile("pile3", "shed4", ["p01"], silent=20.0)
    trial = Sheds(rules=replace(rules, devices={**rules.devices, "pile3": quiet}))
    stop = trial.press(Reach.ROOM, "shed4", MANAGER)
    trial.wait(1)
    trial.port("pile3", "p01", unsure=["current"])
    trial.wait(30)

    assert trial.stop(stop).phase == "not_stopped"
    assert trial.stop(stop).why == {"pile3/p01": "nothing was heard of it since the order"}
    assert not trial.judge.chargers.ports["pile3/p01"].sure


def test_people_hear_once_that_a_room_is_not_stopped_and_again_when_it_is_more_of_it() -> None:
    trial = Sheds(rules=sheds(contactor=None))
    trial.charge("pile1", "p01")
    trial.press(Reach.PORT, "pile1/p01")
    trial.wait(10)
    for amperes in (1.5, 1.6, 1.7):
        trial.port("pile1", "p01", current=amperes)
        trial.wait(1)
    assert trial.raised("charging_not_stopped") == ["shed3"]

    trial.press()
    trial.wait(10)

    assert trial.raised("charging_not_stopped") == ["shed3", "shed3"]
    assert "pile2 p02" in trial.alarms["charging_not_stopped@shed3"].why


def test_what_was_waited_for_goes_on_over_a_reload() -> None:
    trial = Sheds()
    trial.port("pile1", "p01", current=14.0, port_on=True)
    trial.wait(1)

    trial._keep(trial.judge.adopt(trial.rules, trial.now))
    trial.wait(1)

    assert trial.standing("charging_trip") == {"pile1/p01": "B"}


def test_a_charger_whose_line_is_lost_is_cut_at_once() -> None:
    trial = Sheds()
    trial.press()

    trial.take(LineChanged("l1", Link.LOST, "broker gone", trial.now.boottime_ns))

    assert trial.wants["board"] == {"parts": ["c1"]}


def test_a_contactor_that_showed_open_before_the_order_is_proof_when_it_says_so_again() -> None:
    trial = Sheds()
    trial.contactor(closed=False)
    trial.wait(1)
    trial.linked("pile1", Link.LOST)
    stop = trial.press()

    trial.wait(1)
    assert trial.stop(stop).ports["pile1/p01"] == "ordered"
    trial.contactor(closed=False)

    assert trial.stop(stop).phase == "proved"


def test_a_contactor_that_shows_open_while_current_flows_proves_nothing_for_that_port() -> None:
    trial = Sheds()
    trial.linked("pile1", Link.LOST)
    stop = trial.press()
    trial.wait(0.5)
    trial.contactor(closed=False)
    assert trial.stop(stop).phase == "proved"

    trial.linked("pile1", Link.UP)
    trial.port("pile1", "p01", current=1.5)
    trial.wait(3)
    trial.contactor(closed=False)
    trial.wait(6)

    assert trial.phases(stop)["pile1/p01"] == "not_stopped"
    assert trial.standing("charging_not_stopped") == {"shed3": "B"}

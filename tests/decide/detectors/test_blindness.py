from __future__ import annotations

import pytest

from drivers.contract import Link
from gateway.detecting import TakeDownSensor
from gateway.model import AckAlarm
from tests.decide.bench_of_rules import STAFF
from tests.decide.detectors.estate import ACROSS, CO, FAR, FLATS, GAS, INSTALLER, LANDING, PLACES, SMOKE, Estate, estate

OF_RX1 = FLATS[:4]
OF_RX2 = (*FLATS[4:], GAS, CO, LANDING)
REST = tuple(device for device in PLACES if device not in OF_RX1)


def known_by_ear() -> Estate:
    """Everybody was heard, and by whom is known: rx1 hears the first four flats best."""
    trial = Estate()
    for devices, receiver in ((OF_RX1, "rx1"), (OF_RX2, "rx2"), ((ACROSS,), "rx3"), ((FAR,), "rx4")):
        for device in devices:
            trial.say(device, heard_by=receiver, signal=-60)
    return trial


@pytest.mark.parametrize("link", [Link.LOST, Link.MISCONFIGURED])
def test_a_lost_receiver_is_one_alarm_that_says_how_many_hang_on_it(link: Link) -> None:
    trial = known_by_ear()

    trial.receiver("rx1", link, "refused its key")
    trial.wait(6)

    assert trial.announced == ["radio_blind@rx1"]
    assert trial.alarms["radio_blind@rx1"].why == "refused its key; 4 detectors are heard best there"
    assert trial.alarms["radio_blind@rx1"].place.building == "b1"
    assert trial.judge.detectors.blind("rx1")
    assert not trial.judge.detectors.blind("rx2")


def test_a_receiver_that_is_back_at_once_is_no_alarm() -> None:
    trial = known_by_ear()

    trial.receiver("rx1", Link.LOST)
    trial.wait(3)
    trial.receiver("rx1", Link.UP)
    trial.wait(60)

    assert trial.announced == []


def test_sensors_that_hang_on_a_blind_receiver_alone_are_no_alarms_of_their_own() -> None:
    trial = known_by_ear()
    trial.receiver("rx1", Link.LOST)

    trial.live(3_600, *REST)

    assert trial.announced == ["radio_blind@rx1"]
    assert {trial.state(device) for device in OF_RX1} == {"late"}
    assert all(trial.judge.detectors.blind(device) for device in OF_RX1)


def test_a_sensor_that_another_receiver_hears_is_not_blind_and_not_spared() -> None:
    trial = known_by_ear()
    trial.receiver("rx1", Link.LOST)
    trial.live(300, *REST, SMOKE)

    trial.say(SMOKE, heard_by="rx2")
    trial.live(1_200, *REST)

    assert not trial.judge.detectors.blind(SMOKE)
    assert trial.standing("detector_lost") == {SMOKE: "B"}


def test_a_sensor_is_blind_with_its_receiver_from_when_it_is_late() -> None:
    trial = known_by_ear()
    trial.receiver("rx1", Link.LOST)

    trial.wait(60)
    assert not trial.judge.detectors.blind(SMOKE)
    trial.wait(180)

    assert trial.judge.detectors.blind(SMOKE)


def test_one_that_was_heard_after_its_receiver_was_lost_does_not_hang_on_it() -> None:
    trial = known_by_ear()
    trial.receiver("rx1", Link.LOST)
    trial.live(300, *REST, SMOKE)

    trial.live(1_200, *REST)

    assert trial.standing("detector_lost") == {SMOKE: "B"}


def test_when_a_receiver_hears_again_its_sensors_have_their_time_before_their_silence_counts() -> None:
    trial = known_by_ear()
    trial.receiver("rx1", Link.LOST)
    trial.live(3_600, *REST)

    trial.receiver("rx1", Link.UP)
    trial.live(120, *REST, *OF_RX1[1:])
    assert trial.standing("detector_lost") == {}
    trial.live(120, *REST, *OF_RX1[1:])

    assert trial.standing("detector_lost") == {SMOKE: "B"}
    assert trial.standing("radio_blind") == {"rx1": "D"}


def test_what_was_lost_before_is_spared_while_its_receiver_is_blind_and_said_again_after_its_time() -> None:
    trial = known_by_ear()
    trial.live(960, *REST, *OF_RX1[1:])
    assert trial.standing("detector_lost") == {SMOKE: "B"}

    trial.receiver("rx1", Link.LOST)
    trial.live(300, *REST)
    assert trial.standing("detector_lost") == {SMOKE: "H"}
    trial.receiver("rx1", Link.UP)
    trial.live(120, *REST, *OF_RX1[1:])
    assert trial.standing("detector_lost") == {SMOKE: "H"}
    trial.live(120, *REST, *OF_RX1[1:])

    assert trial.standing("detector_lost") == {SMOKE: "B"}
    assert trial.announced == [f"detector_lost@{SMOKE}", "radio_blind@rx1", f"detector_lost@{SMOKE}"]


def test_a_spared_alarm_whose_sensor_is_back_with_its_receiver_is_said_to_nobody() -> None:
    trial = known_by_ear()
    trial.live(960, *REST, *OF_RX1[1:])
    trial.receiver("rx1", Link.LOST)
    trial.live(300, *REST)

    trial.receiver("rx1", Link.UP)
    trial.beat(*OF_RX1)

    assert trial.standing("detector_lost") == {SMOKE: "D"}
    assert trial.announced == [f"detector_lost@{SMOKE}", "radio_blind@rx1"]


def test_two_hours_behind_a_blind_receiver_are_said_to_nobody_either() -> None:
    trial = known_by_ear()
    trial.live(960, *REST, *OF_RX1[1:])
    trial.take(AckAlarm(STAFF, trial.alarms[f"detector_lost@{SMOKE}"].number))
    trial.receiver("rx1", Link.LOST)

    trial.live(9_000, *REST)

    assert trial.announced == [f"detector_lost@{SMOKE}", "radio_blind@rx1"]


def test_all_receivers_of_a_building_are_one_alarm() -> None:
    trial = known_by_ear()

    trial.receiver("rx1", Link.LOST, "no answer")
    trial.wait(2)
    trial.receiver("rx2", Link.LOST, "no answer")
    trial.wait(10)

    assert trial.announced == ["radio_blind@building:b1"]


def test_receivers_that_go_on_falling_are_told_after_ten_seconds() -> None:
    trial = known_by_ear()

    for receiver in ("rx1", "rx2", "rx3"):
        trial.receiver(receiver, Link.LOST)
        trial.wait(3)
    trial.receiver("rx4", Link.LOST)
    assert trial.announced == []
    trial.wait(2)

    assert sorted(trial.announced) == ["radio_blind@air", "radio_blind@rx4"]


def test_receivers_that_fall_together_are_one_alarm_of_their_building_and_the_first_is_spared() -> None:
    trial = known_by_ear()
    trial.receiver("rx1", Link.LOST)
    trial.wait(60)

    trial.receiver("rx2", Link.LOST, "no way there")
    trial.wait(10)

    assert trial.standing("radio_blind") == {"rx1": "H", "building:b1": "B"}
    alarm = trial.alarms["radio_blind@building:b1"]
    assert (alarm.device, alarm.place.building, alarm.place.grid) == ("", "b1", "g-b1")
    assert alarm.why == "none of 2 receivers hears anything: no answer; 9 detectors are heard best there"


def test_all_receivers_of_a_line_are_one_alarm_and_those_of_buildings_are_spared() -> None:
    trial = known_by_ear()
    trial.receiver("rx1", Link.LOST)
    trial.receiver("rx2", Link.LOST)
    trial.wait(60)

    trial.receiver("rx3", Link.LOST)
    trial.wait(10)
    assert trial.standing("radio_blind") == {"building:b1": "H", "air": "B"}
    trial.receiver("rx3", Link.UP)
    trial.wait(10)

    assert trial.standing("radio_blind") == {"building:b1": "B", "air": "D"}


def test_the_end_of_a_blind_building_is_the_end_of_what_was_spared_in_it() -> None:
    trial = known_by_ear()
    trial.receiver("rx1", Link.LOST)
    trial.wait(60)
    trial.receiver("rx2", Link.LOST)
    trial.wait(60)

    trial.receiver("rx1", Link.UP)
    trial.receiver("rx2", Link.UP)
    trial.wait(10)

    assert trial.standing("radio_blind") == {"rx1": "D", "building:b1": "D"}
    assert trial.announced == ["radio_blind@rx1", "radio_blind@building:b1"]


def test_a_lost_line_is_the_blindness_of_all_its_receivers_and_no_alarm_of_its_own() -> None:
    trial = known_by_ear()

    trial.line_is(Link.LOST)
    trial.live(3_600, FAR)
    assert trial.standing("radio_blind") == {"air": "B"}
    assert trial.announced == ["radio_blind@air"]
    trial.line_is(Link.UP)
    trial.receivers_up()
    trial.wait(10)

    assert trial.standing("radio_blind") == {"air": "D"}


def test_a_line_that_is_back_without_one_of_its_receivers_leaves_that_one_blind() -> None:
    trial = known_by_ear()
    trial.line_is(Link.LOST)
    trial.wait(60)

    trial.line_is(Link.UP)
    for receiver in ("rx2", "rx3"):
        trial.receiver(receiver, Link.UP)
    trial.wait(10)

    assert trial.standing("radio_blind") == {"rx1": "B", "air": "D"}


def test_the_only_receiver_of_a_line_is_told_by_its_own_name() -> None:
    trial = known_by_ear()

    trial.line_is(Link.LOST, "far")
    trial.wait(10)

    assert trial.standing("radio_blind") == {"rx4": "B"}


def test_a_detector_that_nobody_heard_yet_is_blind_when_all_receivers_of_its_line_are() -> None:
    trial = Estate(hung=(FAR, ACROSS))
    trial.receiver("rx4", Link.LOST)
    trial.receiver("rx3", Link.LOST)

    trial.wait(1_200)
    assert trial.judge.detectors.blind(FAR)
    assert not trial.judge.detectors.blind(ACROSS)
    assert trial.standing("detector_lost") == {ACROSS: "B"}
    trial.receiver("rx4", Link.UP)
    trial.wait(170)
    assert trial.standing("detector_lost") == {ACROSS: "B"}
    trial.wait(20)

    assert trial.standing("detector_lost") == {ACROSS: "B", FAR: "B"}


def test_a_receiver_that_lives_and_hears_none_of_its_sensors_is_blind() -> None:
    trial = known_by_ear()

    trial.live(180, *REST)
    assert trial.standing("radio_blind") == {}
    trial.wait(20)

    assert trial.standing("radio_blind") == {"rx1": "B"}
    assert trial.alarms["radio_blind@rx1"].why.startswith("none of the 4 sensors that it hears best was heard in time")
    trial.live(1_800, *REST)
    assert trial.standing("detector_lost") == {}


def test_a_deaf_receiver_hears_again_with_the_first_of_its_sensors() -> None:
    trial = known_by_ear()
    trial.live(1_200, *REST)

    trial.beat(OF_RX1[0])
    trial.wait(20)
    assert trial.standing("radio_blind") == {"rx1": "D"}
    trial.live(240, *REST, OF_RX1[0])

    assert trial.standing("detector_lost") == dict.fromkeys(OF_RX1[1:], "B")


def test_three_sensors_that_fall_silent_together_may_be_a_chance() -> None:
    trial = known_by_ear()
    trial.say(OF_RX1[3], heard_by="rx2")

    trial.live(1_200, *REST, OF_RX1[3])

    assert trial.standing("radio_blind") == {}
    assert trial.standing("detector_lost") == dict.fromkeys(OF_RX1[:3], "B")


def test_a_deaf_receiver_whose_sensors_were_taken_down_has_nothing_to_hear() -> None:
    trial = known_by_ear()
    trial.live(240, *REST)
    assert trial.standing("radio_blind") == {"rx1": "B"}

    for device in OF_RX1:
        trial.take(TakeDownSensor(INSTALLER, device, "rebuilt"))
    trial.wait(20)

    assert trial.standing("radio_blind") == {"rx1": "D"}


@pytest.mark.parametrize("reboot", [False, True])
def test_who_hears_whom_and_who_is_blind_survive_a_restart(*, reboot: bool) -> None:
    trial = known_by_ear()
    trial.live(60, *PLACES)
    trial.receiver("rx1", Link.LOST)
    trial.live(1_200, *REST)

    trial.restart(off_seconds=5, reboot=reboot)
    trial.receiver("rx1", Link.LOST)
    trial.beat(*REST)
    trial.live(1_200, *REST)

    assert trial.standing("detector_lost") == {}
    assert trial.standing("radio_blind") == {"rx1": "B"}
    assert trial.announced == ["radio_blind@rx1"]


def test_a_receiver_that_is_back_after_a_restart_ends_its_blindness_with_its_sensors() -> None:
    trial = known_by_ear()
    trial.live(60, *PLACES)
    trial.receiver("rx1", Link.LOST)
    trial.receiver("rx2", Link.LOST)
    trial.live(1_200, ACROSS, FAR)
    assert trial.standing("radio_blind") == {"building:b1": "B"}

    trial.restart(off_seconds=5)
    trial.beat(*PLACES)
    trial.live(60, *PLACES)

    assert trial.standing("radio_blind") == {"building:b1": "D"}
    assert trial.standing("detector_lost") == {}


def test_whom_a_receiver_hears_is_written_when_it_changes_and_only_then() -> None:
    trial = known_by_ear()
    trial.live(60, *PLACES)
    assert trial.disk["heard_by:rx1"] == sorted(OF_RX1)
    written = len(trial.said)

    trial.live(300, *PLACES)
    assert not [each for each in trial.said[written:] if getattr(each, "key", "").startswith("heard_by:")]
    trial.say(SMOKE, heard_by="rx2")
    trial.live(60, *PLACES)

    assert trial.disk["heard_by:rx1"] == sorted(OF_RX1[1:])
    assert SMOKE in trial.disk["heard_by:rx2"]


def test_a_receiver_that_leaves_the_configuration_leaves_nothing_behind() -> None:
    trial = known_by_ear()
    trial.live(60, *PLACES)

    trial._keep(trial.judge.adopt(estate(without=["rx1"]), trial.now))
    trial.live(60, *PLACES)
    trial.say(SMOKE, heard_by="rx2")
    trial.say(OF_RX1[1], heard_by="rx1")

    assert "heard_by:rx1" not in trial.disk
    assert not trial.judge.detectors.blind(SMOKE)

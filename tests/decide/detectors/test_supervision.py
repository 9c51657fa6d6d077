from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.contract import Link, Sample
from gateway.decide.detectors.states import State
from gateway.decide.detectors.supervision import UNHEARD
from gateway.decide.judge import NONE
from gateway.detecting import ImportSensors, MountSensor, StockSensor, TakeDownSensor
from gateway.model import AckAlarm, Priority, Remember, StaleSaid
from tests.decide.bench_of_rules import STAFF
from tests.decide.detectors.estate import FLATS, INSTALLER, PLACES, PRODUCTS, SMOKE, Estate, estate

OTHERS = tuple(device for device in PLACES if device != SMOKE)
LOST = f"detector_lost@{SMOKE}"


def one_falls_silent() -> Estate:
    """All were heard just now; from here on the test lets all but one live."""
    trial = Estate()
    trial.beat(*PLACES)
    return trial


def test_a_place_without_a_sensor_is_unmounted_and_one_that_was_not_heard_yet_is_unknown() -> None:
    trial = Estate(hung=FLATS[1:])

    assert trial.state(SMOKE) == "unmounted"
    assert trial.state(FLATS[1]) == "unknown"
    trial.beat(FLATS[1])

    assert trial.state(FLATS[1]) == "heard"


@pytest.mark.parametrize(
    ("silent_seconds", "state", "raised"),
    [
        (179, "heard", {}),
        (182, "late", {}),
        (899, "late", {}),
        (902, "lost", {SMOKE: "B"}),
    ],
)
def test_a_silent_sensor_is_late_and_then_an_alarm(silent_seconds: int, state: str, raised: dict[str, str]) -> None:
    trial = one_falls_silent()

    trial.live(silent_seconds // 60 * 60, *OTHERS)
    trial.wait(silent_seconds % 60)

    assert trial.state(SMOKE) == state
    assert trial.standing("detector_lost") == raised
    assert all(trial.state(device) == "heard" for device in OTHERS)


def test_a_sensor_that_is_lost_for_two_hours_is_said_again_as_p2_to_whoever_took_it() -> None:
    trial = one_falls_silent()
    trial.live(960, *OTHERS)
    lost = trial.alarms[LOST]
    trial.take(AckAlarm(STAFF, lost.number))

    trial.live(6_180, *OTHERS)
    assert trial.alarms[LOST].state.value == "C"
    trial.live(120, *OTHERS)

    assert lost.priority is Priority.P3
    assert lost.why == "not heard for 15 min"
    assert trial.alarms[LOST].priority is Priority.P2
    assert trial.alarms[LOST].state.value == "B"
    assert trial.alarms[LOST].number == lost.number
    assert trial.alarms[LOST].why == "not heard for 2 h"
    assert trial.announced == [LOST, LOST]


def test_a_sensor_that_is_back_ends_its_alarm_and_its_values_are_fresh() -> None:
    trial = one_falls_silent()
    trial.say(SMOKE, battery=80.0)
    gone = trial.live(1_020, *OTHERS)

    back = trial.beat(SMOKE)

    assert {StaleSaid(SMOKE, 0, stale=True), StaleSaid(SMOKE, 1, stale=True)} <= {*filter(_is_stale, gone)}
    assert {StaleSaid(SMOKE, 0, stale=False), StaleSaid(SMOKE, 1, stale=False)} <= {*filter(_is_stale, back)}
    assert trial.standing("detector_lost") == {SMOKE: "D"}
    assert trial.state(SMOKE) == "heard"


def test_the_next_silence_begins_as_p3_again() -> None:
    trial = one_falls_silent()
    trial.live(7_260, *OTHERS)
    trial.beat(SMOKE)
    trial.take(AckAlarm(STAFF, trial.alarms[LOST].number))

    trial.live(960, *OTHERS)

    assert trial.alarms[LOST].priority is Priority.P3


def test_a_heartbeat_of_a_sensor_that_is_in_time_has_no_consequence_at_all() -> None:
    trial = one_falls_silent()
    group = trial.judge._known.groups[SMOKE, 0]
    assert group.values is not None

    trial.wait(60)
    out = trial.judge.take(Sample(SMOKE, 0, group.values, None, trial.now.boottime_ns), trial.now)

    assert out is NONE
    assert group.heard_ns == trial.now.boottime_ns


def test_a_sensor_that_was_never_heard_since_it_was_hung_up_is_unknown_and_then_an_alarm() -> None:
    trial = Estate(hung=(SMOKE,))

    trial.wait(890)
    assert trial.state(SMOKE) == "unknown"
    trial.wait(15)

    assert trial.state(SMOKE) == "lost"
    assert trial.alarms[LOST].why == "not heard since it was hung up 15 min ago"


def test_a_product_that_beats_slowly_has_its_own_deadlines() -> None:
    trial = Estate(hung=(SMOKE,), product="slow-smoke")
    trial.beat(SMOKE)

    trial.wait(2_990)
    assert (trial.state(SMOKE), trial.standing("detector_lost")) == ("late", {})
    trial.wait(15)

    assert trial.standing("detector_lost") == {SMOKE: "B"}


def test_a_sensor_whose_product_nobody_describes_any_more_is_supervised_all_the_same() -> None:
    trial = one_falls_silent()
    trial.rules = estate(products={"gas": PRODUCTS["gas"]})

    trial._keep(trial.judge.adopt(trial.rules, trial.now))
    trial.live(960, *OTHERS)

    assert trial.standing("detector_lost") == {SMOKE: "B"}


def test_a_sensor_that_is_taken_down_is_missed_by_nobody() -> None:
    trial = one_falls_silent()
    trial.live(960, *OTHERS)

    trial.take(TakeDownSensor(INSTALLER, SMOKE, "broken"))
    trial.live(1_800, *OTHERS)

    assert trial.state(SMOKE) == "unmounted"
    assert trial.standing("detector_lost") == {SMOKE: "D"}


def test_what_the_old_sensor_said_ends_with_it_and_what_was_latched_waits_for_a_person() -> None:
    trial = one_falls_silent()
    trial.say(SMOKE, smoke=True, tamper=True)
    trial.take(ImportSensors(INSTALLER, (StockSensor("A4C1380000F0", "smoke", "sealed"),)))

    trial.take(MountSensor(INSTALLER, SMOKE, "A4C1380000F0", "worn out"))

    assert trial.state(SMOKE) == "unknown"
    assert trial.standing("smoke") == {f"{SMOKE}/smoke": "E"}
    assert trial.standing("detector_tamper") == {f"{SMOKE}/tamper": "D"}
    assert trial.judge._known.groups[SMOKE, 0].values is None
    trial.say(SMOKE, smoke=True, tamper=False)
    assert trial.standing("smoke") == {f"{SMOKE}/smoke": "B"}
    trial.live(960, *OTHERS)
    assert trial.standing("detector_lost") == {SMOKE: "B"}


def test_a_delay_that_ran_for_the_old_sensor_does_not_end_for_the_new_one() -> None:
    trial = one_falls_silent()
    trial.say(SMOKE, battery_low=True)
    trial.live(300, *PLACES)

    trial.take(TakeDownSensor(INSTALLER, SMOKE, "empty"))
    trial.live(600, *OTHERS)

    assert trial.standing("battery_low") == {}


def test_a_place_that_leaves_the_configuration_keeps_its_alarm_marked_and_gets_it_back() -> None:
    trial = one_falls_silent()
    trial.live(960, *OTHERS)

    trial._keep(trial.judge.adopt(estate(without=[SMOKE]), trial.now))
    orphaned = trial.alarms[LOST].orphaned
    trial._keep(trial.judge.adopt(estate(), trial.now))

    assert orphaned
    assert not trial.alarms[LOST].orphaned
    assert trial.state(SMOKE) == "lost"
    trial.beat(SMOKE)
    assert trial.standing("detector_lost") == {SMOKE: "D"}


def test_a_place_that_comes_back_into_the_configuration_has_its_time_from_then_on() -> None:
    trial = one_falls_silent()
    trial.live(120, *PLACES)
    trial.restart(off_seconds=1)
    trial._keep(trial.judge.adopt(estate(without=[SMOKE]), trial.now))
    trial.live(3_600, *OTHERS)

    trial._keep(trial.judge.adopt(estate(), trial.now))
    trial.live(840, *OTHERS)
    assert trial.state(SMOKE) != "lost"
    trial.live(120, *OTHERS)

    assert trial.standing("detector_lost") == {SMOKE: "B"}


def test_an_alarm_of_a_place_where_nothing_hangs_any_more_ends_when_the_place_comes_back() -> None:
    trial = one_falls_silent()
    trial.live(960, *OTHERS)
    trial._keep(trial.judge.adopt(estate(without=[SMOKE]), trial.now))
    trial.take(TakeDownSensor(INSTALLER, SMOKE, "house was torn down"))

    trial._keep(trial.judge.adopt(estate(), trial.now))

    assert trial.state(SMOKE) == "unmounted"
    assert not trial.alarms[LOST].active


def test_a_reload_moves_no_deadline() -> None:
    trial = one_falls_silent()
    trial.live(600, *OTHERS)

    trial._keep(trial.judge.adopt(estate(), trial.now))
    assert trial.state(SMOKE) == "late"
    trial.live(240, *OTHERS)
    assert trial.standing("detector_lost") == {}
    trial.live(120, *OTHERS)

    assert trial.standing("detector_lost") == {SMOKE: "B"}


def test_counts_by_building_and_kind_are_those_of_the_states() -> None:
    trial = one_falls_silent()
    trial.live(960, *OTHERS)
    detectors = trial.judge.detectors

    assert {state: count for state, count in detectors.counts("b1").items() if count} == {"heard": 8, "lost": 1}
    assert detectors.counts("b1", "gas")["heard"] == 1
    assert detectors.counts("b2")["heard"] == 1
    before = detectors.changes
    trial.beat(*OTHERS)
    assert detectors.changes == before
    trial.beat(SMOKE)
    assert detectors.changes == before + 1


def test_a_state_that_is_said_again_is_no_change() -> None:
    trial = one_falls_silent()
    states = trial.judge.detectors._supervision.states
    before = states.changes

    states.put(SMOKE, State.HEARD)

    assert states.changes == before


@pytest.mark.parametrize(("common", "priority"), [(False, Priority.P3), (True, Priority.P2)])
def test_a_fact_may_matter_more_in_the_common_parts_of_a_building(*, common: bool, priority: Priority) -> None:
    lost = replace(estate().facts["detector_lost"], priority_common=Priority.P2)
    trial = Estate(estate(facts={"detector_lost": lost}))
    trial.beat(*PLACES)
    silent = "b1-1-f1-smoke" if common else SMOKE

    trial.live(960, *(device for device in PLACES if device != silent))

    assert trial.alarms[f"detector_lost@{silent}"].priority is priority


def test_what_is_written_each_minute_names_only_those_that_are_silent() -> None:
    trial = one_falls_silent()

    trial.live(60, *OTHERS)
    assert UNHEARD not in trial.disk
    trial.live(60, *OTHERS)

    assert list(trial.disk[UNHEARD]) == [SMOKE]
    trial.said.clear()
    trial.live(180, *OTHERS)
    assert not [each for each in trial.said if isinstance(each, Remember) and each.key == UNHEARD]
    trial.beat(SMOKE)
    trial.live(60, *PLACES)
    assert UNHEARD not in trial.disk


def test_a_key_that_does_not_open_is_told_and_ends_when_it_does() -> None:
    trial = one_falls_silent()

    trial.receiver(SMOKE, Link.MISCONFIGURED, "its key does not open")
    misconfigured = trial.alarms[f"device_misconfigured@{SMOKE}"]
    trial.receiver(SMOKE, Link.UNKNOWN, "")

    assert misconfigured.why == "its key does not open"
    assert trial.standing("device_misconfigured") == {SMOKE: "D"}


def test_a_key_that_was_wrong_before_a_restart_is_right_with_the_first_packet_that_it_proves() -> None:
    trial = one_falls_silent()
    trial.receiver(SMOKE, Link.MISCONFIGURED, "its key does not open")

    trial.restart(off_seconds=1)
    assert trial.standing("device_misconfigured") == {SMOKE: "B"}
    trial.beat(SMOKE)

    assert trial.standing("device_misconfigured") == {SMOKE: "D"}


@pytest.mark.parametrize("back", [True, False])
def test_what_is_wrong_with_a_key_outlives_a_change_of_sensors_until_its_driver_says_otherwise(*, back: bool) -> None:
    trial = one_falls_silent()
    trial.receiver(SMOKE, Link.MISCONFIGURED, "its key does not open")

    trial.take(TakeDownSensor(INSTALLER, SMOKE, "wrong key"))
    assert trial.standing("device_misconfigured") == {SMOKE: "B"}
    if back:
        trial.receiver(SMOKE, Link.UNKNOWN, "")
    else:  # it never says: it was started anew meanwhile, and nothing hangs there
        trial.restart(off_seconds=1)

    assert trial.standing("device_misconfigured") == {SMOKE: "D"}


def test_a_late_sensor_is_in_time_again_with_its_next_packet_even_if_that_says_nothing_new() -> None:
    trial = one_falls_silent()
    trial.live(240, *OTHERS)
    assert trial.state(SMOKE) == "late"

    trial.beat(SMOKE)

    assert trial.state(SMOKE) == "heard"


def test_an_alarm_is_not_cleared_by_silence_nor_by_the_loss_that_follows() -> None:
    trial = one_falls_silent()
    trial.say(SMOKE, smoke=True)

    trial.live(7_500, *OTHERS)

    assert trial.standing("smoke") == {f"{SMOKE}/smoke": "B"}


def _is_stale(outcome: object) -> bool:
    return isinstance(outcome, StaleSaid)

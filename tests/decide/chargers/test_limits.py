from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.charging import Reach
from gateway.decide.rules import PortLimits
from gateway.model import AckAlarm, AlarmChanged, Change, ResetAlarm
from tests.decide.chargers.sheds import STAFF, Sheds, sheds

if TYPE_CHECKING:
    from drivers.contract import Value

PORT = "pile1/p01"


def under_way(watts: float = 300.0, minutes: float = 2.0, limits: PortLimits | None = None) -> Sheds:
    """A charging at pile1/p01 that has run for a while."""
    trial = Sheds(rules=sheds(limits=limits, limit_watts=None))
    trial.charge(watts=watts)
    trial.wait(minutes * 60)
    trial.same("pile1", "p01")
    return trial


# ------------------------------------------------------------ trips


@pytest.mark.parametrize(
    ("changes", "seconds", "what", "reach"),
    [
        ({"current": 11.1}, 2, "overcurrent", Reach.PORT),
        ({"socket_temperature": 75.0}, 0, "temperature", Reach.ROOM),
        ({"residual_current": 30.0}, 0, "leak", Reach.PORT),
        ({"active_power": 460.0, "current": 2.1}, 0, "second_load", Reach.PORT),
    ],
)
def test_a_limit_trips_after_its_delay_and_not_before(
    changes: dict[str, Value], seconds: float, what: str, reach: Reach
) -> None:
    trial = under_way()

    trial.port("pile1", "p01", changes)
    if seconds:
        trial.wait(seconds - 0.1)
        assert trial.standing("charging_trip") == {}
        trial.wait(0.1)

    assert trial.standing("charging_trip") == {PORT: "B"}
    assert trial.alarms[f"charging_trip@{PORT}"].why.startswith(what)
    assert trial.holds(PORT) == {"stop", "trip"}
    assert trial.only.reach is reach


@pytest.mark.parametrize(
    "changes",
    [
        {"current": 11.0},
        {"socket_temperature": 74.9},
        {"residual_current": 29.9},
        {"active_power": 450.0},
        {"active_power": 800.0, "current": 3.0},
    ],
)
def test_just_below_a_limit_nothing_trips(changes: dict[str, Value]) -> None:
    trial = Sheds(rules=sheds(limits=PortLimits(step_watts=None), limit_watts=None))
    if changes.get("active_power") == 450.0:
        trial = under_way()
    else:
        trial.charge()

    trial.port("pile1", "p01", changes)
    trial.wait(30)

    assert trial.standing("charging_trip") == {}
    assert trial.holds(PORT) == set()


def test_an_overcurrent_that_is_over_within_its_two_seconds_is_an_inrush() -> None:
    trial = under_way()

    trial.port("pile1", "p01", current=14.0)
    trial.wait(1.5)
    trial.port("pile1", "p01", current=1.4)
    trial.wait(60)

    assert trial.standing("charging_trip") == {}


def test_a_doubtful_reading_trips_and_does_not_end_what_is_waited_for_and_a_bad_one_says_nothing() -> None:
    trial = under_way()
    trial.port("pile1", "p01", current=14.0)
    trial.port("pile1", "p01", current=1.0, unsure=["current"])
    trial.port("pile1", "p01", current=1.0, bad=["current"])
    trial.wait(2)
    assert trial.standing("charging_trip") == {PORT: "B"}

    other = under_way()
    other.port("pile1", "p01", socket_temperature=90.0, bad=["socket_temperature"])
    assert other.standing("charging_trip") == {}
    other.port("pile1", "p01", socket_temperature=90.0, unsure=["socket_temperature"])
    assert other.standing("charging_trip") == {PORT: "B"}


@pytest.mark.parametrize(("kelvin_per_minute", "trips"), [(5.4, True), (4.8, False)])
def test_a_socket_that_warms_too_fast_for_two_minutes_trips_long_before_it_is_hot(
    kelvin_per_minute: float, *, trips: bool
) -> None:
    trial = under_way()

    for step in range(1, 16):
        trial.wait(10)
        trial.port("pile1", "p01", socket_temperature=round(25.0 + kelvin_per_minute * step / 6, 1))

    assert bool(trial.standing("charging_trip")) is trips
    if trips:
        assert trial.only.reach is Reach.ROOM
        assert trial.alarms[f"charging_trip@{PORT}"].why.startswith("rise")


def test_a_battery_that_warms_on_without_current_is_told_once() -> None:
    trial = under_way()

    for step in range(1, 22):
        trial.wait(10)
        warmer = round(25.0 + step, 1)
        if step < 15:
            trial.port("pile1", "p01", socket_temperature=warmer)
        else:
            trial.port(
                "pile1",
                "p01",
                socket_temperature=warmer,
                current=0.0,
                active_power=0.0,
                port_state="connected",
                port_on=False,
            )

    told = [o for o in trial.said if isinstance(o, AlarmChanged) and o.alarm.key == f"charging_trip@{PORT}"]
    assert [change.change for change in told] == [Change.RAISED]


def test_a_rise_of_one_minute_and_a_single_odd_reading_trip_nothing() -> None:
    trial = under_way()
    for celsius in (28.0, 31.0, 34.0, 36.0, 36.0, 36.1, 36.0, 36.1, 36.0, 36.1, 36.0, 36.1, 36.0, 60.0, 36.0, 36.1):
        trial.wait(15)
        trial.port("pile1", "p01", socket_temperature=celsius)

    assert trial.standing("charging_trip") == {}


def test_a_jump_is_another_load_only_in_mid_session_and_only_where_something_charged_before() -> None:
    beginning = Sheds(rules=sheds(limit_watts=None))
    beginning.charge(watts=50.0)
    beginning.wait(5)
    beginning.port("pile1", "p01", active_power=350.0)
    resumed = under_way(watts=0.0)
    resumed.port("pile1", "p01", active_power=300.0, current=1.4)
    slow = under_way()
    for watts in (350.0, 400.0, 450.0, 500.0, 550.0):
        slow.wait(10)
        slow.port("pile1", "p01", active_power=watts)

    assert [each.standing("charging_trip") for each in (beginning, resumed, slow)] == [{}, {}, {}]


def test_two_steps_within_five_seconds_are_one_jump() -> None:
    trial = under_way()

    trial.port("pile1", "p01", active_power=380.0)
    trial.wait(3)
    trial.port("pile1", "p01", active_power=460.0)

    assert trial.standing("charging_trip") == {PORT: "B"}


def test_a_trip_is_over_when_nothing_flows_and_nothing_is_hot_and_is_held_until_a_person_resets_it() -> None:
    trial = under_way()
    trial.port("pile1", "p01", residual_current=40.0)
    trial.wait(1)
    trial.obey("pile1")
    assert trial.standing("charging_trip") == {PORT: "B"}

    trial.port("pile1", "p01", residual_current=0.5)

    assert trial.standing("charging_trip") == {PORT: "E"}
    assert trial.holds(PORT) == {"stop", "trip"}
    number = trial.alarms[f"charging_trip@{PORT}"].number
    trial.take(AckAlarm(STAFF, number))
    trial.take(ResetAlarm(STAFF, number, "换线"))
    assert trial.holds(PORT) == set()
    assert trial.wants["pile1"] is None


def test_a_trip_that_stands_over_a_restart_ends_when_it_is_over() -> None:
    trial = under_way()
    trial.port("pile1", "p01", residual_current=40.0)
    trial.restart()
    assert trial.holds(PORT) == {"stop", "trip"}
    trial.up()
    trial.wait(1)

    trial.obey("pile1")
    trial.port("pile1", "p01", residual_current=0.5)

    assert trial.standing("charging_trip") == {PORT: "E"}
    assert trial.raised("charging_trip") == [PORT]


# ------------------------------------------------------------ warnings


@pytest.mark.parametrize(
    ("rule", "meaning", "below", "high", "still", "over"),
    [
        ("socket_hot", "socket_temperature", 64.9, 65.0, 63.0, 62.9),
        ("residual_high", "residual_current", 19.9, 20.0, 18.0, 17.9),
    ],
)
def test_a_warning_stands_until_its_limit_is_clearly_left(
    rule: str, meaning: str, below: float, high: float, still: float, over: float
) -> None:
    trial = under_way(limits=PortLimits(rise_celsius_per_minute=1000))

    trial.port("pile1", "p01", {meaning: below})
    assert trial.standing(rule) == {}
    trial.port("pile1", "p01", {meaning: high})
    assert trial.standing(rule) == {PORT: "B"}
    trial.restart()
    trial.up()
    trial.port("pile1", "p01", {meaning: still})
    assert trial.standing(rule) == {PORT: "B"}
    trial.port("pile1", "p01", {meaning: over}, unsure=[meaning])
    assert trial.standing(rule) == {PORT: "B"}
    trial.port("pile1", "p01")
    assert trial.standing(rule) == {PORT: "D"}
    assert trial.holds(PORT) == set()


# ------------------------------------------------------------ ends in peace


def test_a_full_battery_is_cut_after_half_an_hour_and_nobody_is_called() -> None:
    trial = under_way()
    trial.port("pile1", "p01", active_power=44.0, current=0.2)

    trial.wait(30 * 60 - 1)
    assert trial.holds(PORT) == set()
    trial.wait(1)

    assert trial.holds(PORT) == {"full"}
    assert trial.wants["pile1"] == {"parts": ["p01"]}
    trial.obey("pile1")
    assert [row["why"] for row in trial.rows()] == ["full"]
    assert trial.rows()[0]["peak_w"] == 300.0
    assert trial.announced == []
    assert trial.judge.chargers.stops == {}


def test_a_battery_that_draws_again_is_not_full() -> None:
    trial = under_way()
    trial.port("pile1", "p01", active_power=40.0)
    trial.wait(20 * 60)

    trial.port("pile1", "p01", active_power=60.0)
    trial.wait(20 * 60)

    assert trial.holds(PORT) == set()


@pytest.mark.parametrize("reboot", [False, True])
def test_the_half_hour_and_the_peak_survive_a_restart(reboot: bool) -> None:  # noqa: FBT001 - the case
    trial = under_way()
    trial.port("pile1", "p01", active_power=40.0, current=0.2)
    trial.wait(20 * 60)

    trial.restart(off_seconds=300, reboot=reboot)
    trial.up()
    trial.wait(299)
    assert trial.holds(PORT) == set()
    trial.wait(2)

    assert trial.holds(PORT) == {"full"}


def test_a_session_without_a_load_ends_after_a_minute() -> None:
    trial = Sheds()
    trial.charge(watts=0.0)

    trial.wait(59)
    assert trial.holds(PORT) == set()
    trial.wait(1)

    assert trial.holds(PORT) == {"idle"}


def test_a_port_without_a_session_has_no_load_and_that_is_right() -> None:
    trial = Sheds()
    trial.wait(600)

    assert trial.holds(PORT) == set()


def test_a_session_is_not_longer_than_it_may_be_over_restarts_too() -> None:
    trial = Sheds(rules=sheds(limits=PortLimits(session_hours=1)))
    trial.charge()
    trial.wait(1800)
    trial.restart(off_seconds=900, reboot=True)
    trial.up()

    trial.wait(899)
    assert trial.holds(PORT) == set()
    trial.wait(2)

    assert trial.holds(PORT) == {"session_cap"}


def test_a_port_that_draws_more_than_its_cap_is_ended_in_peace() -> None:
    trial = Sheds(rules=sheds(limits=PortLimits(step_watts=None), limit_watts=None))
    trial.charge(watts=801.0)

    trial.wait(2)

    assert trial.holds(PORT) == {"cap"}
    assert trial.announced == []


def test_cars_and_chargers_in_no_room_have_no_cap_and_no_step() -> None:
    trial = Sheds()
    trial.charge("car1", "connector1", watts=6900.0)
    trial.charge("lone", "p01", watts=2000.0)

    trial.wait(120)

    assert trial.holds("car1/connector1") == set()
    assert trial.holds("lone/p01") == set()


def test_an_ended_port_can_be_used_again_when_the_plug_is_pulled() -> None:
    trial = Sheds()
    trial.charge(watts=0.0)
    trial.wait(61)
    trial.obey("pile1")
    assert trial.holds(PORT) == {"idle"}

    trial.port("pile1", "p01", port_state="free")

    assert trial.holds(PORT) == set()
    assert trial.wants["pile1"] is None


def test_a_charger_that_hides_the_plug_while_it_is_held_is_let_go_after_a_minute() -> None:
    trial = Sheds()
    trial.charge("car1", "connector1", watts=0.0)
    trial.wait(61)
    assert trial.holds("car1/connector1") == {"idle"}
    trial.end("car1", "connector1", why="held")
    trial.port("car1", "connector1", port_state="unavailable")

    trial.wait(59)
    assert trial.holds("car1/connector1") == {"idle"}
    trial.wait(2)

    assert trial.holds("car1/connector1") == set()


# ------------------------------------------------------------ welded relays


def test_current_through_an_open_relay_cuts_the_room_after_two_seconds() -> None:
    trial = Sheds()

    trial.port("pile1", "p01", current=0.5)
    trial.wait(1.9)
    assert trial.standing("welded_relay") == {}
    trial.wait(0.1)

    assert trial.standing("welded_relay") == {PORT: "B"}
    assert trial.wants["board"] == {"parts": ["c1"]}
    assert trial.holds(PORT) == {"stop", "welded"}


def test_a_reading_from_before_the_relay_was_opened_is_no_welded_relay_until_it_is_too_old_for_that() -> None:
    trial = Sheds()
    trial.charge()
    trial.port("pile1", "p01", port_on=False, port_state="finishing", port_session="")

    trial.wait(11.9)
    assert trial.standing("welded_relay") == {}
    trial.wait(0.2)

    assert trial.standing("welded_relay") == {PORT: "B"}


def test_a_new_reading_after_the_relay_was_opened_counts_from_then() -> None:
    trial = Sheds()
    trial.charge()
    trial.port("pile1", "p01", port_on=False, port_state="finishing", port_session="")
    trial.wait(5)

    trial.port("pile1", "p01", current=1.1)
    trial.wait(2.1)

    assert trial.standing("welded_relay") == {PORT: "B"}


def test_a_charger_that_does_not_end_what_it_was_told_to_end_is_cut_by_the_contactor() -> None:
    trial = Sheds(rules=sheds(limits=PortLimits(session_hours=0.1), limit_watts=None))
    trial.charge()
    trial.wait(360)
    assert trial.holds(PORT) == {"session_cap"}

    for second in range(4):
        trial.port("pile1", "p01", current=1.4 + second / 100)
        trial.wait(3)

    assert trial.standing("welded_relay") == {PORT: "B"}
    assert "told off" in trial.alarms[f"welded_relay@{PORT}"].why
    assert trial.wants["board"] == {"parts": ["c1"]}


def test_a_welded_relay_without_a_contactor_is_not_stopped() -> None:
    trial = Sheds()
    trial.port("pile3", "p01", current=0.9)

    trial.wait(12.1)

    assert trial.standing("charging_not_stopped") == {"shed4": "B"}


def test_a_welded_relay_stays_held_until_a_person_resets_it() -> None:
    trial = Sheds()
    trial.port("pile1", "p01", current=0.5)
    trial.wait(3)
    trial.contactor(closed=False)
    trial.port("pile1", "p01", current=0.0)
    assert trial.standing("welded_relay") == {PORT: "E"}
    assert trial.holds(PORT) == {"stop", "welded"}

    number = trial.alarms[f"welded_relay@{PORT}"].number
    trial.take(AckAlarm(STAFF, number))
    trial.take(ResetAlarm(STAFF, number, "换了"))

    assert trial.holds(PORT) == set()
    assert trial.wants["board"] is None

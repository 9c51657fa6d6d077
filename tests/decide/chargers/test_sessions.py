from __future__ import annotations

import pytest

from tests.decide.bench_of_rules import START
from tests.decide.chargers.sheds import Sheds, charging

PORT = "pile1/p01"


def test_a_session_has_its_energy_and_its_peak() -> None:
    trial = Sheds()
    trial.charge(watts=200.0, tag="aa11")
    trial.wait(60)
    trial.port("pile1", "p01", active_power=260.0, charge_energy=0.31)
    trial.wait(60)
    trial.port("pile1", "p01", active_power=240.0, charge_energy=0.42)

    session = trial.judge.chargers.sessions[PORT]

    assert (session.session, session.tag, session.kwh, session.peak_watts) == ("S1", "aa11", 0.42, 260.0)
    trial.end()
    assert trial.judge.chargers.sessions == {}
    (row,) = trial.rows()
    assert row == {
        "device": "pile1", "part": "p01", "room": "shed3", "session": "S1", "began": START.utc, "ended": START.utc + 120,
        "kwh": 0.5, "peak_w": 260.0, "why": "unplugged", "offline": False,
    }  # fmt: skip


def test_a_charger_that_tells_only_its_meter_has_its_energy_from_that() -> None:
    trial = Sheds()
    trial.event("car1", "session_started", part="connector1", session="9", tag="", meter_kwh=100.0, offline=False)

    trial.port("car1", "connector1", charging(7000.0, "9", connector=True), bad=["charge_energy"], import_energy=103.5)

    assert trial.judge.chargers.sessions["car1/connector1"].kwh == 3.5


def test_a_session_survives_a_restart_with_what_it_drew() -> None:
    trial = Sheds()
    trial.charge(watts=310.0)
    trial.port("pile1", "p01", charge_energy=0.2)
    trial.wait(61)  # a checkpoint

    trial.restart(off_seconds=30, reboot=True)

    session = trial.judge.chargers.sessions[PORT]
    assert (session.session, session.kwh, session.peak_watts, session.began_utc) == ("S1", 0.2, 310.0, START.utc)


def test_what_a_charger_reports_late_is_recorded_with_its_old_times_and_calls_nobody() -> None:
    trial = Sheds()
    then = START.utc - 7200

    trial.event("pile1", "session_started", utc=then, part="p01", session="S7", tag="aa", meter_kwh=90.0, offline=True)
    trial.event(
        "pile1", "session_ended", utc=then + 3600, part="p01", session="S7", why="full", kwh=1.1, seconds=3600,
        offline=True,
    )  # fmt: skip

    (row,) = trial.rows()
    assert (row["began"], row["ended"], row["kwh"], row["why"], row["offline"]) == (
        then,
        then + 3600,
        1.1,
        "full",
        True,
    )
    assert trial.announced == []
    assert trial.judge.chargers.sessions == {}


def test_an_end_whose_beginning_nobody_reported_is_recorded_from_what_it_tells() -> None:
    trial = Sheds()
    then = START.utc - 600

    trial.event(
        "pile1", "session_ended", utc=then, part="p01", session="S7", why="full", kwh=1.1, seconds=300, offline=True
    )

    assert [(row["began"], row["ended"]) for row in trial.rows()] == [(then - 300, then)]


def test_a_session_that_nobody_reported_is_seen_at_its_port() -> None:
    trial = Sheds()
    trial.wait(5)

    trial.port("pile1", "p01", charging(200.0, "S5"), charge_energy=0.1, import_energy=100.1)

    session = trial.judge.chargers.sessions[PORT]
    assert (session.session, session.tag, session.began_utc) == ("S5", "", START.utc + 5)
    trial.event("pile1", "session_started", part="p01", session="S5", tag="bb", meter_kwh=100.0, offline=False)
    assert trial.judge.chargers.sessions[PORT].tag == "bb"
    assert trial.rows() == []


def test_a_session_whose_end_nobody_reported_ends_when_its_port_showed_none_for_a_minute() -> None:
    trial = Sheds()
    trial.charge()
    trial.port("pile1", "p01", port_state="free", port_session="", current=0.0, active_power=0.0, port_on=False)
    trial.wait(59)
    assert PORT in trial.judge.chargers.sessions
    trial.wait(2)
    assert [row["why"] for row in trial.rows()] == ["unreported"]

    trial.event("pile1", "session_ended", part="p01", session="S1", why="full", kwh=0.5, seconds=3, offline=True)

    assert len(trial.rows()) == 1


def test_a_session_that_is_paused_goes_on() -> None:
    trial = Sheds()
    trial.charge("car1", "connector1")
    trial.port("car1", "connector1", port_state="paused", current=1.0)

    trial.wait(600)

    assert trial.judge.chargers.sessions["car1/connector1"].session == "S1"


def test_another_session_at_the_same_port_ends_the_one_before() -> None:
    trial = Sheds()
    trial.charge(session="S1")

    trial.charge(session="S2")

    assert [(row["session"], row["why"]) for row in trial.rows()] == [("S1", "unreported")]
    assert trial.judge.chargers.sessions[PORT].session == "S2"
    trial.port("pile1", "p01", port_session="S3")
    assert [row["session"] for row in trial.rows()] == ["S1", "S2"]
    assert trial.judge.chargers.sessions[PORT].session == "S3"


@pytest.mark.parametrize("body", [{}, {"part": "p99"}, {"part": 7}, {"part": "p01"}, {"part": "p01", "kwh": "many"}])
def test_events_with_odd_bodies_break_nothing(body: dict[str, object]) -> None:
    trial = Sheds()

    for kind in ("session_started", "session_ended", "charger_trip", "charger_error", "messages_lost", "hello"):
        trial.event("pile1", kind, body)
        trial.event("nobody", kind, body)

    trial.wait(70)

"""Trial operation 试运行: what would follow is recorded; the panel and a person are never on trial. And drills."""

from __future__ import annotations

import pytest

from gateway.actor import Actor, Role
from gateway.decide.fires.trials import DRILLS_KEPT, LONGEST_DAYS
from gateway.model import AskCommand
from gateway.safety import BeginTrial, EndTrial, RecordDrill, SafetyAct
from tests.decide.fires.quarter import FIRE, LANDING, LIFT, MANAGER, NEXT, SMOKE, STAFF, Quarter, code, smoke

OF_G2 = Actor("u9", "赵敏", Role.MANAGER, frozenset({"g2"}))


def on_trial() -> Quarter:
    trial = Quarter()
    assert trial.begin_trial() == ""
    return trial


def test_on_trial_a_fire_is_confirmed_and_moves_nothing() -> None:
    trial = on_trial()

    trial.say(LANDING, smoke=True)

    assert trial.alarms[FIRE].trial
    assert trial.released == set()
    assert trial.stopped == set()
    assert trial.switched == []
    assert not trial.judge.fires.freezing.stands("b1", "locker1")


def test_what_would_have_followed_is_recorded_once_for_each_raise() -> None:
    trial = on_trial()

    trial.say(LANDING, smoke=True)
    trial.restart()
    trial.wait(200)

    [row] = trial.rows("would_have")
    assert row.subject == "b1"
    assert row.body["release"] == ["d1/door1"]
    assert row.body["stop_charging"] == ["b1"]
    assert row.body["switch"] == [LIFT, "fan101/relay1.switch"]
    assert row.body["freeze_lockers"]
    assert [each["rule"] for each in trial.judge.fires.would_have["b1"]] == ["fire_confirmed"]


def test_smoke_in_a_charging_room_would_have_stopped_that_room() -> None:
    trial = on_trial()

    trial.say("pile1", smoke=True)

    rooms = [row.body["stop_charging"] for row in trial.rows("would_have") if row.body["rule"] == "charging_smoke"]
    assert rooms == [["shed1"]]


def test_other_buildings_are_in_earnest() -> None:
    trial = on_trial()

    trial.say("b2-1-f1-smoke", smoke=True)

    assert trial.released == {"d2"}


def test_the_panel_is_never_on_trial() -> None:
    trial = on_trial()

    trial.say("d1", fire_input=True)

    assert trial.released == {"d1"}
    assert trial.stopped == {"pile1"}
    assert not any(alarm.trial for alarm in trial.alarms.values() if alarm.rule != "smoke")


@pytest.mark.parametrize("confirmed", [False, True])
def test_a_person_on_site_is_never_on_trial(*, confirmed: bool) -> None:
    trial = on_trial()
    trial.say(SMOKE, smoke=True)
    if confirmed:
        trial.say(NEXT, smoke=True)

    trial.verify(smoke(SMOKE), real=True)

    assert not trial.alarms[FIRE].trial
    assert trial.released == {"d1"}
    assert LIFT in trial.switched
    assert bool(trial.rows("would_have")) is confirmed


def test_what_a_person_asks_for_is_done_on_trial_too() -> None:
    trial = on_trial()

    assert code(trial.take(AskCommand(MANAGER, "lift1", "relay1.switch", {"on": True}, "try"))) == ""


@pytest.mark.parametrize("how", ["accepted", "run out"])
def test_after_a_trial_what_stands_is_in_earnest(how: str) -> None:
    trial = Quarter()
    trial.begin_trial(days=0.005)
    trial.say(LANDING, smoke=True)
    assert trial.released == set()

    if how == "accepted":
        assert trial.end_trial(report="XF-2026-17") == ""
    else:
        trial.wait(0.005 * 86_400 + 1)

    assert trial.released == {"d1"}
    assert trial.stopped == {"pile1"}
    assert trial.rows("trial")[-1].body["what"] == ("ended" if how == "accepted" else "run_out")


def test_what_was_latched_on_trial_releases_nothing_after_it() -> None:
    trial = on_trial()
    trial.say(LANDING, smoke=True)
    trial.say(LANDING, smoke=False)
    trial.wait(62)

    trial.end_trial()
    trial.restart()

    assert trial.released == set()


def test_a_clock_that_is_not_to_be_believed_ends_no_trial() -> None:
    trial = Quarter()
    trial.begin_trial(days=1)
    trial.restart(utc=trial.now.utc + 9 * 86_400, trusted=False)

    trial.wait(5)

    assert "b1" in trial.judge.fires.trials


def test_a_trial_survives_a_restart_with_its_list() -> None:
    trial = on_trial()

    trial.restart(reboot=True)
    trial.say(LANDING, smoke=True)

    assert trial.judge.fires.trial_people("b1") == ("zhang",)
    assert trial.judge.fires.trial_people("b2") == ()
    assert trial.released == set()


@pytest.mark.parametrize(
    ("act", "refused"),
    [
        (BeginTrial(MANAGER, "b9", 1_800_100_000.0, ("zhang",)), "building_unknown"),
        (BeginTrial(MANAGER, "", 1_800_100_000.0, ("zhang",)), "building_unknown"),
        (BeginTrial(STAFF, "b1", 1_800_100_000.0, ("zhang",)), "role"),
        (BeginTrial(OF_G2, "b1", 1_800_100_000.0, ("zhang",)), "grid"),
        (BeginTrial(MANAGER, "b1", 1_799_999_999.0, ("zhang",)), "until_wrong"),
        (BeginTrial(MANAGER, "b1", 1_800_000_100.0 + LONGEST_DAYS * 86_400, ("zhang",)), "until_wrong"),
        (BeginTrial(MANAGER, "b1", 1_800_100_000.0, ()), "no_people"),
        (BeginTrial(MANAGER, "b1", 1_800_100_000.0, ("zhang", "nobody")), "person_unknown"),
        (EndTrial(MANAGER, "b1", "XF-1"), "no_trial"),
        (RecordDrill(STAFF, "b1", 1_800_000_000.0, " ", 30, 20.0), "what_needed"),
        (RecordDrill(STAFF, "b1", 1_800_000_000.0, "疏散", -1, 20.0), "drill_wrong"),
        (RecordDrill(STAFF, "b1", 1_900_000_000.0, "疏散", 30, 20.0), "drill_wrong"),
    ],
)
def test_what_cannot_be_is_refused(act: SafetyAct, refused: str) -> None:
    trial = Quarter()

    assert code(trial.take(act)) == refused


def test_a_trial_ends_with_its_acceptance_report_alone() -> None:
    trial = on_trial()

    assert trial.end_trial(report="  ") == "report_needed"
    assert "b1" in trial.judge.fires.trials


def test_a_trial_may_be_prolonged_and_began_when_it_did() -> None:
    trial = on_trial()
    began_utc = trial.judge.fires.trials["b1"].began_utc
    trial.wait(100)

    assert trial.begin_trial(days=60) == ""

    assert trial.judge.fires.trials["b1"].began_utc == began_utc
    assert [row.body["what"] for row in trial.rows("trial")] == ["begun", "changed"]


def test_drills_are_recorded_and_the_last_ones_kept() -> None:
    trial = Quarter()

    for number in range(DRILLS_KEPT + 3):
        trial.take(RecordDrill(STAFF, "b1", trial.now.utc, f"疏散 {number}", 40, 15.0, "快"))
    trial.restart()

    drills = trial.judge.fires.drills
    assert len(drills) == DRILLS_KEPT
    assert (drills[-1].number, drills[-1].what, drills[-1].by) == (DRILLS_KEPT + 3, f"疏散 {DRILLS_KEPT + 2}", "王芳")
    assert len([key for key in trial.disk if key.startswith("fire_drill:")]) == DRILLS_KEPT
    assert "王芳" not in str(trial.rows("drill")[-1].body)

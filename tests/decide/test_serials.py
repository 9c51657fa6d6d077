from __future__ import annotations

import pytest

from drivers.contract import FIRE_RELEASE, PERMITS, SERIAL, Link, Sample, WantedState
from gateway.actor import Actor, Role
from gateway.installing import AcceptSerial
from gateway.model import Outcome, Recorded, Refused, Want
from gateway.permit import Credential, DoorGroup, Permit, PutGroup, PutPermits
from tests.decide.town import INSTALLER, MANAGER, PEOPLE, Town, controller, town

ELSEWHERE = Actor("u3", "孙", Role.INSTALLER, frozenset({"g2"}))
BACK = "retired_controller@c1"


def accept(device: str = "c1", serial: str = "2", actor: Actor = INSTALLER, reason: str = "lightning") -> AcceptSerial:
    return AcceptSerial(actor, device, serial, reason)


def replaced() -> Town:
    """c1 was 1 by the configuration and is 2 now; 2 has answered."""
    trial = Town(town(c1=controller("c1", "b1", ["door1"], serial="1")))
    trial.found("c1", serial="1")
    trial.take(accept())
    trial.found("c1", Link.MISCONFIGURED, serial="1")
    trial.found("c1", serial="2")
    return trial


def test_a_new_serial_is_wanted_at_once_and_recorded_with_its_reason() -> None:
    trial = Town(town(c1=controller("c1", "b1", ["door1"], serial="1")))

    out = trial.take(accept(serial=" 2 "))

    assert [o for o in out if isinstance(o, Want)] == [Want("c1", WantedState(SERIAL, "2"))]
    body = {"serial": "2", "before": "1", "reason": "lightning"}
    assert [o for o in out if isinstance(o, Recorded)] == [Recorded("replaced", "c1", body, "installer")]


@pytest.mark.parametrize("role", list(Role))
def test_only_who_installs_accepts_a_controller(role: Role) -> None:
    out = Town().take(accept(actor=PEOPLE[role]))

    codes = [o.code for o in out if isinstance(o, Refused)]
    assert codes == ([] if role in (Role.INSTALLER, Role.ADMINISTRATOR) else ["role"])


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (accept(actor=ELSEWHERE), "grid"),
        (accept("nowhere"), "device_unknown"),
        (accept("s1"), "serial_unsupported"),
        (accept(reason=" "), "reason_needed"),
        (accept(serial=" "), "serial_bad"),
        (accept(serial="x" * 41), "serial_bad"),
        (accept(serial="1\n2"), "serial_bad"),
        (accept(serial="2"), "serial_same"),
        (accept(serial="1"), "serial_retired"),
        (accept("c2", serial="1"), "serial_retired"),
        (accept("c2", serial="2"), "serial_taken"),
    ],
)
def test_what_cannot_be_accepted_is_refused_with_its_reason(act: AcceptSerial, code: str) -> None:
    trial = replaced()

    (refused,) = trial.take(act)

    assert isinstance(refused, Refused)
    assert (refused.code, bool(refused.why)) == (code, True)


def test_accepted_serials_outlast_a_restart_and_are_wanted_again() -> None:
    trial = replaced()

    trial.restart(reboot=True)

    assert trial.wants["c1", SERIAL] == "2"
    assert trial.judge.serials.expected("c1") == "2"
    assert trial.judge.serials.retired == {"1": "c1"}


def test_the_first_serial_that_is_read_counts_where_none_is_configured() -> None:
    trial = Town()

    out = trial.found("c1", serial="7")
    again = trial.found("c1", serial="8")
    trial.restart()

    assert Recorded("serial_seen", "c1", {"serial": "7"}) in out
    assert Want("c1", WantedState(SERIAL, "7")) in out
    assert [o for o in again if isinstance(o, Want | Recorded)] == []
    assert trial.wants["c1", SERIAL] == "7"
    assert not trial.judge.serials.replacing("c1"), "nothing was replaced"


@pytest.mark.parametrize(("link", "serial"), [(Link.MISCONFIGURED, "7"), (Link.UP, "")])
def test_what_is_not_sure_is_not_taken_for_the_first(link: Link, serial: str) -> None:
    trial = Town()

    trial.found("c1", link, serial)

    assert ("c1", SERIAL) not in trial.wants


def test_a_serial_that_another_device_has_is_not_taken_for_the_first() -> None:
    trial = Town()
    trial.found("c1", serial="7")

    trial.found("c2", serial="7")

    assert trial.judge.serials.expected("c2") == ""


@pytest.mark.parametrize("where", ["c1", "c2"])
def test_a_retired_controller_that_answers_anywhere_is_an_alarm_until_another_answers_there(where: str) -> None:
    trial = replaced()
    trial.restart()

    trial.found(where, Link.MISCONFIGURED, serial="1")
    alarm = trial.alarms[f"retired_controller@{where}"]
    assert (alarm.active, alarm.device) == (True, where)
    assert alarm.why == f"the controller 1, retired from c1, answers as {where}"
    trial.restart()
    assert trial.alarms[alarm.key].active
    assert not trial.alarms[alarm.key].orphaned
    trial.found(where, serial="2" if where == "c1" else "5")

    assert not trial.alarms[alarm.key].active


def test_a_new_controller_is_in_service_once_it_answers_with_its_serial() -> None:
    trial = Town(town(c1=controller("c1", "b1", ["door1"], serial="1")))
    trial.found("c1", serial="1")
    trial.take(accept())
    trial.restart()
    assert trial.judge.serials.replacing("c1")
    trial.found("c1", Link.UP, "1")
    assert trial.judge.serials.replacing("c1"), "the old one still answers"

    trial.found("c1", Link.LOST)
    out = trial.found("c1", Link.UP, "2")

    assert Recorded("enabled", "c1", {"serial": "2"}) in out
    trial.restart()
    assert not trial.judge.serials.replacing("c1")


def permitted() -> Town:
    """c1 holds a table of permits: somebody is let in at its first door."""
    wants = (FIRE_RELEASE, SERIAL, PERMITS)
    trial = Town(town(c1=controller("c1", "b1", ["door1"], serial="1", wants=wants)))
    trial.found("c1", serial="1")
    trial.take(PutGroup(MANAGER, DoorGroup("main", "大门", ("c1/door1",))))
    permit = Permit("", "a" * 16, "李", "b1-1-501", "b" * 16, Credential.CARD, ("main",))
    out = trial.take(PutPermits(MANAGER, (permit,), "moved in"))
    assert not [o for o in out if isinstance(o, Refused)]
    trial.wait(1)
    report(trial)
    assert trial.judge.permits.tables["c1"].current
    return trial


def report(trial: Town, *, state: str = "current") -> list[Outcome]:
    """The driver says how far the table of c1 is."""
    held = trial.judge.permits.tables["c1"]
    version = held.wanted_version if state == "current" else 0
    values = (version, held.wanted_sum if version else 0, held.wanted_users, 0 if version else 1, 1, state)
    return trial.take(Sample("c1", 1, values, None, trial.now.boottime_ns))


def test_and_where_people_are_permitted_not_before_it_says_that_it_holds_the_table() -> None:
    trial = permitted()
    trial.take(accept())

    found = trial.found("c1", Link.UP, "2")
    empty = report(trial, state="writing")
    full = report(trial)

    assert [o for o in (*found, *empty) if isinstance(o, Recorded)] == []
    assert Recorded("enabled", "c1", {"serial": "2"}) in full
    assert not trial.judge.serials.replacing("c1")


def test_what_the_old_box_said_is_not_the_new_ones_word() -> None:
    trial = permitted()
    trial.say("c1", {"lockdown": True})
    trial.wait(2)
    assert trial.ask() == "lockdown"
    trial.take(accept())

    trial.found("c1", Link.UP, "2")

    assert trial.judge.serials.replacing("c1")
    assert trial.ask() == ""

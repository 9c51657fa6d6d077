"""Incidents as the whole judgement makes them: what comes in is a reading or an act, what comes out is one transaction."""

from __future__ import annotations

from dataclasses import replace

from gateway.actor import Actor, Role
from gateway.decide.rules import Rule
from gateway.incident import GoToIncident
from gateway.model import AlarmChanged, Change, Outcome, Priority, Recorded, Remember, Suppression
from tests.decide.bench_of_rules import Trial, rules
from tests.decide.incidents.office import HOME, RULES, Office

SMOKE = Rule("smoke", Priority.P2, latching=True)
STAFF = Actor("u1", "王芳", Role.STAFF)


def _trial() -> Trial:
    judged = replace(rules(SMOKE), incidents=RULES.incidents)
    return Trial(judged)


def _kinds(outcomes: list[Outcome]) -> list[str]:
    return [
        f"{outcome.kind} {outcome.body['what']}" if isinstance(outcome, Recorded) else outcome.change.value
        for outcome in outcomes
        if (isinstance(outcome, AlarmChanged) and outcome.alarm.rule == "smoke")
        or (isinstance(outcome, Recorded) and outcome.kind == "incident")
    ]


def test_a_reading_raises_an_alarm_and_opens_its_incident_in_one_step() -> None:
    trial = _trial()

    out = trial.sample(True)

    assert _kinds(out) == ["raised", "incident opened"]
    assert [o.key for o in out if isinstance(o, Remember) and o.key == "incident:1"] == ["incident:1"]


def test_who_goes_takes_the_alarm_in_the_same_step() -> None:
    trial = _trial()
    trial.sample(True)

    out = trial.take(GoToIncident(STAFF, 1))

    assert _kinds(out) == ["incident went", "acked"]
    assert trial.alarms["smoke@d1/p"].acked_by == "王芳"


def test_a_limit_that_was_half_over_before_a_restart_is_told_in_its_time() -> None:
    trial = _trial()
    trial.sample(True)  # nobody is on duty here: that somebody be assigned is due in a minute
    trial.wait(50)
    trial.restart(off_seconds=5)

    early, late = trial.wait(4), trial.wait(2)

    assert [_kinds(out) for out in (early, late)] == [[], ["incident late"]]


def test_what_a_power_cut_explains_in_the_same_step_makes_no_work() -> None:
    office = Office()
    raised = office.book.raised(Rule("device_lost", Priority.P3), "c1", "", HOME, None, "", office.now, simulated=False)
    spared = office.book.suppressed("device_lost@c1", Suppression.BY_DESIGN, office.now)

    office._keep(office.incidents.follow([*raised, *spared], office.now))
    nothing = list(office.all)
    office._keep(
        office.incidents.follow(office.book.suppressed("device_lost@c1", Suppression.NONE, office.now), office.now)
    )

    assert nothing == []
    assert [each.alarms[0][1] for each in office.all] == ["device_lost@c1"]
    assert Change.UNSUPPRESSED in [o.change for o in office.said if isinstance(o, AlarmChanged)]

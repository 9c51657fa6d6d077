from __future__ import annotations

from drivers.contract import Link, Sample, Stranger
from gateway.decide.judge import NONE, STRANGERS
from gateway.decide.rules import Rule
from gateway.model import JournalChanged, LinkSaid, Priority, StaleSaid, StrangerSaid
from tests.decide.bench_of_rules import Trial, rules

FORCED = Rule("forced", Priority.P2)


def test_an_unchanged_answer_has_no_consequence_at_all() -> None:
    trial = Trial(rules(FORCED))
    trial.sample(value=False)
    group = trial.judge._known.groups["d1", 0]
    values = group.values
    assert values is not None

    assert trial.judge.take(Sample("d1", 0, values, None, 7), trial.now) is NONE
    assert group.heard_ns == 7


def test_a_lost_device_is_said_once_and_its_return_once() -> None:
    trial = Trial(rules())

    said = [trial.link(link) for link in (Link.UP, Link.LOST, Link.LOST, Link.UP, Link.UP)]

    assert [[o.link for o in out if isinstance(o, LinkSaid)] for out in said] == [
        [Link.UP],
        [Link.LOST],
        [],
        [Link.UP],
        [],
    ]
    assert trial.announced == ["device_lost@d1"]


def test_a_silent_device_is_an_alarm_of_its_own_and_clears_nothing() -> None:
    trial = Trial(rules(FORCED))
    trial.sample(value=True)

    out = trial.wait(12)

    assert StaleSaid("d1", 0, stale=True) in out
    assert trial.alarms["forced@d1/p"].active
    assert trial.alarms["stale@d1"].state.value == "B"
    back = trial.sample(value=False)
    assert StaleSaid("d1", 0, stale=False) in back
    assert not trial.alarms["stale@d1"].active
    assert not trial.alarms["forced@d1/p"].active


def test_a_device_that_was_never_heard_is_an_alarm_after_its_allowance() -> None:
    trial = Trial(rules())

    trial.wait(9)
    assert trial.alarms == {}
    trial.wait(3)

    assert set(trial.alarms) == {"stale@d1", "stale@d2"}


def test_a_lost_line_is_one_alarm_and_spares_people_those_of_its_devices() -> None:
    trial = Trial(rules())
    trial.link(Link.LOST)
    assert trial.alarms["device_lost@d1"].state.value == "B"

    trial.line(Link.LOST)
    trial.wait(60)

    assert trial.alarms["device_lost@d1"].state.value == "H"
    assert trial.announced == ["device_lost@d1", "line_lost@l1"]


def test_when_the_line_is_back_and_the_device_still_lost_people_hear_of_it_again() -> None:
    trial = Trial(rules())
    trial.link(Link.LOST)
    trial.line(Link.LOST)

    trial.line(Link.UP)
    assert trial.alarms["device_lost@d1"].state.value == "H"
    trial.link(Link.LOST)

    assert trial.alarms["device_lost@d1"].state.value == "B"
    assert trial.announced == ["device_lost@d1", "line_lost@l1", "device_lost@d1"]


def test_when_the_device_is_back_with_the_line_nobody_hears_of_it_again() -> None:
    trial = Trial(rules(facts={"device_lost": 0.0}))
    trial.link(Link.LOST)
    trial.line(Link.LOST)

    trial.line(Link.UP)
    trial.link(Link.UP)

    assert trial.alarms["device_lost@d1"].state.value == "D"
    assert trial.announced == ["device_lost@d1", "line_lost@l1"]


def test_values_behind_a_lost_line_are_stale_at_once_but_no_second_alarm() -> None:
    trial = Trial(rules())
    trial.sample(value=False)

    out = trial.line(Link.LOST)
    trial.wait(60)

    assert StaleSaid("d1", 0, stale=True) in out
    assert set(trial.alarms) == {"line_lost@l1"}


def test_how_long_a_slow_group_was_silent_survives_a_reboot() -> None:
    trial = Trial(rules(silent_seconds=600, devices=("d1",)))
    trial.sample(value=False)
    trial.wait(540)

    trial.restart(reboot=True)
    trial.wait(59)
    assert trial.alarms == {}
    trial.wait(63)

    assert "stale@d1" in trial.alarms


def test_a_wrongly_set_up_device_is_its_own_kind_of_alarm() -> None:
    trial = Trial(rules())

    trial.link(Link.MISCONFIGURED)

    assert set(trial.alarms) == {"device_misconfigured@d1"}


def test_a_journal_that_cannot_be_written_is_a_p1_until_it_can() -> None:
    trial = Trial(rules())

    trial.take(JournalChanged(recorded=False, why="disk full"))
    assert trial.alarms["journal_failed@journal"].priority is Priority.P1
    trial.take(JournalChanged(recorded=True))

    assert not trial.alarms["journal_failed@journal"].active


def test_an_untrusted_clock_is_noticed() -> None:
    trial = Trial(rules(silent_seconds=None))

    trial.now = trial.now._replace(trusted=False)
    trial.wait(2)
    assert "clock_untrusted@clock" in trial.alarms
    trial.now = trial.now._replace(trusted=True)
    trial.wait(2)

    assert not trial.alarms["clock_untrusted@clock"].active


def test_a_stranger_is_said_once_and_the_memory_of_strangers_is_bounded() -> None:
    trial = Trial(rules())

    first = trial.take(Stranger("aa:01", "advertisement", 0))
    again = trial.take(Stranger("aa:01", "advertisement", 0))
    for number in range(2 * STRANGERS):
        trial.take(Stranger(f"bb:{number}", "advertisement", 0))

    assert first == [StrangerSaid("aa:01", "advertisement")]
    assert again == []
    assert len(trial.judge._strangers) == STRANGERS


def test_new_rules_judge_the_value_that_was_there_before_them() -> None:
    trial = Trial(rules())
    trial.sample(value=True)

    trial.judge.adopt(rules(FORCED), trial.now)
    trial.sample(value=True)

    assert trial.alarms["forced@d1/p"].active


def test_a_line_that_is_lost_before_its_device_was_given_up_is_the_only_alarm() -> None:
    trial = Trial(rules(facts={"device_lost": 10.0, "line_lost": 10.0}))
    trial.link(Link.LOST)
    trial.wait(9)

    trial.line(Link.LOST)
    trial.wait(60)

    assert trial.announced == ["line_lost@l1"]


def test_a_device_found_dead_on_a_line_that_stays_lost_is_no_alarm_of_its_own() -> None:
    trial = Trial(rules())
    trial.line(Link.LOST)

    trial.link(Link.LOST)
    trial.wait(60)

    assert trial.announced == ["line_lost@l1"]


def test_a_line_that_is_back_gives_its_devices_their_time_to_speak() -> None:
    trial = Trial(rules(devices=("d1",)))
    trial.sample(value=False)
    trial.line(Link.LOST)
    trial.wait(3_600)

    trial.line(Link.UP)
    trial.wait(9)
    assert "stale@d1" not in trial.alarms
    trial.wait(3)

    assert "stale@d1" in trial.alarms

"""Escalation where it stands: last in the real judgement, with the real people."""

from __future__ import annotations

from dataclasses import replace

from gateway.decide.escalation.policy import ChannelRules, EscalationRules, Policy, Step
from gateway.decide.people.rules import GridRules, PeopleRules
from gateway.decide.rules import Rule
from gateway.duty import Person, Reach, RingDuty, Shift
from gateway.model import AckAlarm, AlarmChanged, HouseSaid, Priority
from gateway.notice import Fate, Noticed, NoticesSaid, Notify, Tell
from tests.decide.bench_of_rules import STAFF, Trial, rules

GAS = Rule("gas", Priority.P1, latching=True)
PEOPLE = PeopleRules(
    grids={"g1": GridRules("g1", "第一网格")},
    channels=frozenset({"bot", "sms"}),
    persons=(
        Person("zhang", "张三", (Reach("bot", "1"), Reach("sms", "1"))),
        Person("zhao", "赵六", (Reach("bot", "2"),)),
    ),
    teams={"g1": {"leader": ("zhao",)}},
    shifts={"g1": (Shift("g1-1", "g1", "全天", frozenset(range(7)), 0, 1440, "zhang"),)},
)
ESCALATION = EscalationRules(
    (
        Policy("life", Priority.P1, (Step(0, ("duty",)), Step(60, ("leader",)))),
        Policy("rest", Priority.P2, (Step(0, ("duty",), frozenset({"chat"})),)),
    ),
    {"bot": ChannelRules("chat"), "sms": ChannelRules("sms")},
)
FAILING = {"channel_failing": Rule("channel_failing", Priority.P2)}


def trial() -> Trial:
    base = rules(GAS)
    house = (("channel_failing", "sms"),)
    return Trial(replace(base, people=PEOPLE, escalation=ESCALATION, house=house, facts={**base.facts, **FAILING}))


def told(out: object) -> list[tuple[str, str, str]]:
    assert isinstance(out, list)
    assert not any(isinstance(outcome, Tell) for outcome in out)
    return [(o.notice.kind, o.notice.person, o.notice.channel) for o in out if isinstance(o, Notify)]


def test_a_raised_point_is_told_to_whoever_is_on_duty_right_behind_its_alarm() -> None:
    run = trial()

    out = run.sample(value=True)

    assert told(out) == [("raised", "zhang", "bot"), ("raised", "zhang", "sms")]
    kinds = [type(outcome) for outcome in out]
    assert kinds.index(AlarmChanged) < kinds.index(Notify)
    assert told(run.wait(61)) == [("escalated", "zhao", "bot")]


def test_an_answer_by_a_person_ends_it() -> None:
    run = trial()
    run.sample(value=True)

    out = run.take(AckAlarm(STAFF, 1))

    assert [o.fate for o in out if isinstance(o, Noticed)] == [Fate.WITHDRAWN]
    assert told(run.wait(300)) == []


def test_what_a_channel_says_comes_back_down_the_road() -> None:
    run = trial()
    run.sample(value=True)

    out = run.take(NoticesSaid((1,), Fate.SENT, "", run.now.utc))

    assert Noticed((1,), Fate.SENT) in out


def test_a_channel_that_fails_is_an_alarm_that_is_told() -> None:
    run = trial()

    out = run.take(HouseSaid("channel_failing", "sms", abnormal=True, why="wrong key"))

    assert told(out) == [("raised", "zhang", "bot")]


def test_a_start_tells_nobody_twice() -> None:
    run = trial()
    run.sample(value=True)
    before = len([o for o in run.said if isinstance(o, Notify)])

    run.restart(off_seconds=5)

    assert len([o for o in run.said if isinstance(o, Notify)]) == before


def test_ringing_whoever_is_on_duty_goes_by_each_of_his_ways() -> None:
    run = trial()

    out = run.take(RingDuty(STAFF, "g1"))

    assert told(out) == [("test", "zhang", "bot"), ("test", "zhang", "sms")]

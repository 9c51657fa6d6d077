from __future__ import annotations

import pytest

from drivers.contract import Command, Question
from gateway.actor import Actor, Role
from gateway.decide.gate import COMMAND_LIFE_NS
from gateway.decide.rules import Rule
from gateway.model import AckAlarm, Act, Answered, AskCommand, Priority, Refused, ResetAlarm, Send
from tests.decide.bench_of_rules import STAFF, Trial, rules

MANAGER = Actor("u9", "赵经理", Role.MANAGER)
ELSEWHERE = Actor("u3", "孙", Role.STAFF, frozenset({"g2"}))
AUDITOR = Actor("u4", "审计", Role.AUDITOR)
VIEWER = Actor("u5", "看", Role.VIEWER)


def unlock(actor: Actor = MANAGER, device: str = "d1", name: str = "unlock", reason: str = "courier") -> AskCommand:
    return AskCommand(actor, device, name, {}, reason)


def forced() -> Trial:
    trial = Trial(rules(Rule("forced", Priority.P2)))
    trial.sample(value=True)
    return trial


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (AckAlarm(VIEWER, 1), "role"),
        (AckAlarm(AUDITOR, 1), "role"),
        (AckAlarm(ELSEWHERE, 1), "grid"),
        (AckAlarm(STAFF, 99), "alarm_closed"),
        (ResetAlarm(VIEWER, 1), "role"),
        (ResetAlarm(STAFF, 99), "alarm_closed"),
        (ResetAlarm(STAFF, 1), "alarm_active"),
        (unlock(VIEWER), "role"),
        (unlock(AUDITOR), "role"),
        (unlock(Actor("u6", "外", Role.MANAGER, frozenset({"g2"}))), "grid"),
        (unlock(device="nowhere"), "device_unknown"),
        (unlock(name="explode"), "command_unknown"),
        (unlock(reason=" "), "reason_needed"),
    ],
)
def test_what_may_not_be_is_refused_with_its_reason(act: Act, code: str) -> None:
    (refused,) = forced().take(act)

    assert isinstance(refused, Refused)
    assert (refused.act, refused.code) == (act, code)
    assert refused.why


def test_a_command_that_may_be_is_sent_with_a_short_life() -> None:
    trial = forced()

    sent = [o for o in trial.take(unlock()) if isinstance(o, Send)]

    assert sent == [Send(Command(1, "d1", "unlock", {}, trial.now.boottime_ns + COMMAND_LIFE_NS), "赵经理", "courier")]


def test_a_device_is_not_asked_twice_within_two_seconds() -> None:
    trial = forced()
    trial.take(unlock())

    (refused,) = trial.take(unlock())
    other = trial.take(unlock(device="d2"))
    trial.wait(2)
    later = trial.take(unlock())

    assert isinstance(refused, Refused)
    assert refused.code == "too_soon"
    assert any(isinstance(o, Send) for o in other)
    assert any(isinstance(o, Send) for o in later)


def test_command_numbers_go_on_after_a_restart_and_are_never_zero_for_a_device() -> None:
    trial = forced()
    trial.take(unlock())
    trial.disk["command_number"] = 0xFFFF
    trial.wait(2)

    trial.restart()
    numbers = []
    for _ in range(2):
        numbers += [o.command.id for o in trial.take(unlock()) if isinstance(o, Send)]
        trial.wait(2)

    assert numbers == [0xFFFF, 0x10001]


def test_a_question_that_no_rule_answers_is_answered_no() -> None:
    question = Question("d1", "authorize", {"who": "7f3a"}, 0)

    (answered,) = forced().take(question)

    assert isinstance(answered, Answered)
    assert answered.question is question
    assert not answered.answer.allowed
    assert answered.answer.why

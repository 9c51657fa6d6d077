from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.contract import Fault, Quality
from gateway.decide.deadline import CHECKPOINT_NS, Deadline
from gateway.decide.rules import Rule
from gateway.model import NANOSECONDS, Now, Priority
from tests.decide.bench_of_rules import Trial, rules

SLOW = Rule("held", Priority.P3, on_delay_seconds=30, off_delay_seconds=5)
HOT = Rule("hot", Priority.P3, high=60, deadband=2)
COLD = Rule("cold", Priority.P3, low=5, deadband=1)
HELD = "held@d1/p"


def test_it_must_be_abnormal_for_the_whole_on_delay() -> None:
    trial = Trial(rules(SLOW, silent_seconds=None))
    trial.sample(value=True)

    trial.wait(29.9)
    assert trial.alarms == {}
    trial.wait(0.1)

    assert trial.alarms[HELD].active


def test_a_return_within_the_on_delay_starts_it_over() -> None:
    trial = Trial(rules(SLOW, silent_seconds=None))
    trial.sample(value=True)
    trial.wait(20)
    trial.sample(value=False)
    trial.sample(value=True)

    trial.wait(20)

    assert trial.alarms == {}


def test_it_must_be_normal_for_the_whole_off_delay() -> None:
    trial = Trial(rules(SLOW, silent_seconds=None))
    trial.sample(value=True)
    trial.wait(30)
    trial.sample(value=False)

    trial.wait(4.9)
    assert trial.alarms[HELD].active
    trial.wait(0.1)

    assert not trial.alarms[HELD].active


@pytest.mark.parametrize(
    ("rule", "values", "active"),
    [
        (HOT, [59.9], False), (HOT, [60], True), (HOT, [60, 58.1], True), (HOT, [60, 58.0], True), (HOT, [60, 57.9], False),
        (HOT, [58.5], False), (COLD, [5.1], False), (COLD, [5], True), (COLD, [5, 6.0], True), (COLD, [5, 6.1], False),
    ],
)  # fmt: skip
def test_limits_have_a_deadband(rule: Rule, values: list[float], active: bool) -> None:  # noqa: FBT001
    trial = Trial(rules(rule))

    for value in values:
        trial.sample(value)

    assert any(alarm.active for alarm in trial.judge.alarms) is active


def test_the_text_of_a_limit_is_not_a_number() -> None:
    trial = Trial(rules(HOT))

    trial.sample("very hot")

    assert trial.alarms == {}


def test_a_bad_value_neither_raises_nor_clears() -> None:
    trial = Trial(rules(Rule("forced", Priority.P2)))
    bad = Fault(Quality.BAD, "out of range")

    trial.sample(None, bad)
    assert trial.alarms == {}
    trial.sample(value=True)
    trial.sample(None, bad)
    trial.sample(value=False, fault=bad)

    assert trial.alarms["forced@d1/p"].active


def test_an_uncertain_value_may_raise_and_never_clears() -> None:
    trial = Trial(rules(Rule("forced", Priority.P2)))
    uncertain = Fault(Quality.UNCERTAIN, "controller hung")

    trial.sample(value=True, fault=uncertain)
    assert trial.alarms["forced@d1/p"].active
    trial.sample(value=False, fault=uncertain)
    assert trial.alarms["forced@d1/p"].active
    trial.sample(value=False)

    assert not trial.alarms["forced@d1/p"].active


def test_silence_during_the_off_delay_does_not_clear() -> None:
    trial = Trial(rules(SLOW, silent_seconds=3))
    trial.sample(value=True)
    for _ in range(31):
        trial.wait(1)
        trial.sample(value=True)
    trial.sample(value=False)

    trial.wait(60)
    assert trial.alarms[HELD].active
    trial.sample(value=False)
    trial.wait(2.9)
    trial.sample(value=False)
    trial.wait(2.2)

    assert not trial.alarms[HELD].active


# ------------------------------------------------------------ restarts and clocks


def test_a_running_delay_goes_on_through_a_restart_of_the_process() -> None:
    trial = Trial(rules(SLOW, silent_seconds=None))
    trial.sample(value=True)
    trial.wait(10)

    trial.restart(off_seconds=15)
    trial.wait(4.9)
    assert trial.alarms == {}
    trial.wait(0.2)

    assert trial.alarms[HELD].active


def test_a_delay_that_ended_while_the_process_was_dead_is_due_at_once() -> None:
    trial = Trial(rules(SLOW, silent_seconds=None))
    trial.sample(value=True)

    trial.restart(off_seconds=3_600)
    trial.wait(0)

    assert trial.alarms[HELD].active


@pytest.mark.parametrize("step", [-3_600, 10 * 365 * 86_400])
def test_a_clock_that_jumps_changes_no_running_delay(step: float) -> None:
    trial = Trial(rules(SLOW, silent_seconds=None))
    trial.sample(value=True)
    trial.wait(10)

    trial.now = trial.now._replace(utc=trial.now.utc + step)
    trial.wait(19.9)
    assert trial.alarms == {}
    trial.restart(off_seconds=0.05)
    assert trial.alarms == {}
    trial.wait(0.1)

    assert trial.alarms[HELD].active


def test_after_a_reboot_with_trusted_clocks_the_time_without_power_counts() -> None:
    trial = Trial(rules(SLOW, silent_seconds=None))
    trial.sample(value=True)

    trial.restart(reboot=True, off_seconds=31)
    trial.wait(0)

    assert trial.alarms[HELD].active


def test_after_a_reboot_with_a_wrong_clock_the_time_without_power_counts_as_zero() -> None:
    trial = Trial(rules(SLOW, silent_seconds=None))
    trial.sample(value=True)

    trial.restart(reboot=True, utc=trial.now.utc + 10 * 365 * 86_400, trusted=False)
    trial.wait(29.9)
    assert HELD not in trial.alarms
    trial.wait(0.2)

    assert trial.alarms[HELD].active


@given(
    total=st.floats(1, 7_200),
    lives=st.lists(st.tuples(st.floats(0, 600), st.floats(0, 600), st.booleans(), st.booleans()), max_size=8),
    steps=st.lists(st.floats(-1e9, 1e9), min_size=8, max_size=8),
)
def test_no_history_of_restarts_lengthens_a_deadline_by_more_than_a_checkpoint_each_or_shortens_it(
    total: float, lives: list[tuple[float, float, bool, bool]], steps: list[float]
) -> None:
    """Each life: so long awake (with checkpoints), so long off, whether rebooted, whether the clock was trusted."""
    now = Now("0", 0, 1.8e9, True)
    deadline = Deadline(now, int(total * NANOSECONDS))
    passed_ns = awake_ns = 0
    for number, (awake, off, reboot, trusted) in enumerate(lives):
        for _ in range(int(awake // 60)):
            now = now._replace(boottime_ns=now.boottime_ns + CHECKPOINT_NS, utc=now.utc + 60)
            deadline = deadline.resumed(now)
        awake_ns += int(awake // 60) * CHECKPOINT_NS
        passed_ns += int(awake // 60) * CHECKPOINT_NS + int(awake % 60 * NANOSECONDS) + int(off * NANOSECONDS)
        utc = now.utc + awake % 60 + off if trusted else now.utc + steps[number]
        if reboot:
            now = Now(str(number + 1), 0, utc, trusted)
        else:
            ahead = int(awake % 60 * NANOSECONDS) + int(off * NANOSECONDS)
            now = Now(now.boot_id, now.boottime_ns + ahead, utc, trusted)
        deadline = deadline.resumed(now)

    left = deadline.left(now)

    slack = 1_000 * (len(lives) + 1)  # float to nanoseconds
    assert left >= int(total * NANOSECONDS) - passed_ns - slack
    assert left <= int(total * NANOSECONDS) - awake_ns + slack
    assert Deadline.from_json(deadline.to_json()) == deadline

"""What goes next through a channel, and what waits: tokens, the reserve of P1, and what is folded."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.deliver.channels.contract import Limits
from gateway.deliver.notify.bucket import Bucket
from gateway.deliver.notify.queues import MOST_MISSED, Form, Queues
from gateway.model import Place, Priority
from gateway.notice import Notice

BOT = Limits(15, 5)


def notice(
    number: int, priority: Priority = Priority.P3, *, grid: str = "g1", rule: str = "door_held", **named: object
) -> Notice:
    base = Notice(number, "bot", "zhang", "raised", priority, f"alarm:{number}", Place(grid=grid), 0.0, rule=rule)
    return replace(base, **named)  # type: ignore[arg-type] # fields by name


def go(queues: Queues, bucket: Bucket, now: float) -> list[tuple[Form, tuple[int, ...]]]:
    """Everything that may go now."""
    out = []
    while (parcel := queues.next(bucket, now)) is not None:
        bucket.take(now)
        out.append((parcel.form, parcel.numbers))
    return out


def test_more_than_there_are_tokens_for_goes_as_one() -> None:
    queues, bucket = Queues(group=True), Bucket(BOT)
    for number in range(11):
        queues.push(notice(number, grid=f"g{number}"), 0.0)

    assert go(queues, bucket, 0.0) == [(Form.DIGEST, tuple(range(11)))]


def test_as_many_as_there_are_tokens_go_by_themselves_worst_first() -> None:
    queues, bucket = Queues(group=True), Bucket(BOT)
    for number in range(9):
        queues.push(notice(number, grid=f"g{number}"), 0.0)
    queues.push(notice(9, Priority.P2, rule="smoke"), 0.0)

    went = go(queues, bucket, 0.0)

    assert [form for form, _ in went] == [Form.ONE] * 10
    assert went[0][1] == (9,)


def test_the_reserve_is_for_p1s_alone() -> None:
    queues, bucket = Queues(group=True), Bucket(BOT)
    went = []
    for second in range(20):
        queues.push(notice(second, grid=f"g{second}"), float(second))
        went += go(queues, bucket, float(second))
    assert len(went) == 10

    for number in range(100, 110):
        queues.push(notice(number, Priority.P1), 20.0)

    assert [numbers for _, numbers in go(queues, bucket, 20.0)] == [(number,) for number in range(100, 105)]
    assert queues.next_at(bucket, 20.0) == 60.0


def test_what_is_folded_waits_a_minute_for_its_next_summary_and_nothing_is_missing() -> None:
    queues, bucket = Queues(group=True), Bucket(BOT)
    went = []
    for second in range(200):
        if second < 100:
            queues.push(notice(second, grid=f"g{second}", facts={"flood": True}), float(second))
        went += [(second, *each) for each in go(queues, bucket, float(second))]

    assert [second for second, *_ in went] == [0, 60, 120]
    assert sorted(number for *_, numbers in went for number in numbers) == list(range(100))


def test_one_who_was_not_told_yet_goes_before_one_who_hears_of_it_again() -> None:
    queues, bucket = Queues(group=True), Bucket(Limits(1, 0))
    queues.push(notice(1, Priority.P1, step=2), 0.0)
    queues.push(notice(2, Priority.P1), 0.0)

    assert go(queues, bucket, 0.0) == [(Form.ONE, (2,))]


def test_all_that_waits_of_one_alarm_is_one_message_in_a_group_and_one_for_each_elsewhere() -> None:
    several = [notice(1, Priority.P1), notice(2, Priority.P1, subject="alarm:1", person="li"),
               notice(3, Priority.P1, subject="alarm:1", step=1)]  # fmt: skip
    group, single = Queues(group=True), Queues(group=False)
    for each in several:
        group.push(each, 0.0)
        single.push(each, 0.0)

    assert go(group, Bucket(BOT), 0.0) == [(Form.ONE, (1, 2, 3))]
    assert go(single, Bucket(BOT), 0.0) == [(Form.ONE, (1, 3)), (Form.ONE, (2,))]


def test_what_was_missed_is_bounded_and_what_was_let_go_is_counted() -> None:
    queues, bucket = Queues(group=True), Bucket(BOT)
    queues.miss([notice(number) for number in range(MOST_MISSED + 30)], 0.0)

    parcel = queues.next(bucket, 0.0)

    assert parcel is not None
    assert (parcel.form, len(parcel.notices), parcel.uncounted) == (Form.RESTORED, MOST_MISSED, 30)
    queues.back(parcel)
    again = queues.next(bucket, 0.0)
    assert again is not None
    assert (len(again.notices), again.uncounted) == (MOST_MISSED, 30)


def test_a_channel_that_bears_five_a_second_gets_no_more() -> None:
    bucket = Bucket(Limits(100, 10, per_second=5))
    for _ in range(5):
        assert bucket.left(0.0, urgent=True)
        bucket.take(0.0)

    assert bucket.left(0.9, urgent=True) == 0
    assert bucket.next_at(0.9, urgent=True) == 1.0
    assert bucket.left(1.0, urgent=True) > 0


STEP = st.tuples(
    st.sampled_from(list(Priority)),
    st.integers(0, 3),
    st.integers(0, 2),
    st.booleans(),
    st.floats(0, 40),
    st.booleans(),
)


@settings(max_examples=40)
@given(st.lists(STEP, max_size=60))
def test_whatever_comes_nothing_is_lost_nor_doubled_and_the_server_never_gets_too_much(
    steps: list[tuple[Priority, int, int, bool, float, bool]],
) -> None:
    queues, bucket = Queues(group=True), Bucket(Limits(6, 2))
    now, went, sends, pushed, gone = 0.0, list[int](), list[tuple[float, bool]](), 0, set[int]()
    for priority, grid, rule, flood, wait, fails in steps:
        facts = {"flood": True} if flood else {}
        queues.push(notice(pushed, priority, grid=f"g{grid}", rule=f"r{rule}", step=rule, facts=facts), now)
        pushed += 1
        while (parcel := queues.next(bucket, now)) is not None:
            bucket.take(now)
            sends.append((now, parcel.urgent))
            if fails and parcel.form is not Form.RESTORED:
                queues.back(parcel)
                break
            went += parcel.numbers
        if fails and rule == 0:
            queues.withdraw(lambda each: each.number % 5 == 0)
            gone |= {number for number in range(0, pushed, 5) if number not in went}
        now += wait
    for _ in range(200):
        now += 30
        while (parcel := queues.next(bucket, now)) is not None:
            bucket.take(now)
            went += parcel.numbers

    assert len(queues) == 0
    assert len(went) == len(set(went))
    assert set(went) | gone == set(range(pushed))
    for at, _ in sends:
        assert sum(at - 60 < other <= at for other, _ in sends) <= 6
        assert sum(at - 60 < other <= at and not urgent for other, urgent in sends) <= 4

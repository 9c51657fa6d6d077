from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.modbus.frame import Frame
from drivers.modbus.quarantine import ECHO_SECONDS, LEAST_SECONDS, Quarantine, shape_of
from tests.drivers.modbus.points import proof

EIGHT = Frame.reading(1, 3, 0, 8)
EIGHT_ELSEWHERE = Frame.reading(1, 3, 100, 8)
FOUR = Frame.reading(1, 3, 0, 4)
COILS = Frame.reading(1, 1, 0, 8)
UNLOCK = Frame.writing(1, 16, 0x400, [1, 2, 3])
LOCK = Frame.writing(1, 16, 0x400, [4, 5])


def quarantine() -> Quarantine:
    return Quarantine(0.5)


def test_what_got_no_answer_is_not_asked_again_nor_anything_that_looks_like_it() -> None:
    kept = quarantine()

    kept.unanswered(EIGHT, 1.0)

    assert kept.holds(EIGHT, 1.1)
    assert kept.holds(EIGHT_ELSEWHERE, 1.1)
    assert not kept.holds(FOUR, 1.1)
    assert not kept.holds(COILS, 1.1)


def test_an_answer_of_another_shape_in_full_flushes_what_is_late() -> None:
    kept = quarantine()
    kept.unanswered(EIGHT, 1.0)

    kept.answered(FOUR, 2.0)

    assert not kept.holds(EIGHT, 2.1)


def test_an_answer_of_the_same_shape_flushes_nothing() -> None:
    kept = quarantine()
    kept.unanswered(UNLOCK, 1.0)

    kept.answered(LOCK, 2.0)  # a fire release asks for no quarantine; this may be the answer to the first

    assert kept.holds(UNLOCK, 2.1)


def test_an_exception_flushes_nothing_and_whoever_got_it_may_still_be_answered() -> None:
    kept = quarantine()
    kept.unanswered(EIGHT, 1.0)

    kept.refused(FOUR, 2.0)

    assert kept.holds(EIGHT, 2.1)
    assert kept.holds(FOUR, 2.1)


def test_an_exception_with_nothing_late_is_what_it_says() -> None:
    kept = quarantine()

    kept.refused(FOUR, 2.0)

    assert not kept.holds(FOUR, 2.1)


def test_a_second_exception_at_once_may_be_the_first_one_again() -> None:
    kept = quarantine()
    kept.refused(FOUR, 2.0)

    kept.refused(EIGHT, 2.0 + ECHO_SECONDS / 2)

    assert kept.holds(EIGHT, 2.2)


def test_writes_of_one_function_wait_whatever_they_write() -> None:
    kept = quarantine()

    kept.unanswered(UNLOCK, 1.0)

    assert kept.holds(LOCK, 1.1)
    assert not kept.holds(Frame.writing(1, 6, 0x500, [1]), 1.1)


def test_what_is_never_flushed_ends_by_the_clock() -> None:
    kept = quarantine()
    kept.unanswered(EIGHT, 1.0)

    assert kept.holds(EIGHT, 1.0 + LEAST_SECONDS - 0.01)
    assert not kept.holds(EIGHT, 1.0 + LEAST_SECONDS + 0.01)


def test_a_slow_line_waits_four_times_its_longest_time_out() -> None:
    kept = Quarantine(3.0)
    kept.unanswered(EIGHT, 0.0)

    assert kept.holds(EIGHT, 11.9)
    assert not kept.holds(EIGHT, 12.1)


@pytest.mark.parametrize("later", [0.0, ECHO_SECONDS / 2])
def test_an_answer_may_come_once_more_and_is_not_taken_for_the_next_ones(later: float) -> None:
    kept = quarantine()

    kept.answered(EIGHT, 1.0)

    assert kept.holds(EIGHT_ELSEWHERE, 1.0 + later)
    assert not kept.holds(EIGHT, 1.0 + later)
    assert not kept.holds(EIGHT_ELSEWHERE, 1.0 + 2 * ECHO_SECONDS)


def test_a_fence_has_another_shape_than_what_it_protects_and_is_not_held_itself() -> None:
    kept = quarantine()
    kept.answered(EIGHT, 1.0)
    kept.unanswered(COILS, 1.0)

    assert kept.fence(EIGHT_ELSEWHERE, [EIGHT, COILS, FOUR], 1.05) is FOUR
    assert kept.fence(EIGHT_ELSEWHERE, [EIGHT, COILS], 1.05) is None


@dataclass(frozen=True)
class Late:
    """An answer on its way: of which request, and whether it is an exception."""

    frame: Frame
    refusal: bool
    due: float


FRAMES = (
    EIGHT,
    EIGHT_ELSEWHERE,
    FOUR,
    Frame.reading(1, 3, 50, 4),
    COILS,
    Frame.reading(1, 1, 40, 8),
    Frame.reading(1, 4, 0, 8),
)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(FRAMES),
        st.sampled_from(["answer", "answer", "late", "lost", "refusal", "late refusal"]),
        st.floats(0.01, 3.0),
    ),
    min_size=1,
    max_size=60,
)


@given(steps=STEPS)
@proof(300, 20_000)
def test_no_answer_is_ever_taken_for_that_of_another_request(steps: list[tuple[Frame, str, float]]) -> None:
    kept = Quarantine(0.5)
    waiting: deque[Late] = deque()
    now, last_due = 0.0, 0.0

    for frame, how, after in steps:
        now += after
        while waiting and waiting[0].due < now:  # came while nobody waited: dropped
            waiting.popleft()
        if kept.holds(frame, now):
            continue
        if how != "lost":
            last_due = max(last_due, now) + (4.0 if "late" in how else 0.01)
            last_due = min(last_due, now + 4.9)  # units that answer later than that are beyond what can be told
            waiting.append(Late(frame, "refusal" in how, last_due))
        heard = None
        while waiting and waiting[0].due <= now + 0.5:
            late = waiting.popleft()
            fits = late.frame.function == frame.function if late.refusal else shape_of(late.frame) == shape_of(frame)
            if fits:
                heard = late
                break
        now += 0.5
        if heard is None:
            kept.unanswered(frame, now)
        elif heard.refusal:
            kept.refused(frame, now)
        else:
            assert heard.frame.rtu_request == frame.rtu_request
            kept.answered(frame, now)

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from hypothesis import given
from hypothesis import strategies as st

from drivers.modbus.timetable import Timetable


@dataclass(eq=False)
class Beat:
    name: str
    period: float
    due: float = inf


def test_of_two_due_beats_the_one_with_the_earlier_deadline_goes_first() -> None:
    slow, fast = Beat("slow", 60.0), Beat("fast", 0.25)
    timetable: Timetable[Beat] = Timetable()
    timetable.put(slow, 0.0)
    timetable.put(fast, 0.5)

    taken = [timetable.take(1.0), timetable.take(1.0), timetable.take(1.0)]

    assert taken == [fast, slow, None]


def test_nothing_is_taken_before_it_is_due() -> None:
    timetable: Timetable[Beat] = Timetable()
    timetable.put(Beat("normal", 1.0), 5.0)

    assert timetable.take(4.9) is None
    assert timetable.next_due() == 5.0


def test_beats_do_not_drift_when_they_are_served_late() -> None:
    beat = Beat("fast", 0.25)
    timetable: Timetable[Beat] = Timetable()
    timetable.put(beat, 10.0)

    timetable.take(10.2)
    skipped = timetable.advance(beat, 10.24)

    assert (beat.due, skipped) == (10.25, 0)


def test_missed_beats_are_skipped_and_counted_and_never_bunched() -> None:
    beat = Beat("fast", 0.25)
    timetable: Timetable[Beat] = Timetable()
    timetable.put(beat, 10.0)

    timetable.take(10.0)
    skipped = timetable.advance(beat, 11.1)  # 10.25, 10.5 and 10.75 are over; 11.0 can still be met

    assert (beat.due, skipped) == (11.0, 3)
    assert timetable.take(11.1) is beat
    assert timetable.take(11.1) is None


def test_a_parked_beat_does_not_come_up_and_is_not_advanced() -> None:
    beat = Beat("normal", 1.0)
    timetable: Timetable[Beat] = Timetable()
    timetable.put(beat, 1.0)

    timetable.park(beat)

    assert timetable.take(5.0) is None
    assert timetable.advance(beat, 5.0) == 0
    assert timetable.next_due() == inf


def test_a_beat_that_was_put_anew_comes_up_once_at_its_new_time() -> None:
    beat = Beat("normal", 1.0)
    timetable: Timetable[Beat] = Timetable()
    timetable.put(beat, 1.0)
    timetable.put(beat, 3.0)

    assert timetable.take(2.0) is None
    assert timetable.take(3.0) is beat
    assert timetable.take(9.0) is None


@given(
    periods=st.lists(st.sampled_from([0.25, 0.5, 1.0, 3.0]), min_size=1, max_size=8),
    costs=st.lists(st.floats(0.001, 0.6), min_size=1, max_size=60),
)
def test_every_beat_is_served_in_turn_skipped_or_still_due(periods: list[float], costs: list[float]) -> None:
    beats = [Beat(str(number), period) for number, period in enumerate(periods)]
    timetable: Timetable[Beat] = Timetable()
    for beat in beats:
        timetable.put(beat, 0.0)
    now = 0.0
    accounted = dict.fromkeys((beat.name for beat in beats), 0)

    for cost in costs:
        beat_now = timetable.take(now)
        if beat_now is None:
            now = timetable.next_due()
            continue
        now += cost
        accounted[beat_now.name] += 1 + timetable.advance(beat_now, now)

    for beat in beats:
        assert abs(beat.due - accounted[beat.name] * beat.period) < 1e-6

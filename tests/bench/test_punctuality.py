from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.punctuality import punctuality

BEATS = [0.1 + 0.25 * k for k in range(80)]


@given(phase=st.floats(0, 1), start=st.floats(0, 5), jitter=st.lists(st.floats(-0.04, 0.04), min_size=60, max_size=60))
def test_a_steady_cadence_is_wholly_on_time_whatever_its_phase_and_jitter(
    phase: float, start: float, jitter: list[float]
) -> None:
    times = [phase + 0.25 * k + shift for k, shift in enumerate(jitter)]

    expected, met = punctuality(times, 0.25, 1 + start, 8 + start)

    assert expected == met
    assert expected in (27, 28)


def test_each_skipped_beat_is_one_that_was_not_met() -> None:
    times = [t for i, t in enumerate(BEATS) if i not in (30, 31, 50)]

    expected, met = punctuality(times, 0.25, 0, 20)

    assert expected - met == 3


def test_a_late_request_does_not_count_and_two_in_one_beat_count_once() -> None:
    late = [t + (0.12 if i == 40 else 0) for i, t in enumerate(BEATS)]
    bunched = sorted([*BEATS, BEATS[20] + 0.01])

    late_expected, late_met = punctuality(late, 0.25, 0, 20)
    bunched_expected, bunched_met = punctuality(bunched, 0.25, 0, 20)

    assert late_expected - late_met == 1
    assert bunched_expected == bunched_met


def test_a_poller_that_falls_behind_is_found_out() -> None:
    drifting = [0.1 + 0.3 * k for k in range(66)]

    expected, met = punctuality(drifting, 0.25, 0, 20)

    assert met < 0.7 * expected


@pytest.mark.parametrize("times", [[], [25.0]])
def test_who_was_never_asked_met_nothing(times: list[float]) -> None:
    assert punctuality(times, 0.25, 0, 20) == (80, 0)

from __future__ import annotations

import json
import math

import pytest

from bench.figures import Figure, Goal, percentile


@pytest.mark.parametrize(
    ("goal", "value", "expected"),
    [
        (None, 5.0, None),
        (Goal("<=", 10), 10.0, True),
        (Goal("<=", 10), 10.1, False),
        (Goal(">=", 95), 94.9, False),
        (Goal(">=", 95), 95.0, True),
        (Goal("<=", 10), math.nan, False),
        (Goal(">=", 95), math.nan, False),
    ],
)
def test_a_goal_is_met_or_not_and_nothing_measured_meets_none(
    goal: Goal | None, value: float, expected: object
) -> None:
    assert Figure("road", "x", value, "ms", 50, goal).met is expected


def test_a_figure_is_one_line_of_json() -> None:
    line = Figure("road", "first value", 1.23456, "s", 200, Goal("<=", 1.5)).line()

    assert json.loads(line) == {
        "bench": "road",
        "name": "first value",
        "value": 1.235,
        "unit": "s",
        "goal": "<= 1.5",
        "met": True,
        "size": 200,
    }
    assert "\n" not in line


def test_a_figure_that_could_not_be_measured_is_null() -> None:
    assert json.loads(Figure("road", "x", math.nan, "ms", 50).line())["value"] is None


def test_percentiles_are_by_nearest_rank() -> None:
    assert percentile(range(1, 101), 0.5) == 50
    assert percentile(range(1, 101), 0.99) == 99
    assert percentile([7.0], 0.99) == 7
    assert math.isnan(percentile([], 0.5))

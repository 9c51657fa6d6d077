from __future__ import annotations

import math

from bench.controller import DOOR, FORCED
from bench.window import Seen, Window, delays

MS = 1_000_000


def test_a_change_is_paired_with_its_first_arrival_after_the_answer_that_carried_it() -> None:
    changes = {3: [Seen(True, 0, 100 * MS), Seen(False, 500 * MS, 600 * MS)]}
    arrivals = {3: [(True, 50 * MS), (True, 104 * MS), (False, 603 * MS), (False, 700 * MS)]}

    found = delays(changes, arrivals)

    assert found.from_change == [104, 103]
    assert found.from_answer == [4, 3]
    assert found.missed == 0


def test_a_change_that_the_next_one_overtook_is_missed() -> None:
    changes = {3: [Seen(True, 0, 100 * MS), Seen(False, 200 * MS, 300 * MS), Seen(True, 400 * MS, 500 * MS)]}

    found = delays(changes, {3: [(False, 310 * MS), (True, 503 * MS)]})

    assert found.missed == 1
    assert found.from_answer == [10, 3]


def test_a_controller_that_the_page_never_heard_of_is_missed_with_all_its_changes() -> None:
    assert delays({3: [Seen(True, 0, 1), Seen(False, 2, 3)], 4: []}, {}).missed == 2


def window(reads: list[dict[str, int]], changes: list[list[int]] | None = None) -> Window:
    return Window({"seconds": 2.0, "cpu_seconds": 0.1, "reads": reads, "changes": changes or []}, 0.05)


def test_the_figures_of_a_window_add_up() -> None:
    row = {"controller": 0, "fast": False, "values": 16, "requests": 2, "expected": 2, "met": 2}
    door = {"controller": 0, "fast": True, "values": 1, "requests": 8, "expected": 7, "met": 6}
    dead = {"controller": 1, "fast": False, "values": 16, "requests": 0, "expected": 1, "met": 0}

    measured = window([row, door, dead])

    assert measured.points_per_second == 20
    assert measured.cpu_seconds_per_1000_points == 1.25
    assert measured.requests_per_poll(1) == 1
    assert measured.on_time_percent() == 80
    assert measured.on_time_percent(without={1}) == 100 * 8 / 9
    assert measured.simulator_cpu_percent == 5


def test_a_window_in_which_nothing_was_asked_has_no_figures() -> None:
    measured = window([])

    assert math.isnan(measured.cpu_seconds_per_1000_points)
    assert math.isnan(measured.on_time_percent())


def test_changes_that_no_answer_carried_are_left_out() -> None:
    measured = window([], [[4, DOOR, True, 10, 20], [4, DOOR, False, 30, 0], [4, FORCED, True, 5, 6]])

    assert measured.changes(DOOR) == {4: [Seen(True, 10, 20)]}

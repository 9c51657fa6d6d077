from __future__ import annotations

from collections import Counter
from itertools import islice, pairwise

import pytest

from simulator.compound import grow
from simulator.rhythm import DAY_SECONDS, Passage, Way, day_of, hour_of, midnight, passages, weekday

MONDAY = midnight(1_794_800_000.0)  # 16 November 2026


def a_day(day: float, seed: int = 7) -> list[Passage]:
    compound = grow(seed)
    return [passage for entrance in compound.entrances for passage in day_of(compound, entrance, day)]


def test_midnight_and_weekday_are_those_of_shanghai() -> None:
    assert hour_of(MONDAY) == 0
    assert MONDAY % DAY_SECONDS == 16 * 3600
    assert weekday(MONDAY) == 0
    assert weekday(MONDAY + 5 * DAY_SECONDS) == 5


def test_people_leave_between_seven_and_eight_and_come_home_between_five_and_seven() -> None:
    hours = Counter((passage.way, int(hour_of(passage.at))) for passage in a_day(MONDAY))

    leaving = {hour: hours[Way.OUT, hour] for hour in range(24)}
    coming = {hour: hours[Way.IN, hour] for hour in range(24)}
    assert max(leaving, key=leaving.__getitem__) == 7
    assert max(coming, key=coming.__getitem__) in (17, 18)
    assert leaving[7] > 5 * leaving[3]
    assert coming[17] + coming[18] > 5 * (coming[9] + coming[10]) / 2


def test_couriers_come_at_noon_and_in_the_evening() -> None:
    hours = Counter(int(hour_of(passage.at)) for passage in a_day(MONDAY))

    assert hours[12] > 1.5 * hours[10]
    assert hours[19] > 1.5 * hours[21]


def test_a_weekend_begins_later() -> None:
    weekday_hours = Counter(int(hour_of(passage.at)) for passage in a_day(MONDAY))
    weekend_hours = Counter(int(hour_of(passage.at)) for passage in a_day(MONDAY + 5 * DAY_SECONDS))

    assert weekend_hours[7] < weekday_hours[7] / 2
    assert weekend_hours[9] > weekday_hours[9]


@pytest.mark.parametrize("day", range(4))
def test_two_to_four_doors_a_day_are_propped_open(day: int) -> None:
    propped = [passage for passage in a_day(MONDAY + day * DAY_SECONDS) if passage.stays_open > 60]

    assert 2 <= len(propped) <= 4
    assert all(7 <= hour_of(passage.at) <= 21.1 for passage in propped)


def test_a_door_takes_one_passage_at_a_time() -> None:
    compound = grow(7)

    for entrance in compound.entrances[:20]:
        for door in (1, 2):
            queue = [passage for passage in day_of(compound, entrance, MONDAY) if passage.door == door]
            assert all(first.over <= second.at for first, second in pairwise(queue))


def test_people_walk_through_a_propped_door_and_do_not_queue_up_behind_it() -> None:
    after = []
    for seed in range(6):
        compound = grow(seed)
        for entrance in compound.entrances:
            day = day_of(compound, entrance, MONDAY)
            for propped in (passage for passage in day if passage.stays_open > 60):
                later = [p for p in day if p.door == 1 and propped.over <= p.at < propped.over + 60]
                after.append(len(later))

    assert after
    assert sum(after) / len(after) < 2


def test_a_day_is_a_function_of_seed_and_date() -> None:
    assert a_day(MONDAY) == a_day(MONDAY)
    assert a_day(MONDAY) != a_day(MONDAY + DAY_SECONDS)
    assert a_day(MONDAY, seed=8) != a_day(MONDAY)


def test_passages_go_on_over_midnight_from_any_start() -> None:
    compound = grow(7)
    entrance = compound.entrances[0]
    start = MONDAY + 23.5 * 3600

    coming = list(islice(passages(compound, entrance, start), 60))

    assert coming[0].at >= start
    assert coming[-1].at > MONDAY + DAY_SECONDS
    assert [passage for passage in coming if passage.at >= MONDAY + DAY_SECONDS] == day_of(
        compound, entrance, MONDAY + DAY_SECONDS
    )[: sum(passage.at >= MONDAY + DAY_SECONDS for passage in coming)]

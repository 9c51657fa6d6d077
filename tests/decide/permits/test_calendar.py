from __future__ import annotations

from datetime import date

from gateway.decide.permits.calendar import HOLIDAY_KIND, MAKE_UP_KIND, holiday_records
from gateway.permit import PutSchedule, Schedule
from tests.decide.permits.gatehouse import DAY, MANAGER, START, Gatehouse, permit, rules

NEVER_AT_NIGHT = Schedule("day", "", {"holiday": ((600, 660),)})


def test_holidays_and_make_up_working_days_are_known_by_name() -> None:
    days = {one.day: one for one in Gatehouse().permits.holidays(2026)}

    assert (days[date(2026, 10, 1)].name, days[date(2026, 10, 1)].kind) == ("国庆节", HOLIDAY_KIND)
    assert (days[date(2026, 10, 10)].name, days[date(2026, 10, 10)].kind) == ("国庆节调休", MAKE_UP_KIND)
    assert date(2026, 10, 17) not in days


def test_of_a_year_that_nobody_announced_only_weekdays_count_and_that_is_said() -> None:
    house = Gatehouse(now=START._replace(utc=START.utc + 50 * 365 * DAY))

    assert house.permits.holidays(2076) == ()
    assert not house.permits.holidays_known(2076)
    assert [one.subject for one in house.recorded("holidays_unknown")] == ["2076"]


def test_two_years_fit_and_the_next_year_leaves_the_records_of_this_one_alone() -> None:
    first, second = holiday_records(2024), holiday_records(2025)

    assert [index for index, _, _ in first] == sorted({index for index, _, _ in first})
    assert first[-1][0] < 128
    assert [one for one in first if one[0] >= 64] == [one for one in second if one[0] >= 64]


def test_only_tables_with_schedules_hold_holidays() -> None:
    house = Gatehouse()
    house.act(PutSchedule(MANAGER, NEVER_AT_NIGHT))
    house.put(permit(1, "u1"), permit(2, "u2", schedule="day"))
    house.work()

    assert house.wanted["u1"]["holidays"] == []
    assert house.wanted["u2"]["holidays"] == holiday_records(2026)


def test_a_new_year_and_a_new_zone_are_wanted_within_an_hour() -> None:
    house = Gatehouse(rules(timezone="Europe/Berlin"), START._replace(utc=1_761_436_800.0))  # 26 Oct 2025, 02:00
    house.act(PutSchedule(MANAGER, NEVER_AT_NIGHT))
    house.put(permit(1, "u1", schedule="day"))
    house.work()
    summer, version = house.wanted["u1"], house.permits.tables["u1"].wanted_version

    house.wait(3 * 3600)
    winter = house.wanted["u1"]
    house.wait(70 * DAY)

    assert (summer["zone"], winter["zone"], winter["version"]) == (120, 60, version)
    assert house.wanted["u1"]["holidays"] == holiday_records(2026)
    assert house.wanted["u1"]["version"] == version + 1


def test_a_clock_that_is_not_trusted_moves_no_calendar() -> None:
    house = Gatehouse()
    house.act(PutSchedule(MANAGER, NEVER_AT_NIGHT))
    house.put(permit(1, "u1", schedule="day"))
    house.work()
    before = dict(house.wanted)

    house.now = house.now._replace(boot_id="boot-2", boottime_ns=0, utc=0.0, trusted=False)
    house.start()
    house.work()

    assert house.wanted == before

"""What controllers are told, against what the permits themselves say: who may open which door at which time."""

from __future__ import annotations

import os
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import chinese_calendar  # type: ignore[import-untyped] # it carries no types
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from drivers.permit_table import table_sum
from gateway.decide.permits.calendar import DAY_KINDS
from gateway.decide.permits.slots import REST_SECONDS
from gateway.model import Refused
from gateway.permit import (
    ALWAYS,
    WORKDAYS,
    DoorGroup,
    DropGroup,
    DropSchedule,
    PutGroup,
    PutPermits,
    PutSchedule,
    RevokeHousehold,
    RevokePermits,
    Schedule,
    Standing,
)
from tests.decide.permits.gatehouse import DAY, MANAGER, START, Gatehouse, hash_of, permit

if TYPE_CHECKING:
    from drivers.contract import Json
    from gateway.permit import PermitAct

SOAK = bool(os.environ.get("GRIDPOST_SOAK"))
SHANGHAI = ZoneInfo("Asia/Shanghai")
CARDS, GROUPS, SCHEDULES = 6, ("a", "b", "u2"), ("s", "t")
ALL_DOORS = ("gate/door1", "gate/door2", "u1/door1", "u1/door2", "u2/door1")

# May Day 2026, the make-up Saturday after it, National Day and its make-up days, a plain weekend, New Year of a year unknown
DATES = (
    (2026, 5, 2),
    (2026, 5, 9),
    (2026, 9, 20),
    (2026, 10, 1),
    (2026, 10, 10),
    (2026, 6, 6),
    (2026, 6, 10),
    (2027, 1, 1),
)

spans = st.lists(
    st.tuples(st.integers(0, 1439), st.integers(1, 1440)).filter(lambda span: span[0] < span[1]), max_size=2
)
weeks = st.dictionaries(st.sampled_from(DAY_KINDS), spans.map(tuple), min_size=1)
hours = st.integers(0, 200 * 24).map(lambda hour: START.utc + 3600 * hour)
moments = st.builds(
    lambda day, minute: datetime(day[0], day[1], day[2], minute // 60, minute % 60, tzinfo=SHANGHAI).timestamp(),
    st.sampled_from(DATES),
    st.integers(0, 1439),
)


def may_open(house: Gatehouse, credential: str, door: str, utc: float) -> bool:
    """By the permits."""
    inside = house.permits
    return any(
        one.credential == credential
        and one.standing is Standing.VALID
        and any(door in inside.groups[group].doors for group in one.groups if group in inside.groups)
        and one.from_utc <= utc
        and not 0 < one.until_utc <= utc
        and (one.schedule == ALWAYS or in_schedule(inside.schedules[one.schedule], utc))
        for one in inside.permits.values()
    )


def in_schedule(schedule: Schedule, utc: float) -> bool:
    local = datetime.fromtimestamp(utc, SHANGHAI)
    kind = WORKDAYS[local.weekday()]
    if local.year <= 2026:
        free, named = chinese_calendar.get_holiday_detail(local.date())
        if free and named:
            kind = "holiday"
        elif not free and local.weekday() >= 5:
            kind = "monday"
    minute = local.hour * 60 + local.minute
    return any(start <= minute < end for start, end in schedule.days.get(kind, ()))


def controller_opens(level: Json, credential: str, door: int, utc: float) -> bool:
    """As a controller reads docs/acp1.md, "The table"."""
    schedules, holidays = dict(level["schedules"]), {day: kind for _, day, kind in level["holidays"]}
    minutes = int(utc) // 60 + level["zone"]
    day, minute = divmod(minutes, 1440)
    for _, known, start, until, mask, schedule, _flags in level["users"]:
        if known != credential or not mask >> (door - 1) & 1 or utc < start or 0 < until <= utc:
            continue
        words = schedules.get(schedule, [0] * 32)[4 * holidays.get(day, (day + 3) % 7) :]
        return not schedule or words[0] <= minute < words[1] or words[2] <= minute < words[3]
    return False


@settings(max_examples=2000 if SOAK else 40, deadline=None)
@given(days=weeks.filter(lambda days: any(days.values())), times=st.lists(moments, min_size=1, max_size=12))
def test_a_schedule_opens_at_a_controller_when_it_says_so(
    days: dict[str, tuple[tuple[int, int], ...]], times: list[float]
) -> None:
    house = Gatehouse()
    house.act(PutSchedule(MANAGER, Schedule("s", "", days)))
    house.put(permit(1, "u2", schedule="s", from_utc=START.utc + 7 * DAY))

    house.work()

    for utc in times:
        opens = controller_opens(house.wanted["u2"], hash_of(1), 1, utc)
        assert opens is may_open(house, hash_of(1), "u2/door1", utc), datetime.fromtimestamp(utc, SHANGHAI)


class Compound(RuleBasedStateMachine):
    """Days in the life of a property's office."""

    def __init__(self) -> None:
        super().__init__()
        self.house = Gatehouse()
        self.indices: dict[tuple[str, str], int] = {}
        self.holders: dict[tuple[str, int], tuple[str, float]] = {}
        for group in ("a", "b"):
            self.house.act(PutGroup(MANAGER, DoorGroup(group, "", ("gate/door1",))))

    def ask(self, act: PermitAct) -> None:
        before, disk = self.house.inside(), dict(self.house.disk)
        out = self.house.act(act)
        if any(isinstance(one, Refused) for one in out):
            assert (self.house.inside(), self.house.disk, len(out)) == (before, disk, 1)

    @rule(
        rows=st.lists(
            st.tuples(
                st.integers(0, CARDS - 1),
                st.integers(0, 3),
                st.lists(st.sampled_from(GROUPS), min_size=1, max_size=2, unique=True),
                st.sampled_from((ALWAYS, *SCHEDULES)),
                st.just(0.0) | hours,
                st.just(0.0) | hours,
            ),
            min_size=1,
            max_size=3,
        )
    )
    def put(self, rows: list[tuple[int, int, list[str], str, float, float]]) -> None:
        known = self.house.permits.schedules
        permits = tuple(
            permit(
                card,
                *groups,
                person=f"person {person}",
                household=f"b1-1-{person}",
                schedule=schedule if schedule in known else ALWAYS,
                from_utc=start,
                until_utc=until,
            )
            for card, person, groups, schedule, start, until in rows
        )
        self.ask(PutPermits(MANAGER, permits, ""))

    @rule(which=st.integers(0, 30), card=st.integers(0, CARDS - 1))
    def change_card(self, which: int, card: int) -> None:
        several = list(self.house.permits.permits.values())
        if several:
            one = several[which % len(several)]
            self.ask(
                PutPermits(
                    MANAGER, (permit(card, *one.groups, id=one.id, person=one.person, household=one.household),), ""
                )
            )

    @rule(which=st.lists(st.integers(0, 30), min_size=1, max_size=2), block=st.booleans())
    def revoke(self, which: list[int], *, block: bool) -> None:
        several = list(self.house.permits.permits)
        if several:
            self.ask(RevokePermits(MANAGER, tuple(several[one % len(several)] for one in which), "x", block))

    @rule(person=st.integers(0, 3))
    def move_out(self, person: int) -> None:
        self.ask(RevokeHousehold(MANAGER, f"b1-1-{person}", "x"))

    @rule(group=st.sampled_from(("a", "b")), doors=st.lists(st.sampled_from(ALL_DOORS), min_size=1, unique=True))
    def regroup(self, group: str, doors: list[str]) -> None:
        self.ask(PutGroup(MANAGER, DoorGroup(group, "", tuple(doors))))

    @rule(group=st.sampled_from(GROUPS))
    def ungroup(self, group: str) -> None:
        self.ask(DropGroup(MANAGER, group))

    @rule(schedule=st.sampled_from(SCHEDULES), days=weeks)
    def reschedule(self, schedule: str, days: dict[str, tuple[tuple[int, int], ...]]) -> None:
        self.ask(PutSchedule(MANAGER, Schedule(schedule, "", days)))

    @rule(schedule=st.sampled_from(SCHEDULES))
    def unschedule(self, schedule: str) -> None:
        self.ask(DropSchedule(MANAGER, schedule))

    @rule(days=st.sampled_from((0.5, 3, 31)))
    def pass_time(self, days: float) -> None:
        self.house.work()
        self.look_at_indices()
        for _ in range(int(days * 2)):  # far apart, as a house that slept: a wake is due each hour and sees all of it
            self.house._move(DAY / 2)
            self.house.keep(self.house.permits.wake(self.house.now))

    @rule()
    def crash(self) -> None:
        self.house.start()

    @rule()
    def restart_after_all_was_worked_out(self) -> None:
        self.house.work()
        before, wanted = self.house.inside(), dict(self.house.wanted)
        self.house.wanted.clear()

        self.house.start()
        self.house.work()

        assert self.house.wanted == wanted
        assert self.house.inside() == before

    @rule(utc=moments)
    def compare(self, utc: float) -> None:
        self.house.work()
        utc = max(utc, self.house.now.utc)
        for door in ALL_DOORS:
            device, _, part = door.partition("/door")
            level = self.house.wanted.get(device, {"users": [], "schedules": [], "holidays": [], "zone": 480})
            for card in range(CARDS):
                expected = may_open(self.house, hash_of(card), door, utc)
                assert controller_opens(level, hash_of(card), int(part), utc) is expected, (door, card, utc)

    @invariant()
    def look_at_indices(self) -> None:
        now = self.house.now.utc
        for device, level in self.house.wanted.items():
            state = self.house.permits.tables[device]
            assert table_sum(level) == state.wanted_sum or not state.current
            assert [user[0] for user in level["users"]] == sorted({user[0] for user in level["users"]})
            assert level["users"] or level["empty"]
            for index in (user[0] for user in level["users"]):
                one = self.house.permits.named(device, index, None)
                assert one is not None
                assert self.indices.setdefault((device, one.id), index) == index
                holder, last = self.holders.get((device, index), (one.id, now))
                assert holder == one.id or now - last >= REST_SECONDS
                self.holders[device, index] = (one.id, now)


Compound.TestCase.settings = settings(
    max_examples=1500 if SOAK else 20,
    stateful_step_count=40 if SOAK else 20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestWhatControllersAreToldIsWhatThePermitsSay = Compound.TestCase

"""Whatever happens, in whatever order: only tables that were wanted ever let people in, and in the end it is the last one."""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.contract import LineLost
from drivers.modbus.table import TableDuty
from simulator.table import COPY, EMPTY, Table, Window
from tests.drivers.modbus.one_unit import Wire, door_controller, door_unit, level

if TYPE_CHECKING:
    from simulator.controller import Controller

HISTORIES = 5_000 if os.environ.get("GRIDPOST_SOAK") == "1" else 100
QUIET_SECONDS = 3_000.0

Content: TypeAlias = tuple[int, dict[int, bytes], dict[int, bytes], dict[int, bytes]]


def meant(wanted: dict[str, Any]) -> Content:
    """What a bank holds once a level is reached, packed a second time on purpose."""
    return (
        wanted["version"],
        {index: bytes.fromhex(card) + struct.pack(">IIHHH", *rest) for index, card, *rest in wanted["users"]},
        {index: struct.pack(">32H", *words) for index, words in wanted["schedules"]},
        {index: struct.pack(">HH", day, kind) for index, day, kind in wanted["holidays"]},
    )


def shown(table: Table) -> Content:
    active = table.active
    return table.version, dict(active.users), dict(active.schedules), dict(active.holidays)


@dataclass
class House:
    """A compound of one controller, a gateway that can be killed, and another host that writes what it likes."""

    controller: Controller = field(default_factory=door_controller)
    allowed: list[Content] = field(default_factory=list)
    wanted: dict[str, Any] | None = None
    versions: int = 100

    def __post_init__(self) -> None:
        self.wire = Wire(self.controller, self.check)
        self.duty = self.process()

    def check(self) -> None:
        now = shown(self.wire.controller.table)
        assert now[0] == 0 or now in self.allowed, "a table lets people in that nobody wanted"

    def process(self) -> TableDuty:
        duty = TableDuty(door_unit(serial=None))
        duty.unit_back()
        if self.wanted is not None:
            duty.want(self.wanted)
        return duty

    # ------------------------------------------------------------ what may happen

    def want(self, users: dict[int, int], schedules: set[int], holidays: set[int], *, empty: bool) -> None:
        self.versions += 1
        self.wanted = level(self.versions, users.items(), schedules=schedules, holidays=holidays, empty=empty)
        if users or empty:
            self.allowed.append(meant(self.wanted))
        self.duty.want(self.wanted)

    def want_meanwhile(self, after: int, users: dict[int, int]) -> None:
        self.wire.meanwhile[len(self.wire.asked) + after] = lambda: self.want(users, set(), set(), empty=True)

    def run(self, steps: int) -> None:
        try:
            self.wire.run(self.duty, steps=steps)
        except LineLost:
            self.duty.unit_back()

    def befall(self, mishaps: list[str]) -> None:
        self.wire.mishaps += mishaps

    def kill(self) -> None:
        self.duty = self.process()

    def reboot(self) -> None:
        self.wire.controller.reboot(self.wire.now, 0.0)
        self.wire.controller.table.restart()
        self.duty.unit_back()

    def cut_power(self, after: int) -> None:
        self.wire.controller.table.power_fails_after = after

    def swap(self) -> None:
        self.wire.controller = door_controller()
        self.duty.unit_back()

    def corrupt(self, place: int) -> None:
        def change(reply: bytes) -> bytes:
            at = min(2 + place, len(reply) - 1)
            return reply[:at] + bytes((reply[at] ^ 0x10,)) + reply[at + 1 :]

        self.wire.changed[23] = change

    def other_begins(self, argument: int, *, same_version: bool) -> None:
        version = self.versions if same_version else 7
        self.wire.controller.table.power_fails_after = 100
        self.wire.controller.table.begin(argument, version)

    def other_writes(self, index: int, number: int) -> None:
        staged = self.wire.controller.table.staged
        if staged is not None:
            staged.put(Window.USERS.of(staged), index, number.to_bytes(8, "big") + bytes(14))

    def other_commits(self, index: int) -> None:
        table = self.wire.controller.table
        table.power_fails_after = 100
        table.begin(EMPTY, 5)
        self.other_writes(index, 99)
        assert table.staged is not None
        table.expected_sum = table.staged.sum()
        self.allowed.append((5, dict(table.staged.users), {}, {}))
        assert table.commit(0, 5)

    # ------------------------------------------------------------ how it ends

    def quiet(self) -> None:
        self.wire.mishaps.clear()
        self.wire.changed.clear()
        self.wire.meanwhile.clear()
        self.wire.controller.table.power_fails_after = 1_000_000
        self.wire.run(self.duty, seconds=QUIET_SECONDS)


few_users = st.dictionaries(st.integers(0, 9), st.integers(1, 4), max_size=10)
few = st.sets(st.integers(1, 4), max_size=3)
mishaps = st.lists(st.sampled_from(["", "", "lost", "mute", "line"]), max_size=12)

happenings = st.lists(
    st.one_of(
        st.tuples(st.just("want"), few_users, few, few, st.booleans()),
        st.tuples(st.just("run"), st.integers(1, 25)),
        st.tuples(st.just("run"), st.integers(1, 25)),
        st.tuples(st.just("befall"), mishaps),
        st.tuples(st.just("want_meanwhile"), st.integers(0, 12), few_users),
        st.tuples(st.just("kill")),
        st.tuples(st.just("reboot")),
        st.tuples(st.just("cut_power"), st.integers(0, 8)),
        st.tuples(st.just("swap")),
        st.tuples(st.just("corrupt"), st.integers(0, 30)),
        st.tuples(st.just("other_begins"), st.sampled_from([COPY, EMPTY]), st.booleans()),
        st.tuples(st.just("other_writes"), st.integers(0, 9), st.integers(0, 4)),
        st.tuples(st.just("other_commits"), st.integers(0, 9)),
    ),
    min_size=3,
    max_size=25,
)


@settings(max_examples=HISTORIES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(happenings)
def test_only_wanted_tables_ever_count_and_in_the_end_the_last_one(history: list[tuple[Any, ...]]) -> None:
    house = House()
    house.want({0: 1, 3: 2}, {1}, {2}, empty=False)

    for name, *arguments in history:
        if name in ("want", "other_begins"):
            *plain, flag = arguments
            keyword = "empty" if name == "want" else "same_version"
            getattr(house, name)(*plain, **{keyword: flag})
        else:
            getattr(house, name)(*arguments)
        house.check()
    before = shown(house.wire.controller.table)
    house.quiet()

    assert house.wanted is not None
    end = shown(house.wire.controller.table)
    if house.wanted["users"] or house.wanted["empty"]:
        assert end == meant(house.wanted)
    else:
        assert end == before or end in house.allowed

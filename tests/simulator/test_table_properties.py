"""Whatever is written, refused or cut off: the active table is always one that was committed."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from simulator.table import PowerFailed
from tests.simulator.box import T0, box, mailbox, result, send
from tests.simulator.tables import (
    ABORT,
    BEGIN,
    COMMIT,
    HOLIDAY,
    SCHEDULE,
    USER,
    expect,
    holiday,
    state,
    sum_of,
    user,
    week,
    window,
)

SOAK = os.environ.get("GRIDPOST_SOAK") == "1"

Content = tuple[dict[int, bytes], dict[int, bytes], dict[int, bytes]]

versions = st.sampled_from([1, 1, 1, 2, 0])
records = st.one_of(
    st.tuples(
        st.just(USER), st.sampled_from([0, 1, 9_999, 10_000]), st.builds(user, st.integers(0, 3), st.integers(0, 9))
    ),
    st.tuples(
        st.just(SCHEDULE),
        st.sampled_from([0, 1, 31]),
        st.builds(lambda end: week(day3=(0, end, 0, 0)), st.integers(0, 2)),
    ),
    st.tuples(
        st.just(HOLIDAY), st.sampled_from([0, 127, 128]), st.builds(holiday, st.integers(0, 2), st.integers(0, 8))
    ),
)


def nothing() -> Content:
    return {}, {}, {}


def copied(content: Content) -> Content:
    users, schedules, holidays = content
    return dict(users), dict(schedules), dict(holidays)


class AnyWriting(RuleBasedStateMachine):
    """A model of the table that knows only what the map says about it."""

    def __init__(self) -> None:
        super().__init__()
        self.box = box()
        self.id = 0
        self.active, self.version = nothing(), 0
        self.staged: Content | None = None
        self.staged_version = 0

    def sent(self, frame: bytes) -> int | None:
        """The first byte of the reply; None when the power failed and the controller has booted since."""
        try:
            return send(self.box, frame, T0)[0]
        except PowerFailed:
            self.box.reboot(T0, silent_seconds=0, cause=1)
            return None

    def ordered(self, opcode: int, argument: int, version: int) -> int | None:
        self.id = self.id + 1 & 0xFFFF
        reply = self.sent(mailbox(self.id, opcode, argument=argument, argument32=version))
        return None if reply is None else result(self.box, T0)[1]

    @rule(steps=st.integers(0, 4))
    def the_power_will_fail(self, steps: int) -> None:
        self.box.table.power_fails_after = steps

    @rule()
    def it_reboots(self) -> None:
        self.box.reboot(T0, silent_seconds=0)

    @rule(copy=st.booleans(), version=versions)
    def a_table_is_begun(self, copy: bool, version: int) -> None:  # noqa: FBT001 - hypothesis passes by name
        code = self.ordered(BEGIN, int(copy), version)

        assert code in (None, 0 if version else 2)
        if code is None:
            held = state(self.box, T0)[3]
            assert not held or self.staged is not None
            if not held:
                self.staged = None
        elif code == 0:
            self.staged, self.staged_version = copied(self.active) if copy else nothing(), version

    @rule(record=records, right=st.booleans())
    def a_window_is_written(self, record: tuple[int, int, bytes], right: bool) -> None:  # noqa: FBT001 - as above
        address, index, words = record
        good = window(address, index, words)
        reply = self.sent(good if right else good[:-1] + bytes((good[-1] ^ 1,)))

        first, last = {USER: (0, 9_999), SCHEDULE: (1, 31), HOLIDAY: (0, 127)}[address]
        fits = right and first <= index <= last and not (address == HOLIDAY and words[3] > 7)
        if self.staged is None or not fits:
            assert reply == 0x90
        elif reply is not None:
            assert reply == 16
            kind = (USER, SCHEDULE, HOLIDAY).index(address)
            key = words[:8] if address == USER else words if address == SCHEDULE else words[:2]
            if any(key):
                self.staged[kind][index] = words
            else:
                self.staged[kind].pop(index, None)

    @rule(version=versions, right=st.booleans(), empty=st.sampled_from([0, 0xE0FF]))
    def a_commit_comes(self, version: int, right: bool, empty: int) -> None:  # noqa: FBT001 - as above
        meant = sum_of(*self.staged) if self.staged else 0
        expect(self.box, meant if right else meant ^ 1, T0)

        code = self.ordered(COMMIT, empty, version)

        staged = self.staged
        may = staged is not None and right and version == self.staged_version and (staged[0] or empty)
        assert code in (None, 0 if may else 2)
        if code == 0 and staged is not None:
            self.active, self.version, self.staged = staged, version, None

    @rule(steps=st.sampled_from([None, 0, 1, 2, 3]), right=st.booleans(), who=st.integers(1, 3))
    def a_table_is_written_and_committed(self, steps: int | None, right: bool, who: int) -> None:  # noqa: FBT001 - as above
        if steps is not None:
            self.box.table.power_fails_after = steps
        self.a_table_is_begun(copy=True, version=1)
        self.a_window_is_written((USER, 0, user(who)), right=True)
        self.a_commit_comes(1, right=right, empty=0)

    @rule()
    def it_is_given_up(self) -> None:
        if self.ordered(ABORT, 0, 0) == 0:
            self.staged = None

    @invariant()
    def the_active_table_is_the_last_committed_one(self) -> None:
        assert state(self.box, T0)[:3] == (self.version, sum_of(*self.active), len(self.active[0]))

    @invariant()
    def the_staged_table_is_what_was_written_since_its_begin(self) -> None:
        held = state(self.box, T0)[3:6]
        if self.staged is None:
            assert held == (0, 0, 0)
        else:
            assert held == (1, self.staged_version, sum_of(*self.staged))


AnyWriting.TestCase.settings = settings(
    max_examples=600 if SOAK else 40,
    stateful_step_count=60 if SOAK else 25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestAnyWriting = AnyWriting.TestCase

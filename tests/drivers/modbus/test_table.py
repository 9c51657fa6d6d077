from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from drivers.contract import LineLost, Sample
from drivers.modbus.plan import PERMIT_POINTS
from drivers.modbus.table import LOOK_AGAIN_SECONDS, TRY_AGAIN_SECONDS, TableDuty
from drivers.permit_table import table_sum
from tests.drivers.modbus.one_unit import SERIAL, Wire, door_controller, door_unit, ended, level

if TYPE_CHECKING:
    from simulator.controller import Controller

READ_WRITE = 23
USER_WINDOW = 0x2000
MAILBOX = 0x0400
BEGIN, COMMIT = 5, 6


class Bench:
    """A controller, a wire and the duty of a gateway process."""

    def __init__(self, controller: Controller | None = None, serial: int | None = SERIAL) -> None:
        self.controller = controller or door_controller()
        self.wire = Wire(self.controller)
        self.serial = serial
        self.duty = self.process()

    def process(self) -> TableDuty:
        """A gateway that starts anew: all that it knew is lost."""
        self.duty = TableDuty(door_unit(self.serial))
        self.duty.unit_back()
        return self.duty

    def want(self, wanted: dict[str, Any] | None) -> None:
        self.duty.want(wanted)

    def reach(self, wanted: dict[str, Any]) -> None:
        self.duty.want(wanted)
        self.wire.run(self.duty)
        assert self.active == (wanted["version"], table_sum(wanted))
        self.wire.asked.clear()

    @property
    def active(self) -> tuple[int, int]:
        return self.controller.table.version, self.controller.table.active.sum()

    @property
    def told(self) -> dict[str, Any]:
        """The last thing said of the table."""
        sample = self.wire.recording.reports[-1]
        assert isinstance(sample, Sample)
        return dict(zip((point.key for point in PERMIT_POINTS), sample.values, strict=True))

    def writes(self, address: int) -> list[bytes]:
        """What function 23 wrote there."""
        head = address.to_bytes(2, "big")
        return [pdu[10:] for pdu in self.wire.asked if pdu[0] == READ_WRITE and pdu[5:7] == head]


FULL = level(7, [(0, 11), (1, 22), (5, 55)], schedules=[1, 3], holidays=[0])


def test_a_new_controller_gets_the_whole_table_and_shows_it() -> None:
    bench = Bench()

    bench.reach(FULL)

    assert sorted(bench.controller.table.active.users) == [0, 1, 5]
    assert sorted(bench.controller.table.active.schedules) == [1, 3]
    assert bench.told == {
        "permits_version": 7, "permits_sum": table_sum(FULL), "permits_users": 3,
        "permits_left": 0, "permits_total": 0, "permits_state": "current",
    }  # fmt: skip
    assert bench.duty.numbers() == {"permits_written": 6, "permits_begun": 1, "permits_committed": 1}


def test_one_changed_permit_costs_a_handful_of_transactions() -> None:
    bench = Bench(serial=None)
    bench.reach(FULL)

    bench.want(level(8, [(0, 11), (1, 23), (5, 55)], schedules=[1, 3], holidays=[0]))
    bench.wire.run(bench.duty)

    # look, begin a copy, write, prove, commit, look
    assert bench.wire.functions() == [4, 23, 23, 23, 23, 4]
    assert bench.told["permits_state"] == "current"


def test_a_permit_that_is_taken_away_is_emptied_in_a_copy() -> None:
    bench = Bench()
    bench.reach(FULL)

    bench.want(level(8, [(0, 11), (5, 55)], schedules=[1, 3], holidays=[0]))
    bench.wire.run(bench.duty)

    assert len(bench.writes(USER_WINDOW)) == 1
    assert sorted(bench.controller.table.active.users) == [0, 5]


def test_a_table_that_is_there_is_only_looked_at_and_again_after_a_while() -> None:
    bench = Bench()
    bench.reach(FULL)
    bench.process()

    bench.want(FULL)
    bench.wire.run(bench.duty, seconds=LOOK_AGAIN_SECONDS - 10)
    after_start = len(bench.wire.asked)
    bench.wire.run(bench.duty, seconds=20)

    assert (after_start, len(bench.wire.asked)) == (3, 4)
    assert not bench.writes(MAILBOX)


def test_a_new_version_of_the_same_records_writes_none_of_them() -> None:
    bench = Bench()
    bench.reach(FULL)

    bench.want({**FULL, "version": 8})
    bench.wire.run(bench.duty)

    assert bench.active == (8, table_sum(FULL))
    assert not bench.writes(USER_WINDOW)


def test_a_table_without_users_is_not_written_unless_it_is_meant() -> None:
    bench = Bench()
    bench.reach(FULL)

    bench.want(level(8))
    bench.wire.run(bench.duty)
    refused = bench.told["permits_state"]
    bench.want(level(9, empty=True))
    bench.wire.run(bench.duty)

    assert refused == "the wanted table has no users, and nobody said that this is meant"
    assert bench.active == (9, 0)
    assert bench.controller.table.active.users == {}


@pytest.mark.parametrize(
    "users", [[(0, 1), (10_000, 2)], [(index, index + 1) for index in range(10_001)]], ids=["index", "count"]
)
def test_a_table_that_does_not_fit_is_not_begun(users: list[tuple[int, int]]) -> None:
    bench = Bench()

    bench.want(level(8, users))
    bench.wire.run(bench.duty)

    assert bench.told["permits_state"].startswith("the controller has room for 10000 users; wanted are ")
    assert not bench.writes(MAILBOX)


def test_the_zone_is_put_right_before_the_table_counts() -> None:
    bench = Bench()
    bench.controller.zone_minutes = 540

    bench.reach(FULL)

    assert bench.controller.zone_minutes == 480


def test_the_zone_of_a_unit_that_is_back_is_looked_at_again() -> None:
    bench = Bench()
    bench.reach(FULL)
    bench.controller.zone_minutes = 540

    bench.duty.unit_back()
    bench.wire.run(bench.duty)

    assert bench.controller.zone_minutes == 480


def test_progress_is_told_once_a_second_and_the_same_values_are_the_same_object() -> None:
    bench = Bench()
    big = level(3, [(index, index + 1) for index in range(200)])

    bench.want(big)
    bench.wire.run(bench.duty, seconds=LOOK_AGAIN_SECONDS + 60)

    told = [report.values for report in bench.wire.recording.reports if isinstance(report, Sample)]
    assert [values[3:] for values in told[:3]] == [(200, 200, "writing"), (181, 200, "writing"), (161, 200, "writing")]
    assert told[-1][3:] == (0, 0, "current")
    assert told[-1] is told[-2]
    assert len(told) == 12


def test_nothing_is_begun_at_a_controller_with_another_serial_number() -> None:
    bench = Bench(door_controller(serial=999))

    bench.want(FULL)
    bench.wire.run(bench.duty)

    assert bench.active == (0, 0)
    assert not bench.writes(MAILBOX)
    assert bench.duty.unit.mistaken is not None


# ------------------------------------------------------------------ going on


@pytest.mark.parametrize("mishap", ["lost", "mute"])
@pytest.mark.parametrize("place", range(14))
def test_a_lost_request_or_answer_at_any_step_changes_nothing(place: int, mishap: str) -> None:
    bench = Bench()
    bench.wire.mishaps = [""] * place + [mishap]

    bench.reach(FULL)

    assert bench.duty.numbers()["permits_begun"] <= 2
    assert bench.duty.numbers()["permits_written"] <= 7


@pytest.mark.parametrize("place", range(14))
def test_a_line_that_goes_at_any_step_is_gone_on_with_where_it_was(place: int) -> None:
    bench = Bench()
    bench.wire.mishaps = [""] * place + ["line"]
    bench.want(FULL)

    with pytest.raises(LineLost):
        bench.wire.run(bench.duty)
    bench.duty.unit_back()
    bench.wire.run(bench.duty)

    assert bench.active == (7, table_sum(FULL))
    assert bench.duty.numbers()["permits_begun"] == 1
    assert bench.duty.numbers()["permits_written"] == 6


@pytest.mark.parametrize("steps", range(2, 13))
def test_a_gateway_that_is_killed_at_any_step_goes_on_where_it_was(steps: int) -> None:
    bench = Bench()
    bench.want(FULL)
    bench.wire.run(bench.duty, steps=steps)
    before = len(bench.writes(USER_WINDOW))
    bench.process()

    bench.reach(FULL)

    assert bench.duty.numbers()["permits_begun"] == (0 if steps > 2 else 1)
    assert before + bench.duty.numbers()["permits_written"] <= 9


def test_a_change_over_a_copy_is_gone_on_with_by_another_process_that_knows_what_was_there() -> None:
    bench = Bench()
    bench.reach(FULL)
    then = level(8, [(0, 1), (1, 2), (5, 3), (6, 4)], schedules=[1, 3], holidays=[0])
    bench.want(then)
    bench.wire.run(bench.duty, steps=4)  # look, begin, two records
    bench.process()

    bench.want(FULL)
    bench.reach(then)

    assert bench.duty.numbers() == {"permits_written": 2, "permits_begun": 0, "permits_committed": 1}


def test_a_controller_that_starts_anew_keeps_what_was_written() -> None:
    bench = Bench()
    bench.want(FULL)
    bench.wire.run(bench.duty, steps=6)
    bench.controller.reboot(bench.wire.now, 0.0)
    bench.duty.unit_back()

    bench.reach(FULL)

    assert bench.duty.numbers() == {"permits_written": 6, "permits_begun": 1, "permits_committed": 1}


def test_the_expected_sum_that_a_reboot_forgot_is_said_again() -> None:
    bench = Bench()
    bench.want(FULL)
    bench.wire.run(bench.duty, steps=10)  # look, survey, begin, six records, prove
    bench.controller.table.restart()

    bench.wire.run(bench.duty)

    assert bench.active == (7, table_sum(FULL))


# ------------------------------------------------------------------ another wish in the middle

LONG = level(7, [(index, index + 1) for index in range(100)])


def test_a_table_that_is_nearly_there_is_finished_before_the_next_is_begun() -> None:
    bench = Bench()
    bench.want(LONG)
    bench.wire.run(bench.duty, steps=90)

    bench.reach(level(8, [(index, index + 1) for index in range(101)]))

    assert bench.duty.numbers() == {"permits_written": 101, "permits_begun": 2, "permits_committed": 2}


def test_a_table_that_has_hardly_begun_gives_way_to_the_next() -> None:
    bench = Bench()
    bench.want(LONG)
    bench.wire.run(bench.duty, steps=6)

    bench.reach(level(8, [(index, index + 1) for index in range(101)]))

    assert bench.duty.numbers() == {"permits_written": 104, "permits_begun": 2, "permits_committed": 1}


def test_wishes_that_never_cease_do_not_keep_a_long_table_from_being_finished() -> None:
    bench = Bench()
    committed = 0.0
    for version in range(7, 40):
        bench.want(level(version, [(index, index + version) for index in range(version, 100 + version)]))
        bench.wire.run(bench.duty, steps=20)
        committed = bench.duty.numbers()["permits_committed"]

    assert committed >= 1


@pytest.mark.parametrize("place", range(15))
def test_a_wish_that_comes_while_an_answer_is_on_its_way_is_reached(place: int) -> None:
    bench = Bench()
    then = level(8, [(4, 44), (5, 55)])
    bench.wire.meanwhile[place] = lambda: bench.want(then)
    bench.want(FULL)

    bench.wire.run(bench.duty)

    assert bench.active == (8, table_sum(then))


def test_what_was_wanted_before_the_controller_was_heard_tells_what_it_holds() -> None:
    bench = Bench()
    bench.reach(LONG)
    bench.process()

    bench.want(LONG)
    bench.want(level(8, [(index, index + 1) for index in range(101)]))
    bench.wire.run(bench.duty)

    assert bench.duty.numbers() == {"permits_written": 1, "permits_begun": 1, "permits_committed": 1}


def test_nothing_wanted_leaves_the_table_as_it_is() -> None:
    bench = Bench()
    bench.reach(FULL)

    bench.want(None)
    bench.wire.run(bench.duty)

    assert bench.active == (7, table_sum(FULL))
    assert bench.told["permits_state"] == "unknown"


# ------------------------------------------------------------------ what goes wrong


def test_another_host_that_commits_its_own_table_is_written_over() -> None:
    bench = Bench()
    bench.reach(FULL)
    other = Bench(bench.controller)
    other.reach(level(3, [(9, 9)]))

    bench.wire.run(bench.duty, seconds=LOOK_AGAIN_SECONDS + 60)

    assert bench.active == (7, table_sum(FULL))


def test_a_record_of_another_host_in_the_staged_bank_is_never_committed() -> None:
    bench = Bench()
    bench.want(LONG)
    bench.wire.run(bench.duty, steps=20)
    table = bench.controller.table
    assert table.staged is not None
    table.staged.put(table.staged.users, 3, bytes(range(22)))

    bench.wire.run(bench.duty, steps=83)
    assert bench.active == (0, 0)
    bench.wire.run(bench.duty)

    assert bench.active == (7, table_sum(LONG))
    assert [int.from_bytes(mail[2:4], "big") for mail in bench.writes(MAILBOX)] == [BEGIN, BEGIN, COMMIT]


def test_a_controller_whose_sum_never_fits_is_left_in_peace_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()
    bench.want(FULL)
    monkeypatch.setattr("simulator.bank.Bank.sum", lambda _bank: 4711)

    bench.wire.run(bench.duty, seconds=10)
    begun = bench.duty.numbers()["permits_begun"]
    asked = len(bench.wire.asked)
    bench.wire.run(bench.duty, seconds=TRY_AGAIN_SECONDS - 20)

    assert begun == 3
    assert bench.told["permits_state"].startswith("begun 3 times and never became the wanted one")
    assert len(bench.wire.asked) == asked


def test_a_record_that_is_not_kept_as_written_is_said() -> None:
    bench = Bench()
    bench.want(FULL)
    bench.wire.run(bench.duty, steps=4)
    for _ in range(3):
        bench.wire.changed = {READ_WRITE: lambda reply: reply[:-3] + b"\1" + reply[-2:]}
        ended(bench.duty.step(bench.wire, bench.wire.now))

    assert bench.told["permits_state"] == "the controller does not keep users 1 as it was written"


@pytest.mark.parametrize(
    ("result", "what", "state"),
    [
        (2, 5, "the controller refuses to begin the table: bad argument"),
        (3, 6, "the controller refuses to commit the table: refused"),
        (9, 6, "the controller refuses to commit the table: 9"),
    ],
)
def test_a_refusal_of_the_mailbox_is_said_in_words(
    monkeypatch: pytest.MonkeyPatch, result: int, what: int, state: str
) -> None:
    bench = Bench()
    real = bench.controller.mailbox.take

    def take(frame: bytes, controller: Controller, now: float) -> None:
        if frame[3] == what:
            bench.controller.mailbox.last_id = int.from_bytes(frame[:2], "big")
            bench.controller.mailbox.result = result  # type: ignore[assignment]  # one that the map does not have
        else:
            real(frame, controller, now)

    monkeypatch.setattr("simulator.mailbox.Mailbox.take", lambda _mailbox, *said: take(*said))
    bench.want(FULL)
    bench.wire.run(bench.duty, seconds=10)

    assert bench.told["permits_state"] == state
    assert bench.active == (0, 0)


def test_an_id_that_was_used_before_is_followed_by_the_next() -> None:
    bench = Bench()
    bench.reach(FULL)
    bench.process()

    bench.reach({**FULL, "version": 8})
    bench.process()
    bench.reach({**FULL, "version": 9})

    assert bench.active[0] == 9


@pytest.mark.parametrize(
    ("code", "state"),
    [
        (1, "the controller has no table of permits"),
        (2, "the controller has no table of permits"),
        (4, "the controller refuses what is written: device failure"),
    ],
)
def test_an_exception_is_said_in_words(monkeypatch: pytest.MonkeyPatch, code: int, state: str) -> None:
    bench = Bench()
    monkeypatch.setattr("tests.drivers.modbus.one_unit.answer", lambda _c, pdu, _n: bytes((pdu[0] | 0x80, code)))

    bench.want(FULL)
    bench.wire.run(bench.duty, seconds=10)

    assert bench.told["permits_state"] == state


def test_a_busy_controller_is_asked_again() -> None:
    bench = Bench()
    bench.wire.changed = {READ_WRITE: lambda _: bytes((READ_WRITE | 0x80, 6)), 4: lambda _: bytes((0x84, 5))}

    bench.reach(FULL)

    assert bench.told["permits_state"] == "current"


def test_a_table_that_the_controller_calls_damaged_is_looked_at_at_once() -> None:
    bench = Bench()
    bench.reach(FULL)
    bench.controller.table.active.users.pop(0)
    bench.controller.table.active._sum = None
    poll = next(poll for poll in bench.duty.unit.polls if "user_table_bad" in poll.keys)
    seen = tuple(key == "user_table_bad" for key in poll.keys)
    bench.wire.now += TRY_AGAIN_SECONDS + 1

    bench.duty.saw(poll, tuple(False for _ in seen), bench.wire.now)
    quiet = bench.duty.due > bench.wire.now
    bench.duty.saw(poll, seen, bench.wire.now)
    bench.wire.run(bench.duty, seconds=5)

    assert quiet
    assert bench.active == (7, table_sum(FULL))

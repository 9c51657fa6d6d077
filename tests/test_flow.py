"""The order of the road: judge, commit, release; and what goes out when the disk does not play along."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import threading
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from drivers.contract import (
    CHARGING_OFF,
    Command,
    Device,
    DeviceEvent,
    Fault,
    Group,
    Kind,
    Link,
    LinkChanged,
    Point,
    Quality,
    Question,
    Result,
    Sample,
    Value,
    WantedState,
)
from drivers.contract import Outcome as Ending
from gateway import flow as flow_module
from gateway.actor import Actor, Role
from gateway.collect.clock import Clock
from gateway.decide.judge import Judge
from gateway.decide.rules import Rule
from gateway.deliver.commands import Commands
from gateway.flow import Flow
from gateway.keep import journal as journal_module
from gateway.keep.journal import Journal, JournalBroken
from gateway.keep.latest import Latest
from gateway.keep.telemetry import Telemetry
from gateway.model import (
    AckAlarm,
    AlarmChanged,
    AskCommand,
    Ended,
    Input,
    LinkSaid,
    Now,
    Outcome,
    Place,
    Priority,
    Send,
    StaleSaid,
    Want,
)
from gateway.numbers import Numbers
from tests.decide.bench_of_rules import STAFF, rules

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from pathlib import Path

FORCED = Rule("forced", Priority.P2)
FIRE = Rule("fire", Priority.P1)
MANAGER = Actor("u9", "赵经理", Role.MANAGER)
DEVICES = [Device(name, "toy", (Group((Point("p", Kind.BOOLEAN),), 1.0),)) for name in ("d1", "d2")]


@dataclass
class Ears:
    """An audience that remembers, with what was on disk when it heard."""

    folder: Path
    heard: list[tuple[Outcome, int | None]] = field(default_factory=list)
    on_disk: list[int] = field(default_factory=list)
    changes: list[tuple[str, tuple[int, ...] | None]] = field(default_factory=list)

    def values(self, device: str, _group: int, changed: tuple[int, ...] | None) -> None:
        self.changes.append((device, changed))

    def tell(self, outcome: Outcome, seq: int | None) -> None:
        self.heard.append((outcome, seq))
        with sqlite3.connect(self.folder / "journal.db") as reader:
            self.on_disk.append(reader.execute("SELECT coalesce(max(seq), 0) FROM log").fetchone()[0])
        reader.close()

    def alarms(self) -> list[tuple[str, int | None]]:
        return [(o.alarm.rule, seq) for o, seq in self.heard if isinstance(o, AlarmChanged) and o.announce]


@dataclass
class Notebook:
    """History as the road sees it."""

    written: list[tuple[str, object]] = field(default_factory=list)

    def record(
        self, device: str, _group: int, values: tuple[Value, ...], _faults: tuple[Fault | None, ...] | None, _utc: float
    ) -> None:
        self.written.append((device, values))

    def quiet(self, device: str, _group: int, _utc: float) -> None:
        self.written.append((device, "quiet"))


class Hand:
    """A driver that confirms what it is told."""

    def __init__(self) -> None:
        self.performed: list[Command] = []
        self.wanted: list[tuple[str, WantedState]] = []

    async def perform(self, command: Command) -> Result:
        self.performed.append(command)
        return Result(Ending.DONE, {"p": True})

    def want(self, device: str, state: WantedState) -> None:
        self.wanted.append((device, state))


@dataclass
class Road:
    """What stands beside the road: an outbox that takes lines and is slow to settle, and outlets that count records."""

    lines: list[bytes] = field(default_factory=list)
    settling: asyncio.Event = field(default_factory=asyncio.Event)
    records: int = 0
    recorded_late: list[tuple[str, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.settling.set()

    def append(self, line: bytes, _points: int, _utc_ns: int) -> None:
        self.lines.append(line)

    async def settled(self) -> None:
        await self.settling.wait()

    def records_came(self) -> None:
        self.records += 1


@dataclass
class House:
    flow: Flow
    road: Road
    journal: Journal
    ears: Ears
    notebook: Notebook
    hand: Hand
    latest: Latest

    def sample(self, *, value: bool) -> None:
        self.flow.report(Sample("d1", 0, (value,), None, Clock()().boottime_ns))


@asynccontextmanager
async def house(folder: Path, rule: Rule = FORCED) -> AsyncIterator[House]:
    clock = Clock(lambda: True)
    async with Journal.open(folder, clock()) as journal:
        ears, notebook, hand, latest, commands = Ears(folder), Notebook(), Hand(), Latest(), Commands()
        latest.adopt("l1", DEVICES)
        commands.adopt(hand, ["d1", "d2"])  # type: ignore[arg-type] # what Commands needs of a driver
        the_rules, road = rules(rule), Road()
        telemetry = Telemetry(road, Numbers(), compound="c", simulated=False, every_reading=False)
        telemetry.adopt(DEVICES, lambda _device: Place("b1", grid="g1"))
        flow = Flow(
            judge=Judge(the_rules, journal.remembered(), clock()),
            latest=latest,
            journal=journal,
            history=notebook,  # type: ignore[arg-type] # what the road needs of a history
            telemetry=telemetry,
            records_came=road.records_came,
            recorded_late=lambda told, seq: road.recorded_late.append((told.alarm.rule, seq)),
            settled=road.settled,
            commands=commands,
            audience=[ears],
            numbers=Numbers(),
            clock=clock,
        )
        try:
            yield House(flow, road, journal, ears, notebook, hand, latest)
        finally:
            flow.stop()


async def until(so: object, seconds: float = 5.0) -> None:
    """Wait until a condition holds."""
    assert callable(so)
    async with asyncio.timeout(seconds):
        while not so():
            await asyncio.sleep(0.002)


async def test_nobody_is_told_before_it_is_on_disk(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        at.sample(value=True)
        assert at.ears.heard == []

        await until(at.ears.alarms)

    ((rule, seq),) = at.ears.alarms()
    assert rule == "forced"
    assert seq is not None
    assert all(told[1] is None or told[1] <= disk for told, disk in zip(at.ears.heard, at.ears.on_disk, strict=True))


async def test_an_unchanged_answer_reaches_nobody(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        values = (False,)
        for stamp in (1, 2, 3):
            at.flow.report(Sample("d1", 0, values, None, stamp))

        assert at.ears.changes == [("d1", (0,))]
        assert at.notebook.written == [("d1", values)]
        assert at.latest.held("d1", 0).received_ns == 3


async def test_an_equal_answer_in_another_object_reaches_nobody_either(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        at.flow.report(Sample("d1", 0, (False,), None, 1))
        at.flow.report(Sample("d1", 0, (False,), None, 2))

        assert at.ears.changes == [("d1", (0,))]


async def test_a_p1_whose_commit_takes_a_second_goes_out_unrecorded_and_only_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = threading.Event()
    real = journal_module.commit
    monkeypatch.setattr(flow_module, "PATIENCE_SECONDS", 0.05)
    async with house(tmp_path, FIRE) as at:
        monkeypatch.setattr(journal_module, "commit", lambda connection: (slow.wait(5), real(connection)))
        at.sample(value=True)
        await until(at.ears.alarms)
        told_early = at.ears.alarms()
        slow.set()
        await at.flow.keep([], {})

        assert told_early == [("fire", None)]
        assert at.ears.alarms() == [("fire", None)]
        assert at.road.recorded_late == [("fire", 2)]


async def test_many_p1s_that_went_out_early_are_not_compared_with_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, real = threading.Event(), journal_module.commit
    monkeypatch.setattr(flow_module, "PATIENCE_SECONDS", 0.05)
    async with house(tmp_path, FIRE) as at:
        monkeypatch.setattr(journal_module, "commit", lambda connection: (slow.wait(5), real(connection)))
        monkeypatch.setattr(AlarmChanged, "__eq__", lambda *_: pytest.fail("a storm of them would stop the loop"))
        at.sample(value=True)
        await until(at.ears.alarms)
        [first] = [outcome for outcome, _ in at.ears.heard if isinstance(outcome, AlarmChanged)]
        others = tuple(replace(first, alarm=replace(first.alarm, number=number)) for number in range(2, 5))
        at.flow._walk(others, Clock()())
        await until(lambda: len(at.ears.alarms()) == 4)
        slow.set()
        await at.flow.keep([], {})

        assert not at.flow.broken.done()
        assert [seq for _, seq in at.road.recorded_late] == [2, 3, 4, 5]


async def test_a_lesser_alarm_waits_for_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = threading.Event()
    real = journal_module.commit
    monkeypatch.setattr(flow_module, "PATIENCE_SECONDS", 0.01)
    async with house(tmp_path, FORCED) as at:
        monkeypatch.setattr(journal_module, "commit", lambda connection: (slow.wait(5), real(connection)))
        at.sample(value=True)
        await asyncio.sleep(0.1)
        told_early = at.ears.alarms()
        slow.set()
        await until(at.ears.alarms)

        assert told_early == []


async def test_a_failed_commit_lets_the_p1_out_says_so_and_ends_the_road(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_connection: sqlite3.Connection) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    async with house(tmp_path, FIRE) as at:
        monkeypatch.setattr(journal_module, "commit", full)
        at.sample(value=True)
        await until(at.flow.broken.done)

        assert at.ears.alarms() == [("fire", None), ("journal_failed", None)]
        assert isinstance(at.flow.broken.exception(), JournalBroken)


async def test_whoever_asks_for_something_while_the_disk_fails_is_told_that_nobody_knows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_connection: sqlite3.Connection) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    async with house(tmp_path, FIRE) as at:
        at.sample(value=True)
        await until(at.ears.alarms)
        monkeypatch.setattr(journal_module, "commit", full)

        with pytest.raises(TimeoutError, match="the disk failed"):
            await at.flow.act(AckAlarm(STAFF, 1))

        assert isinstance(at.flow.broken.exception(), JournalBroken)


async def test_keep_returns_only_after_the_commit_with_events_and_cursor_together(tmp_path: Path) -> None:
    event = DeviceEvent("d1", "e1", 7, "granted", {"door": 1}, 1)
    async with house(tmp_path) as at:
        await at.flow.keep([event], {"d1": {"next": 8}})

        with sqlite3.connect(tmp_path / "journal.db") as reader:
            kept = reader.execute("SELECT device, epoch, sequence FROM events").fetchall()
            cursor = reader.execute("SELECT cursor FROM cursors").fetchall()
        reader.close()
        assert kept == [("d1", "e1", 7)]
        assert cursor == [('{"next":8}',)]
        assert at.flow.cursor("d1") == {"next": 8}


async def test_an_event_that_comes_again_is_kept_and_counted_once(tmp_path: Path) -> None:
    event = DeviceEvent("d1", "e1", 7, "granted", {}, 1)
    async with house(tmp_path) as at:
        await asyncio.gather(at.flow.keep([event, event], {}), at.flow.keep([event], {}))

        rows = await _log(at.journal, "event")
        assert len(rows) == 1


async def test_too_many_records_in_one_call_are_refused(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        events = [DeviceEvent("d1", "e1", n, "granted", {}, 1) for n in range(201)]

        with pytest.raises(ValueError, match="201 records in one call, at most 200"):
            await at.flow.keep(events, {})


async def test_a_question_is_answered_and_journalled(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        answer = await at.flow.ask(Question("d1", "authorize", {"who": "7f3a"}, 1))

        rows = await _log(at.journal, "answer")
        assert not answer.allowed
        assert len(rows) == 1


async def test_taking_an_alarm_is_on_disk_when_the_answer_comes(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        at.sample(value=True)
        await until(at.ears.alarms)

        outcomes = await at.flow.act(AckAlarm(STAFF, 1))

        (changed,) = [o for o in outcomes if isinstance(o, AlarmChanged)]
        assert changed.alarm.acked_by == "王芳"
        rows = await _log(at.journal, "alarm")
        assert [row["change"] for row in rows] == ["raised", "acked"]


async def test_a_command_is_on_disk_before_it_is_sent_and_its_result_after(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        outcomes = await at.flow.act(AskCommand(MANAGER, "d1", "unlock", {}, "courier"))

        (ended,) = [o for o in outcomes if isinstance(o, Ended)]
        assert ended.result == Result(Ending.DONE, {"p": True})
        assert [command.name for command in at.hand.performed] == ["unlock"]
        with sqlite3.connect(tmp_path / "journal.db") as reader:
            assert reader.execute("SELECT outcome FROM commands").fetchall() == [("done",)]
            by_id = (
                "SELECT kind, json_extract(body, '$.by_id') FROM log WHERE kind IN ('command', 'result') ORDER BY seq"
            )
            assert reader.execute(by_id).fetchall() == [("command", MANAGER.id), ("result", MANAGER.id)]
        reader.close()


async def test_a_lost_device_is_shown_as_lost_with_a_gap_in_its_history(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        at.flow.report(LinkChanged("d1", Link.UP, "", 1))
        at.sample(value=False)
        at.flow.report(LinkChanged("d1", Link.LOST, "three answers missed", 2))
        await at.flow.keep([], {})

        assert at.latest.devices["d1"].link is Link.LOST
        assert at.latest.held("d1", 0).stale
        assert at.notebook.written == [("d1", (False,)), ("d1", "quiet")]
        said = [o for o, _ in at.ears.heard if isinstance(o, LinkSaid | StaleSaid)]
        assert [type(o).__name__ for o in said] == ["LinkSaid", "LinkSaid", "StaleSaid"]


async def test_the_same_values_after_a_silence_are_written_to_history_again(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        values = (False,)
        at.flow.report(Sample("d1", 0, values, None, 1))
        at.flow.report(LinkChanged("d1", Link.LOST, "", 2))
        at.flow.report(Sample("d1", 0, values, None, 3))

        assert at.notebook.written == [("d1", values), ("d1", "quiet"), ("d1", values)]
        assert not at.latest.held("d1", 0).stale


async def test_a_bad_value_counts_as_a_change(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        at.sample(value=False)
        at.flow.report(Sample("d1", 0, (None,), (Fault(Quality.BAD, "out of range"),), 2))

        assert at.ears.changes == [("d1", (0,)), ("d1", (0,))]


async def _log(journal: Journal, kind: str) -> Sequence[Mapping[str, object]]:
    reader = journal.reader()
    try:
        return [row.body for row in await reader.log(0, 100, kind)]
    finally:
        reader.close()


async def test_what_is_told_goes_to_outbox_and_history_and_what_is_not_goes_to_neither(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        at.sample(value=False)
        at.sample(value=False)
        at.sample(value=True)

    assert [line.split(b" ")[1][:3] for line in at.road.lines] == [b"p=f", b"p=t"]
    assert at.notebook.written == [("d1", (False,)), ("d1", (True,))]


async def test_a_kept_sample_has_its_consequence_at_once_and_its_cursor_when_its_batch_is_on_disk(
    tmp_path: Path,
) -> None:
    async with house(tmp_path) as at:
        at.road.settling.clear()
        sample = Sample("d1", 0, (True,), None, Clock()().boottime_ns)

        keeping = asyncio.create_task(at.flow.keep([sample], {"d1": 7}))
        await until(at.ears.alarms)

        assert at.flow.cursor("d1") is None
        assert not keeping.done()
        at.road.settling.set()
        await keeping
        assert at.flow.cursor("d1") == 7


async def test_outlets_hear_of_new_rows_and_of_device_events_that_have_no_other_consequence(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        at.flow.start(rules(FORCED))
        await at.flow.keep([], {"d1": 1})
        before = at.road.records

        await at.flow.keep([DeviceEvent("d1", "e", 1, "card", {}, 1)], {"d1": 2})

    assert at.road.records == before + 1


class Asking(Judge):
    """A judge that answers an alarm with a command and a wanted state of its own."""

    def take(self, x: Input, now: Now) -> Sequence[Outcome]:
        outcomes = super().take(x, now)
        if not any(isinstance(outcome, AlarmChanged) for outcome in outcomes):
            return outcomes
        command = Command(9, "d2", "open", {}, now.boottime_ns + 5_000_000_000)
        return [*outcomes, Send(command, "rule", "tried"), Want("d2", WantedState(CHARGING_OFF, level=True))]


async def test_a_command_that_decide_sends_by_itself_goes_out_after_the_commit_and_its_end_is_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules[__name__], "Judge", Asking)
    async with house(tmp_path) as at:
        at.sample(value=True)
        assert at.hand.performed == []

        await until(lambda: [o for o, _ in at.ears.heard if isinstance(o, Ended)])

    assert [(command.id, command.name) for command in at.hand.performed] == [(9, "open")]
    ((ended, seq),) = [(o, seq) for o, seq in at.ears.heard if isinstance(o, Ended)]
    assert ended.result.outcome is Ending.DONE
    assert seq is not None


async def test_charging_is_switched_off_before_the_disk_has_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[__name__], "Judge", Asking)
    slow = threading.Event()
    real = journal_module.commit
    async with house(tmp_path) as at:
        monkeypatch.setattr(journal_module, "commit", lambda connection: (slow.wait(5), real(connection)))
        at.sample(value=True)
        wanted, performed = list(at.hand.wanted), list(at.hand.performed)
        slow.set()
        await until(lambda: at.hand.performed)

    assert wanted == [("d2", WantedState(CHARGING_OFF, level=True))]
    assert performed == []


async def test_a_driver_that_raises_at_a_command_of_decides_own_ends_the_road(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(_command: Command) -> Result:
        raise ZeroDivisionError

    monkeypatch.setattr(sys.modules[__name__], "Judge", Asking)
    async with house(tmp_path) as at:
        monkeypatch.setattr(at.hand, "perform", fails)
        at.sample(value=True)
        await until(at.flow.broken.done)

        assert isinstance(at.flow.broken.exception(), ZeroDivisionError)

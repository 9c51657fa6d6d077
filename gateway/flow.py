"""The road, in one file. Its order is the law of the house: judge first, then commit once, only then release.

    report ──> latest ──> judge ──┬── told readings ──> outbox and history
                                  └── outcomes ──> commit (one transaction) ──> release ──> back to whoever asked

Memory may run ahead of the disk only because a failed commit ends the process. What goes out before the disk has it: wanted
states that lives hang on (fire release, charging off) at once, and a P1 whose commit failed or takes over a second, marked "not
recorded".
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from drivers.contract import AT_ONCE, KEEP_LIMIT, DeviceEvent, Sample
from gateway.decide.judge import NONE
from gateway.keep.journal import JournalBroken
from gateway.model import (
    NANOSECONDS,
    AlarmChanged,
    Answered,
    Ended,
    Entry,
    JournalChanged,
    LinkSaid,
    Priority,
    Send,
    StaleSaid,
    Want,
)
from gateway.notice import Notify

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from drivers.contract import Answer, Json, Kept, Question, Report
    from gateway.actor import Actor
    from gateway.decide.judge import Judge
    from gateway.decide.rules import Rules
    from gateway.deliver.commands import Commands
    from gateway.keep.history import History
    from gateway.keep.journal import Journal
    from gateway.keep.latest import Latest
    from gateway.keep.telemetry import Telemetry
    from gateway.model import Act, Audience, HouseSaid, Input, LineChanged, Now, Outcome
    from gateway.notice import NoticesSaid
    from gateway.numbers import Numbers

PATIENCE_SECONDS = 1.0
"""How long a P1 waits for the disk before it goes out unrecorded."""

DISK_LIMIT_SECONDS = 5.0
"""How long a person's act waits for the disk before the answer is "unknown"."""


class Flow:
    """What every report, event, question and act walks through. One per process, on the event loop."""

    def __init__(
        self,
        *,
        judge: Judge,
        latest: Latest,
        journal: Journal,
        history: History,
        telemetry: Telemetry,
        commands: Commands,
        records_came: Callable[[], None],
        recorded_late: Callable[[AlarmChanged, int], None],
        settled: Callable[[], Awaitable[None]],
        audience: Sequence[Audience],
        numbers: Numbers,
        clock: Callable[[], Now],
    ) -> None:
        self._judge = judge
        self._latest = latest
        self._journal = journal
        self._history = history
        self._telemetry = telemetry
        self._commands = commands
        self._records_came = records_came
        self._recorded_late = recorded_late
        self._settled = settled
        self._audience = audience
        self._numbers = numbers
        self._clock = clock
        self._alarm_clock: asyncio.TimerHandle | None = None
        self._performing: set[asyncio.Task[Ended]] = set()
        self._awaited: dict[int, asyncio.Future[Ended]] = {}
        """The commands whose end a person waits for, by id."""
        self._loop = asyncio.get_running_loop()
        self.broken: asyncio.Future[None] = self._loop.create_future()
        """Fails once the journal cannot be written (`JournalBroken`) or the road itself raised: the process must end."""

    # ------------------------------------------------------------ in

    def report(self, x: Report) -> None:
        """Take a driver's report: judged at once, never waits.

        Raises KeyError or ValueError, to the driver, for a device or shape that it never declared.
        """
        now = self._clock()
        if type(x) is Sample:
            outcomes = self._sample(x, now)
            if outcomes is NONE:
                return
        else:
            outcomes = self._judged(x, now)
        self._walk(outcomes, now)

    def house_said(self, said: HouseSaid) -> None:
        """Take a store's or outlet's word about itself."""
        now = self._clock()
        self._walk(self._judged(said, now), now)

    def notices_said(self, said: NoticesSaid) -> None:
        """Take a channel's word about what became of notices."""
        now = self._clock()
        self._walk(self._judged(said, now), now)

    def line_changed(self, changed: LineChanged) -> None:
        """Take a line's loss or return."""
        now = self._clock()
        self._walk(self._judged(changed, now), now)

    async def keep(self, records: Sequence[Kept], cursors: Mapping[str, Json]) -> None:
        """Take records that must not be lost; returns when they are on disk with their cursors.

        Raises ValueError for too many records or too large a cursor, JournalBroken when the disk fails.
        """
        if len(records) > KEEP_LIMIT:
            raise ValueError(f"{len(records)} records in one call, at most {KEEP_LIMIT}")
        now = self._clock()
        outcomes: list[Outcome] = []
        events: list[DeviceEvent] = []
        samples = 0
        for record in records:
            if type(record) is Sample:
                outcomes += self._sample(record, now)
                samples += 1
            elif isinstance(record, DeviceEvent) and not self._journal.known(
                record.device, record.epoch, record.sequence
            ):
                outcomes += self._judged(record, now)
                events.append(record)
        self._numbers.events += len(events)
        if not samples:
            await self._commit(Entry(now, tuple(outcomes), tuple(events), cursors))
        else:  # what follows from them does not wait for their batch; their cursor does
            await self._commit(Entry(now, tuple(outcomes), tuple(events)))
            await self._settled()
            await self._commit(Entry(now, cursors=cursors))
        self.passed("hand back")

    def note(self, device: str, cursor: Json) -> None:
        """Remember a cursor alone, within a second."""
        self._journal.note(device, cursor)

    def cursor(self, device: str) -> Json:
        """Where the device stood."""
        return self._journal.cursor(device)

    async def ask(self, question: Question) -> Answer:
        """Answer a device's question; the answer is on disk before it returns."""
        now = self._clock()
        outcomes = self._judged(question, now)
        await self._commit(Entry(now, tuple(outcomes)))
        return next(outcome.answer for outcome in outcomes if isinstance(outcome, Answered))

    async def act(self, act: Act) -> Sequence[Outcome]:
        """Take what a person asks; see `gateway.model.Road`."""
        now = self._clock()
        outcomes = tuple(self._judged(act, now))
        self._wake_later()
        sent = [outcome.command.id for outcome in outcomes if isinstance(outcome, Send)]
        for number in sent:
            self._awaited[number] = self._loop.create_future()
        try:
            async with asyncio.timeout(DISK_LIMIT_SECONDS):
                await self._commit(Entry(now, outcomes, actor=act.actor))
            return (*outcomes, *[await self._awaited[number] for number in sent])
        except JournalBroken as broken:
            raise TimeoutError("the disk failed") from broken
        finally:
            for number in sent:
                del self._awaited[number]

    def adopt(self, rules: Rules) -> None:
        """Take new rules after a reload."""
        now = self._clock()
        self._walk(self._judge.adopt(rules, now), now)

    def start(self, rules: Rules) -> None:
        """Begin to let time pass; say so if nothing can be recorded; mark alarms whose source is gone."""
        now = self._clock()
        self._walk(self._judge.adopt(rules, now), now)
        self._walk(self._judged(JournalChanged(self._journal.recorded, self._journal.why), now), now)
        self._wake_later()

    def stop(self) -> None:
        """Let no more time pass."""
        if self._alarm_clock is not None:
            self._alarm_clock.cancel()
        for task in self._performing:
            task.cancel()

    # ------------------------------------------------------------ along

    def passed(self, step: str) -> None:
        """Between two steps of the road. The test build dies here; this one does nothing."""

    def _judged(self, x: Input, now: Now) -> Sequence[Outcome]:
        """What follows from an input. A judge that raises ends the process: it is the core, and nobody stands above it."""
        try:
            return self._judge.take(x, now)
        except Exception as bug:
            self._end(bug)
            raise

    def _sample(self, sample: Sample, now: Now) -> Sequence[Outcome]:
        numbers = self._numbers
        numbers.samples += 1
        numbers.points += len(sample.values)
        changed = self._latest.take(sample)
        outcomes = self._judged(sample, now)
        if self._telemetry.take(sample, changed, now):
            # at the time of receiving: a device whose clock is wrong must not tear its history apart
            self._history.record(sample.device, sample.group, sample.values, sample.faults, now.utc)
        if changed:
            numbers.changed += len(changed)
            for listener in self._audience:
                listener.values(sample.device, sample.group, changed)
        return outcomes

    def _walk(self, outcomes: Sequence[Outcome], now: Now) -> None:
        """Commit and release in the background, in order."""
        if outcomes is not NONE:
            self._wake_later()
            self._submit(Entry(now, tuple(outcomes)))

    async def _commit(self, entry: Entry) -> None:
        self._wake_later()
        await asyncio.shield(self._submit(entry))

    def _submit(self, entry: Entry) -> asyncio.Future[None]:
        """One entry to the disk; the future is done when its outcomes are released."""
        self.passed("judge")
        self._numbers.judged += len(entry.outcomes)
        self._into_latest(entry)
        for outcome in entry.outcomes:
            if isinstance(outcome, Want) and outcome.state.name in AT_ONCE:  # never held back by a disk
                self._commands.want(outcome.device, outcome.state)
        released: asyncio.Future[None] = self._loop.create_future()
        urgent = [outcome for outcome in entry.outcomes if _life(outcome)]
        gone = False
        handed_over = self._loop.time()

        def too_late() -> None:
            nonlocal gone
            gone = True
            self._unrecorded(urgent)

        early = self._loop.call_later(PATIENCE_SECONDS, too_late) if urgent else None

        def on_disk(written: asyncio.Future[tuple[int | None, ...]]) -> None:
            if early is not None:
                early.cancel()
            if (failure := written.exception()) is not None:
                if not gone:
                    self._unrecorded(urgent)
                self._break(failure)
                released.set_exception(failure)
                released.exception()  # a report has nobody waiting; whoever waits still gets it
                return
            self._numbers.commit_seconds.add(self._loop.time() - handed_over)
            self.passed("commit")
            try:
                self._release(entry, written.result(), gone=gone)
            except Exception as bug:  # noqa: BLE001 - a callback has nobody to raise to
                self._end(bug)
            if entry.events or any(seq is not None for seq in written.result()):
                self._records_came()
            self.passed("release")
            released.set_result(None)

        self._journal.submit(entry).add_done_callback(on_disk)
        return released

    def _into_latest(self, entry: Entry) -> None:
        for outcome in entry.outcomes:
            if isinstance(outcome, StaleSaid):
                self._latest.held(outcome.device, outcome.group).stale = outcome.stale
                if outcome.stale:
                    self._history.quiet(outcome.device, outcome.group, entry.now.utc)
                    self._telemetry.quiet(outcome.device, outcome.group, entry.now)
            elif isinstance(outcome, LinkSaid):
                self._latest.link(outcome.subject, outcome.link, outcome.why, entry.now.utc, is_line=outcome.is_line)

    # ------------------------------------------------------------ out

    def _release(self, entry: Entry, seqs: Sequence[int | None], *, gone: bool) -> None:
        """Tell what is on disk. What was urgent may be `gone` before: of that only its row is told, once it has one."""
        for outcome, seq in zip(entry.outcomes, seqs, strict=True):
            if isinstance(outcome, Want) and outcome.state.name not in AT_ONCE:
                self._commands.want(outcome.device, outcome.state)
            elif isinstance(outcome, Send):  # asked by a person, or by decide on its own: both are performed from here
                self._perform_beside(outcome, entry.actor)
            if gone and _life(outcome):
                if isinstance(outcome, AlarmChanged) and seq is not None and self._journal.recorded:
                    self._recorded_late(outcome, seq)
                continue
            self._tell(outcome, seq if self._journal.recorded else None)

    def _unrecorded(self, outcomes: Sequence[Outcome]) -> None:
        for outcome in outcomes:
            self._numbers.not_recorded += 1
            self._tell(outcome, None)

    def _tell(self, outcome: Outcome, seq: int | None) -> None:
        for listener in self._audience:
            listener.tell(outcome, seq)

    def _perform_beside(self, send: Send, actor: Actor | None) -> None:
        task = self._loop.create_task(self._perform(send, actor), name=f"command {send.command.id}")
        self._performing.add(task)
        task.add_done_callback(lambda task: self._performed(send.command.id, task))

    def _performed(self, number: int, task: asyncio.Task[Ended]) -> None:
        self._performing.discard(task)
        waiting = self._awaited.get(number)
        if task.cancelled():
            if waiting is not None:
                waiting.cancel()
        elif (bug := task.exception()) is not None:
            self._end(bug)
            if waiting is not None and not waiting.done():
                waiting.set_exception(bug)
        elif waiting is not None and not waiting.done():
            waiting.set_result(task.result())

    async def _perform(self, send: Send, actor: Actor | None) -> Ended:
        result = await self._commands.perform(send.command)
        ended = Ended(send.command, result, send.actor)
        await self._commit(Entry(self._clock(), (ended,), actor=actor))
        return ended

    # ------------------------------------------------------------ time and failure

    def _wake_later(self) -> None:
        """Set the alarm clock to decide's next deadline."""
        due = self._judge.next_deadline / NANOSECONDS
        wait = max(0.0, due - self._clock().boottime_ns / NANOSECONDS)
        if self._alarm_clock is not None:
            self._alarm_clock.cancel()
        self._alarm_clock = self._loop.call_later(wait, self._wake)

    def _wake(self) -> None:
        now = self._clock()
        self._numbers.turns += 1
        try:
            self._walk(self._judge.wake(now), now)
        except Exception as bug:  # noqa: BLE001 - a timer has nobody to raise to
            self._end(bug)
            return
        self._wake_later()

    def _break(self, failure: BaseException) -> None:
        """The journal failed: say so at once, unrecorded, and end."""
        if not self.broken.done():
            self._end(failure)
            told = self._judged(JournalChanged(recorded=False, why=str(failure)), self._clock())
            self._unrecorded([outcome for outcome in told if _life(outcome)])

    def _end(self, failure: BaseException) -> None:
        if not self.broken.done():
            self.broken.set_exception(failure)


def _life(outcome: Outcome) -> bool:
    if isinstance(outcome, Notify):
        return outcome.notice.priority is Priority.P1
    return isinstance(outcome, AlarmChanged) and outcome.announce and outcome.alarm.priority is Priority.P1

"""A day of a compound, lived through at once: real products, the real filter, rules and journal, no clock and no sleep."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from drivers.contract import Command, Fault, Kind, Link, Outcome, Result, Sample
from gateway.config.alarm_rules import rules_of
from gateway.decide.judge import Judge
from gateway.deliver.influx.annotations import Annotator
from gateway.deliver.outlet import RECORDS, TELEMETRY
from gateway.keep.journal import Journal
from gateway.keep.latest import Latest
from gateway.keep.outbox import Outbox
from gateway.keep.outbox_store import OutboxSettings
from gateway.keep.telemetry import Telemetry
from gateway.model import NANOSECONDS, AlarmChanged, Ended, Entry, Now, Send
from gateway.numbers import Numbers
from gateway.own_numbers import own_numbers
from gateway.serve.standing import Standing
from tests.dashboards.happenings import END_UTC, POLLED_EVERY_SECONDS, START_UTC, happenings, hour

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from drivers.contract import Device, Value
    from gateway.config.plan import Plan
    from gateway.model import Outcome as Followed

NOTHING: Mapping[Kind, Value] = {Kind.BOOLEAN: False, Kind.INTEGER: 0, Kind.REAL: 0.0, Kind.TEXT: ""}

INFLUX = "influx"
"""The destination that the day's outbox keeps everything for."""

READ_BYTES = 1 << 20


def now_at(utc: float) -> Now:
    """The clocks of a box that was started an hour before the day."""
    return Now("boot", int((utc - START_UTC + 3600) * NANOSECONDS), utc, trusted=True)


async def lived(plan: Plan, folder: Path) -> list[bytes]:
    """All that an InfluxDB would have got by the end of the day, as line protocol in pieces of some thousand lines."""
    settings = OutboxSettings(max_bytes=1 << 28, max_age_seconds=7 * 86_400, keep_free_bytes=0)
    outbox = Outbox.open(folder, settings, [INFLUX], now_at(START_UTC))
    outbox.move(INFLUX, TELEMETRY, 0)
    async with Journal.open(folder, now_at(START_UTC)) as journal, asyncio.TaskGroup() as tasks:
        day = SimulatedDay(plan, journal, outbox)
        running = tasks.create_task(outbox.run(lambda: day.now), name="outbox")
        await day.live()
        await outbox.settled()
        running.cancel()
        pieces = [*await _telemetry(outbox), *await _records(plan, journal)]
    assert not any(outbox.lost().values()), outbox.lost()
    await outbox.close()
    return pieces


async def _telemetry(outbox: Outbox) -> list[bytes]:
    pieces: list[bytes] = []
    after = 0
    while batches := await outbox.read(after, READ_BYTES):
        pieces += [batch.plain() for batch in batches]
        after = batches[-1].seq
    return pieces


async def _records(plan: Plan, journal: Journal) -> list[bytes]:
    annotator = Annotator(plan.compound.id, plan.place, simulated=True)
    reader = journal.reader()
    try:
        return [
            annotator.line(lane, row) for lane, kind in RECORDS.items() for row in await reader.log(0, 10_000, kind)
        ]
    finally:
        reader.close()


class SimulatedDay:
    """One day. `live` hands everything to the filter, the rules and the journal in the order of time."""

    def __init__(self, plan: Plan, journal: Journal, outbox: Outbox) -> None:
        self.now = now_at(START_UTC)
        self.numbers = Numbers()
        self._outbox = outbox
        self._committed = asyncio.Event()
        outbox.on_commit(self._committed.set)
        self._journal = journal
        self._written: list[asyncio.Future[tuple[int | None, ...]]] = []
        self._latest = Latest()
        self._telemetry = Telemetry(
            outbox, self.numbers, compound=plan.compound.id, simulated=True, every_reading=False
        )
        self._groups: dict[str, list[_Group]] = {}
        for line, driver in plan.drivers.items():
            self._latest.adopt(line, driver.devices)
            self._telemetry.adopt(driver.devices, plan.place)
            self._groups |= {device.id: _groups(device) for device in driver.devices}
            for device in driver.devices:
                self._latest.link(device.id, Link.UP, "", START_UTC, is_line=False)
        rules = rules_of(plan, {line: driver.devices for line, driver in plan.drivers.items()})
        self._judge = Judge(rules, {}, self.now)
        self._standing = Standing()

    async def live(self) -> None:
        """Let the day pass."""
        polled = START_UTC
        for utc, device, point, value in happenings():
            while polled < utc:
                await self._poll(polled)
                polled += POLLED_EVERY_SECONDS
            self._pass(utc)
            for group in self._groups[device]:
                if group.take(point, value) and utc > START_UTC:
                    self._sample(device, group)
        while polled < END_UTC:
            await self._poll(polled)
            polled += POLLED_EVERY_SECONDS
        self._command()
        await asyncio.gather(*self._written)

    async def _poll(self, utc: float) -> None:
        self._pass(utc)
        for device, groups in self._groups.items():
            for group in groups:
                self._sample(device, group)
        own = own_numbers(self.numbers, self._latest.devices.values(), self._standing, self._outbox, utc)
        self._telemetry.house(own, self.now)
        while self._outbox.filling > self._outbox.committed + 1:  # a day in seconds: let the disk follow
            self._committed.clear()
            await self._committed.wait()

    def _sample(self, device: str, group: _Group) -> None:
        sample = Sample(device, group.number, group.values, group.faults, self.now.boottime_ns)
        changed = self._latest.take(sample)
        self.numbers.samples += 1
        self.numbers.points += len(sample.values)
        self.numbers.changed += len(changed)
        self._follow(self._judge.take(sample, self.now))
        self._telemetry.take(sample, changed, self.now)

    def _pass(self, utc: float) -> None:
        """Let time pass, waking the rules at every deadline on the way."""
        until = now_at(utc)
        while (due := self._judge.next_deadline) <= until.boottime_ns:
            self.now = now_at(START_UTC - 3600 + due / NANOSECONDS)._replace(boottime_ns=due)
            self._follow(self._judge.wake(self.now))
        self.now = until

    def _follow(self, outcomes: Sequence[Followed]) -> None:
        if outcomes:
            self.numbers.judged += len(outcomes)
            self._written.append(self._journal.submit(Entry(self.now, tuple(outcomes))))
        for outcome in outcomes:
            if isinstance(outcome, AlarmChanged):
                self._standing.take(outcome.alarm, recorded=True)

    def _command(self) -> None:
        unlock = Command(1, "b1u1", "door1.unlock", {"seconds": 5}, 0)
        done = Result(Outcome.DONE, {"door1.unlocked": True})
        self.now = now_at(hour(20))
        self._follow((Send(unlock, "u7", "快递"), Ended(unlock, done, "u7")))


@dataclass(slots=True)
class _Group:
    """A poll group as its device would answer now."""

    number: int
    places: Mapping[str, int]
    values: tuple[Value, ...]
    faults: tuple[Fault | None, ...] | None = None

    def take(self, point: str, value: Value | Fault) -> bool:
        """Answer so from now on; False for a point of another group."""
        place = self.places.get(point)
        if place is None:
            return False
        values, faults = list(self.values), list(self.faults or (None,) * len(self.values))
        values[place], faults[place] = (None, value) if isinstance(value, Fault) else (value, None)
        self.values, self.faults = tuple(values), tuple(faults) if any(faults) else None
        return True


def _groups(device: Device) -> list[_Group]:
    return [
        _Group(
            number,
            {point.key: place for place, point in enumerate(group.points)},
            tuple(NOTHING[point.kind] for point in group.points),
        )
        for number, group in enumerate(device.groups)
    ]

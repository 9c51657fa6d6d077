"""After a crash the minutes that were in memory only are in the plot again, and what nobody can know is a gap."""

from __future__ import annotations

import asyncio
import os
import random
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from drivers.contract import Device, Fault, Group, Kind, Point, Quality, Sample
from gateway.keep.history import History
from gateway.keep.outbox import Outbox, OutboxSettings
from gateway.keep.rebuild import rebuild
from gateway.keep.telemetry import Telemetry
from gateway.model import NANOSECONDS, Now, Place
from gateway.numbers import Numbers
from tests.keep.facts import T0

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from drivers.contract import Value

SEEDS = 400 if os.environ.get("GRIDPOST_SOAK") == "1" else 12
SETTINGS = OutboxSettings(16 << 20, 86_400.0, 1 << 20)
MINUTE = 60.0
DEADBAND = 0.5
QUALITIES = (None, None, None, Fault(Quality.BAD, "out of range"), Fault(Quality.UNCERTAIN, "hung"))


@dataclass(frozen=True)
class Line:
    utc_ns: int
    line: bytes

    def plain(self) -> bytes:
        return self.line


@dataclass
class Tail:
    """What an outbox still holds, and when the process was last seen alive."""

    alive_until_utc: float = 0.0
    lines: list[Line] = field(default_factory=list)

    def append(self, line: bytes, points: int, utc_ns: int) -> None:
        assert points >= 0
        self.lines.append(Line(utc_ns, line))

    async def tail(self, since_ns: int) -> list[Line]:
        return [line for line in self.lines if line.utc_ns >= since_ns]


def device(name: str) -> Device:
    fast = Group(
        (Point("open", Kind.BOOLEAN), Point("who", Kind.TEXT), Point("volts", Kind.REAL, deadband=DEADBAND)), 1.0
    )
    slow = Group((Point("count", Kind.INTEGER), Point("heat", Kind.REAL, deadband=DEADBAND)), 10.0, 600.0)
    return Device(name, "test", (fast, slow))


@dataclass
class House:
    """What a road does with a sample: the change filter first, and history for what is new."""

    folder: Path
    tail: Tail = field(default_factory=Tail)
    devices: Sequence[Device] = (device("a"), device("b"))

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        self.start()

    def start(self) -> None:
        self.history = History(self.folder, 7)
        self.history.adopt(self.devices)
        self.telemetry = Telemetry(self.tail, Numbers(), compound="c", simulated=False, every_reading=False)
        self.telemetry.adopt(self.devices, lambda _device: Place("b1", "1"))

    def hear(
        self,
        utc: float,
        name: str,
        group: int,
        values: tuple[Value, ...],
        faults: tuple[Fault | None, ...] | None = None,
    ) -> None:
        sample = Sample(name, group, values, faults, int(utc * NANOSECONDS))
        if self.telemetry.take(sample, range(len(values)), at(utc)):
            self.history.record(name, group, values, faults, utc)

    def quiet(self, utc: float, name: str, group: int) -> None:
        self.telemetry.quiet(name, group, at(utc))
        self.history.quiet(name, group, utc)

    async def second(self, utc: float) -> None:
        """What runs once a second."""
        self.tail.alive_until_utc = utc
        async with asyncio.timeout(10):
            while self.history.close_some(utc, 1.0) or self.history._commit is not None:
                await asyncio.sleep(0)

    def crash(self) -> None:
        """All that was in memory is gone."""
        self.history._writer.shutdown()
        self.history._reader.shutdown()

    async def plots(self, start: float, end: float) -> dict[tuple[str, str], list[tuple[float | None, str]]]:
        plots = {}
        for name in ("a", "b"):
            for key in ("open", "volts", "count", "heat"):
                plot = await self.history.query(name, key, start, end, int(end - start))
                plots[name, key] = list(zip(plot.last, plot.quality, strict=True))
        return plots


def at(utc: float) -> Now:
    return Now("boot", int(utc * NANOSECONDS), utc, trusted=True)


async def live(chance: random.Random, seconds: int, houses: Sequence[House]) -> None:
    """Random values, faults and silences, the same in all houses."""
    state: dict[tuple[str, int], list[Value]] = {
        (name, group): [False, "nobody", 12.0] if group == 0 else [7, 20.0] for name in ("a", "b") for group in (0, 1)
    }
    for second in range(seconds + 1):
        for (name, group), values in state.items():
            utc = T0 + second + chance.random() * 0.9
            if chance.random() < 0.02:
                for house in houses:
                    house.quiet(utc, name, group)
            elif chance.random() < 0.5:
                new: list[Value] = [chance.randrange(3), round(20 + chance.gauss(0, 0.6), 1)]
                if group == 0:
                    who = chance.choice(["王芳", "a,b c=d", 'q"uote', "line\nbreak"])
                    new = [chance.random() < 0.5, who, round(12 + chance.gauss(0, 0.6), 2)]
                values[:] = new
                faults = tuple(chance.choice(QUALITIES) for _ in values) if chance.random() < 0.2 else None
                for house in houses:
                    house.hear(utc, name, group, believed(values, faults), faults)
        for house in houses:
            await house.second(T0 + second + 0.95)


def believed(values: Sequence[Value], faults: Sequence[Fault | None] | None) -> tuple[Value, ...]:
    """A bad point has no value."""
    if faults is None:
        return tuple(values)
    return tuple(None if fault in QUALITIES[3:4] else value for value, fault in zip(values, faults, strict=True))


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_what_was_lost_in_a_crash_is_as_if_it_had_not_happened_but_for_the_deadband(
    tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    alive, killed = House(tmp_path / "alive"), House(tmp_path / "killed")
    crash_at = chance.randrange(61, 400)
    await live(chance, crash_at, (alive, killed))
    killed.crash()
    killed.start()

    await rebuild(killed.history, killed.tail)  # type: ignore[arg-type]  # what rebuild needs of an outbox

    expected, found = await alive.plots(T0, T0 + crash_at), await killed.plots(T0, T0 + crash_at)
    for point, seconds in expected.items():
        for second, ((value, quality), (again, quality_again)) in enumerate(zip(seconds, found[point], strict=True)):
            assert (quality, value is None) == (quality_again, again is None), (point, second)
            assert value is None or again is None or abs(value - again) < 2 * DEADBAND, (point, second)
    for house in (alive, killed):
        await house.history.close()


async def test_a_silence_in_the_first_instant_of_the_lost_minute_is_all_of_that_minute(tmp_path: Path) -> None:
    house = House(tmp_path / "house")
    house.hear(T0, "a", 0, (True, "", 12.0))
    await house.second(T0 + 60)
    house.quiet(T0 + 60.0002, "a", 0)
    await house.second(T0 + 70)
    house.crash()
    house.start()

    await rebuild(house.history, house.tail)  # type: ignore[arg-type]
    plots = await house.plots(T0 + 59, T0 + 70)

    await house.history.close()
    assert [quality for _, quality in plots["a", "open"]] == ["good"] + ["gap"] * 10


async def test_after_a_clean_end_nothing_is_put_back_and_the_gap_begins_where_it_ended(tmp_path: Path) -> None:
    house = House(tmp_path / "house")
    for second in range(100):
        house.hear(T0 + second, "a", 0, (second % 2 == 0, "", 12.0))
        await house.second(T0 + second + 0.5)
    house.tail.alive_until_utc = T0 + 101
    await house.history.close()
    house.start()

    count = await rebuild(house.history, house.tail)  # type: ignore[arg-type]
    plots = await house.plots(T0, T0 + 120)

    await house.history.close()
    assert count == 0
    assert [quality for _, quality in plots["a", "open"]] == ["good"] * 100 + ["gap"] * 20


async def test_a_second_crash_in_the_minute_of_the_first_bridges_no_gap(tmp_path: Path) -> None:
    house = House(tmp_path / "house")
    for begins, ends in ((70, 80), (90, 100), (105, 110)):
        for second in range(begins, ends):
            house.hear(T0 + second, "a", 0, (second % 2 == 0, "", 12.0))
            await house.second(T0 + second + 1)
        house.crash()
        house.start()
        await rebuild(house.history, house.tail)  # type: ignore[arg-type]

    plots = await house.plots(T0 + 60, T0 + 120)

    await house.history.close()
    gaps = ["gap"] * 10
    assert [quality for _, quality in plots["a", "open"]] == (
        gaps + ["good"] * 10 + gaps + ["good"] * 10 + gaps[:5] + ["good"] * 5 + gaps
    )


async def test_what_lies_further_back_than_the_tail_is_a_gap_and_not_a_guess(tmp_path: Path) -> None:
    house = House(tmp_path / "house")
    house.hear(T0, "a", 0, (True, "", 12.0))
    await house.second(T0 + 60)
    house.history.writable = lambda: False
    for second in range(60, 400):
        house.hear(T0 + second, "a", 0, (second % 20 < 10, "", 12.0))
        await house.second(T0 + second + 1)
    lost = list(house.history.lost), house.history.lost_minutes
    house.crash()
    house.start()

    await rebuild(house.history, house.tail)  # type: ignore[arg-type]
    plots = await house.plots(T0, T0 + 420)

    await house.history.close()
    qualities = [quality for _, quality in plots["a", "open"]]
    assert lost == (["History: minutes are dropped for lack of room on the disk."], 5)
    assert qualities[:60] == ["good"] * 60
    assert qualities[60:280] == ["gap"] * 220
    assert qualities[290:400] == ["good"] * 110
    assert qualities[400:] == ["gap"] * 20


async def test_a_group_that_has_other_points_now_begins_with_what_was_told(tmp_path: Path) -> None:
    house = House(tmp_path / "house")
    house.hear(T0, "a", 1, (7, 20.0))
    house.hear(T0, "b", 1, (7, 20.0))
    await house.second(T0 + 60)
    house.hear(T0 + 70, "a", 1, (8, 21.0))
    await house.second(T0 + 80)
    house.crash()
    changed = Group((Point("heat", Kind.REAL), Point("count", Kind.BOOLEAN), Point("who", Kind.INTEGER)), 10.0)
    house.devices = (Device("a", "test", (changed,)), device("b"))
    house.start()

    await rebuild(house.history, house.tail)  # type: ignore[arg-type]
    plots = await house.plots(T0 + 60, T0 + 80)

    await house.history.close()
    assert plots["a", "heat"] == [(None, "gap")] * 10 + [(21.0, "good")] * 10
    assert plots["a", "count"] == [(None, "gap")] * 10 + [(1.0, "good")] * 10
    assert plots["b", "count"] == [(7.0, "good")] * 20


@pytest.mark.parametrize("damage", ["header", "middle", "text", "empty"])
async def test_a_damaged_day_is_found_at_the_start_set_aside_and_said(tmp_path: Path, damage: str) -> None:
    house = House(tmp_path / "house")
    for second in range(130):
        house.hear(T0 + second, "a", 0, (second % 2 == 0, "", 12.0 + second))
        await house.second(T0 + second + 1)
    house.crash()
    house.history._files.close()
    day = tmp_path / "house" / "history-20270115.db"
    content = bytearray(day.read_bytes())
    noise = random.Random(1).randbytes(len(content))
    at = {"header": slice(0, 100), "middle": slice(4096, None), "text": slice(None), "empty": slice(None)}[damage]
    content[at] = b"" if damage == "empty" else noise[at]
    day.write_bytes(content)
    house.start()
    said: list[tuple[str, str, bool]] = []
    house.history.say = lambda each: said.append((each.rule, each.source, each.abnormal))

    await rebuild(house.history, house.tail)  # type: ignore[arg-type]
    plots = await house.plots(T0 + 120, T0 + 130)

    await house.history.close()
    assert all(quality == "good" for _, quality in plots["a", "volts"])
    if damage != "empty":  # a file without content is a new one
        assert said[0] == ("store_damaged", "history", True)
        assert list(day.parent.glob("history-20270115.db.damaged-*"))


CHILD = """
import asyncio, sys, time
from pathlib import Path
from drivers.contract import Sample
from gateway.keep.history import History
from gateway.keep.outbox import Outbox
from gateway.keep.telemetry import Telemetry
from gateway.model import Now, Place
from gateway.numbers import Numbers
from tests.keep.test_rebuild import SETTINGS, device

shift = float(sys.argv[2])

def clock():
    return Now("boot", time.clock_gettime_ns(time.CLOCK_BOOTTIME), time.time() + shift, trusted=True)

async def main():
    outbox = Outbox.open(Path(sys.argv[1]), SETTINGS, [], clock())
    history = History(Path(sys.argv[1]), 7)
    telemetry = Telemetry(outbox, Numbers(), compound="c", simulated=False, every_reading=False)
    history.adopt([device("a")])
    telemetry.adopt([device("a")], lambda _: Place("b1", "1"))
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(outbox.run(clock))
        tasks.create_task(history.run(lambda: clock().utc))
        count = 0
        while True:
            now, values = clock(), (count, 20.0)
            if telemetry.take(Sample("a", 1, values, None, now.boottime_ns), (0, 1) if not count else (0,), now):
                history.record("a", 1, values, None, now.utc)
            print(count, now.utc, flush=True)
            count += 1
            await asyncio.sleep(0.02)
asyncio.run(main())
"""


def spoken(line: bytes) -> tuple[int, float]:
    count, utc = line.split()
    return int(count), float(utc)


@pytest.mark.parametrize("minute_ends_after", [50.0, 4.0], ids=["in the first minute", "after a minute on disk"])
async def test_kill_9_in_a_minute_leaves_no_hole_in_the_plot(tmp_path: Path, minute_ends_after: float) -> None:
    shift = T0 + MINUTE - minute_ends_after - time.time()
    arguments = [sys.executable, "-c", CHILD, str(tmp_path), str(shift)]
    child = await asyncio.create_subprocess_exec(*arguments, stdout=asyncio.subprocess.PIPE)
    assert child.stdout is not None
    said: list[tuple[int, float]] = []
    async with asyncio.timeout(30):
        while not said or said[-1][1] < max(said[0][1] + 3.2, T0 + MINUTE + 2.2 if minute_ends_after < 10 else 0.0):
            said.append(spoken(await child.stdout.readline()))
        child.kill()
        said += map(spoken, (await child.stdout.read()).splitlines())
        await child.wait()
    now = Now("boot", 0, time.time() + shift, trusted=True)
    outbox = Outbox.open(tmp_path, SETTINGS, [], now)
    history = History(tmp_path, 7)
    history.adopt([device("a")])

    values = await rebuild(history, outbox)
    first, last = said[0][1], said[-1][1]
    plot = await history.query("a", "count", first, last + 10, 10_000)

    await history.close()
    await outbox.close()
    heard = [(t, value) for t, value, quality in zip(plot.t, plot.last, plot.quality, strict=True) if quality == "good"]
    gaps = [t for t, quality in zip(plot.t, plot.quality, strict=True) if quality == "gap" and first < t < last - 0.2]
    assert not gaps
    assert len(heard) >= (last - first) / plot.bucket_seconds - 3
    for t, value in heard[1:-1]:
        ends = t + plot.bucket_seconds
        assert value in {max(count for count, utc in said if utc < ends + about) for about in (-0.002, 0.002)}
    assert values > 0
    assert all(quality == "gap" for t, quality in zip(plot.t, plot.quality, strict=True) if t > last + 1.5)

"""A window of time: what the devices were asked in it, what that cost the poller, and how late changes were seen."""

from __future__ import annotations

import asyncio
import math
from bisect import bisect_left
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from bench import processes
from bench.children import ChildFailed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from bench.children import Devices

_NANOSECONDS_PER_MILLISECOND = 1e6


@dataclass(frozen=True, slots=True)
class Window:
    """A window as the devices report it (`bench/devices.py`), and the CPU seconds of the poller's process tree."""

    report: Mapping[str, Any]
    poller_cpu_seconds: float

    def _reads(self, without: Collection[int] = ()) -> list[Mapping[str, Any]]:
        return [row for row in self.report["reads"] if row["controller"] not in without]

    @property
    def points_per_second(self) -> float:
        """Values that the poller asked for; each answer carries all of its read."""
        return float(sum(row["requests"] * row["values"] for row in self._reads()) / self.report["seconds"])

    @property
    def cpu_seconds_per_1000_points(self) -> float:
        """What a thousand points cost the poller."""
        points = self.points_per_second * self.report["seconds"]
        return 1000 * self.poller_cpu_seconds / points if points else math.nan

    def requests_per_poll(self, controllers: int) -> float:
        """Requests that one poll of a controller's 52 points takes; the door bit's own are left out."""
        requests = sum(row["requests"] for row in self._reads() if not row["fast"])
        return float(requests / controllers / self.report["seconds"])

    def on_time_percent(self, without: Collection[int] = ()) -> float:
        """Beats met, in percent of those expected, over all controllers but those."""
        rows = self._reads(without)
        expected = sum(row["expected"] for row in rows)
        return 100 * sum(row["met"] for row in rows) / expected if expected else math.nan

    @property
    def poller_cpu_percent(self) -> float:
        """The poller's CPU, in percent of a core."""
        return float(100 * self.poller_cpu_seconds / self.report["seconds"])

    @property
    def simulator_cpu_percent(self) -> float:
        """The device simulator's own CPU, in percent of a core."""
        return float(100 * self.report["cpu_seconds"] / self.report["seconds"])

    def changes(self, bit: int) -> dict[int, list[Seen]]:
        """The changes of one bit that an answer carried, by controller, in order."""
        found: dict[int, list[Seen]] = {}
        for controller, changed_bit, value, changed_ns, answered_ns in self.report["changes"]:
            if changed_bit == bit and answered_ns:
                found.setdefault(controller, []).append(Seen(value, changed_ns, answered_ns))
        return found


@dataclass(frozen=True, slots=True)
class Seen:
    """A change that the poller was told: when it happened and when the answer that carried it was written."""

    value: bool
    changed_ns: int
    answered_ns: int


@dataclass(frozen=True, slots=True)
class Delays:
    """Milliseconds until the changes arrived: from the change itself (the wait for the next poll included), and from
    the answer that carried it. `missed` changes never arrived."""

    from_change: Sequence[float]
    from_answer: Sequence[float]
    missed: int


async def look(devices: Devices, pid: int, seconds: float) -> Window:
    """Measure the poller `pid` for so long, beginning now. Raises `ChildFailed` when it ends before."""
    await devices.do("mark")
    try:
        before = processes.cpu_seconds(pid)
        await asyncio.sleep(seconds)
        spent = processes.cpu_seconds(pid) - before
    except FileNotFoundError:
        raise ChildFailed("the poller ended while it was being measured") from None
    return Window(await devices.do("report", seconds=seconds), spent)


def delays(changes: Mapping[int, Iterable[Seen]], arrivals: Mapping[int, Sequence[tuple[bool | None, int]]]) -> Delays:
    """Pair each change with its first arrival.

    An arrival counts if it has the right value and comes after the answer that carried the change, yet before the answer
    that carried the controller's next change. Arrivals are in the order of their times.
    """
    from_change, from_answer, missed = [], [], 0
    for controller, moves in changes.items():
        arrived = arrivals.get(controller, ())
        times = [time for _, time in arrived]
        ordered = list(moves)
        for move, following in zip_longest(ordered, ordered[1:]):
            end = math.inf if following is None else following.answered_ns
            later = arrived[bisect_left(times, move.answered_ns) :]
            at = next((time for value, time in later if value == move.value), math.inf)
            if at >= end:
                missed += 1
                continue
            from_change.append((at - move.changed_ns) / _NANOSECONDS_PER_MILLISECOND)
            from_answer.append((at - move.answered_ns) / _NANOSECONDS_PER_MILLISECOND)
    return Delays(from_change, from_answer, missed)

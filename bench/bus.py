"""The second half of `python -m bench doors`: a serial bus of controllers, polled, with dead ones, and unlocked (README.md)."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Self

from bench import processes
from bench.children import Servant
from bench.figures import Figure, Goal, percentile
from simulator.serial_wire import SerialSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

SIXTEEN = "sixteen-registers"
ACP1 = "acp1-2door"

POLL_BYTES = 8, 37
"""Request and answer of a read of sixteen registers."""

TIMEOUT_SECONDS = 0.5
"""The longest that the driver waits for an answer, unless it is told otherwise."""

UNLOCK_WITHIN_MS = 300.0
UNLOCK_BAUD = 19_200

_NANOSECONDS = 1e9
_NANOSECONDS_PER_MILLISECOND = 1e6

GOALS: Mapping[str, Goal] = {
    "bus 9600: poll cycle to ideal": Goal("<=", 1.05),
    "bus 19200: poll cycle to ideal": Goal("<=", 1.05),
    "bus 38400: poll cycle to ideal": Goal("<=", 1.10),
    "bus 115200: poll cycle to ideal": Goal("<=", 1.10),
    **{
        f"bus {baud}, {dead} dead: {what}": Goal("<=", TIMEOUT_SECONDS)
        for baud in (9600, 19_200)
        for dead in (1, 4)
        for what in ("mean cycle grows by", "longest cycle grows by")
    },
    "bus 19200: unlock to relay p99": Goal("<=", UNLOCK_WITHIN_MS),
    "bus 19200: unlock to relay p99, 1 dead": Goal("<=", UNLOCK_WITHIN_MS + 1000 * TIMEOUT_SECONDS),
    "bus 19200: unlocks not done": Goal("<=", 0),
    "bus 19200: unlocks not done, 1 dead": Goal("<=", 0),
}


@dataclass(frozen=True, slots=True)
class Plan:
    """How many units; the speeds, and how often ours and the bare master take turns; with how many dead; how many unlocks.

    Times that hang on the speed are in cycles of the formula.
    """

    units: int
    bauds: Sequence[int]
    turns: int
    warm_cycles: float
    window_cycles: float
    dead_bauds: Sequence[int]
    dead: Sequence[int]
    dying_cycles: float
    dead_seconds: float
    settle_seconds: float
    unlocks: int
    unlocks_beside_dead: bool


WHOLE = Plan(
    units=32,
    bauds=(9600, 19_200, 38_400, 115_200),
    turns=2,
    warm_cycles=2,
    window_cycles=6,
    dead_bauds=(19_200, 9600),
    dead=(1, 4),
    dying_cycles=3,
    dead_seconds=20,
    settle_seconds=10,
    unlocks=100,
    unlocks_beside_dead=True,
)
QUICK = Plan(
    units=32,
    bauds=(19_200,),
    turns=1,
    warm_cycles=1,
    window_cycles=3,
    dead_bauds=(),
    dead=(),
    dying_cycles=3,
    dead_seconds=0,
    settle_seconds=2,
    unlocks=12,
    unlocks_beside_dead=False,
)


@dataclass(frozen=True, slots=True)
class Window:
    """What the units say of a window (`bench/units.py`)."""

    report: Mapping[str, Any]
    stolen_percent: float
    """What the machine's host took from it, of one core."""

    def cycles(self, without: Collection[int] = ()) -> list[float]:
        """The seconds between two reads of the same unit, for all units but those."""
        return [
            (after - before) / _NANOSECONDS
            for unit, times in enumerate(self.report["polled"], start=1)
            if unit not in without
            for before, after in pairwise(times)
        ]

    def mean_cycle(self, without: Collection[int] = ()) -> float:
        """The mean of them; NaN where no unit was read twice."""
        cycles = self.cycles(without)
        return sum(cycles) / len(cycles) if cycles else math.nan

    def longest_cycle(self, without: Collection[int] = ()) -> float:
        """The longest of them; NaN where no unit was read twice."""
        return max(self.cycles(without), default=math.nan)

    def undisturbed_cycle(self, units: int) -> float:
        """A round of so many units if each read took as long as the median of them: free of the machine's stalls."""
        times = sorted(at for polled in self.report["polled"] for at in polled)
        reads = [after - before for before, after in pairwise(times)]
        return units * percentile(reads, 0.5) / _NANOSECONDS

    @property
    def transactions(self) -> int:
        """Requests that the units heard."""
        return int(self.report["transactions"])

    @property
    def hasty_percent(self) -> float:
        """Requests that came before t3.5 was over, in percent."""
        return 100 * self.report["hasty"] / self.transactions if self.transactions else math.nan


@dataclass(frozen=True, slots=True)
class Mark:
    """When a window began on the event loop's clock, and what had been stolen until then."""

    at: float
    stolen_seconds: float


class Units(Servant):
    """The bus as a child (`bench/units.py`)."""

    def __init__(self, baud: int, units: int) -> None:
        super().__init__("bench.units", baud=baud, units=units)
        self.baud = baud
        self.units = units
        self.path = ""

    async def __aenter__(self) -> Self:
        self.path = (await self.start())["path"]
        return self

    @property
    def ideal_seconds(self) -> float:
        """The poll cycle by the formula of wire time."""
        return self.units * SerialSettings(baud=self.baud).seconds_of(*POLL_BYTES)

    async def mark(self) -> Mark:
        """Begin a window."""
        await self.do("mark")
        return Mark(asyncio.get_running_loop().time(), processes.stolen_seconds())

    async def since(self, mark: Mark) -> Window:
        """What happened since a window began."""
        seconds = asyncio.get_running_loop().time() - mark.at
        stolen = processes.stolen_seconds() - mark.stolen_seconds
        return Window(await self.do("report"), 100 * stolen / seconds)

    async def look(self, seconds: float) -> Window:
        """What happens in so many seconds from now on."""
        mark = await self.mark()
        await asyncio.sleep(seconds)
        return await self.since(mark)


class Master(Servant):
    """Who polls a bus whose units all live, as a child; entered when it has read all of them."""

    def __init__(self, module: str, bus: Units, **given: str) -> None:
        super().__init__(module, path=bus.path, baud=bus.baud, units=bus.units, **given)

    async def __aenter__(self) -> Self:
        await self.start()
        return self


class Line(Master):
    """Our driver (`bench/line.py`)."""

    def __init__(self, bus: Units, product: str) -> None:
        super().__init__("bench.line", bus, product=product)

    async def cpu_seconds(self) -> float:
        """What it spent since this was asked last."""
        return float((await self.do("cpu"))["cpu_seconds"])


class Bus:
    """The benchmark on a serial bus: `tell` gets each figure as soon as it is known."""

    def __init__(self, plan: Plan, tell: Callable[[Figure], None]) -> None:
        self._plan = plan
        self._tell = tell

    async def run(self) -> None:
        """Measure everything. Raises `bench.children.ChildFailed` when a child does not run."""
        for baud in self._plan.bauds:
            await self._cycle(baud)
        for baud in self._plan.dead_bauds:
            await self._dead(baud)
        await self._unlocks()

    def _figure(self, name: str, value: float, unit: str) -> None:
        self._tell(Figure("doors", name, value, unit, self._plan.units, GOALS.get(name)))

    async def _cycle(self, baud: int) -> None:
        """Ours and the bare master by turns, so that a slow moment of the machine meets both."""
        plan, ours, bare, spent = self._plan, [], [], []
        async with Units(baud, plan.units) as bus:
            ideal = bus.ideal_seconds
            for _ in range(plan.turns):
                async with Master("bench.bare", bus):
                    bare.append(await bus.look(plan.window_cycles * ideal))
                async with Line(bus, SIXTEEN) as line:
                    await asyncio.sleep(plan.warm_cycles * ideal)
                    await line.cpu_seconds()
                    ours.append(await bus.look(plan.window_cycles * ideal))
                    spent.append(await line.cpu_seconds())
        name, size = f"bus {baud}", plan.units
        for who, windows in (("", ours), (", bare master", bare)):
            cycle = _mean([window.mean_cycle() for window in windows])
            undisturbed = _mean([window.undisturbed_cycle(size) for window in windows])
            self._figure(f"{name}: poll cycle{who}", cycle, "s")
            self._figure(f"{name}: poll cycle to ideal{who}", cycle / ideal, "")
            self._figure(f"{name}: undisturbed poll cycle to ideal{who}", undisturbed / ideal, "")
            self._figure(f"{name}: longest cycle{who}", max(window.longest_cycle() for window in windows), "s")
            self._figure(f"{name}: requests within t3.5{who}", _mean([w.hasty_percent for w in windows]), "%")
            self._figure(
                f"{name}: stolen from the machine{who}", _mean([w.stolen_percent for w in windows]), "% of a core"
            )
        self._figure(f"{name}: poll cycle, ideal", ideal, "s")
        transactions = sum(window.transactions for window in ours)
        self._figure(f"{name}: cpu per transaction", 1e6 * sum(spent) / transactions, "us")

    async def _dead(self, baud: int) -> None:
        plan = self._plan
        dead: set[int] = set()
        async with Units(baud, plan.units) as bus, Line(bus, SIXTEEN):
            ideal = bus.ideal_seconds
            await asyncio.sleep(plan.warm_cycles * ideal)
            well = await bus.look(plan.dead_seconds)
            mean, longest = well.mean_cycle(), well.longest_cycle()
            for number in plan.dead:
                # spread over the bus, as they die in life
                dead = {1 + place * plan.units // number for place in range(number)}
                await bus.do("dead", units=sorted(dead))
                dying = await bus.look(plan.dying_cycles * ideal)
                later = await bus.look(plan.dead_seconds)
                name = f"bus {baud}, {number} dead"
                self._figure(f"{name}: longest cycle grows by, as they die", dying.longest_cycle(dead) - longest, "s")
                self._figure(f"{name}: longest cycle grows by", later.longest_cycle(dead) - longest, "s")
                self._figure(f"{name}: mean cycle grows by", later.mean_cycle(dead) - mean, "s")
                self._figure(f"{name}: stolen from the machine", later.stolen_percent, "% of a core")

    async def _unlocks(self) -> None:
        plan = self._plan
        async with Units(UNLOCK_BAUD, plan.units) as bus, Line(bus, ACP1) as line:
            await asyncio.sleep(plan.settle_seconds)
            polled = await bus.look(plan.window_cycles * bus.ideal_seconds)
            self._figure(f"bus {UNLOCK_BAUD}: poll cycle of door controllers", polled.mean_cycle(), "s")
            await self._unlock(bus, line, set(), "")
            if plan.unlocks_beside_dead:
                dead = {plan.units // 2}
                await bus.do("dead", units=sorted(dead))
                await asyncio.sleep(plan.dying_cycles * bus.ideal_seconds)
                await self._unlock(bus, line, dead, ", 1 dead")

    async def _unlock(self, bus: Units, line: Line, dead: Collection[int], beside: str) -> None:
        living = [unit for unit in range(1, bus.units + 1) if unit not in dead]
        mark = await bus.mark()
        unlocks = (await line.do("unlock", times=self._plan.unlocks, units=living))["unlocks"]
        window = await bus.since(mark)
        switched = window.report["switched"]
        took = [
            (switched[str(unlock["id"])] - unlock["began_ns"]) / _NANOSECONDS_PER_MILLISECOND
            for unlock in unlocks
            if str(unlock["id"]) in switched
        ]
        confirmed = [
            unlock["took_ns"] / _NANOSECONDS_PER_MILLISECOND for unlock in unlocks if unlock["outcome"] == "done"
        ]
        not_done = len(unlocks) - min(len(took), len(confirmed))
        name = f"bus {UNLOCK_BAUD}"
        self._figure(f"{name}: unlock to relay p50{beside}", percentile(took, 0.50), "ms")
        self._figure(f"{name}: unlock to relay p99{beside}", percentile(took, 0.99), "ms")
        self._figure(f"{name}: unlock to confirmed p50{beside}", percentile(confirmed, 0.50), "ms")
        self._figure(f"{name}: unlock to confirmed p99{beside}", percentile(confirmed, 0.99), "ms")
        self._figure(f"{name}: unlocks not done{beside}", not_done, "")
        self._figure(f"{name}: poll cycle of door controllers, while unlocking{beside}", window.mean_cycle(dead), "s")
        self._figure(f"{name}: stolen from the machine, while unlocking{beside}", window.stolen_percent, "% of a core")


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)

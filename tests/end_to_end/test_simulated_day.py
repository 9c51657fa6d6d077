"""A day of a compound through change filter, outbox and outlets, written to real servers and read back equal.

Replayed at once with times over 24 h: some 100,000 points here, over 2,000,000 after the filter under GRIDPOST_SOAK=1.
"""

from __future__ import annotations

import os
import random
import time
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

from drivers.contract import Device, Fault, Group, Kind, Point, Quality, Sample
from gateway.deliver.outlet import TELEMETRY
from gateway.keep.telemetry import Telemetry
from gateway.model import NANOSECONDS, Now, Place
from gateway.numbers import Numbers
from tests.deliver.influx.wired import config, until, wired
from tests.servers.influxd import Influxd
from tests.servers.victoria import Victoria

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from drivers.contract import Value
    from tests.deliver.influx.wired import Wired

SOAK = os.environ.get("GRIDPOST_SOAK") == "1"
LEAST_POINTS, DEVICES, EVERY_SECONDS = (2_000_000, 60, 6.0) if SOAK else (100_000, 30, 60.0)
DAY_SECONDS = 86_400
YESTERDAY = time.time() - DAY_SECONDS - 600
DRAIN_SECONDS = 600.0 if SOAK else 60.0

POINTS = (
    Point("door1.open", Kind.BOOLEAN),
    Point("door1.forced", Kind.BOOLEAN),
    Point("ring_head", Kind.INTEGER),
    Point("supply_voltage", Kind.REAL, deadband=0.05),
    Point("temperature", Kind.REAL, deadband=0.2),
    Point("energy", Kind.REAL),
)
DOOR = Group(POINTS, EVERY_SECONDS, heartbeat_seconds=600.0)

Row = tuple[int, dict[str, "Value"]]
"""What is told of a device at one time: nanoseconds, and values by key."""


class Told:
    """Remembers what the filter told: the day as every destination must have it."""

    def __init__(self) -> None:
        self.points = 0
        self.rows: dict[str, list[Row]] = {}

    def reading(
        self,
        device: str,
        group: int,
        indices: Sequence[int],
        values: tuple[Value, ...],
        faults: tuple[Fault | None, ...] | None,
        utc_ns: int,
    ) -> None:
        assert group == 0
        believed = [i for i in indices if faults is None or faults[i] is None or faults[i].quality < Quality.BAD]  # type: ignore[union-attr] # checked before
        self.points += len(believed)
        if believed:
            self.rows.setdefault(device, []).append((utc_ns, {POINTS[i].key: values[i] for i in believed}))


def day(chance: random.Random) -> Iterator[tuple[Sample, list[int], Now]]:
    """Every sample of the day in its order, with what changed in it."""
    values: list[list[Any]] = [[False, False, 0, 13.6, 21.0, 0.0] for _ in range(DEVICES)]
    faults: list[tuple[Fault | None, ...] | None] = [None] * DEVICES
    before: list[tuple[Value, ...]] = [()] * DEVICES
    for turn in range(int(DAY_SECONDS / EVERY_SECONDS)):
        for n in range(DEVICES):
            utc = YESTERDAY + turn * EVERY_SECONDS + n * EVERY_SECONDS / DEVICES
            now = Now("boot-1", int(utc * NANOSECONDS), utc, trusted=True)
            state = values[n]
            state[0] = chance.random() < 0.3
            state[1] = chance.random() < 0.01
            state[2] += chance.random() < 0.5
            state[3] = round(13.6 + chance.gauss(0, 0.05), 3)
            state[4] = round(state[4] + chance.gauss(0, 0.1), 1)
            state[5] = round(state[5] + chance.random(), 3)  # VictoriaMetrics keeps 12 digits
            was, faulty = faults[n], chance.random() < 0.002
            faults[n] = (None, None, None, None, Fault(Quality.BAD, "out of range"), None) if faulty else None
            told = (*state[:4], None if faulty else state[4], state[5])
            changed = [i for i in range(len(POINTS)) if not before[n] or told[i] != before[n][i]]
            if was != faults[n] and 4 not in changed:
                changed.append(4)
            before[n] = told
            yield Sample(f"b1u{n}", 0, told, faults[n], now.boottime_ns), changed, now


async def replay(house: Wired, told: Told) -> None:
    """Send the day down the road as fast as the disk takes it."""
    numbers = Numbers()
    telemetry = Telemetry(house.outbox, numbers, compound="xingfuli", simulated=False, every_reading=False)
    telemetry.live.append(told)
    devices = [Device(f"b1u{n}", "acp1-day", (DOOR,)) for n in range(DEVICES)]
    telemetry.adopt(devices, lambda device: Place("b1", "1", device, "g1"))
    outbox = house.outbox
    for sample, changed, now in day(random.Random(11)):
        telemetry.take(sample, changed, now)
        if (
            outbox.committed < outbox.filling - 1
        ):  # a day in a minute is more than a disk may take: nothing is to be dropped
            await until(lambda: outbox.committed >= outbox.filling - 1)
    await outbox.settled()
    assert not any(outbox.lost().values())
    assert numbers.unwritable == 0


async def test_a_day_is_read_back_equal_from_influxdb_and_from_victoria_metrics(tmp_path: Path) -> None:
    told = Told()
    async with AsyncExitStack() as stack:
        influxd = await stack.enter_async_context(Influxd(tmp_path / "influxd"))
        victoria = await stack.enter_async_context(Victoria(tmp_path / "victoria"))
        house = await stack.enter_async_context(wired(tmp_path, ["influx", "victoria"]))
        for destination in (config(influxd.url), config(victoria.url, id="victoria", dialect="v2")):
            await stack.enter_async_context(house.outlet(destination))

        await replay(house, told)
        for name in ("influx", "victoria"):
            await until(lambda name=name: house.outbox.cursor(name, TELEMETRY) == house.outbox.committed, DRAIN_SECONDS)  # type: ignore[misc] # a lambda's default has no type

        for device, rows in told.rows.items():
            assert await of_influxd(influxd, device) == rows
            assert await of_victoria(victoria, device) == by_series(rows)
        assert await house.outbox.quarantined() == []
    assert told.points >= LEAST_POINTS
    print(f"{told.points} points of {DEVICES} devices")  # noqa: T201 - `make soak` shows it


async def of_influxd(influxd: Influxd, device: str) -> list[Row]:
    """All that InfluxDB has of a device."""
    keys = [point.key for point in POINTS]
    columns = ", ".join(f'"{key}"' for key in keys)
    found = await influxd.query(f"SELECT {columns} FROM \"acp1-day\" WHERE device = '{device}'")  # noqa: S608 - names of our own
    rows = [(ns, dict(zip(keys, values, strict=True))) for ns, *values in found[0]["values"]]
    return [(ns, {key: value for key, value in row.items() if value is not None}) for ns, row in rows]


async def of_victoria(victoria: Victoria, device: str) -> dict[str, list[tuple[int, float]]]:
    """All that VictoriaMetrics has of a device, but for texts, which it does not keep."""
    found = await victoria.export(f'{{device="{device}"}}')
    series = {labels["__name__"].removeprefix("acp1-day_"): (times, values) for labels, times, values in found}
    series.pop("faults", None)
    return {key: list(zip(times, values, strict=True)) for key, (times, values) in series.items()}


def by_series(rows: list[Row]) -> dict[str, list[tuple[int, float]]]:
    """Rows as VictoriaMetrics keeps them: series of floats, at milliseconds."""
    series: dict[str, list[tuple[int, float]]] = {}
    for ns, row in rows:
        for key, value in row.items():
            assert isinstance(value, int | float)
            series.setdefault(key, []).append((ns // 1_000_000, float(value)))
    return series

"""Whatever a bus answers, no value is ever taken for that of another register, in virtual time.

All registers hold what only they hold, and the reads of a unit look alike: the same functions, the same lengths.
"""

from __future__ import annotations

import asyncio
import zlib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from drivers.contract import LineLost, Link, LinkChanged, Sample
from drivers.modbus.config import ModbusConfig
from drivers.modbus.wire_time import WireTime
from tests.drivers.modbus.points import SOAK
from tests.drivers.modbus.servers import Box, Request
from tests.drivers.modbus.virtual_bus import Form, VirtualBus, play
from tests.drivers.recording_post import RecordingPost
from tests.drivers.running import command

if TYPE_CHECKING:
    import random

    from drivers.contract import Report
    from drivers.modbus.driver import ModbusLine

UNITS = (1, 2, 3)
REQUESTS = 1_200_000 if SOAK else 12_000
RUNS = 6
PROFILES = Path(__file__).parent / "profiles"
REGISTERS = {1: (0, 50), 2: (0,), 3: (0, 100, 200), 4: (0, 300)}
CODES = (4, 5, 6, 8)


def holds(unit: int, function: int, address: int) -> int:
    """What a register holds, and no other: for a bit, one of the bits of that."""
    said = zlib.crc32(f"{unit}/{function}/{address}".encode()) & 0xFFFF
    return said & 1 if function in (1, 2) else said


def serial_of(unit: int) -> int:
    return 700000 + unit


def box(unit: int) -> Box:
    unit_box = Box()
    for function, starts in REGISTERS.items():
        for start in starts:
            for address in range(start, start + 8):
                unit_box.set(function, address, holds(unit, function, address))
    unit_box.set(3, 900, serial_of(unit) >> 16, serial_of(unit) & 0xFFFF)
    unit_box.set(3, 400, 0)
    return unit_box


def nasty(request: Request, right: bytes, dice: random.Random) -> list[tuple[float, int, bytes, bool]]:
    """Nine in ten answers are right."""
    if dice.random() < 0.9:
        return [(0.0, request.unit, right, True)]
    unit, late, again = request.unit, dice.uniform(0.1, 3.0), dice.uniform(0.0, 0.09)
    other = dice.choice([number for number in UNITS if number != unit])
    refusal = bytes((request.function | 0x80, dice.choice(CODES)))
    another_function = bytes((right[0] ^ dice.choice((1, 2, 7)),)) + right[1:]
    return dice.choice(
        [
            [],
            [(late, unit, right, True)],
            [(late, unit, right, True), (late + again, unit, right, True)],
            [(0.0, unit, right, True), (again, unit, right, True)],
            [(0.0, unit, right[: dice.randrange(1, len(right))], dice.random() < 0.5)],
            [(0.0, other, right, True)],
            [(0.0, unit, right, False)],
            [(0.0, unit, another_function, True)],
            [(0.0, unit, refusal, True)],
            [(late, unit, refusal, True)],
        ]
    )


class Inspector(RecordingPost):
    """Compares each value with what its register holds, and remembers what was wrong."""

    def __init__(self, driver: ModbusLine) -> None:
        super().__init__()
        self.good: Counter[str] = Counter()
        self.wrong: list[object] = []
        self.expected = {
            (device.id, at): tuple(holds(int(device.id[1:]), *place(point.key)) for point in group.points)
            for device in driver.devices
            for at, group in enumerate(device.groups)
        }

    def report(self, x: Report, /) -> None:
        if isinstance(x, Sample):
            expected = self.expected[x.device, x.group]
            if x.faults is None:
                self.good[x.device] += 1
            if any(said is not None and said != held for said, held in zip(x.values, expected, strict=True)):
                self.wrong.append(x)
        elif isinstance(x, LinkChanged) and (
            x.link is Link.MISCONFIGURED or x.serial not in ("", str(serial_of(int(x.device[1:]))))
        ):
            self.wrong.append(x)


def place(key: str) -> tuple[int, int]:
    """Function and address of a point of `profiles/alike.yaml`."""
    starts = {"a": (3, 0), "b": (3, 100), "c": (3, 200), "d": (4, 0), "e": (4, 300), "f": (1, 0), "g": (1, 50)}
    function, start = starts.get(key[0], (2, 0))
    return function, start + int(key[1:])


def line(form: Form) -> ModbusLine:
    ways: dict[str, dict[str, Any]] = {
        "serial": {"serial": {"path": "/dev/ttyS1", "baud": 115200}},
        "rtu over tcp": {"host": "10.0.0.7", "framing": "rtu"},
        "gateway": {"host": "10.0.0.7", "tid": "ignore"},
    }
    devices = [{"id": f"u{unit}", "product": "alike", "unit": unit, "serial": serial_of(unit)} for unit in UNITS]
    paces = {"fast_seconds": 0.1, "normal_seconds": 0.3, "slow_seconds": 2.0}
    return ModbusConfig.model_validate(
        {"id": "line", "devices": devices, "profile_folders": [PROFILES], **paces, **ways[form]}
    ).build()


async def command_now_and_then(driver: ModbusLine) -> None:
    number = 0
    while True:
        number += 1
        await driver.perform(command(f"u{UNITS[number % 3]}", "set", {"to": number & 0xFFFF}, number=number))
        await asyncio.sleep(0.7)


async def kept_alive(driver: ModbusLine, post: Inspector) -> None:
    while True:
        try:
            await driver.run(post)
        except LineLost:
            await asyncio.sleep(1.0)


@pytest.mark.parametrize("form", ["serial", "rtu over tcp", "gateway"])
@pytest.mark.parametrize("seed", [1, 2])
def test_no_value_is_ever_taken_for_that_of_another_register(form: Form, seed: int) -> None:
    bus = VirtualBus(
        {unit: box(unit) for unit in UNITS},
        form=form,
        speed=WireTime.of(115200, "even", None),
        turnaround_seconds=0.002,
        mischief=nasty,
        seed=seed,
        keeps_log=False,
    )

    async def story() -> Inspector:
        driver = line(form)
        post = Inspector(driver)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(kept_alive(driver, post)), group.create_task(command_now_and_then(driver))]
            while bus.requests < REQUESTS // RUNS and not post.wrong:
                await asyncio.sleep(1.0)
            for task in tasks:
                task.cancel()
        return post

    post = play(bus, story)

    assert post.wrong == []
    assert all(post.good[f"u{unit}"] > REQUESTS / RUNS / 10 for unit in UNITS)

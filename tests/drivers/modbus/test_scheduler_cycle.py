"""What a bus of 32 units makes of its time, in virtual time: the formula of domain 1.3, dead units, and who goes first."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from drivers.contract import Link
from drivers.modbus.config import ModbusConfig
from drivers.modbus.frame import Frame
from drivers.modbus.wire_time import WireTime
from tests.drivers.modbus.servers import Box
from tests.drivers.modbus.virtual_bus import VirtualBus, play
from tests.drivers.recording_post import RecordingPost
from tests.drivers.running import running

if TYPE_CHECKING:
    from collections.abc import Iterable

UNITS = 32
TURNAROUND_SECONDS = 0.01
STATUS = Frame.reading(1, 4, 0x0100, 16)
GREETING = Frame.reading(1, 4, 0x0005, 2)
PROFILES = Path(__file__).parent / "profiles"


def config(baud: int = 19200, units: Iterable[int] = range(1, UNITS + 1), **changes: Any) -> ModbusConfig:
    devices = [{"id": f"d{unit}", "product": "sixteen", "unit": unit} for unit in units]
    way = {} if "host" in changes else {"serial": {"path": "/dev/ttyS1", "baud": baud}}
    settings = {"id": "bus", "slow_seconds": 600.0, "devices": devices, "profile_folders": [PROFILES]}
    return ModbusConfig.model_validate(settings | way | changes)


def bus(baud: int = 19200, units: Iterable[int] = range(1, UNITS + 1), **changes: Any) -> VirtualBus:
    boxes = {unit: Box() for unit in units}
    for unit, box in boxes.items():
        box.set(4, 5, 0, unit)
        box.set(4, 0x0100, *range(unit, unit + 16))
    return VirtualBus(boxes, speed=WireTime.of(baud, "even", None), turnaround_seconds=TURNAROUND_SECONDS, **changes)


def ideal(baud: int, units: int = UNITS) -> float:
    return units * (WireTime.of(baud, "even", None).seconds_of(STATUS) + TURNAROUND_SECONDS)


def time_out(baud: int) -> float:
    """The longest that a knock can take: what its bytes take, and the most that a unit is given."""
    return WireTime.of(baud, "even", None).seconds_of(GREETING) + 0.5


def cycles(line: VirtualBus, unit: int, since: float) -> list[float]:
    """How long each round took, by one unit's status block."""
    times = [asked.at for asked in line.since(since) if asked.unit == unit and asked.address == 0x0100]
    return [later - earlier for earlier, later in pairwise(times)]


@pytest.mark.parametrize(
    ("baud", "seconds"),
    [(9600, 2.23), (19200, 1.27), (38400, 0.84), (115200, 0.57)],  # domain 1.3, last column
)
def test_a_full_bus_is_polled_as_fast_as_its_bytes_allow(baud: int, seconds: float) -> None:
    line, given = bus(baud), config(baud)

    async def story() -> tuple[list[float], float, float]:
        driver = given.build()
        async with running(driver, RecordingPost()):
            await asyncio.sleep(25)
            numbers = driver.statistics()
            since = asyncio.get_running_loop().time() - 20
            return cycles(line, 7, since), numbers["cycle_seconds"], numbers["utilisation"]

    taken, said, utilisation = play(line, story)

    assert ideal(baud) == pytest.approx(seconds, abs=0.005)
    assert sum(taken) / len(taken) < 1.02 * ideal(baud)
    assert max(taken) < 1.15 * ideal(baud)  # beats lie on a grid: two units may change places
    assert said == pytest.approx(ideal(baud), rel=0.15)
    assert 0.97 < utilisation <= 1.0


def test_a_bus_with_time_to_spare_says_how_much() -> None:
    line, given = bus(units=range(1, 5)), config(units=range(1, 5), fast_seconds=1.0)

    async def story() -> dict[str, float]:
        driver = given.build()
        async with running(driver, RecordingPost()):
            await asyncio.sleep(120)
            return dict(driver.statistics())

    numbers = play(line, story)

    assert numbers["utilisation"] == pytest.approx(ideal(19200, 4), rel=0.1)
    assert numbers["cycle_seconds"] == pytest.approx(1.0, rel=0.05)


@pytest.mark.parametrize(("baud", "dead"), [(9600, 1), (19200, 1), (19200, 4), (115200, 4)])
def test_dead_units_make_no_cycle_longer_by_more_than_one_time_out(baud: int, dead: int) -> None:
    line, given = bus(baud), config(baud)

    async def story() -> tuple[list[float], list[Link]]:
        driver, post = given.build(), RecordingPost()
        async with running(driver, post):
            await asyncio.sleep(5)
            for unit in range(1, 1 + dead):
                line.boxes[unit].silent = True
            await asyncio.sleep(30)
            since = asyncio.get_running_loop().time()
            await asyncio.sleep(60)
            return cycles(line, 7, since), [post.links(f"d{unit}")[-1].link for unit in range(1, 1 + dead)]

    taken, links = play(line, story)

    assert links == [Link.LOST] * dead
    assert max(taken) < 1.05 * ideal(baud, UNITS - dead) + time_out(baud)
    assert sum(taken) / len(taken) < 1.05 * ideal(baud)


def test_four_units_that_die_at_once_are_lost_within_half_a_minute_and_never_cost_two_time_outs_a_cycle() -> None:
    line, given = bus(), config()

    async def story() -> tuple[list[float], float]:
        driver, post = given.build(), RecordingPost()
        loop = asyncio.get_running_loop()
        async with running(driver, post):
            await asyncio.sleep(5)
            for unit in range(1, 5):
                line.boxes[unit].silent = True
            died = loop.time()
            await asyncio.sleep(2.5)  # a first miss is nobody's to foresee
            since = loop.time()
            while not all(post.links(f"d{unit}")[-1].link is Link.LOST for unit in range(1, 5)):
                await asyncio.sleep(0.1)
            return cycles(line, 7, since), loop.time() - died

    taken, lost_after = play(line, story)

    assert lost_after < 30
    assert max(taken) < 1.05 * ideal(19200, 28) + time_out(19200)


def test_a_dead_unit_comes_back_within_its_knock_and_is_polled_like_the_others() -> None:
    line, given = bus(), config()

    async def story() -> tuple[float, list[float]]:
        driver, post = given.build(), RecordingPost()
        loop = asyncio.get_running_loop()
        line.boxes[3].silent = True
        async with running(driver, post):
            await asyncio.sleep(40)
            line.boxes[3].silent = False
            back = loop.time()
            while not (post.links("d3") and post.links("d3")[-1].link is Link.UP):
                await asyncio.sleep(0.1)
            found_after = loop.time() - back
            await asyncio.sleep(20)
            return found_after, cycles(line, 3, loop.time() - 10)

    found_after, taken = play(line, story)

    assert found_after < 33
    assert max(taken) < 1.15 * ideal(19200)


def test_a_unit_that_misses_one_answer_is_asked_again_in_the_next_cycle_and_not_lost() -> None:
    line, given = bus(), config()

    async def story() -> tuple[list[Link], list[float]]:
        driver, post = given.build(), RecordingPost()
        async with running(driver, post):
            await asyncio.sleep(5)
            line.boxes[3].silent = True
            asked = len(line.asked)
            while not any(asked.unit == 3 for asked in line.asked[asked:]):
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.03)
            line.boxes[3].silent = False
            since = asyncio.get_running_loop().time() - 2
            await asyncio.sleep(10)
            return [said.link for said in post.links("d3")], cycles(line, 3, since)

    links, taken = play(line, story)

    assert links == [Link.UP]
    assert max(taken) < 2 * ideal(19200) + time_out(19200)


def test_one_dead_unit_of_ten_behind_a_gateway_leaves_its_neighbours_on_time() -> None:
    units = range(1, 11)
    line = bus(units=units, form="gateway", gateway_timeout_seconds=0.3)
    serial_side = {"baud": 19200, "timeout_seconds": 0.3}
    given = config(units=units, host="10.0.0.7", bus=serial_side, fast_seconds=1.0)

    async def story() -> float:
        driver, post = given.build(), RecordingPost()
        line.boxes[4].silent = True
        async with running(driver, post):
            await asyncio.sleep(100)
            assert post.links("d4")[-1].link is Link.LOST
            return min(len(post.samples(f"d{unit}")) / 100 for unit in units if unit != 4)

    on_time = play(line, story)

    assert on_time > 0.99
    assert line.connections == 1


def test_a_slow_unit_is_not_given_up_where_the_gateway_still_waits_for_it() -> None:
    line = bus(units=(1,), form="gateway")
    line.turnaround_seconds = 0.6
    given = config(units=(1,), host="10.0.0.7", bus={"baud": 19200, "timeout_seconds": 0.7}, fast_seconds=1.0)

    async def story() -> tuple[list[Link], float]:
        driver, post = given.build(), RecordingPost()
        async with running(driver, post):
            await asyncio.sleep(60)
            return [said.link for said in post.links("d1")], driver.statistics()["missed"]

    assert play(line, story) == ([Link.UP], 0)


def test_the_numbers_of_a_unit_tell_what_came_of_its_requests() -> None:
    line, given = bus(units=(1, 2)), config(units=(1, 2))

    async def story() -> dict[str, dict[str, float]]:
        driver = given.build()
        async with running(driver, RecordingPost()):
            await asyncio.sleep(60)
            line.boxes[2].silent = True
            await asyncio.sleep(60)
            return {name: dict(numbers) for name, numbers in driver.device_statistics().items()}

    numbers = play(line, story)

    assert numbers["d1"]["missed"] == numbers["d1"]["offline_probes"] == 0
    assert numbers["d1"]["requests"] == numbers["d1"]["answered"] > 300
    assert numbers["d1"]["p99_ms"] == pytest.approx(1000 * TURNAROUND_SECONDS, abs=3)
    assert numbers["d1"]["timeout_ms"] == 150
    assert numbers["d2"]["missed"] == 3 + numbers["d2"]["offline_probes"]
    assert 4 <= numbers["d2"]["offline_probes"] <= 7

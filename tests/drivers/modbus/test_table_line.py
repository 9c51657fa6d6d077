"""Tables and clocks through the whole driver: a real socket, polls beside it, and the controller of the simulator."""

from __future__ import annotations

import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from drivers.contract import CLOCK, PERMITS, Sample, WantedState
from drivers.modbus.config import ModbusConfig
from drivers.modbus.plan import PERMIT_POINTS
from drivers.permit_table import table_sum
from simulator.controller import Controller
from simulator.faults import Station
from simulator.modbus import ModbusPort
from tests.drivers.modbus.one_unit import level
from tests.drivers.recording_post import RecordingPost
from tests.drivers.running import running, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from drivers.modbus.driver import ModbusLine

SERIAL = 300301


@asynccontextmanager
async def controller_port() -> AsyncIterator[tuple[ModbusPort, int]]:
    controller = Controller(SERIAL, 2, time.time(), lambda _now, _mains_failed: (24000, 13200, 215))
    port = ModbusPort(Station("b3u1", controller), time.time)
    bound = await port.open("127.0.0.1", 0)
    try:
        yield port, bound
    finally:
        await port.close()


def line(port: int) -> ModbusLine:
    """Polls that follow one another so fast that the line is never idle."""
    config = {
        "id": "line", "host": "127.0.0.1", "port": port, "fast_seconds": 0.05, "slow_seconds": 1.0,
        "devices": [{"id": "b3u1", "product": "acp1-2door", "unit": 1, "serial": SERIAL}],
    }  # fmt: skip
    return ModbusConfig.model_validate(config).build()


def state(post: RecordingPost) -> dict[str, object]:
    """How the table was last said to stand."""
    for report in reversed(post.reports):
        if isinstance(report, Sample) and len(report.values) == len(PERMIT_POINTS):
            return dict(zip((point.key for point in PERMIT_POINTS), report.values, strict=True))
    return {}


async def test_a_wanted_table_is_written_beside_the_polls_and_told_as_the_last_group() -> None:
    wanted = level(7, [(index, index + 1) for index in range(30)], schedules=[1], holidays=[0])
    async with controller_port() as (port, bound):
        driver, post = line(bound), RecordingPost()
        driver.want("b3u1", WantedState(PERMITS, wanted))

        async with running(driver, post):
            await until(lambda: state(post).get("permits_state") == "current")

        table = port.station.controller.table
        assert (table.version, table.active.sum()) == (7, table_sum(wanted))
        assert state(post)["permits_users"] == 30
        (groups,) = {report.group for report in post.reports if isinstance(report, Sample) and report.group == 2}
        assert driver.devices[0].groups[groups].points == PERMIT_POINTS


async def test_a_change_reaches_the_controller_although_the_connection_broke() -> None:
    first = level(7, [(index, index + 1) for index in range(5)])
    then = level(8, [(index, index + 2) for index in range(40)])
    async with controller_port() as (port, bound):
        driver, post = line(bound), RecordingPost()
        driver.want("b3u1", WantedState(PERMITS, first))
        async with running(driver, post):
            await until(lambda: state(post).get("permits_version") == 7)
            driver.want("b3u1", WantedState(PERMITS, then))
            await until(lambda: state(post).get("permits_state") == "writing")

        async with running(driver, post):
            await until(lambda: state(post).get("permits_version") == 8)

        assert port.station.controller.table.active.sum() == table_sum(then)


async def test_the_clock_is_set_once_ours_is_to_be_believed() -> None:
    async with controller_port() as (port, bound):
        driver, post = line(bound), RecordingPost()
        controller = port.station.controller
        controller.set_clock(1_000_000_000.0, time.time())

        async with running(driver, post):
            await until(lambda: controller.host.beat)
            assert abs(controller.utc(time.time()) - 1_000_000_000.0) < 60
            driver.want("b3u1", WantedState(CLOCK, level=True))
            await until(lambda: abs(controller.utc(time.time()) - time.time()) < 1)

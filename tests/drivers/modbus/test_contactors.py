"""A board of contactors: one frame for each that is to be cut, held until it is lifted, and closed again by a person alone."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from drivers.contract import CHARGING_OFF, Link, Outcome, WantedState
from drivers.modbus.config import ModbusConfig
from tests.drivers.modbus.lines import QUICK
from tests.drivers.modbus.servers import Box, Host, Request
from tests.drivers.recording_post import RecordingPost
from tests.drivers.running import command, running, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import pytest

    from drivers.modbus.driver import ModbusLine

COIL, CONTACT = 1, 2


def board() -> Box:
    """Contactors that follow their coils: a set coil cuts."""

    def follow(box: Box, _write: Request) -> None:
        for number in range(8):
            box.set(CONTACT, number, 1 - box.registers[COIL][number])

    box = Box(on_write=follow)
    box.set(COIL, 0, *[0] * 8)
    box.set(CONTACT, 0, *[1] * 8)
    return box


@asynccontextmanager
async def at_work(box: Box, post: RecordingPost) -> AsyncIterator[tuple[ModbusLine, Host]]:
    devices = [{"id": "cut1", "product": "contactor-8", "unit": 1}]
    async with Host({1: box}) as host:
        config = {"id": "line", "host": "127.0.0.1", "port": host.port, "devices": devices, **QUICK}
        driver = ModbusConfig.model_validate(config).build()
        async with running(driver, post):
            await until(lambda: post.links("cut1") and post.links("cut1")[-1].link is Link.UP)
            yield driver, host


def cut(*parts: str) -> WantedState:
    return WantedState(CHARGING_OFF, {"parts": list(parts)})


def closed(box: Box) -> list[int]:
    return [number + 1 for number in range(8) if box.registers[CONTACT][number]]


async def test_only_the_contactors_that_are_named_are_cut() -> None:
    box, post = board(), RecordingPost()
    async with at_work(box, post) as (driver, _):
        driver.want("cut1", cut("contactor2", "contactor5"))
        await until(lambda: closed(box) == [1, 3, 4, 6, 7, 8])


async def test_a_contactor_that_somebody_closes_while_it_is_to_be_cut_is_cut_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("drivers.modbus.holding.HOLD_SECONDS", 0.05)
    box, post = board(), RecordingPost()
    async with at_work(box, post) as (driver, _):
        driver.want("cut1", cut("contactor2"))
        await until(lambda: 2 not in closed(box))
        box.set(COIL, 1, 0)
        box.set(CONTACT, 1, 1)
        await until(lambda: 2 not in closed(box))


async def test_lifting_closes_nothing_and_a_person_closes_it() -> None:
    box, post = board(), RecordingPost()
    async with at_work(box, post) as (driver, host):
        driver.want("cut1", cut("contactor2"))
        await until(lambda: 2 not in closed(box))
        driver.want("cut1", WantedState(CHARGING_OFF, None))
        heard = len(host.requests)
        await until(lambda: len(host.requests) > heard + 10)
        still_cut = 2 not in closed(box)
        result = await driver.perform(command("cut1", "contactor2.close"))

    assert still_cut
    assert (result.outcome, dict(result.confirmed)) == (Outcome.DONE, {"contactor2.closed": True})


async def test_cutting_waits_for_no_serial_number_and_for_no_answer() -> None:
    box, post = board(), RecordingPost()
    async with at_work(box, post) as (driver, _):
        box.silent = True
        await until(lambda: post.links("cut1")[-1].link is Link.LOST)
        driver.want("cut1", cut("contactor1"))
        box.silent = False
        await until(lambda: 1 not in closed(box))

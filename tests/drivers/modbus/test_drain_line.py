"""Events over the whole driver and a real connection, while we are stopped and started again."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from drivers.contract import DeviceEvent
from drivers.modbus.config import ModbusConfig
from simulator.controller import Controller
from simulator.faults import Station
from simulator.modbus import ModbusPort

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from drivers.contract import Answer, Json, Kept, Question, Report
    from drivers.modbus.driver import ModbusLine

LIMIT_SECONDS = 10.0
CARDS = 40


class Journal:
    """Keeps after a moment, as a disk does."""

    def __init__(self) -> None:
        self.events: list[DeviceEvent] = []
        self.cursors: dict[str, Json] = {}

    def report(self, _x: Report, /) -> None: ...

    async def keep(self, records: Sequence[Kept], cursors: Mapping[str, Json], /) -> None:
        await asyncio.sleep(0.002)
        self.events += [record for record in records if isinstance(record, DeviceEvent)]
        self.cursors |= cursors

    def note(self, device: str, cursor: Json, /) -> None:
        self.cursors[device] = cursor

    async def ask(self, question: Question, /) -> Answer:
        raise NotImplementedError(question)

    def cursor(self, device: str, /) -> Json:
        return self.cursors.get(device)


def a_line(port: int) -> ModbusLine:
    device = {"id": "d1", "product": "acp1-4door", "unit": 1, "serial": 300101}
    return ModbusConfig.model_validate(
        {"id": "line", "host": "127.0.0.1", "port": port, "fast_seconds": 0.05, "devices": [device]}
    ).build()


@asynccontextmanager
async def running(line: ModbusLine, journal: Journal) -> AsyncIterator[None]:
    task = asyncio.create_task(line.run(journal))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(LIMIT_SECONDS):
        while not condition():
            await asyncio.sleep(0.005)


async def test_cards_shown_while_we_are_stopped_and_started_are_kept_once_each_and_acknowledged() -> None:
    controller = Controller(300101, 4, time.time(), lambda _now, _failed: (24000, 13000, 210))
    port = ModbusPort(Station("d1", controller), time.time)
    number = await port.open("127.0.0.1", 0)
    journal = Journal()

    async def show_cards() -> None:
        for card in range(CARDS):
            controller.present_card(controller.doors[card % 4], card, time.time())
            await asyncio.sleep(0.02)

    cards = asyncio.create_task(show_cards())
    try:
        for already in (5, 15, 25):
            async with running(a_line(number), journal):
                await until(lambda already=already: len(journal.events) >= already)  # type: ignore[misc]
        line = a_line(number)
        async with running(line, journal):
            await cards
            await until(lambda: controller.acknowledged == controller.ring.head)

            assert line.device_statistics()["d1"]["backlog"] == 0
    finally:
        cards.cancel()
        await port.close()

    assert [event.sequence for event in journal.events] == list(range(1, controller.ring.head))
    assert [event.body["ref"] for event in journal.events if event.kind == "granted"] == list(range(CARDS))
    assert journal.cursors["d1"] == {"serial": "300101", "epoch": 1, "next": controller.ring.head}

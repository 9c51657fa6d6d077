"""Cards are shown at 20 a second while the gateway is killed again and again: every event stands in the journal once.

Meanwhile permits are changed: no controller is ever left with half a table. GRIDPOST_SOAK=1 kills 200 times.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sqlite3
import struct
import time
from contextlib import asynccontextmanager, closing
from typing import TYPE_CHECKING, Any

from drivers.credential import card_hash
from gateway.keep.site_key import SIMULATED_KEY
from simulator.bank import User
from simulator.controller import Controller
from simulator.faults import Station
from simulator.modbus import ModbusPort
from simulator.ring import Ring
from tests.end_to_end.living import living

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    import httpx

SERIAL = 300101
KILLS = 200 if os.environ.get("GRIDPOST_SOAK") else 3
CARDS_A_SECOND = 20
LIMIT_SECONDS = 30.0
BLOCK, BLOCKS = 30, 10
RESIDENTS = BLOCK * BLOCKS
USER = struct.Struct(">QIIHHH")
HEAD = "person,name,building,entrance,flat,card,groups\n"


class Recording(Ring):
    """A ring that remembers all that was ever written into it: the truth."""

    __slots__ = ("written",)

    def __init__(self) -> None:
        super().__init__()
        self.written: dict[tuple[int, int], tuple[int, int]] = {}
        """(epoch, sequence): (type, REF)."""

    def append(self, utc: int, event: int, door: int, ref: int) -> None:
        self.written[self.epoch, self.head] = (event, ref)
        super().append(utc, event, door, ref)


def config(port: int) -> str:
    return (
        "compound: {id: c1, name: 小区, simulated: true}\n"
        "buildings: [{id: b1, name: 1号楼, units: 1, floors: 30, flats_per_floor: 10}]\nlines:\n"
        f"  - {{id: l1, driver: modbus, host: 127.0.0.1, port: {port}, fast_seconds: 0.1,\n"
        f"     devices: [{{id: b1u1, product: acp1-2door, unit: 1, serial: {SERIAL}, building: b1, entrance: '1',\n"
        "       name: 1单元门禁, doors: {escape: true, lock: fail_safe}}]}\n"
    )


def rows(numbers: range) -> str:
    """A row of a permit file for each resident; the card's number is his own."""
    return HEAD + "".join(f"r{number},住户{number},b1,1,{number},{number},b1u1\n" for number in numbers)


@asynccontextmanager
async def a_controller() -> AsyncIterator[tuple[Controller, int]]:
    controller = Controller(SERIAL, 2, time.time(), lambda _now, _fails: (13_600, 13_200, 250))
    controller.ring = Recording()
    port = ModbusPort(Station("b1u1", controller), time.time)
    number = await port.open("127.0.0.1", 0)
    try:
        yield controller, number
    finally:
        await port.close()


async def show_cards(controller: Controller) -> None:
    """People at both doors, half of them unknown."""
    number = 0
    while True:
        number += 1
        now = time.time()
        controller.advance(now)
        controller.present_card(controller.doors[number % 2], number % (2 * RESIDENTS), now)
        await asyncio.sleep(1 / CARDS_A_SECOND)


def kept(folder: Path) -> dict[tuple[str, int], tuple[str, dict[str, Any]]]:
    """What the journal's log says happened, by epoch and sequence; fails for an event that stands there twice."""
    found: dict[tuple[str, int], tuple[str, dict[str, Any]]] = {}
    with closing(sqlite3.connect(f"file:{folder / 'data' / 'journal.db'}?mode=ro", uri=True)) as journal:
        for (said,) in journal.execute("SELECT body FROM log WHERE kind = 'event' AND subject = 'b1u1'"):
            body = json.loads(said)
            key = body["epoch"], body["sequence"]
            assert key not in found, key
            found[key] = body["kind"], body["body"]
    return found


def block(number: int) -> range:
    """The residents of one file."""
    return range(1 + number * BLOCK, 1 + (number + 1) * BLOCK)


def whole_blocks(controller: Controller) -> bool:
    """Whether the table that lets people in holds each file wholly or not at all."""
    inside = {User(*USER.unpack(words)).credential for words in controller.table.active.users.values()}
    blocks = [{int(card_hash(SIMULATED_KEY, card), 16) for card in block(number)} for number in range(BLOCKS)]
    return all(people <= inside or not people & inside for people in blocks) and inside <= set().union(*blocks)


async def change_permits(client: httpx.AsyncClient, turns: Iterator[int]) -> None:
    """Bring in the next thirty residents, as far as the gateway lives."""
    turn = next(turns)
    text = rows(block(turn % BLOCKS))
    answer = await client.post("/api/v1/permits/import", content=text.encode(), headers={"Content-Type": "text/csv"})
    answer.raise_for_status()


async def test_every_event_is_kept_once_and_no_table_is_half_written(tmp_path: Path) -> None:
    noise = random.Random(4)
    turns = iter(range(10_000))
    async with a_controller() as (controller, port):
        ring = controller.ring
        assert isinstance(ring, Recording)
        showing = asyncio.create_task(show_cards(controller))
        try:
            for _ in range(KILLS):
                async with living(tmp_path, config(port)) as gateway:
                    await change_permits(gateway.client, turns)
                    await asyncio.sleep(noise.uniform(0.05, 1.2))
                    gateway.process.kill()
                    await gateway.process.wait()
                assert whole_blocks(controller)
        finally:
            showing.cancel()
            await asyncio.gather(showing, return_exceptions=True)
        async with living(tmp_path, config(port)) as gateway:
            await change_permits(gateway.client, turns)
            await gateway.until("permits/tables", lambda body: body["current"] == 1)
            assert whole_blocks(controller)
            truth = dict(ring.written)
            async with asyncio.timeout(LIMIT_SECONDS):
                while (f"{SERIAL}-{ring.epoch}", ring.head - 1) not in kept(tmp_path):
                    await asyncio.sleep(0.1)
    events = kept(tmp_path)
    told = {sequence: body["ref"] for (_, sequence), (kind, body) in events.items() if kind != "gap"}
    assert {sequence: told.get(sequence) for _, sequence in truth} == {
        sequence: ref for (_, sequence), (_, ref) in truth.items()
    }
    assert [body for kind, body in events.values() if kind == "gap"] == []

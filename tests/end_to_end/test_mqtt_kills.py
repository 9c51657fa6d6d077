"""500 events a second come through a real broker while the gateway is killed again and again: each is in the journal once.

Every other life has a disk that takes 20 ms for a commit. GRIDPOST_SOAK=1 kills 100 times.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import socket
import sqlite3
import sys
import time
from collections import Counter
from contextlib import AsyncExitStack, asynccontextmanager, closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiomqtt

from bench.gateway import free_port
from tests.end_to_end.living import living
from tests.servers.mosquitto import Mosquitto

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SOAK = os.environ.get("GRIDPOST_SOAK") == "1"
KILLS = 100 if SOAK else 2
DEVICES = 10
EVENTS_A_SECOND = 500
CAUGHT_UP = 0.6
"""So many of the lives end when they have caught up with the devices; the others while they still try to."""
LIMIT_SECONDS = 300.0 if SOAK else 120.0
PROFILES = Path(__file__).parent.parent / "drivers" / "mqtt" / "profiles"
SLOW_DISK = (sys.executable, "-m", "tests.end_to_end.slow_disk")


def config(port: int) -> str:
    devices = "".join(
        f"      - {{id: n{number}, product: test-counter, topic: v1/n{number}, building: b1, name: 计数器{number}}}\n"
        for number in range(DEVICES)
    )
    return (
        "compound: {id: c1, name: 小区, simulated: true}\n"
        "buildings: [{id: b1, name: 1号楼, units: 1, floors: 3, flats_per_floor: 2}]\n"
        f"profiles: [{PROFILES}]\n"
        f"lines:\n  - id: l1\n    driver: mqtt\n    host: 127.0.0.1\n    port: {port}\n    devices:\n{devices}"
    )


class Counters:
    """Devices that count at `EVENTS_A_SECOND` in all, and know what the broker has confirmed."""

    def __init__(self, client: aiomqtt.Client) -> None:
        self.published = 0
        self.seconds = 0.0
        self.unconfirmed: set[int] = set()
        self._paho = client._client
        self._paho.on_publish = self._confirmed
        self.task = asyncio.create_task(self._run(), name="counters")

    async def stop(self) -> None:
        """Publish no more, and wait until the broker has confirmed everything."""
        self.task.cancel()
        async with asyncio.timeout(LIMIT_SECONDS):
            while self.unconfirmed:
                await asyncio.sleep(0.01)

    async def _run(self) -> None:
        """At an even pace."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        while True:
            self.seconds = loop.time() - began
            while self.published < self.seconds * EVENTS_A_SECOND:
                self._publish()
            await asyncio.sleep(0.01)

    def _publish(self) -> None:
        sequence, device = divmod(self.published, DEVICES)
        said = {"boot": 1, "seq": sequence + 1, "ts": time.time(), "d": {"load": 0.5}}
        sent = self._paho.publish(f"v1/n{device}/event", json.dumps(said), 1)
        self.unconfirmed.add(sent.mid)
        self.published += 1

    def _confirmed(self, _client: Any, _userdata: Any, mid: int, _code: Any, _said: Any) -> None:
        self.unconfirmed.discard(mid)


@asynccontextmanager
async def counting(port: int) -> AsyncIterator[Counters]:
    at_once = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]
    async with aiomqtt.Client("127.0.0.1", port, socket_options=at_once, max_inflight_messages=60_000) as client:
        counters = Counters(client)
        try:
            yield counters
        finally:
            counters.task.cancel()


@asynccontextmanager
async def a_life(folder: Path, *prefix: str) -> AsyncIterator[None]:
    """A gateway on the configuration and data in the folder, killed at the end."""
    command = (*prefix, sys.executable, "-m", "gateway", "run", str(folder / "compound.yaml"))
    options = ("--data", str(folder / "data"), "--http", f"127.0.0.1:{free_port()}")
    with (folder / "gateway.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(*command, *options, stdout=log, stderr=log)
    try:
        yield
    finally:
        process.kill()
        await process.wait()


class Log:
    """The journal's log as somebody beside the gateway reads it, from where he stopped."""

    def __init__(self, folder: Path) -> None:
        self.events = 0
        self._path = folder / "data" / "journal.db"
        self._seq = 0

    def read_on(self) -> int:
        """How many rows of events stand in it by now."""
        with closing(sqlite3.connect(f"file:{self._path}?mode=ro", uri=True)) as journal:
            seq, more = journal.execute(
                "SELECT max(seq), sum(kind = 'event') FROM log WHERE seq > ?", (self._seq,)
            ).fetchone()
        self._seq = seq or self._seq
        self.events += more or 0
        return self.events

    async def until(self, events: int) -> None:
        """Wait until so many stand in it."""
        async with asyncio.timeout(LIMIT_SECONDS):
            while self.read_on() < events:
                await asyncio.sleep(0.05)


def kept(folder: Path) -> Counter[tuple[str, str, int]]:
    """The events of the journal's log: (device, kind, number), with how often each stands there."""
    with closing(sqlite3.connect(f"file:{folder / 'data' / 'journal.db'}?mode=ro", uri=True)) as journal:
        found = journal.execute("SELECT subject, body FROM log WHERE kind = 'event'").fetchall()
    events = [(subject, json.loads(body)) for subject, body in found]
    return Counter((subject, body["kind"], body["sequence"]) for subject, body in events)


async def test_every_event_that_the_broker_took_is_kept_once_over_kills(tmp_path: Path) -> None:
    seed = time.time_ns() if SOAK else 6
    chance = random.Random(seed)
    log = Log(tmp_path)
    async with Mosquitto(tmp_path / "broker") as broker, AsyncExitStack() as publishing:
        async with living(tmp_path, config(broker.port)) as gateway:
            await gateway.until("lines", lambda body: all(line["link"] == "up" for line in body["lines"]))
            counters = await publishing.enter_async_context(counting(broker.port))  # the broker knows us from here on
            await log.until(1)
            gateway.process.kill()
            await gateway.process.wait()
        for kill in range(1, KILLS):
            before = log.read_on()
            async with a_life(tmp_path, *(SLOW_DISK if kill % 2 else ())):
                await log.until(before + 1)
                if chance.random() < CAUGHT_UP:
                    await log.until(counters.published - EVENTS_A_SECOND)
                await asyncio.sleep(chance.uniform(0.0, 1.0))
        await counters.stop()
        truth = {(f"n{number % DEVICES}", "counted", number // DEVICES + 1) for number in range(counters.published)}
        async with a_life(tmp_path):
            await log.until(len(truth))
            await asyncio.sleep(0.5)  # for what might come twice
    found = kept(tmp_path)
    twice = [event for event, times in found.items() if times > 1]
    lost = truth - found.keys()
    print(  # noqa: T201 - a soak that fails must be repeatable
        f"\nseed {seed}, {KILLS} kills, {len(truth)} events published and confirmed in {counters.seconds:.0f} s, "
        f"{len(found)} kept, {len(lost)} lost, {len(twice)} twice"
    )

    assert twice == []
    assert set(found) == truth
